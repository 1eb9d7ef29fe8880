"""What happens to a facility: on a day, for a reason, withdrawn with its trace kept; two records of one become one."""

from __future__ import annotations

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone, translation

from facilities.models import Facility, FacilityKind, LifeEvent, Likeness, Proposal, Status, StatusRule, What
from facilities.services import deciding, kinds, life, life_words, merging, proposal_words, proposing, work
from facilities.services.editing import save_card
from facilities.services.facts import FACTS, facts_of
from facilities.services.founding import found
from facilities.services.life_words import Event
from facilities.services.likely_duplicates import look_for_duplicates
from facilities.services.public_page import facility_page, stands_for
from geo_registry.worklist.models import Notification
from geo_registry.worklist.registry import Asked, Pile
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate()


def days(n: int) -> datetime.date:
    return TODAY + datetime.timedelta(days=n)


def status(
    value: Status, day: datetime.date = TODAY, *, document: str = "灵民发〔2026〕1号", **details
) -> Event:
    return Event(
        what=What.STATUS,
        day=day,
        details={"status": value.value, **details},
        reason="按文件",
        document=document,
    )


class TestEvents:
    def test_a_change_of_status_holds_from_its_day(self, register):
        life.enter(facility=register.facility, event=status(Status.PAUSED), user=register.planner)
        assert register.facility.status_on(TODAY).status == Status.PAUSED
        assert register.facility.status_on(days(-1)).status == Status.OPEN
        assert register.facility not in Facility.objects.open_on(TODAY)

    def test_a_day_to_come_takes_effect_on_its_day(self, register):
        life.enter(facility=register.facility, event=status(Status.CLOSED, days(10)), user=register.planner)
        assert register.facility in Facility.objects.open_on(days(9))
        assert register.facility not in Facility.objects.open_on(days(10))
        page = facility_page(number="T-1", now=datetime.datetime.combine(TODAY, datetime.time(9)))
        assert (page.status, page.upcoming.valid_from, page.upcoming.status) == (
            Status.OPEN,
            days(10),
            Status.CLOSED,
        )
        assert life_words.timeline(register.facility, day=TODAY)[0].is_future

    @pytest.mark.parametrize(
        ("event", "field"),
        [
            (status(Status.PLANNED), "status"),
            (status(Status.OPEN), "status"),
            (status(Status.CLOSED, document=""), "document"),
            (status(Status.MERGED), "merged_into"),
            (status(Status.CLOSED, days(10_000)), "day"),
            (status(Status.PAUSED, datetime.date(2022, 1, 1)), "day"),
            (Event(what=What.STATUS, day=TODAY, details={"status": "paused"}), "reason"),
            (Event(what=What.OPERATOR, day=TODAY, details={"name": ""}, reason="换"), "name"),
            (Event(what=What.FUNCTIONS, day=TODAY, details={"functions": []}, reason="换"), "functions"),
            (Event(what=What.KIND, day=TODAY, details={"kind": None}, reason="换"), "kind"),
        ],
    )
    def test_what_cannot_happen_is_refused_beside_its_field(self, register, event, field):
        with pytest.raises(ValidationError) as caught:
            life.enter(facility=register.facility, event=event, user=register.planner)
        assert field in caught.value.message_dict
        assert not LifeEvent.objects.exists()

    def test_which_status_may_follow_which_is_said_by_rows(self, register):
        StatusRule.objects.create(before="open", after="planned", needs_approval=False)
        life.enter(facility=register.facility, event=status(Status.PLANNED), user=register.planner)
        assert register.facility.status_on(TODAY).status == Status.PLANNED

    def test_nothing_closes_before_it_opened(self, register):
        Facility.objects.filter(pk=register.facility.pk).update(opened_on=days(-10))
        with pytest.raises(ValidationError):
            life.enter(
                facility=register.facility, event=status(Status.CLOSED, days(-20)), user=register.planner
            )

    def test_an_event_in_between_must_fit_what_follows(self, register):
        life.enter(facility=register.facility, event=status(Status.PAUSED, days(-10)), user=register.planner)
        with pytest.raises(ValidationError) as caught:
            life.enter(
                facility=register.facility, event=status(Status.CLOSED, days(-20)), user=register.planner
            )
        assert "day" in caught.value.message_dict

    def test_another_operator_leaves_the_facility_itself_alone(self, register):
        factories.FacilityOperatorFactory(facility=register.facility, name="旧的", valid_from=days(-100))
        event = Event(
            what=What.OPERATOR, day=days(5), details={"name": "新的", "mode": "public_private", "until": None},
            reason="合同到期",
        )  # fmt: skip
        life.enter(facility=register.facility, event=event, user=register.planner)
        assert [o.name for o in register.facility.operators.on(days(4))] == ["旧的"]
        assert [o.name for o in register.facility.operators.on(days(5))] == ["新的"]
        assert Facility.objects.get(number="T-1").pk == register.facility.pk

    def test_another_kind_holds_from_its_day_with_its_functions(self, register):
        care = register.functions["residential-care"].pk
        event = Event(
            what=What.KIND,
            day=days(5),
            details={"kind": register.home_for_aged.pk, "functions": [care]},
            reason="改建",
        )
        life.enter(facility=register.facility, event=event, user=register.planner)
        register.facility.refresh_from_db()
        assert register.facility.kind == register.canteen
        assert factories.kind_of(register.facility, days(4)) == register.canteen.pk
        assert factories.kind_of(register.facility, days(5)) == register.home_for_aged.pk
        assert kinds.settle_kinds(day=days(4)) == 0
        assert kinds.settle_kinds(day=days(5)) == 1
        register.facility.refresh_from_db()
        assert register.facility.kind == register.home_for_aged

    def test_a_wrong_event_is_withdrawn_and_its_trace_kept(self, register):
        made = life.enter(facility=register.facility, event=status(Status.PAUSED), user=register.planner)
        life.withdraw(event=made, user=register.planner, reason="登记错了设施")
        assert register.facility.status_on(TODAY).status == Status.OPEN
        (moment, _first) = life_words.timeline(register.facility, day=TODAY)
        assert not moment.holds
        assert moment.event.withdrawn_reason == "登记错了设施"
        with pytest.raises(ValidationError):
            life.withdraw(event=made, user=register.planner, reason="再来")

    def test_withdrawing_a_kind_an_operator_and_functions_brings_back_what_was(self, register):
        factories.FacilityOperatorFactory(facility=register.facility, name="旧的", valid_from=days(-100))
        meals, care = (register.functions[code].pk for code in ("meals", "residential-care"))
        for event in (
            Event(
                what=What.OPERATOR,
                day=TODAY,
                details={"name": "新的", "mode": "", "until": None},
                reason="换",
            ),
            Event(what=What.FUNCTIONS, day=TODAY, details={"functions": [meals, care]}, reason="增"),
        ):
            life.withdraw(
                event=life.enter(facility=register.facility, event=event, user=register.planner),
                user=register.planner, reason="错",
            )  # fmt: skip
        kind = life.enter(
            facility=register.facility,
            event=Event(
                what=What.KIND,
                day=TODAY,
                details={"kind": register.home_for_aged.pk, "functions": [care]},
                reason="改",
            ),
            user=register.planner,
        )
        life.withdraw(event=kind, user=register.planner, reason="错")
        register.facility.refresh_from_db()
        assert [o.name for o in register.facility.operators.on(TODAY)] == ["旧的"]
        assert not register.facility.functions.exists()
        assert register.facility.kind == register.canteen
        assert FacilityKind.objects.filter(facility=register.facility).count() == 1

    def test_a_wrong_event_is_corrected_by_another(self, register):
        made = life.enter(
            facility=register.facility, event=status(Status.PAUSED, days(-5)), user=register.planner
        )
        better = life.correct(
            event=made, instead=status(Status.PAUSED, days(-3)), user=register.planner, reason="日期不对"
        )
        assert better.corrects == made
        assert register.facility.status_on(days(-4)).status == Status.OPEN
        assert register.facility.status_on(days(-3)).status == Status.PAUSED

    def test_a_status_that_a_file_brought_is_corrected_with_its_trace_too(self, register):
        row = factories.FacilityStatusFactory(
            facility=register.facility, status=Status.PAUSED, valid_from=days(-5)
        )
        life.withdraw(event=life.adopt(row), user=register.planner, reason="文件有误")
        assert register.facility.status_on(TODAY).status == Status.OPEN
        assert not life_words.timeline(register.facility, day=TODAY)[0].holds

    def test_nothing_is_withdrawn_that_the_rest_stands_on(self, register):
        building = life.enter(
            facility=register.facility, event=status(Status.BUILDING, days(-5)), user=register.planner
        )
        life.enter(facility=register.facility, event=status(Status.PLANNED, days(-3)), user=register.planner)
        with pytest.raises(ValidationError):
            life.withdraw(event=building, user=register.planner, reason="错")

    def test_a_clerk_pauses_at_once_and_asks_to_close(self, register):
        paused = life.enter(facility=register.facility, event=status(Status.PAUSED), user=register.clerk)
        assert isinstance(paused, LifeEvent)
        asked = life.enter(
            facility=register.facility, event=status(Status.CLOSED, days(1)), user=register.clerk
        )
        assert isinstance(asked, Proposal)
        assert register.facility.status_on(days(1)).status == Status.PAUSED
        deciding.approve(proposal=asked, user=register.reviewer, seen={}, version=asked.version)
        assert register.facility.status_on(days(1)).status == Status.CLOSED
        with pytest.raises(PermissionDenied):
            life.withdraw(event=LifeEvent.objects.latest("pk"), user=register.clerk, reason="x")
        with pytest.raises(PermissionDenied):
            life.enter(facility=register.facility, event=status(Status.PAUSED), user=register.other_clerk)

    def test_a_clerk_cannot_correct_a_pause_into_what_needs_approval(self, register):
        paused = life.enter(facility=register.facility, event=status(Status.PAUSED), user=register.clerk)
        with pytest.raises(ValidationError):
            life.correct(event=paused, instead=status(Status.CLOSED), user=register.clerk, reason="其实关了")
        assert register.facility.status_on(TODAY).status == Status.PAUSED
        paused.refresh_from_db()
        assert paused.holds


class TestProposals:
    def propose(self, register, **typed) -> Proposal:
        register.facility.refresh_from_db()
        base = facts_of(register.facility)
        return save_card(
            facility=register.facility, base=base, typed={**base, **typed}, user=register.clerk
        ).proposal

    def test_the_county_approves_and_the_author_is_told(self, register):
        made = self.propose(register, name="新名字")
        assert Notification.objects.filter(code="facilities-proposal-sent").exists()
        deciding.approve(
            proposal=made, user=register.reviewer, seen=deciding.now_of(made), version=made.version
        )
        register.facility.refresh_from_db()
        assert register.facility.name == "新名字"
        assert Notification.objects.filter(
            code="facilities-proposal-approved", person=register.clerk
        ).exists()

    def test_nobody_decides_on_the_own_proposal(self, register):
        made = self.propose(register, name="新名字")
        Proposal.objects.filter(pk=made.pk).update(author=register.administrator)
        with pytest.raises(PermissionDenied):
            deciding.approve(
                proposal=made, user=register.administrator, seen=deciding.now_of(made), version=made.version
            )
        for person in (register.clerk, register.planner, register.viewer):
            with pytest.raises(PermissionDenied):
                deciding.return_(proposal=made, user=person, version=made.version, reasons="x")

    def test_what_is_returned_comes_with_reasons_and_waits_for_its_author(self, register):
        made = self.propose(register, name="新名字")
        with pytest.raises(ValidationError):
            deciding.return_(proposal=made, user=register.reviewer, version=made.version, reasons=" ")
        deciding.return_(proposal=made, user=register.reviewer, version=made.version, reasons="请附批文")
        provider = work.Proposals()
        asked = Asked(user=register.clerk, day=TODAY)
        assert provider.counts(asked).returned == 1
        (item,) = provider.items(asked, first=0, size=10)
        assert (item.returned, item.reason) == (True, "请附批文")
        proposing.send(proposal=made, user=register.clerk)
        assert provider.counts(Asked(user=register.reviewer, day=TODAY)).total == 1
        assert provider.counts(Asked(user=register.clerk, day=TODAY, pile=Pile.OTHERS)).total == 1
        assert provider.counts(Asked(user=register.other_clerk, day=TODAY)).total == 0

    def test_what_waits_and_what_is_told_is_read_in_the_readers_language(self, register):
        with translation.override("zh-hans"):
            made = life.enter(facility=register.facility, event=status(Status.CLOSED), user=register.clerk)
        told = Notification.objects.filter(code="facilities-proposal-sent").first()
        provider = work.Proposals()
        for language, words in (("en", "东一村老饭桌: closed"), ("zh-hans", "东一村老饭桌：注销")):
            with translation.override(language):
                (item,) = provider.items(Asked(user=register.reviewer, day=TODAY), first=0, size=9)
                assert item.title.startswith(words)
                assert words in told.text
        # As earlier versions kept them: the title of a notification, and of a proposal.
        Notification.objects.filter(pk=told.pk).update(params={**told.params, "title": "东一村：停业"})
        Proposal.objects.filter(pk=made.pk).update(title="东一村老饭桌：停业")
        with translation.override("en"):
            told.refresh_from_db()
            assert "东一村：停业" in told.text
            (item,) = provider.items(Asked(user=register.reviewer, day=TODAY), first=0, size=9)
            assert item.title.startswith("东一村老饭桌: closed")

    def test_why_a_life_begins_is_read_in_the_readers_language(self, register):
        facts = {
            **{code: "" if fact.is_empty_text else None for code, fact in FACTS.items()}, "clients": [],
            "name": "新点", "division": register.east_village.pk, "social_credit_code_absent": "村级点",
        }  # fmt: skip
        birth = {"kind": register.canteen.pk, "status": "open", "status_from": TODAY.isoformat()}
        facility = found(facts=facts, birth=birth, user=register.planner).facility
        for language, words in (("en", "entered in the register"), ("zh-hans", "登记入册")):
            with translation.override(language):
                (moment,) = life_words.timeline(facility, day=TODAY)
                assert moment.reason == words
        LifeEvent.objects.update(reason="登记入册")
        with translation.override("en"):
            assert life_words.timeline(facility, day=TODAY)[0].reason == "entered in the register"

    def test_what_came_back_is_not_sent_again_by_the_way(self, register):
        made = self.propose(register, name="新名字")
        deciding.return_(proposal=made, user=register.reviewer, version=made.version, reasons="请附批文")
        other = self.propose(register, address="别处1号")
        made.refresh_from_db()
        assert (made.state, other.pk == made.pk) == (Proposal.State.RETURNED, False)
        again = self.propose(register, name="更好的名字")
        assert again.pk in {made.pk, other.pk}
        assert again.facts["name"] == "更好的名字"

    def test_what_has_changed_since_the_page_was_opened_is_looked_at_again(self, register):
        made = self.propose(register, name="新名字")
        seen = deciding.now_of(made)
        Facility.objects.filter(pk=register.facility.pk).update(name="别人改的")
        with pytest.raises(ValidationError):
            deciding.approve(proposal=made, user=register.reviewer, seen=seen, version=made.version)
        again = self.propose(register, name="再改")
        with pytest.raises(ValidationError):
            deciding.approve(
                proposal=made, user=register.reviewer, seen=deciding.now_of(again), version=made.version
            )

    def test_a_new_facility_of_a_clerks_is_nowhere_before_it_is_approved(self, register):
        facts = {
            **{code: "" if fact.is_empty_text else None for code, fact in FACTS.items()}, "clients": [],
            "name": "东一村新点", "division": register.east_village.pk, "location": [106.04, 38.01],
            "location_method": "picked", "meals_capacity": [30, None],
        }  # fmt: skip
        birth = {
            "kind": register.canteen.pk,
            "functions": [],
            "status": "open",
            "status_from": TODAY.isoformat(),
        }
        made = found(facts=facts, birth=birth, user=register.clerk, figures_as_of=TODAY)
        assert made.facility is None
        assert Facility.objects.count() == 1
        deciding.approve(
            proposal=made.proposal, user=register.reviewer, seen={}, version=made.proposal.version
        )
        facility = Facility.objects.get(name="东一村新点")
        assert facility.number == "990101-00001"
        assert facility.status_on(TODAY).status == Status.OPEN
        assert facility.readings.get().total == 30
        assert not facility.published
        assert facility not in Facility.objects.public()
        with pytest.raises(PermissionDenied):
            found(facts={**facts, "division": register.west_village.pk}, birth=birth, user=register.clerk)


class TestDuplicates:
    def twin(self, register) -> Facility:
        return factories.FacilityFactory(
            number="T-2", name="东一村老饭桌（新）", kind=register.canteen, division=register.east_village,
            location=factories.point(106.0503, 38.0), address="二号", public_phone="0951-7777777",
        )  # fmt: skip

    def test_records_that_look_alike_are_found_once_and_stay_judged(self, register):
        twin = self.twin(register)
        assert look_for_duplicates() == 1
        assert look_for_duplicates() == 0
        assert work.PossibleDuplicates().counts(Asked(user=register.clerk, day=TODAY)).total == 1
        assert work.PossibleDuplicates().counts(Asked(user=register.other_clerk, day=TODAY)).total == 0
        merging.are_two(pair=Likeness.objects.get(), user=register.clerk)
        assert look_for_duplicates(facility_ids=[twin.pk]) == 0
        assert not Likeness.objects.open().exists()

    def test_two_records_become_one_and_both_numbers_lead_to_it(self, register):
        twin = self.twin(register)
        factories.CapacityReadingFactory(facility=twin, total=40)
        with pytest.raises(PermissionDenied):
            merging.merge_records(kept=register.facility, dropped=twin, sides={}, user=register.clerk)
        merging.merge_records(
            kept=register.facility, dropped=twin,
            sides={"address": "dropped", "public_phone": "dropped", "meals_capacity": "dropped", "name": "kept"},
            user=register.planner, reason="同一处",
        )  # fmt: skip
        register.facility.refresh_from_db()
        assert (register.facility.address, register.facility.name) == ("二号", "东一村老饭桌")
        assert register.facility.readings.get().total == 40
        assert merging.resolve("T-2") == register.facility
        assert stands_for("T-2") == "T-1"
        assert list(Facility.objects.open_on(TODAY)) == [register.facility]
        assert list(Facility.objects.public()) == [register.facility]
        assert twin.statuses.exists()

    def test_what_was_proposed_of_the_record_that_goes_comes_back_to_its_author(self, register):
        twin = self.twin(register)
        made = proposing.propose_facts(
            facility=twin, base={"name": twin.name}, facts={"name": "改名"}, author=register.clerk
        )
        merging.merge_records(kept=register.facility, dropped=twin, sides={}, user=register.planner)
        made.refresh_from_db()
        assert (made.state, made.decided_by) == (Proposal.State.RETURNED, register.planner)
        assert "T-1" in made.decision
        with translation.override("zh-hans"):
            assert proposal_words.decision_words(made).startswith("T-2")
            assert "merged" not in proposal_words.decision_words(made)
        assert Notification.objects.filter(
            code="facilities-proposal-returned", person=register.clerk
        ).exists()
        proposing.send(proposal=made, user=register.clerk)
        made.refresh_from_db()
        with pytest.raises(ValidationError):
            deciding.approve(
                proposal=made, user=register.reviewer, seen=deciding.now_of(made), version=made.version
            )

    def test_a_merger_is_taken_back(self, register):
        twin = self.twin(register)
        before = facts_of(register.facility)
        made = merging.merge_records(
            kept=register.facility, dropped=twin, sides={"address": "dropped", "public_phone": "dropped"},
            user=register.planner,
        )  # fmt: skip
        Facility.objects.filter(pk=register.facility.pk).update(public_phone="0951-1111111")
        merging.take_back(merge=made, user=register.planner)
        register.facility.refresh_from_db()
        assert register.facility.address == before["address"]
        assert register.facility.public_phone == "0951-1111111"
        assert Facility.objects.standing().count() == 2
        with pytest.raises(ValidationError):
            merging.take_back(merge=made, user=register.planner)

    def test_a_chain_of_mergers_leads_to_the_one_that_stands(self, register):
        twin = self.twin(register)
        third = factories.FacilityFactory(number="T-3", kind=register.canteen, division=register.east_village)
        merging.merge_records(kept=twin, dropped=third, sides={}, user=register.planner)
        merging.merge_records(kept=register.facility, dropped=twin, sides={}, user=register.planner)
        assert merging.resolve("T-3") == register.facility
        with pytest.raises(ValidationError):
            merging.merge_records(kept=third, dropped=register.facility, sides={}, user=register.planner)
