"""Degrees, minutes and seconds, however somebody typed them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.geodata.angles import angle
from geo_registry.geodata.values import BadValue, Noted


def read(cell):
    found = angle(cell)
    return found.value if isinstance(found, Noted) else found


@pytest.mark.parametrize(
    "cell",
    [
        "106°20′24″E", "106°20'24.0\"", "106-20-24", "106－20－24", "106—20—24", "106 20 24", "106:20:24", "106.20.24",
        "106度20分24秒", "东经106°20′24″", "东经：106度20分24秒", "经度106°20′24″", "１０６°２０′２４″Ｅ", "E106°20′24″",
        "106º20´24´´", "106˚20’24’’", "106°20’24”E", "106°20.4′", "106.34°", "106.34E", "东经106.34", "E106.34",
        "106°20′24", "106°20′ 24″ (E)",
        "106°20′24″东", "106 ° 20 ′ 24 ″", "+106.34", 106.34,
    ],
)  # fmt: skip
def test_one_longitude_is_read_from_every_way_to_write_it(cell):
    assert read(cell) == pytest.approx(106.34, abs=1e-12)


@pytest.mark.parametrize(
    "cell",
    ["106°75′", "106°20′75″", "106.5°20′", "106°20.5′10″", "106-20", "2024-03-25", "东", "106°20′24″E5"],
)
def test_what_is_no_angle_is_refused_with_the_cell(cell):
    with pytest.raises(BadValue) as refusal:
        angle(cell)
    assert cell[:3] in refusal.value.message.render()


@pytest.mark.parametrize(
    ("cell", "degrees"),
    [("30°30′S", -30.5), ("西经51度", -51), ("W51-30-00", -51.5), ("106°19′60″", 106 + 20 / 60)],
)
def test_the_other_hemispheres_and_rounded_seconds(cell, degrees):
    assert read(cell) == pytest.approx(degrees, abs=1e-12)


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59_999))
def test_whole_milliseconds_survive_every_separator(degrees, minutes, thousandths):
    expected = degrees + minutes / 60 + thousandths / 3_600_000
    for form in (
        "{}-{}-{:.3f}",
        "{}:{}:{:.3f}",
        "{} {} {:.3f}",
        "{}°{}′{:.3f}″",
        "{}度{}分{:.3f}秒",
        "{}.{}.{:.3f}",
    ):
        assert read(form.format(degrees, minutes, thousandths / 1000)) == pytest.approx(expected, abs=1e-9)
