"""Lines for whoever collects logs: JSON, and nothing in them that says who somebody is."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from django.db import IntegrityError
from django.test import RequestFactory

from geo_registry.logs import JsonLines, masked


def line(record: logging.LogRecord) -> dict[str, object]:
    text = JsonLines().format(record)
    assert "\n" not in text
    return dict(json.loads(text))


def record(name: str, message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.WARNING, __file__, 1, message, args, None)
    made.__dict__.update(extra)
    return made


def test_a_line_is_an_object_with_its_time_and_place() -> None:
    said = line(record("geo_registry.jobs", "%s lost", 3))
    assert said["message"] == "3 lost"
    assert said["level"] == "WARNING"
    assert str(said["time"]).endswith("Z")


@pytest.mark.parametrize(
    "text",
    ["139 1234 5678", "13912345678", "0951-4021234", "640181199001011234", "64018119900101123X", "a.b@example.cn",
     "10.1.2.3", "2001:db8::1", "fe80:0:0:0:1:2:3:4"],
)  # fmt: skip
def test_what_could_be_a_person_is_masked(text: str) -> None:
    assert text not in masked(f"from {text} at")
    assert masked(f"from {text} at").startswith("from …")


def test_figures_stay() -> None:
    assert masked("took 1234 ms, 12:30 on 3 tables") == "took 1234 ms, 12:30 on 3 tables"


def test_sentences_of_others_lose_their_texts() -> None:
    said = json.dumps(
        line(record("axes.attempts", "AXES: failure by %s. Count = %d of %d", "zhang.san", 2, 10))
    )
    assert "zhang" not in said
    assert "Count = 2 of 10" in said


def test_a_request_is_told_by_the_name_of_its_address() -> None:
    request = RequestFactory().get("/report/7Q2M-4XKD-9ZTB/?q=13912345678")
    said = line(
        record("django.request", "%s: %s", "Not Found", request.path, request=request, status_code=404)
    )
    assert said["status"] == 404
    assert "7Q2M" not in json.dumps(said)
    assert "139" not in json.dumps(said)


def test_an_error_is_told_by_its_kind_and_where_it_arose() -> None:
    try:
        raise IntegrityError(
            'duplicate key value violates unique constraint "x"\nDETAIL:  Key (phone)=(13912345678) already exists.'
        )
    except IntegrityError:
        made = record("django.request", "failed")
        made.exc_info = sys.exc_info()
    said = line(made)
    assert said["error"] == "IntegrityError"
    assert "13912345678" not in json.dumps(said)
    (frame,) = said["where"]  # type: ignore[misc]
    assert str(frame).startswith("tests/settings/test_logs.py:")


@pytest.mark.django_db
def test_each_request_has_its_line_without_what_was_asked(client, settings, caplog) -> None:
    settings.LOG_REQUESTS = True
    with caplog.at_level(logging.INFO, logger="geo_registry.requests"):
        client.get("/find/?q=张三")
    (made,) = [one for one in caplog.records if one.name == "geo_registry.requests"]
    said = line(made)
    assert (said["address"], said["status"], said["method"]) == ("search:page", 200, "GET")
    assert "张三" not in json.dumps(said, ensure_ascii=False)
    caplog.clear()
    settings.LOG_REQUESTS = False
    client.get("/health/")
    assert not [one for one in caplog.records if one.name == "geo_registry.requests"]
