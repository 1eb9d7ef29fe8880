"""Faces: to scale, never squeezed, with a code that a telephone reads."""

from __future__ import annotations

import itertools
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import segno

from placenames.signage import Colour, FaceSpec, NoGlyph, draw_face, glyphs

ADDRESS = "https://dm.example.gov.cn/names/abcd2345/"


def face(text="兴业路", spelling="Xīngyè Lù", **more):
    values = {"width_mm": 1200, "height_mm": 400, "colour": Colour.BLUE, "address": ADDRESS, "axis_deg": 90.0}
    return draw_face(FaceSpec(text=text, spelling=spelling, **(values | more)))


def test_the_drawing_is_in_millimetres_of_the_plate():
    drawn = face()
    assert (
        '<svg xmlns="http://www.w3.org/2000/svg" width="1200mm" height="400mm" viewBox="0 0 1200 400">'
        in drawn.svg
    )
    assert (drawn.width_mm, drawn.notes) == (1200, ())
    # Characters in the upper three fifths: 172.8 mm of body, of which ink is nine tenths and more.
    assert 150 < drawn.character_mm < 173


def test_text_is_outlines_and_nothing_is_loaded_or_run():
    svg = face().svg
    assert "<text" not in svg
    assert not re.search(r"<script|href|url\(|@import", svg)


def test_scaling_is_the_same_both_ways():
    """Every path has one factor: no character is narrower than it was drawn."""
    for text in ("路", "解放路南小街", "纪念中华人民共和国成立七十周年大道"):
        assert re.findall(r"scale\([^)]*[ ,][^)]*\)", face(text, "").svg) == []


def test_a_long_name_is_smaller_and_then_the_plate_wider():
    middling = face("示范中心路", "Zhōngxīn Lù")
    assert [what for what, _amount in middling.notes] == ["smaller"]
    long = face("纪念中华人民共和国成立七十周年大道", "Jìniàn Dàdào")
    assert dict(long.notes)["wider"] == long.width_mm > 1200
    assert dict(long.notes)["smaller"] >= 60
    assert long.width_mm % 100 == 0


def test_the_code_is_the_permanent_address_at_level_q():
    """The modules drawn are those of the address at level Q, read back from the drawing."""
    drawn = face()
    wanted = segno.make(ADDRESS, error="q", boost_error=False, micro=False)
    assert drawn.code_version == wanted.version
    path = re.search(r'fill="#000000" d="([^"]+)"', drawn.svg)[1]
    dark = {
        (int(x) - 4 + i, int(y) - 4)
        for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", path)
        for i in range(int(length))
    }
    assert dark == {(x, y) for y, row in enumerate(wanted.matrix) for x, cell in enumerate(row) if cell}
    assert drawn.code_mm > 4
    assert face(address="").code_version == 0


def test_a_rare_character_outside_the_bmp_is_drawn_and_one_without_a_glyph_is_refused():
    assert face("𬭚家巷").character_mm > 0
    with pytest.raises(NoGlyph):
        face("\U000f0000路")


def test_without_a_confirmed_spelling_there_is_no_pinyin():
    assert face(spelling="").pinyin_mm == 0


def test_names_cannot_write_into_the_drawing():
    assert "<b>" not in face("路", 'a"').svg
    assert "&lt;" not in face("路", "a").svg


def test_impossible_faces_are_refused():
    with pytest.raises(ValueError, match="at least"):
        face("")
    with pytest.raises(ValueError, match="at least"):
        face(width_mm=10)


def test_faces_drawn_at_the_same_time_are_whole():
    """A page asks for both faces of a sign at once, the first time while nothing of the font has been read."""
    texts = ["兴业路", "解放路南小街", "钟鼓街", "北环路", "示范国道一线", "人民街社区"] * 4
    glyphs.outline.cache_clear()
    glyphs._font().close()
    glyphs._font.cache_clear()
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(glyphs.outline.__wrapped__, texts))
    assert together == [glyphs.outline(text) for text in texts]


def test_a_villages_plate_of_three_characters_keeps_its_size():
    """The code stands beside the Pinyin there: beside the name it would push three characters off the plate."""
    drawn = draw_face(
        FaceSpec(
            text="甲东村", spelling="Jiǎdōngcūn", width_mm=1500, height_mm=1000, colour=Colour.BLUE, address=ADDRESS,
            directions=False,
        )
    )  # fmt: skip
    assert drawn.width_mm == 1500
    assert drawn.character_mm > 280
    assert drawn.code_mm > 7


def test_house_numbers_stand_at_the_end_that_leads_to_them():
    """Towards the east the numbers grow: from the south they are at the right hand, from behind at the left."""

    def numbered(back, on, **values):
        return face(axis_deg=90, numbers=(back, on), **values).svg

    assert numbered("1–35", "") != numbered("", "1–35")
    assert numbered("1–35", "", side=0) != numbered("1–35", "", side=1)
    # Seen from behind, what lies towards the start is where what lies towards the end is from the front; only the words differ.
    assert numbered("1–35", "", side=1, directions=False) == numbered("", "1–35", side=0, directions=False)
    assert (
        face(axis_deg=90, numbers=("1–35", "37–99"), directions=False).svg
        == face(axis_deg=270, numbers=("37–99", "1–35"), directions=False).svg
    )


def test_long_house_numbers_are_not_squeezed():
    short, long = (face(axis_deg=90, numbers=("", text)) for text in ("1–9", "101–1299"))
    assert long.character_mm < short.character_mm


def test_a_class_without_directions_shows_none():
    assert face(axis_deg=90, directions=False).svg == face(axis_deg=None).svg


def extent(path: str) -> tuple[list[float], list[float]]:
    """All abscissas and ordinates of a path, control points among them: its ink lies within."""
    xs, ys = [], []
    for command, written in re.findall(r"([A-Z])([^A-Z]*)", path):
        numbers = [float(one) for one in re.findall(r"-?(?:\d*\.)?\d+(?:e-?\d+)?", written)]
        assert command in "MLHVCQZ"
        if command != "V":
            xs += numbers if command == "H" else numbers[0::2]
        if command != "H":
            ys += numbers if command == "V" else numbers[1::2]
    return xs, ys


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    """The ink of each line of text, and the code's square, as left, top, right, bottom in millimetres."""
    line = r'transform="translate\(([-\d.]+) ([-\d.]+)\) scale\(([\d.]+)\)" d="([^"]+)"'
    found = []
    for x, y, scale, path in re.findall(line, svg):
        xs, ys = extent(path)
        left, top, k = float(x), float(y), float(scale)
        found.append((left + k * min(xs), top + k * min(ys), left + k * max(xs), top + k * max(ys)))
    square = r'<g transform="translate\(([-\d.]+) ([-\d.]+)\) scale\(([\d.]+)\)"><rect width="(\d+)"'
    for x, y, k, count in re.findall(square, svg):
        side = float(k) * float(count)
        found.append((float(x), float(y), float(x) + side, float(y) + side))
    return found


@pytest.mark.parametrize("size", [(1200, 400), (600, 300), (200, 200), (100, 100), (500, 900)])
@pytest.mark.parametrize("numbers", [("", ""), ("1–35", "37–99")])
@pytest.mark.parametrize("directions", [True, False])
def test_nothing_on_a_face_covers_anything_else(size, numbers, directions):
    """On a plate of 100 by 100 mm the code once stood on the letter of the direction."""
    width, height = size
    drawn = face(
        width_mm=width, height_mm=height, axis_deg=0, numbers=numbers, directions=directions,
    )  # fmt: skip
    ink = boxes(drawn.svg)
    assert len(ink) >= 3
    for first, second in itertools.combinations(ink, 2):
        apart = (
            first[2] <= second[0] or second[2] <= first[0] or first[3] <= second[1] or second[3] <= first[1]
        )
        assert apart, (first, second)
    assert min(box[0] for box in ink) >= 0
    assert max(box[2] for box in ink) <= drawn.width_mm
