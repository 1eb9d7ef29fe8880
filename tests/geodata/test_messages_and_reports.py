from __future__ import annotations

import json

import pytest

from geo_registry.geodata.errors import GeodataError, LayerChoiceNeeded, Message, UnreadableFile
from geo_registry.geodata.records import ImportReport, Outcome, RowIssue, Severity


def test_message_is_translated_before_its_parameters_are_filled_in():
    message = Message("{n} rows in {where}", {"n": 3, "where": Message("sheet {name}", {"name": "一"})})
    chinese = {"{n} rows in {where}": "{where}有{n}行", "sheet {name}": "工作表{name}"}
    assert str(message) == "3 rows in sheet 一"
    assert message.render(chinese.__getitem__) == "工作表一有3行"


def test_braces_in_a_users_value_are_not_taken_for_placeholders():
    assert (
        str(Message("Value {value} is wrong.", {"value": "{0.__class__}"})) == "Value {0.__class__} is wrong."
    )


def test_equal_messages_can_be_counted():
    assert len({Message("a {n}", {"n": 1}), Message("a {n}", {"n": 1}), Message("a {n}", {"n": 2})}) == 2


def test_error_carries_its_place_and_can_be_caught_as_one_kind():
    error = UnreadableFile(Message("Row {row} is cut.", {"row": 7}), file="a.csv", row=7, column="名称")
    assert isinstance(error, GeodataError)
    assert (str(error), error.file, error.row, error.column) == ("Row 7 is cut.", "a.csv", 7, "名称")
    assert LayerChoiceNeeded(Message("x"), layers=("a", "b")).layers == ("a", "b")


def issue(row: int | None, severity: Severity) -> RowIssue:
    return RowIssue(row, "床位", severity, Message("Row {row}", {"row": row}), "x" * 500)


def test_report_counts_all_issues_but_keeps_a_bounded_number_of_each_severity():
    report = ImportReport("facilities", "a.xlsx", max_issues_kept=10)
    report.extend(issue(row, Severity.NOTE) for row in range(1000))
    report.extend(issue(row, Severity.ERROR) for row in range(3))
    assert report.issue_counts[Severity.NOTE] == 1000
    assert [kept.severity for kept in report.issues].count(Severity.ERROR) == 3
    assert len(report.issues) == 13
    assert report.issues_not_kept == 990
    assert report.has_errors


def test_report_has_no_errors_while_there_are_only_warnings():
    report = ImportReport("facilities", "a.xlsx")
    report.add(issue(2, Severity.WARNING))
    assert not report.has_errors


def test_report_as_json_is_plain_and_in_file_order():
    report = ImportReport("roads", "a.gpkg", sha256="ab", layer="路", crs="EPSG:4544", dry_run=True)
    report.count(Outcome.NEW, 4)
    report.count(Outcome.REFUSED)
    for row in (9, None, 2):
        report.add(issue(row, Severity.WARNING))
    report.time("read", 0.25)
    report.time("read", 0.25)
    data = json.loads(json.dumps(report.to_json()))
    assert data["counts"] == {"new": 4, "changed": 0, "unchanged": 0, "refused": 1}
    assert data["rows"] == 5
    assert [entry["row"] for entry in data["issues"]] == [None, 2, 9]
    assert data["timings_s"] == {"read": 0.5}
    assert len(data["issues"][0]["value"]) == 200


@pytest.mark.parametrize("severity", list(Severity))
def test_severities_are_their_words(severity: Severity):
    assert severity == severity.value
