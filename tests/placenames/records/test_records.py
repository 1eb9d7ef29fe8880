"""Facts, relations from both ends, sounds and films; and that nothing of a secret place comes out anywhere."""

from __future__ import annotations

import datetime
import io
import json
import wave

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from geo_registry.attachments.models import Attachment
from geo_registry.attachments.services import as_file
from geo_registry.imports.registry import ExportScope
from geo_registry.territory.models import Division
from placenames.models import FileRole, Place, PlaceFile, PlaceRelation, Relation
from placenames.services import records
from placenames.services.exports import export_place_names
from placenames.services.records.files import files_of

pytestmark = pytest.mark.django_db

SECRET_WORDS = "只有知情人才晓得的读法"


def sound(seconds=0.1) -> bytes:
    """A tone that a browser plays."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x00\x10" * int(8000 * seconds))
    return written.getvalue()


def film() -> bytes:
    return b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + b"\x00" * 200


def add(place, user, *, role=FileRole.PRONUNCIATION, content=None, name="声音.wav", **more):
    new = records.NewFile(
        file=as_file(content or sound(), name), role=role, title="兴业路的读法", text=SECRET_WORDS, **more
    )
    return records.add_file(place=place, new=new, user=user)


def fetched(client, address):
    """Return the status of an answer whose file has been read."""
    answer = client.get(address)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


@pytest.fixture
def two(village, named):
    """兴业路 and 古城路."""
    return [
        named(text, village, (106.0, lat), (106.005, lat)).place
        for text, lat in (("兴业路", 38.0), ("古城路", 38.001))
    ]


# -- facts -----------------------------------------------------------------------------------------


def test_the_survey_forms_facts_are_kept_on_a_page(sign_in, two):
    place = two[0]
    client = sign_in("clerk")
    address = reverse("naming:record_edit", args=[place.short_id])
    values = {
        "named_when": "明洪武年间",
        "sign_count": "4",
        "registered_on": "2024-03-25",
        "place_code": "9" * 19,
    }
    assert client.post(address, values).status_code == 422
    place.refresh_from_db()
    assert place.named_when == ""
    assert client.post(address, values | {"place_code": "9" * 20}).status_code == 302
    place.refresh_from_db()
    assert (place.named_when, place.sign_count, place.registered_on) == (
        "明洪武年间", 4, datetime.date(2024, 3, 25),
    )  # fmt: skip
    assert "明洪武年间" in client.get(reverse("naming:record", args=[place.short_id])).content.decode()


def test_nobody_changes_another_townships_place(sign_in, people, two, county):
    place = two[0]
    place.division = county.children.exclude(name="乙一镇").first()
    place.save()
    client = sign_in("clerk")
    for name in ("record", "record_edit"):
        assert client.get(reverse(f"naming:{name}", args=[place.short_id])).status_code == 404
    with pytest.raises(PermissionDenied):
        records.keep_facts(place=place, values={"origin": "传说"}, user=people["clerk"])
    with pytest.raises(PermissionDenied):
        add(place, people["clerk"])


# -- relations -------------------------------------------------------------------------------------


def test_a_relation_is_seen_from_both_ends(people, two):
    new, old = two
    records.relate(place=new, relation=Relation.RENAMED_FROM, other=old, user=people["clerk"], note="2004年")
    seen = [[(str(r.label), r.text) for r in records.relations_of(place, reader=None)] for place in two]
    assert seen == [[("更名自", "古城路")], [("后更名为", "兴业路")]]


def test_it_can_be_written_from_the_other_end_and_taken_away(sign_in, two):
    part, whole = two
    client = sign_in("clerk")
    address = reverse("naming:record_relation", args=[whole.short_id])
    found = client.get(reverse("naming:record", args=[whole.short_id]), {"q": "xingye"}).context["found"]
    assert [place for place, _name in found] == [part]
    assert client.post(address, {"relation": "inverse:part_of", "other": part.short_id}).status_code == 302
    row = PlaceRelation.objects.get()
    assert (row.place, row.relation, row.other) == (part, Relation.PART_OF, whole)
    again = client.post(address, {"relation": "inverse:part_of", "other": part.short_id})
    assert again.status_code == 422
    remove = reverse("naming:record_relation_remove", args=[row.pk])
    assert client.post(remove, {"back": whole.short_id}).url == reverse(
        "naming:record", args=[whole.short_id]
    )
    assert not PlaceRelation.objects.exists()


def test_the_other_end_that_is_secret_and_elsewhere_is_only_said_to_be_there(sign_in, people, two, named):
    own = two[0]
    elsewhere = named("烽火路", Division.objects.get(name="丙东村"), (106.0, 38.01), (106.005, 38.01)).place
    Place.objects.filter(pk=elsewhere.pk).update(secrecy="秘密")
    elsewhere.refresh_from_db()
    more = {"note": "烽火路的一段", "source_text": "烽火路志"}
    records.relate(place=own, relation=Relation.PART_OF, other=elsewhere, user=people["officer"], **more)
    address = reverse("naming:record", args=[own.short_id])
    page = sign_in("clerk").get(address).content.decode()
    assert "一个不公开的地点" in page
    assert not any(word in page for word in ("烽火路", "丙东村", elsewhere.short_id))
    page = sign_in("officer").get(address).content.decode()
    assert "一个不公开的地点" not in page
    assert all(word in page for word in ("烽火路志", "丙东村", elsewhere.short_id))
    # Nor is it named in histories, in the administration, or in a file of the own township's names.
    pk = PlaceRelation.objects.get().pk
    history = reverse("accounts:history", args=["placenames", "place", own.pk])
    table = reverse("admin:placenames_placerelation_changelist")
    of_it = reverse("accounts:history", args=["placenames", "placerelation", pk])
    for who, told in (("clerk", False), ("officer", True)):
        for address in (history, table):
            answer = sign_in(who).get(address)
            assert answer.status_code == 200
            assert ("烽火路" in answer.content.decode()) == told, (who, address)
        assert sign_in(who).get(of_it).status_code == (200 if told else 403)
        values = [row.values for row in export_place_names(ExportScope(user=people[who]))]
        (row,) = [each for each in values if each["short_id"] == own.short_id]
        assert ("烽火路" in str(row)) == told
    # Nor does whoever learns its address relate a place to it.
    PlaceRelation.objects.all().delete()
    sent = {"relation": "part_of", "other": elsewhere.short_id}
    assert (
        sign_in("clerk").post(reverse("naming:record_relation", args=[own.short_id]), sent).status_code == 422
    )
    with pytest.raises(PermissionDenied):
        records.relate(place=own, relation=Relation.PART_OF, other=elsewhere, user=people["clerk"])
    assert not PlaceRelation.objects.exists()
    assert (
        sign_in("officer").post(reverse("naming:record_relation", args=[own.short_id]), sent).status_code
        == 302
    )


def test_no_place_becomes_a_part_of_itself(people, two, village, named):
    a, b = two
    c = named("南大路", village, (106.0, 38.002), (106.005, 38.002)).place
    clerk = people["clerk"]
    records.relate(place=a, relation=Relation.PART_OF, other=b, user=clerk)
    records.relate(place=b, relation=Relation.PART_OF, other=c, user=clerk)
    for other in (a, b):
        with pytest.raises(ValidationError):
            records.relate(place=c, relation=Relation.PART_OF, other=other, user=clerk)
    with pytest.raises(ValidationError):
        records.relate(place=a, relation=Relation.NAMED_AFTER, other=a, user=clerk)
    records.relate(place=c, relation=Relation.NAMED_AFTER, other=a, user=clerk)


def test_what_is_not_in_the_register_is_written_in_words(people, two):
    place = two[0]
    with pytest.raises(ValidationError):
        records.relate(place=place, relation=Relation.NAMED_AFTER, user=people["clerk"])
    records.relate(place=place, relation=Relation.NAMED_AFTER, other_text="兴业中学", user=people["clerk"])
    assert [related.text for related in records.relations_of(place, reader=None)] == ["兴业中学"]


# -- files -----------------------------------------------------------------------------------------


def test_a_sound_is_added_described_published_and_played(client, sign_in, people, two):
    place = two[0]
    office = sign_in("clerk")
    sent = {
        "role": "pronunciation", "title": "读法", "language": "灵武话",
        "file": SimpleUploadedFile("声音.wav", sound(), content_type="text/html"),
    }  # fmt: skip
    address = reverse("naming:record_file", args=[place.short_id])
    assert office.post(address, sent).status_code == 302
    row = PlaceFile.objects.get()
    change = reverse("naming:record_file_change", args=[row.pk])
    office.post(change, {"do": "publish"})
    row.refresh_from_db()
    assert not row.public, "a clerk does not publish"
    reviewer = sign_in("reviewer")
    reviewer.post(change, {"do": "publish"})
    row.refresh_from_db()
    assert not row.public, "not without words"
    records.describe_file(
        row=row, title="读法", text="xīng yè lù，第一声、第四声、第四声", user=people["clerk"]
    )
    reviewer.post(change, {"do": "publish"})
    client.logout()
    page = client.get(reverse("placenames:place", args=[place.short_id])).content.decode()
    attachment = Attachment.objects.get()
    shown = reverse("attachments:shown", args=[attachment.pk])
    assert "<audio controls" in page
    assert f'src="{shown}"' in page
    assert "xīng yè lù" in page
    heard = client.get(shown, headers={"Range": "bytes=0-9"})
    assert b"".join(heard.streaming_content) == sound()[:10]
    assert (heard.status_code, heard["Content-Type"], heard["X-Content-Type-Options"]) == (
        206, "audio/wav", "nosniff",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("role", "content", "name"),
    [
        ("pronunciation", b"<html><script>alert(1)</script></html>", "a.wav"),
        ("pronunciation", b"MZ" + b"\x00" * 100, "a.mp3"),
        ("view", None, "a.jpg"),
    ],
)
def test_a_file_is_taken_for_what_it_holds(people, two, role, content, name):
    with pytest.raises(ValidationError):
        add(two[0], people["clerk"], role=role, content=content, name=name)
    assert not PlaceFile.objects.exists()
    assert not Attachment.objects.exists()


def test_a_file_that_is_too_large_is_refused(people, two, settings):
    settings.ATTACHMENT_MAX_MEDIA_MB = 0
    with pytest.raises(ValidationError) as refused:
        add(two[0], people["clerk"])
    assert refused.value.code == "too_large"


# -- secrecy ---------------------------------------------------------------------------------------


def test_nothing_of_a_secret_place_comes_out(client, people, two):
    """Public files and relations of a place that is given a secrecy level: none of it is told on any public page."""
    secret, open_place = two
    clerk, reviewer = people["clerk"], people["reviewer"]
    media = [
        add(secret, clerk),
        add(secret, clerk, role=FileRole.STORY, content=film(), name="影像.webm"),
    ]
    for row in media:
        records.publish_file(row=row, public=True, user=reviewer)
    records.relate(place=secret, relation=Relation.NAMED_AFTER, other=open_place, user=clerk)
    records.relate(place=open_place, relation=Relation.PART_OF, other=secret, user=clerk)
    keys = [attachment.pk for row in media for attachment in Attachment.objects.of(row)]
    addresses = [reverse(f"attachments:{view}", args=[key]) for key in keys for view in ("shown", "original")]
    own, others = (reverse("placenames:place", args=[place.short_id]) for place in two)
    assert {fetched(client, address) for address in [*addresses, own]} == {200}
    assert "兴业路" in client.get(others).content.decode()

    records.set_secrecy(place=secret, level="秘密", user=clerk)

    pages = [own, reverse("placenames:geometry", args=[secret.short_id]), *addresses]
    assert {client.get(address).status_code for address in pages} == {404}
    for address in (others, reverse("placenames:search") + "?q=xingye", reverse("placenames:search")):
        told = client.get(address).content.decode()
        assert secret.short_id not in told
        assert SECRET_WORDS not in told
    assert "兴业路" not in client.get(others).content.decode()
    assert files_of(secret, public=True) == []
    assert records.relations_of(open_place, reader=None) == []
    geo = client.get(reverse("placenames:geometry", args=[open_place.short_id]))
    assert "兴业路" not in json.dumps(geo.json(), ensure_ascii=False)


def test_a_level_is_lifted_only_by_who_may_publish(sign_in, people, two):
    place = two[0]
    address = reverse("naming:record_secrecy", args=[place.short_id])
    sign_in("clerk").post(address, {"level": "秘密"})
    for who in ("clerk", "officer", "viewer"):
        assert sign_in(who).post(address, {"level": ""}).status_code == 403
    place.refresh_from_db()
    assert place.secrecy == "秘密"
    sign_in("reviewer").post(address, {"level": ""})
    place.refresh_from_db()
    assert place.secrecy == ""


def test_a_file_is_not_public_by_default_nor_before_its_place(client, people, two):
    row = add(two[0], people["clerk"])
    address = reverse("attachments:shown", args=[Attachment.objects.get().pk])
    assert client.get(address).status_code == 404
    records.publish_file(row=row, public=True, user=people["reviewer"])
    assert fetched(client, address) == 200
    two[0].published = False
    two[0].save()
    assert client.get(address).status_code == 404
