"""Maps that the office composes: who may do what with them, what everybody sees, and what nobody must."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from facilities.models import CoverageShare, Facility
from facilities.services.public import local_now
from geo_registry.accounts.models import Role
from maps.models import MapFile, MapState, MapVersion, StepAction
from maps.published import making
from maps.published.composition import Composition, extent_of, read
from maps.published.coverage import HIDDEN, share_step
from maps.published.files import make_all
from maps.published.side_by_side import conflicts
from maps.services import public_coverage
from placenames.models import Place
from tests import factories, little_county

from .published import DRAFT, make_whole, published, submitted, with_coverage

BACKEND = "geo_registry.accounts.backends.PolicyBackend"


@pytest.fixture
def county(db) -> little_county.LittleCounty:
    return little_county.make()


@pytest.fixture
def covered(county) -> little_county.LittleCounty:
    make_whole(county)
    public_coverage.compute(county.run)
    return county


def address(version: MapVersion, name: str = "published") -> str:
    arguments = (
        [version.map.code] if name in ("published", "published_embed") else [version.map.code, version.number]
    )
    return reverse(f"maps:{name}", args=arguments)


def signed_in(county, role: Role) -> Client:
    client = Client()
    client.force_login(county.people[role], backend=BACKEND)
    return client


class TestTheWayOfAMap:
    def test_draft_review_publish_withdraw_each_step_with_who_when_and_why(self, county) -> None:
        version = published(county)
        making.withdraw(version=version, by=county.people[Role.REVIEWER], reason="界线有误")
        steps = list(version.steps.all())
        assert [step.action for step in steps] == [
            "created",
            "submitted",
            "reviewed",
            "published",
            "withdrawn",
        ]
        assert [step.by for step in steps] == [
            county.people[role]
            for role in (Role.PLANNER, Role.PLANNER, Role.REVIEWER, Role.PLANNER, Role.REVIEWER)
        ]
        assert all(step.at and step.by_name for step in steps)
        assert steps[-1].reason == "界线有误"

    def test_nobody_reviews_the_own_map(self, county) -> None:
        both = county.people[Role.ADMINISTRATOR]
        version = making.submit(version=making.create_map(draft=DRAFT, by=both), by=both)
        with pytest.raises(PermissionDenied):
            making.review(version=version, by=both)
        assert MapVersion.objects.get().state == MapState.SUBMITTED

    def test_nor_one_that_one_had_a_hand_in(self, county) -> None:
        planner, both = county.people[Role.PLANNER], county.people[Role.ADMINISTRATOR]
        version = making.create_map(draft=DRAFT, by=planner)
        version = making.save_draft(version=version, draft=replace(DRAFT, title="新题目"), by=both)
        version = making.submit(version=version, by=planner)
        with pytest.raises(PermissionDenied):
            making.review(version=version, by=both)
        assert making.review(version=version, by=county.people[Role.REVIEWER]).state == MapState.REVIEWED

    @pytest.mark.parametrize("role", [Role.REVIEWER, Role.CLERK, Role.VIEWER, Role.NAME_OFFICER])
    def test_only_planners_and_administrators_make_maps(self, county, role) -> None:
        with pytest.raises(PermissionDenied):
            making.create_map(draft=DRAFT, by=county.people[role])
        version = making.create_map(draft=DRAFT, by=county.people[Role.PLANNER])
        with pytest.raises(PermissionDenied):
            making.save_draft(version=version, draft=DRAFT, by=county.people[role])

    def test_a_planner_cannot_review(self, county) -> None:
        with pytest.raises(PermissionDenied):
            making.review(version=submitted(county), by=county.people[Role.PLANNER])

    def test_what_was_not_reviewed_is_not_published(self, county) -> None:
        version = submitted(county)
        with pytest.raises(ValidationError):
            making.publish(version=version, by=county.people[Role.PLANNER])

    def test_what_is_handed_in_cannot_be_changed_until_it_is_returned_with_a_reason(self, county) -> None:
        version, planner = submitted(county), county.people[Role.PLANNER]
        with pytest.raises(ValidationError):
            making.save_draft(version=version, draft=DRAFT, by=planner)
        with pytest.raises(ValidationError):
            making.send_back(version=version, by=county.people[Role.REVIEWER], reason=" ")
        back = making.send_back(version=version, by=county.people[Role.REVIEWER], reason="题目不清")
        assert back.state == MapState.DRAFT
        assert making.save_draft(version=back, draft=DRAFT, by=planner).state == MapState.DRAFT

    def test_without_review_number_or_internal_it_is_not_handed_in_nor_kept_by_the_database(
        self, county
    ) -> None:
        version = making.create_map(draft=replace(DRAFT, review_number=""), by=county.people[Role.PLANNER])
        with pytest.raises(ValidationError, match="审图号"):
            making.submit(version=version, by=county.people[Role.PLANNER])
        with pytest.raises(IntegrityError), transaction.atomic():
            MapVersion.objects.update(state=MapState.PUBLISHED)

    def test_an_empty_map_is_not_handed_in(self, county) -> None:
        version = making.create_map(
            draft=replace(DRAFT, composition=Composition()), by=county.people[Role.PLANNER]
        )
        with pytest.raises(ValidationError, match="图层"):
            making.submit(version=version, by=county.people[Role.PLANNER])

    def test_a_changed_map_is_a_new_version_that_asks_for_its_own_number(self, county, client) -> None:
        first = published(county)
        second = making.new_version(version=first, by=county.people[Role.PLANNER])
        assert (second.number, second.review_number, second.state) == (2, "", MapState.DRAFT)
        with pytest.raises(ValidationError):
            making.new_version(version=first, by=county.people[Role.PLANNER])
        changed = replace(DRAFT, title="助餐点地图（新）", review_number="宁S(2026)002号")
        making.save_draft(version=second, draft=changed, by=county.people[Role.PLANNER])
        second = making.submit(version=second, by=county.people[Role.PLANNER])
        making.review(version=second, by=county.people[Role.REVIEWER])
        making.publish(version=second, by=county.people[Role.PLANNER])
        assert "助餐点地图（新）" in client.get(address(first)).content.decode()
        old = client.get(address(first, "published_version")).content.decode()
        assert "<h1 data-read>助餐点地图</h1>" in old
        assert "最新" in old

    def test_a_draft_thrown_away_takes_its_map_along_but_no_published_version(self, county) -> None:
        planner = county.people[Role.PLANNER]
        making.discard(version=making.create_map(draft=DRAFT, by=planner), by=planner)
        assert not MapVersion.objects.exists()
        first = published(county)
        making.discard(version=making.new_version(version=first, by=planner), by=planner)
        assert MapVersion.objects.get() == first
        with pytest.raises(ValidationError):
            making.discard(version=first, by=planner)

    def test_it_waits_in_my_work_of_whoever_has_the_next_move(self, county) -> None:
        submitted(county)
        for role, waits in ((Role.REVIEWER, True), (Role.ADMINISTRATOR, True), (Role.PLANNER, False)):
            page = (
                signed_in(county, role)
                .get(reverse("worklist:mine"), {"kind": "published-maps"})
                .content.decode()
            )
            assert (DRAFT.title in page) is waits, role

    def test_who_made_which_change_is_in_the_history(self, county) -> None:
        version = published(county)
        page = signed_in(county, Role.ADMINISTRATOR).get(
            reverse("accounts:history", args=["maps", "mapversion", version.pk])
        )
        assert page.status_code == 200
        assert DRAFT.title in page.content.decode()


class TestWhatEverybodySees:
    def test_nothing_before_it_is_published(self, county, client) -> None:
        for version in (making.create_map(draft=DRAFT, by=county.people[Role.PLANNER]), submitted(county)):
            for name in ("published", "published_version", "published_embed", "published_data"):
                assert client.get(address(version, name)).status_code == 404
        assert DRAFT.title not in client.get(reverse("maps:published_list")).content.decode()

    def test_the_page_has_map_tables_mark_day_source_and_lasting_address(self, county, client) -> None:
        version = published(county)
        answer = client.get(address(version))
        page = answer.content.decode()
        for part in (
            DRAFT.title, "老人吃饭的地方", "宁S(2026)001号", "数据截至", "试验县民政局", f"http://testserver{address(version)}",
            reverse("maps:facility", args=["OPEN-0"]), "示范数据",
        ):  # fmt: skip
            assert part in page, part
        assert "max-age" in answer["Cache-Control"]
        assert "public" in answer["Cache-Control"]
        assert not client.cookies
        assert DRAFT.title in client.get(reverse("maps:published_list")).content.decode()

    def test_the_frame_may_stand_in_any_page_and_carries_the_marks(self, county, client) -> None:
        answer = client.get(address(published(county), "published_embed"))
        assert "X-Frame-Options" not in answer
        assert "frame-ancestors *" in answer["Content-Security-Policy"]
        for part in ("宁S(2026)001号", "数据截至", "试验县民政局"):
            assert part in answer.content.decode()

    def test_an_internal_map_is_nowhere_without_signing_in_and_not_on_public_addresses_after(
        self, county, client
    ) -> None:
        version = published(county, replace(DRAFT, is_internal=True, review_number=""))
        make_all(version)
        public = ["published", "published_version", "published_embed", "published_data"]
        for visitor in (client, signed_in(county, Role.VIEWER)):
            for name in public:
                assert visitor.get(address(version, name)).status_code == 404
            kept = reverse("maps:published_file", args=[version.map.code, version.number, "pdf-a4"])
            assert visitor.get(kept).status_code == 404
            assert DRAFT.title not in visitor.get(reverse("maps:published_list")).content.decode()
        office = address(version, "composed")
        assert client.get(office).status_code == 302
        inside = signed_in(county, Role.VIEWER).get(office)
        assert "内部使用" in inside.content.decode()

    def test_a_withdrawn_map_says_so_everywhere_and_gives_nothing_away(self, county, client) -> None:
        version = published(county)
        make_all(version)
        making.withdraw(version=version, by=county.people[Role.PLANNER], reason="只给内部看的原因")
        for name in ("published", "published_version", "published_embed"):
            answer = client.get(address(version, name))
            assert answer.status_code == 410
            assert "撤回" in answer.content.decode()
            assert "只给内部看的原因" not in answer.content.decode()
        assert client.get(address(version, "published_data")).status_code == 404
        kept = reverse("maps:published_file", args=[version.map.code, version.number, "pdf-a4"])
        assert client.get(kept).status_code == 404

    def test_only_public_facilities_in_operation_are_on_it(self, county, client) -> None:
        drawn = client.get(address(published(county), "published_data")).json()
        numbers = {feature["properties"]["number"] for feature in drawn["facilities"]["features"]}
        open_now = Facility.objects.public().open_on(local_now().date())
        assert numbers == set(open_now.values_list("number", flat=True)) == {f"OPEN-{i}" for i in range(5)}
        assert "13900000000" not in json.dumps(drawn)

    def test_frozen_data_stay_and_live_data_follow(self, county, client) -> None:
        frozen, live = published(county), published(county, replace(DRAFT, is_frozen=False))
        Facility.objects.filter(number="OPEN-0").update(name="改了名的中心")
        assert "改了名的中心" not in client.get(address(frozen)).content.decode()
        assert "不再变动" in client.get(address(frozen)).content.decode()
        assert "改了名的中心" in client.get(address(live)).content.decode()
        assert "随登记册更新" in client.get(address(live)).content.decode()

    def test_what_is_taken_from_the_public_vanishes_from_a_frozen_map_too(self, county, client) -> None:
        kinds = [county.place.kind.code]
        draft = replace(DRAFT, composition=replace(DRAFT.composition, place_kinds=tuple(kinds)))
        Place.objects.filter(pk=county.place.pk).update(geometry=county.villages[0].point)
        name = "只此一家的中心"
        Facility.objects.filter(number="OPEN-0").update(name=name)
        version = published(county, draft)
        before = client.get(address(version, "published_data")).content.decode()
        assert "OPEN-0" in before
        make_all(version)
        kept = reverse("maps:published_file", args=[version.map.code, version.number, "html"])
        assert name in b"".join(client.get(kept).streaming_content).decode()
        Facility.objects.filter(number="OPEN-0").update(secret=True)
        assert client.get(kept).status_code == 404, "a file that shows it is handed out no more"
        assert kept not in client.get(address(version)).content.decode()
        make_all(version)
        assert name not in b"".join(client.get(kept).streaming_content).decode()
        Place.objects.update(published=False)
        after = client.get(address(version, "published_data")).json()
        assert "OPEN-0" not in json.dumps(after)
        assert not [dot for dot in after["dots"] if dot["layer"] == "places"]

    def test_a_telephone_that_was_taken_back_vanishes_from_a_frozen_map(self, county, client) -> None:
        Facility.objects.filter(number="OPEN-0").update(public_phone="0951-0000123")
        version = published(county)
        assert "0951-0000123" in client.get(address(version)).content.decode()
        Facility.objects.filter(number="OPEN-0").update(public_phone="")
        after = client.get(address(version)).content.decode()
        assert "0951-0000123" not in after
        assert "0951-0000123" not in client.get(address(version, "published_data")).content.decode()

    def test_the_number_of_queries_does_not_grow_with_the_facilities(
        self, county, client, django_assert_max_num_queries
    ) -> None:
        version = published(county, replace(DRAFT, is_frozen=False))
        kind = county.facilities[0].kind
        for i in range(20):
            factories.FacilityFactory(
                number=f"MORE-{i}", kind=kind, division=county.villages[i % 4], location=county.villages[0].point,
                source=county.source,
            )  # fmt: skip
        with django_assert_max_num_queries(24):
            page = client.get(address(version))
        assert "MORE-19" in page.content.decode()


class TestCoverage:
    def test_small_counts_are_hidden_and_cannot_be_subtracted(self, covered, client) -> None:
        east = covered.villages[0].parent
        shares = CoverageShare.objects.filter(threshold_s=900)
        shares.filter(division=east, group="age60").update(uncovered=2, covered=188)
        shares.filter(division=covered.home, group="age60").update(uncovered=12, covered=368)
        shares.filter(division=east, group="residents").update(uncovered=2, covered=188)
        shares.filter(division=covered.home, group="residents").update(uncovered=12, covered=368)
        public_coverage.compute(covered.run)
        version = published(covered, with_coverage(covered))
        rows = {row["name"]: row for row in version.content["coverage"]["rows"]}
        shown = {name: row["covered"] for name, row in rows.items()}
        assert shown["东镇"] is None
        # Whatever is left, the small count cannot be had by subtracting: another figure of its sum is hidden with it.
        assert sum(value is None for value in shown.values()) >= 2
        page = client.get(address(version)).content.decode()
        assert "※" in page
        assert "188" not in page
        drawn = client.get(address(version, "published_data")).json()
        east_area = next(one for one in drawn["divisions"] if one["properties"]["name"] == "东镇")
        assert (east_area["properties"]["fill"], east_area["properties"]["share"]) == (None, None)

    def test_no_place_says_how_many_live_there(self, covered) -> None:
        version = submitted(covered, with_coverage(covered))
        villages = version.content["coverage"]["villages"]
        assert len(villages) == 4
        assert all(set(row) == {"name", "lon", "lat", "step"} for row in villages)

    def test_what_must_be_hidden_is_found_out_first(self, county) -> None:
        make_whole(county)
        version = making.create_map(draft=with_coverage(county), by=county.people[Role.PLANNER])
        with pytest.raises(ValidationError, match="后台"):
            making.submit(version=version, by=county.people[Role.PLANNER])

    def test_a_run_with_a_secret_part_is_neither_handed_in_nor_shown_later(self, covered, client) -> None:
        version = published(covered, with_coverage(covered))
        assert "够得着" in client.get(address(version)).content.decode()
        Facility.objects.filter(number="OPEN-0").update(secret=True)
        page = client.get(address(version)).content.decode()
        assert "不能显示" in page
        assert not client.get(address(version, "published_data")).json()["dots"]
        with pytest.raises(ValidationError):
            submitted(covered, with_coverage(covered))

    def test_two_runs_that_tell_a_small_count_together_are_not_both_published(self, covered) -> None:
        published(covered, with_coverage(covered))
        other = second_run(covered, fewer=3)
        version = submitted(covered, with_coverage(covered, run=other))
        assert conflicts(version)
        with pytest.raises(ValidationError, match="助餐点地图"):
            making.review(version=version, by=covered.people[Role.REVIEWER])

    def test_two_runs_far_enough_apart_are(self, covered) -> None:
        published(covered, with_coverage(covered))
        other = second_run(covered, fewer=40)
        version = submitted(covered, with_coverage(covered, run=other))
        assert conflicts(version) == []

    def test_steps_of_shares(self) -> None:
        assert [share_step(share) for share in (1, 0.9, 0.899, 0.5, 0.25, 0.1, None)] == [
            0,
            0,
            1,
            2,
            3,
            4,
            HIDDEN,
        ]
        assert share_step(0.5, counted=False) == HIDDEN


def second_run(county, *, fewer: int):
    """The county's run once more, with so many people fewer within reach in the east."""
    run, one = county.run, county.run.sets.get()
    copy = factories.CoverageRunFactory(
        network=run.network, division=run.division, has_demo_data=True, thresholds_s=run.thresholds_s
    )
    copy.finished_at, copy.summary = run.finished_at, run.summary
    copy.save()
    whole = factories.CoverageSetFactory(run=copy, facility_count=5, facility_ids=one.facility_ids)
    east = county.villages[0].parent
    for share in CoverageShare.objects.filter(set=one):
        gone = fewer if share.division in (east, county.home) else 0
        factories.CoverageShareFactory(
            set=whole, division=share.division, group=share.group, threshold_s=share.threshold_s, people=share.people,
            covered=share.covered - gone, uncovered=share.uncovered + gone, unknown=share.unknown,
        )  # fmt: skip
    public_coverage.compute(copy)
    return copy


class TestComposition:
    def test_survives_being_kept(self) -> None:
        kept = Composition(
            kinds=("a",), levels=(4, 5), place_kinds=("b",), base=("roads",), extent=(1, 2, 3, 4)
        )
        assert read(json.loads(json.dumps(kept.as_json()))) == kept

    @pytest.mark.parametrize(
        "value",
        [
            None,
            "",
            [1, 2, 3],
            [3, 2, 1, 4],
            [1, 4, 3, 2],
            ["a", 1, 2, 3],
            [0, 0, float("nan"), 1],
            [0, 0, 181, 1],
        ],
    )
    def test_what_is_no_part_of_the_earth_is_none(self, value) -> None:
        assert extent_of(value) is None

    def test_an_unknown_layer_of_the_base_is_left_out(self) -> None:
        assert read({"base": ["roads", "rivers"]}).base == ("roads",)


class TestFiles:
    def test_are_made_once_carry_the_marks_and_are_handed_out(self, covered, client) -> None:
        version = published(covered, with_coverage(covered))
        MapFile.objects.all().delete()
        assert make_all(version) == 5
        assert make_all(version) == 0
        for kind, begins in (("pdf-a4", b"%PDF"), ("pdf-a3", b"%PDF"), ("png", b"\x89PNG"), ("svg", b"<svg")):
            answer = client.get(reverse("maps:published_file", args=[version.map.code, 1, kind]))
            assert answer.status_code == 200, kind
            assert b"".join(answer.streaming_content).startswith(begins)
        answer = client.get(reverse("maps:published_file", args=[version.map.code, 1, "html"]))
        text = b"".join(answer.streaming_content).decode()
        for part in ("宁S(2026)001号", DRAFT.title, "数据截至", "示范数据"):
            assert part in text

    def test_the_paper_says_what_the_page_says(self, covered, tmp_path) -> None:
        import subprocess

        version = published(covered, with_coverage(covered))
        make_all(version)
        from geo_registry.attachments.services import bytes_at

        place = bytes_at(version.files.get(kind="pdf-a4").attachment)
        text = subprocess.run(
            ["pdftotext", "-layout", str(place), "-"], capture_output=True, check=True
        ).stdout.decode()
        for part in (DRAFT.title, "宁S(2026)001号", "东镇", "数据截至", version.map.code):
            assert part in text, part


class TestPages:
    def form(self, **changes):
        return {
            "title": "新图", "text": "说明", "kinds": ["canteen"], "levels": ["4"], "base": ["roads", "names"], "extent": "",
            "keeping": "frozen", "mark": "public", "review_number": "宁S(2026)009号", "step-TOTAL_FORMS": "0",
            "step-INITIAL_FORMS": "0", **changes,
        }  # fmt: skip

    def test_a_map_is_composed_handed_in_reviewed_and_published_on_pages(self, county, client) -> None:
        planner, reviewer = signed_in(county, Role.PLANNER), signed_in(county, Role.REVIEWER)
        assert planner.get(reverse("maps:composed_new")).status_code == 200
        answer = planner.post(reverse("maps:composed_new"), self.form())
        version = MapVersion.objects.get()
        assert answer["Location"] == address(version, "composed")
        step = address(version, "composed_step")
        planner.post(step, {"action": "submit"})
        assert planner.post(step, {"action": "review"}).status_code == 403
        reviewer.post(step, {"action": "review"})
        planner.post(step, {"action": "publish"})
        assert client.get(address(version)).status_code == 200
        assert version.last(StepAction.PUBLISHED).by == county.people[Role.PLANNER]

    def test_what_does_not_fit_is_said_beside_its_field_and_nothing_is_lost(self, county) -> None:
        answer = signed_in(county, Role.PLANNER).post(
            reverse("maps:composed_new"), self.form(title="", extent="1,2,3", text="不该丢的字")
        )
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "不该丢的字" in page
        assert page.count("errorlist") >= 2
        assert not MapVersion.objects.exists()

    def test_a_limit_that_the_run_does_not_have_is_refused_with_those_it_has(self, covered) -> None:
        changes = {"run": str(covered.run.pk), "limit": "600", "group": "age60", "set_key": "any"}
        planner = signed_in(covered, Role.PLANNER)
        assert planner.post(reverse("maps:composed_new"), self.form(**changes)).status_code == 302
        assert (
            planner.post(reverse("maps:composed_new"), self.form(**changes | {"limit": "77"})).status_code
            == 422
        )

    def test_the_preview_shows_what_is_entered_and_keeps_nothing(self, covered) -> None:
        planner = signed_in(covered, Role.PLANNER)
        changes = {
            "run": str(covered.run.pk),
            "limit": "900",
            "group": "age60",
            "set_key": "any",
            "title": "",
        }
        told = planner.post(reverse("maps:composed_preview"), self.form(**changes)).json()
        assert {one["properties"]["kind"] for one in told["map"]["facilities"]["features"]} != set()
        assert "东镇" in told["tables"]
        assert not MapVersion.objects.exists()
        assert planner.post(reverse("maps:composed_preview"), self.form(extent="x")).status_code == 422

    def test_office_pages_of_a_draft_are_closed_to_other_scopes(self, county) -> None:
        version = making.create_map(draft=DRAFT, by=county.people[Role.PLANNER])
        assert signed_in(county, Role.CLERK).get(address(version, "composed")).status_code == 404
        assert signed_in(county, Role.REVIEWER).get(address(version, "composed")).status_code == 200
