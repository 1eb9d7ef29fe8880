"""The registry beside a file of the national database."""

from __future__ import annotations

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from geo_registry.territory.models import Division
from placenames.models import Name, NameCase, NameComparison, Place, PlaceKind, Spelling
from placenames.services.differences import Kind, compare

pytestmark = pytest.mark.django_db
HEADER = "地名代码,标准名称,罗马字母拼写,类别代码,所属政区,地名含义\n"


@pytest.fixture
def place(county):
    kind = PlaceKind.objects.create(code="hamlet", name_zh="自然村")

    def make(text, code="", village="甲东村", **fields):
        division = Division.objects.get(name=village)
        made = Place.objects.create(kind=kind, division=division, place_code=code, **fields)
        Name.objects.create(place=made, text=text, status=Name.Status.STANDARD)
        return made

    return make


def told(tmp_path, *rows):
    file = tmp_path / "national.csv"
    file.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    comparison = compare(file)
    return comparison, {(one.kind, one.name, one.field) for one in comparison.differences}


def test_the_same_on_both_sides_is_no_difference(place, tmp_path):
    made = place("新庄", code="99000000127000000001", meaning="新建的村庄")
    Spelling.objects.create(name=made.names.get(), text="Xīnzhuāng", status=Spelling.Status.CONFIRMED)
    found, differences = told(tmp_path, "99000000127000000001,新庄,Xinzhuang,27620,990000001201,新建的村庄")
    assert differences == set()
    assert (found.rows, found.places, found.same) == (1, 1, 1)


def test_a_row_that_says_nothing_of_where_it_lies_is_matched_by_its_name_if_only_one_place_has_it(
    place, tmp_path
):
    place("新庄", meaning="新建的村庄")
    place("老庄")
    place("老庄", village="丙东村")
    found, differences = told(tmp_path, ",新庄,,27620,,另一种说法", ",老庄,,27620,,", ",外庄,,27620,,")
    assert differences == {
        (Kind.DIFFERS, "新庄", "meaning"),
        (Kind.AMBIGUOUS, "老庄", ""),
        (Kind.NOT_HERE, "外庄", ""),
    }
    assert found.places == 3


def test_the_seat_of_a_committee_has_the_committees_name(place, tmp_path):
    place("新庄村")
    _found, differences = told(tmp_path, ",新庄村村民委员会,,27610,990000001201,")
    assert differences == set()
    _found, differences = told(tmp_path, ",老庄村民委员会,,27610,990000001201,")
    assert differences == {(Kind.NOT_HERE, "老庄村民委员会", ""), (Kind.NOT_THERE, "新庄村", "")}


def test_the_national_databases_own_headings(place, tmp_path):
    place("新庄村")
    file = tmp_path / "national.csv"
    head = "place_code,standard_name,roman_alphabet_spelling,place_type_code,place_origin"
    rows = "99000000121610000001,新庄村,,21610,\n99000000127610000002,新庄村村民委员会,,27610,\n"
    file.write_text(f"{head}\n{rows}", encoding="utf-8")
    assert {(one.kind, one.name) for one in compare(file).differences} == {(Kind.DOUBLED, "新庄村村民委员会")}


def test_columns_that_nobody_knows_are_named_and_those_that_the_office_calls_so_are_compared(place, tmp_path):
    place("新庄", meaning="新建的村庄")
    file = tmp_path / "national.csv"
    file.write_text("标准名称,名字含义,备注二\n新庄,另一种说法,x\n", encoding="utf-8")
    told = compare(file)
    assert told.unused == ("名字含义", "备注二")
    assert told.differences == []
    told = compare(file, called={"名字含义": "meaning", "备注二": "", "没有的列": "origin"})
    assert told.unused == ()
    assert [(one.kind, one.field) for one in told.differences] == [(Kind.DIFFERS, "meaning")]


def test_missing_on_either_side_and_a_field_that_differs(place, tmp_path):
    place("新庄", code="99000000127000000001", meaning="新建的村庄")
    place("老庄")
    _found, differences = told(
        tmp_path,
        "99000000127000000001,新庄子,,27620,990000001201,另一种说法",
        "99000000127000000009,外庄,,27620,990000001201,",
    )
    assert differences == {
        (Kind.DIFFERS, "新庄", "name"),
        (Kind.DIFFERS, "新庄", "meaning"),
        (Kind.NOT_HERE, "外庄", ""),
        (Kind.NOT_THERE, "老庄", ""),
    }


@pytest.mark.parametrize("seat", ["新庄村委会", "新庄村村委会", "新庄村村民委员会"])
def test_a_village_that_is_there_as_a_division_and_as_a_seat_is_one(place, tmp_path, seat):
    place("新庄村")
    _found, differences = told(tmp_path, ",新庄村,,21610,990000001201,", f",{seat},,27610,990000001201,")
    assert differences == {(Kind.DOUBLED, seat, "category_code")}


def test_two_of_one_name_are_left_to_a_person(place, tmp_path):
    place("新庄")
    place("新庄", village="甲西村")
    _found, differences = told(tmp_path, ",新庄,,27620,990000001201,")
    assert differences == {(Kind.AMBIGUOUS, "新庄", "")}


def test_the_command_writes_every_difference(place, tmp_path, capsys):
    place("老庄")
    file = tmp_path / "national.csv"
    file.write_text(HEADER + ",外庄,,,990000001201,\n", encoding="utf-8")
    call_command("compare_names", file, output=tmp_path / "out.xlsx")
    assert "文件 1 行，登记册 1 条，一致 0 条" in capsys.readouterr().out
    rows = list(openpyxl.load_workbook(tmp_path / "out.xlsx").active.iter_rows(values_only=True))
    assert [row[2] for row in rows[1:]] == ["外庄", "老庄"]


class TestCasesFromDifferences:
    """The office's page: compared in the background, one case with one press, many after a preview."""

    @pytest.fixture
    def officer(self, client, county, settings, tmp_path):
        from geo_registry.accounts.models import Office, Role, User

        settings.IMPORT_DIR = tmp_path / "imports"
        office = Office.objects.create(name="甲县民政局", division=county)
        user = User.objects.create_user("officer", office=office, role=Role.NAME_OFFICER)
        client.force_login(user, backend="geo_registry.accounts.backends.PolicyBackend")
        return user

    def compared(self, client, *rows):
        text = HEADER + "".join(f"{row}\n" for row in rows)
        file = SimpleUploadedFile("national.csv", text.encode())
        client.post(reverse("naming:comparisons"), {"file": file})
        return NameComparison.objects.get()

    def test_each_kind_of_difference_leads_to_its_case(self, client, officer, place):
        PlaceKind.objects.filter(code="hamlet").update(category_code="22110")
        renamed = place("新庄", code="99000000127000000001")
        gone = place("老庄", code="99000000127000000002")
        comparison = self.compared(
            client,
            "99000000127000000001,新庄子,,22110,990000001201,",
            "99000000127000000009,外庄,,22110,990000001201,含义",
        )
        assert (comparison.state, comparison.rows_count) == ("done", 2)
        page = client.get(reverse("naming:comparison", args=[comparison.pk])).content.decode()
        assert page.count('name="difference"') == 6  # a tick and a button for each of three
        keys = list(comparison.differences.values_list("pk", flat=True))
        seen = client.post(reverse("naming:comparison_preview", args=[comparison.pk]), {"difference": keys})
        assert NameCase.objects.count() == 0
        assert "新庄 → 新庄子" in seen.content.decode()
        client.post(reverse("naming:comparison_open", args=[comparison.pk]), {"difference": keys})
        cases = {case.act: case for case in NameCase.objects.all()}
        assert cases["renaming"].place == renamed
        assert cases["renaming"].text == "新庄子"
        assert cases["retiring"].place == gone
        assert (cases["naming"].text, cases["naming"].meaning, cases["naming"].division.name) == (
            "外庄",
            "含义",
            "甲东村",
        )
        # Pressed again nothing more is opened, here or from another comparison of the same file.
        client.post(reverse("naming:comparison_open", args=[comparison.pk]), {"difference": keys})
        assert NameCase.objects.count() == 3

    def test_one_press_opens_one_case(self, client, officer, place):
        place("老庄", code="99000000127000000002")
        comparison = self.compared(client, "99000000127000000009,外庄,,00000,990000001201,")
        key = comparison.differences.get(kind="not_there").pk
        answer = client.post(reverse("naming:comparison_open", args=[comparison.pk]), {"difference": [key]})
        assert answer.url == reverse("naming:case", args=[NameCase.objects.get().pk])

    def test_a_fact_and_a_double_are_no_cases(self, client, officer, place):
        place("新庄村", code="99000000121610000001", meaning="一种说法")
        comparison = self.compared(
            client,
            "99000000121610000001,新庄村,,21610,990000001201,另一种说法",
            "99000000127610000001,新庄村村民委员会,,27610,990000001201,",
        )
        kinds = set(comparison.differences.values_list("kind", flat=True))
        assert {"doubled", "differs"} <= kinds
        assert comparison.differences.get(kind="doubled").there == "21610 (2)、27610 (3)"
        keys = list(comparison.differences.values_list("pk", flat=True))
        client.post(reverse("naming:comparison_open", args=[comparison.pk]), {"difference": keys})
        assert NameCase.objects.count() == 0

    def test_a_comparison_is_its_makers_own(self, client, officer, place):
        from geo_registry.accounts.models import Role, User

        comparison = self.compared(client, "99000000127000000009,外庄,,22110,990000001201,")
        other = User.objects.create_user("other", office=officer.office, role=Role.NAME_OFFICER)
        client.force_login(other, backend="geo_registry.accounts.backends.PolicyBackend")
        assert client.get(reverse("naming:comparison", args=[comparison.pk])).status_code == 404

    def test_what_is_no_table_is_refused_in_words(self, client, officer):
        file = SimpleUploadedFile("x.csv", b"")
        answer = client.post(reverse("naming:comparisons"), {"file": file})
        assert answer.status_code == 422
        assert not NameComparison.objects.exists()
