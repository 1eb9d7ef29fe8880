import pytest

from geo_registry.geodata.identity import (
    Guard,
    PersonalData,
    credit_code,
    credit_code_check_digit,
    holds_citizen_number,
    is_mobile,
)
from geo_registry.geodata.readers import Row
from geo_registry.geodata.values import BadValue

# The example that GB 11643-1999 itself gives.
CITIZEN = "11010519491231002X"


def test_the_check_digit_of_a_credit_code_follows_the_standard():
    # The example of GB 32100-2015's annex and a published code of a well-known company.
    assert credit_code_check_digit("91350100M000100Y4") == "3"
    assert credit_code("91350100M000100Y43") == "91350100M000100Y43"
    assert credit_code(" 91350100m000100y43 ") == "91350100M000100Y43"


@pytest.mark.parametrize("cell", ["91350100M000100Y44", "91350100M000100I43", "9135010", 913501000001000])
def test_a_wrong_credit_code_is_refused(cell):
    with pytest.raises(BadValue):
        credit_code(cell)


def test_a_wrong_check_digit_says_which_would_be_right():
    with pytest.raises(BadValue, match="should end in 3"):
        credit_code("91350100M000100Y47")


@pytest.mark.parametrize("cell", [CITIZEN, f"联系人{CITIZEN}", CITIZEN.lower()])
def test_citizens_numbers_are_told_by_date_and_check_digit(cell):
    assert holds_citizen_number(cell)


@pytest.mark.parametrize(
    "cell", ["110105194913310020", "110105194912310021", "64018100121610900001", "91350100M000100Y43", 42]
)
def test_other_long_numbers_are_no_citizens(cell):
    assert not holds_citizen_number(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        13800138000,
        13800138000.0,
        "１３８００１３８０００",
    ],
)
def test_mobiles_are_told(cell):
    assert is_mobile(cell)


@pytest.mark.parametrize("cell", ["0951-4021234", 12345678901, "23800138000", "138001380001", None, True])
def test_other_numbers_are_no_mobiles(cell):
    assert not is_mobile(cell)


def rows(column, *cells):
    return [Row(number, {column: cell, "名称": "某处"}) for number, cell in enumerate(cells, start=2)]


def test_one_citizens_number_stops_the_whole_file_and_names_row_and_column():
    guard = Guard(["名称", "备注"], file="表.xlsx")
    with pytest.raises(PersonalData) as caught:
        guard.look_at(rows("备注", "好", f"身份证{CITIZEN}"))
    assert (caught.value.row, caught.value.column) == (3, "备注")


def test_a_filled_column_of_identity_numbers_is_refused_even_where_the_numbers_are_masked():
    guard = Guard(["名称", "身份证号"], file="表.xlsx")
    guard.look_at(rows("身份证号", None, ""))
    with pytest.raises(PersonalData):
        guard.look_at(rows("身份证号", "1101**********002X"))


def test_a_column_of_mobiles_is_refused_where_no_telephones_belong():
    guard = Guard(["名称", "联系"], file="表.xlsx")
    guard.look_at(rows("联系", "13800138000", "13900139000", "13700137000", "无"))
    with pytest.raises(PersonalData, match="联系"):
        guard.finish()


def test_a_single_mobile_in_a_note_does_not_stop_a_file():
    guard = Guard(["名称", "备注"], file="表.xlsx")
    guard.look_at(rows("备注", "13800138000", "好", "好", "好"))
    guard.finish()


def test_mobiles_are_in_order_where_an_office_keeps_its_telephones():
    guard = Guard(["名称", "内部电话"], may_hold_phones=["内部电话"], file="表.xlsx")
    guard.look_at(rows("内部电话", "13800138000", "13900139000", "13700137000"))
    guard.finish()
