import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_registry.geodata.angles import angle
from geo_registry.geodata.values import (
    AREA_UNITS,
    LENGTH_UNITS,
    BadValue,
    Noted,
    boolean,
    choice,
    code_list,
    date,
    digits,
    identifier,
    integer,
    is_empty,
    number,
    phone,
    text,
)


def plain(value):
    return value.value if isinstance(value, Noted) else value


@pytest.mark.parametrize(
    "cell", [None, "", "  ", "　", "-", "——", "/", "无数据", "N/A", "#N/A", float("nan")]
)
def test_dashes_and_blanks_say_nothing(cell):
    assert is_empty(cell)


@pytest.mark.parametrize("cell", ["0", 0, 0.0, False, "否", "无"])
def test_zero_and_no_say_something(cell):
    assert not is_empty(cell)


@pytest.mark.parametrize(
    ("cell", "expected", "noted"),
    [
        (30, 30, False),
        (30.0, 30, False),
        ("30", 30, False),
        ("３０", 30, True),
        (" 1,200 ", 1200, True),
        ("30张", 30, True),
        ("约30 张", 30, True),
        ("1.2万", 12_000, True),
        ("3千张", 3_000, True),
    ],
)
def test_whole_numbers_are_read_as_people_write_them_and_readings_are_reported(cell, expected, noted):
    found = integer(units=("张",))(cell)
    assert plain(found) == expected
    assert isinstance(found, Noted) is noted


@pytest.mark.parametrize(
    "cell", ["12.5", 12.5, "若干", "30头", "1_000", "nan", float("inf"), True, dt.date(2024, 1, 1), "-3", -3]
)
def test_what_is_no_count_is_refused(cell):
    with pytest.raises(BadValue):
        integer(units=("张",))(cell)


def test_a_unit_of_another_kind_is_not_dropped_in_silence():
    with pytest.raises(BadValue, match="200亩"):
        number(units=("㎡", "平方米"))("200亩")
    assert plain(number(units=("㎡", "平方米"))("约２００㎡")) == 200


@given(st.integers(min_value=0, max_value=2_147_483_647))
def test_a_count_survives_being_written_as_number_text_or_float(count):
    parse = integer()
    assert parse(count) == parse(str(count)) == parse(float(count)) == count


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("106.340172", 106.340172),
        (106.340172, 106.340172),
        ("106°20′24″E", 106.34),
        ("东经106度20分24秒", 106.34),
        ("N38°06'06\"", 38 + 6 / 60 + 6 / 3600),
        ("30°30′S", -30.5),
        ("西经51度", -51),
        ("496000.5", 496000.5),
    ],
)
def test_longitudes_may_be_decimals_degrees_or_metres(cell, expected):
    assert plain(angle(cell)) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "cell",
    [
        dt.date(2024, 3, 25),
        dt.datetime(2024, 3, 25, 8, 30),
        "2024-03-25",
        "2024/3/25",
        "2024.3.25",
        "2024年3月25日",
        "２０２４年３月２５日",
        "20240325",
        20240325,
        20240325.0,
        "2024-03-25 00:00:00",
        45376,
        45376.0,
        "45376",
    ],
)
def test_dates_are_read_in_every_usual_form(cell):
    assert plain(date(cell)) == dt.date(2024, 3, 25)


def test_serial_numbers_and_months_are_reported_as_interpretations():
    assert isinstance(date(45376), Noted)
    month = date("2024年3月")
    assert isinstance(month, Noted)
    assert month.value == dt.date(2024, 3, 1)


@pytest.mark.parametrize("cell", ["2023-02-30", "05/03/2024", "昨天", "12", 3, True, "2024-13-01"])
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(BadValue):
        date(cell)


@pytest.mark.parametrize(
    ("yes", "no"), [("是", "否"), ("有", "无"), ("Y", "n"), (1, 0), ("√", "×"), (1.0, 0.0), (True, False)]
)
def test_yes_and_no_have_many_faces(yes, no):
    assert plain(boolean(yes)) is True
    assert plain(boolean(no)) is False


def test_maybe_is_neither():
    with pytest.raises(BadValue, match="是 or 否"):
        boolean("可能")


def test_a_choice_knows_its_synonyms_and_says_what_is_possible():
    parse = choice({"open": ("运营", "营业"), "idle": ("闲置",)})
    assert parse("营业") == parse(" 运营 ") == parse("OPEN") == "open"
    with pytest.raises(BadValue, match="运营、闲置"):
        parse("开张")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (640181001.0, "640181001"),
        ("640181001.0", "640181001"),
        (" ６４０１８１ ", "640181"),
        ("0951", "0951"),
    ],
)
def test_codes_that_became_numbers_are_codes_again(cell, expected):
    assert digits()(cell) == expected


@pytest.mark.parametrize("cell", [6.40181001216109e19, "6.40181E+19", 640181.5])
def test_a_code_that_the_spreadsheet_rounded_is_refused_not_guessed(cell):
    with pytest.raises(BadValue, match="rounded"):
        identifier()(cell)


def test_text_is_never_cut_in_silence():
    assert text(5)("  一 二\n三 ") == "一 二 三"
    with pytest.raises(BadValue, match="6"):
        text(5)("一二三四五六")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("0951-4021234", "0951-4021234"),
        (9514021234.0, "09514021234"),
        ("9.514021234E9", "09514021234"),
        ("9514021234.0", "09514021234"),
        ("０９５１－４０２１２３４", "0951-4021234"),
        ("0951-4021234、0951-4025678", "0951-4021234; 0951-4025678"),
        ("0951-4021234转8", "0951-4021234转8"),
        (12345, "12345"),
    ],
)
def test_telephone_numbers_are_mended(cell, expected):
    assert plain(phone(cell)) == expected


@pytest.mark.parametrize("cell", ["没有", "12", 1.5, "电话"])
def test_what_is_no_telephone_number_is_refused(cell):
    with pytest.raises(BadValue):
        phone(cell)


def test_a_list_of_any_length_in_one_cell_is_read_whole():
    roads = [f"R{number:05d}" for number in range(60)]
    assert code_list()(";".join(roads)) == tuple(roads)
    assert code_list()("助餐；日间照料、助餐") == ("助餐", "日间照料")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("约30张左右", 30), ("三十张", 30), ("一百零二张", 102), ("十二", 12), ("30多张", 30), ("３０张", 30), ("1.2千", 1200),
        ("共 30 张", 30), ("两千", 2000),
    ],
)  # fmt: skip
def test_cautious_and_chinese_numbers_are_read_and_told(cell, expected):
    found = integer(units=("张",))(cell)
    assert isinstance(found, Noted)
    assert found.value == expected


@pytest.mark.parametrize(
    "cell", ["30-40张", "十十", "百", "三十五十", "若干", "30户", "张", "十张床", "一二三"]
)
def test_what_gives_no_one_number_is_refused(cell):
    with pytest.raises(BadValue):
        integer(units=("张",))(cell)


@pytest.mark.parametrize(
    ("cell", "units", "expected"),
    [("3公里", LENGTH_UNITS, 3000), ("350cm", LENGTH_UNITS, 3.5), ("1.5亩", AREA_UNITS, 1000), ("约200㎡", AREA_UNITS, 200),
     ("0.2公顷", AREA_UNITS, 2000), ("1.2万平方米", AREA_UNITS, 12000)],
)  # fmt: skip
def test_units_are_converted_to_the_columns_own(cell, units, expected):
    found = number(units=units)(cell)
    assert isinstance(found, Noted)
    assert found.value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cell", "noted"), [("1,200", True), ("１２００", True), ("1200", False), (1200, False), ("1200 ", False)]
)
def test_only_what_took_an_interpretation_is_told(cell, noted):
    found = integer()(cell)
    assert plain(found) == 1200
    assert isinstance(found, Noted) is noted


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (9514012345, "09514012345"), (9514012345.0, "09514012345"), ("9.514012345E+09", "09514012345"),
        (95188888888, "095188888888"), (1062881234, "01062881234"), (2161234567, "02161234567"),
    ],
)  # fmt: skip
def test_the_lost_zero_of_an_area_code_is_put_back_and_told(cell, expected):
    found = phone(cell)
    assert isinstance(found, Noted)
    assert found.value == expected
    assert "lost the 0" in str(found.message)


@pytest.mark.parametrize(
    ("cell", "expected"), [(4001234567, "4001234567"), (13895012345, "13895012345"), (4012345, "4012345")]
)
def test_numbers_that_never_had_an_area_code_get_none(cell, expected):
    assert phone(cell) == expected


def test_a_telephone_number_that_lost_its_digits_is_refused():
    with pytest.raises(BadValue, match="lost digits"):
        phone("9.51E+09")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("二〇二四年三月二十五日", dt.date(2024, 3, 25)),
        ("二零一九年十月", dt.date(2019, 10, 1)), ("24年3月5日", dt.date(2024, 3, 5)),
        ("2024年末", dt.date(2024, 12, 31)), ("2024年底", dt.date(2024, 12, 31)), ("2024年2月底", dt.date(2024, 2, 29)),
        ("98年7月", dt.date(1998, 7, 1)), ("3/25/2024", dt.date(2024, 3, 25)), ("25.3.2024", dt.date(2024, 3, 25)),
    ],
)  # fmt: skip
def test_unusual_dates_are_read_and_told(cell, expected):
    found = date(cell)
    assert isinstance(found, Noted)
    assert found.value == expected


@pytest.mark.parametrize(
    "cell", ["2024年3月25日（星期一）", "2024年3月25号", "２０２４－３－２５", "2024-03-25T08:30"]
)
def test_usual_dates_are_read(cell):
    assert plain(date(cell)) == dt.date(2024, 3, 25)


@pytest.mark.parametrize("cell", ["3/4/2024", "二〇二四年十三月", "31/2/2024", "24年"])
def test_dates_that_nobody_can_tell_are_refused(cell):
    with pytest.raises(BadValue):
        date(cell)


def test_signs_for_yes_and_no_are_told():
    assert str(boolean("√").message) == "“√” was read as yes."
    assert str(boolean("无").message) == "“无” was read as no."
    assert boolean("是") is True


@pytest.mark.parametrize("parse", [integer(), number(), angle], ids=["whole", "number", "angle"])
@pytest.mark.parametrize(
    "cell", ["1" + " " * 2_000 + "2x", "东" + " " * 2_000 + "x", "1" * 5_000, "1 x" * 3_000]
)
def test_a_cell_that_an_expression_would_try_for_hours_is_refused(parse, cell):
    with pytest.raises(BadValue):
        parse(cell)
