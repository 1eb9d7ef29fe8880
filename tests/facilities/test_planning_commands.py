"""Next sites and scenarios on the one straight road: every figure here was computed by hand."""

from __future__ import annotations

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from facilities.models import Asset, CapacityReading, Facility, Measure, PlanningAnswer
from facilities.services import siting_sites
from tests.one_road import *  # noqa: F403 -- fixtures
from tests.one_road import DAY, east, make_facility

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("world")]


def run(command, network, walk, **options):
    out = io.StringIO()
    values = {
        "network": network.code,
        "profile": walk.code,
        "minutes": "5",
        "date": DAY.isoformat(),
        "json": "-",
    }
    call_command(command, stdout=out, stderr=io.StringIO(), **(values | options))
    return json.loads(out.getvalue())


def told(command, network, walk, **options):
    """What the command says to a person."""
    out = io.StringIO()
    values = {"network": network.code, "profile": walk.code, "minutes": "5", "date": DAY.isoformat()}
    call_command(command, stdout=out, stderr=io.StringIO(), **(values | options))
    return out.getvalue()


def sites(network, walk, **options):
    return run("propose_sites", network, walk, **({"objective": "max-cover", "sites": 1} | options))


def scenarios(network, walk, **options):
    return run("compare_scenarios", network, walk, **options)


def at(metres, *more):
    return ",".join(map(str, (east(metres).x, east(metres).y, *more)))


class TestNextSites:
    def test_the_site_that_gains_most_is_chosen_and_proved(self, network, walk):
        data = sites(network, walk)
        answer = data["answer"]
        # Within 300 m of S1 live 100; at “far” 400; “off” is too far from any road to be a site or to be served.
        assert (answer["covered_before"], answer["covered_after"], answer["people_unknown"]) == (100, 500, 50)
        assert [one["site"] for one in answer["opened"]] == ["far"]
        assert (answer["proof"], answer["gap"], answer["bound"]) == ("optimal", 0.0, 500.0)
        saved = PlanningAnswer.objects.get()
        assert str(saved.pk) == data["id"]
        assert saved.input_versions["facilities"]["count"] == 1
        assert saved.parameters["limit_s"] == 300

    @pytest.mark.parametrize("objective", ["max-cover", "p-median", "set-cover", "p-center"])
    def test_every_objective_answers_with_a_bound(self, network, walk, objective):
        answer = sites(network, walk, objective=objective, sites=2)["answer"]
        assert answer["bound"] is not None
        assert answer["proof"] == "optimal"

    def test_idle_buildings_and_idle_facilities_are_candidates(self, network, walk, towns):
        Asset.objects.create(
            number="A1", kind="building", name="旧校舍", division=towns[1], location=east(1450), use="idle"
        )
        answer = sites(network, walk, candidates="assets")["answer"]
        assert [(one["site"], one["of"]) for one in answer["opened"]] == [("A1", "assets")]

    def test_crossings_and_drawn_points_are_candidates(self, network, walk):
        assert sites(network, walk, candidates="none", point=[at(1300)])["answer"]["covered_after"] == 500
        assert sites(network, walk, candidates="nodes")["answer"]["candidates"] == 2

    def test_which_one_can_close_with_the_least_loss(self, network, walk, towns):
        make_facility("S2", "station-test", east(1500), towns[1], since=dt.date(2020, 1, 1))
        answer = sites(network, walk, sites=0, closable=["all"], close=1)["answer"]
        assert [(one["site"], one["worth"]) for one in answer["closed"]] == [("S1", 100.0)]

    def test_a_floor_that_nothing_can_meet_is_refused(self, network, walk, towns):
        with pytest.raises(CommandError, match="|".join(town.name for town in towns)):
            sites(network, walk, floor=0.99)
        assert not PlanningAnswer.objects.exists()

    def test_a_budget_buys_what_each_site_costs(self, network, walk, tmp_path):
        def answer(**options):
            file = tmp_path / "costs.csv"
            file.write_text(f'site,cost\nfar,90\n"{at(1300)}",20\n')
            return sites(network, walk, candidates="villages", point=[at(1300)], costs=str(file), **options)

        # Both reach the 400 people at “far”; the budget is enough for the cheap one only.
        data = answer(cost=50, budget=30)
        (opened,) = data["answer"]["opened"]
        assert (opened["of"], opened["cost"], data["answer"]["cost"]) == ("point", 20.0, 20.0)
        assert data["answer"]["covered_after"] == 500
        assert data["parameters"]["costs"]["far"] == 90.0
        assert answer(cost=50, budget=10)["answer"]["opened"] == []
        # Without a budget the cheapest cover is asked for by set cover.
        chosen = answer(cost=50, objective="set-cover", sites=3)["answer"]
        assert chosen["value"] == sum(one["cost"] for one in chosen["opened"])

    @pytest.mark.parametrize(
        ("text", "options"),
        [
            ("site,cost\nfar,90\n", {"budget": 100}),  # the others have none
            ("site,cost\nno-such,90\n", {"budget": 100, "cost": 1}),
            ("site,cost\nfar,-1\n", {"budget": 100, "cost": 1}),
            ("site,cost\nfar,much\n", {"budget": 100, "cost": 1}),
            ("place,price\nfar,1\n", {"budget": 100, "cost": 1}),
            (None, {"budget": 100}),
        ],
    )
    def test_costs_that_mean_nothing_are_refused(self, network, walk, tmp_path, text, options):
        file = tmp_path / "costs.csv"
        if text is not None:
            file.write_text(text)
            options = options | {"costs": str(file)}
        with pytest.raises(CommandError):
            sites(network, walk, **options)
        assert not PlanningAnswer.objects.exists()

    def test_the_answer_is_told_in_the_language_of_the_office(self, network, walk):
        with translation.override("zh-hans"):
            text = told("propose_sites", network, walk, objective="max-cover", sites=1, cost=5.0)
        assert "100 → 500" in text
        assert "已证明最优" in text
        assert "新开各处合计费用：5" in text
        assert "开设 2号镇 far" in text

    @pytest.mark.parametrize(
        "options",
        [
            {"sites": 40},
            {"sites": -1},
            {"closable": ["S1", "S1"], "close": 1},
            {"closable": ["no-such"]},
            {"closable": ["S1"], "fixed": ["S1"]},
            {"candidates": "moon"},
            {"point": ["37,106,1"]},
            {"point": ["37.0,106.0"]},
            {"set": "tier-9"},
            {"minutes": "5,10"},
            {"minutes": "-5"},
            {"minutes": "nan"},
            {"minutes": "1e12"},
            {"floor": float("nan")},
            {"floor": 1.5},
            {"close": -1},
            {"close": 5, "closable": ["all"]},
            {"budget": float("nan"), "cost": 1.0},
            {"cost": float("nan"), "budget": 10.0},
            {"time_limit": 0.0},
            {"time_limit": float("nan")},
            {"farthest": -1.0, "objective": "p-median"},
            {"farthest": float("nan"), "objective": "p-median"},
            {"share": float("nan"), "objective": "set-cover"},
            {"capacity": "beds", "new_capacity": -5.0},
            {"capacity": "beds", "new_capacity": float("nan")},
            {"point": ["nan,nan"]},
        ],
    )
    def test_a_question_without_an_answer_is_refused_and_leaves_nothing(self, network, walk, options):
        with pytest.raises(CommandError):
            sites(network, walk, **options)
        assert not PlanningAnswer.objects.exists()

    @pytest.mark.parametrize("kmh", [-5, -0.1])
    def test_a_negative_speed_on_a_class_of_road_is_refused_and_not_left_out(self, network, walk, kmh):
        """No form and no file lets one in; a raw statement does, and it was as if there were none."""
        walk.road_speeds.create(road_class="residential", speed_kmh=kmh)
        with pytest.raises(CommandError, match="residential"):
            sites(network, walk)

    def test_stopped_by_ctrl_c_saves_nothing(self, network, walk, monkeypatch):
        def interrupted(*args, **kwargs):
            raise KeyboardInterrupt

        monkeypatch.setattr("facilities.services.siting.max_cover", interrupted)
        with pytest.raises(CommandError, match=r"nothing was saved|什么都没有保存"):
            sites(network, walk)
        assert not PlanningAnswer.objects.exists()


class TestScenarios:
    def test_an_opening_and_a_closing_stand_beside_today(self, network, walk, towns):
        rows = scenarios(network, walk, open=[at(1500)], close=["S1"], group="residents")["answer"]["rows"]
        whole, first, second = rows
        assert (whole["people"], whole["today"], whole["scenarios"]["scenario"]) == (750, 100, 400)
        assert (first["today"], first["scenarios"]["scenario"]) == (100, 0)
        assert (second["unknown"], second["scenarios"]["scenario"]) == (50, 400)

    def test_a_move_and_a_size_are_answered_with_room(self, network, walk):
        CapacityReading.objects.create(
            facility=Facility.objects.get(), measure=Measure.BEDS, as_of=dt.date(2023, 1, 1), total=60
        )
        answer = scenarios(
            network, walk, capacity="beds", move=[f"S1={at(1500)}"], resize=["S1=250"]
        )["answer"]  # fmt: skip
        assert (answer["capacity"]["today"]["served"], answer["capacity"]["scenario"]["served"]) == (60, 250)

    def test_a_merger_closes_one_and_gives_its_room_to_the_other(self, network, walk, towns):
        make_facility("S2", "station-test", east(1500), towns[1], since=dt.date(2020, 1, 1))
        for number, beds in (("S1", 30), ("S2", 15)):
            CapacityReading.objects.create(
                facility=Facility.objects.get(number=number), measure=Measure.BEDS, as_of=dt.date(2023, 1, 1), total=beds
            )  # fmt: skip
        data = scenarios(network, walk, capacity="beds", merge=["S1=S2"], group="age60")
        room = data["answer"]["capacity"]
        # 30 elders at “near” had S1 to themselves; at “far” 120 want S2, which had room for 15 and has 45 then.
        assert (room["today"]["served"], room["today"]["room"]) == (45, 45)
        assert (room["scenario"]["served"], room["scenario"]["room"]) == (45, 45)
        whole = data["answer"]["rows"][0]
        assert (whole["today"], whole["scenarios"]["scenario"]) == (150, 120)
        assert data["parameters"]["scenarios"]["scenario"][0]["into"] == "S2"
        assert data["answer"]["facilities"] == {"today": 2, "scenario": 1}

    def test_a_delivery_radius_holds_for_sites_and_scenarios(self, network, walk):
        walk.delivery_radius_m = 500
        walk.save()
        answer = scenarios(network, walk, delivery=True, minutes="60", open=[at(1500)], group="residents")
        whole = answer["answer"]["rows"][0]
        assert (whole["today"], whole["scenarios"]["scenario"]) == (100, 500)
        assert answer["parameters"]["delivery_radius_m"] == 500
        chosen = sites(network, walk, delivery=True, minutes="60", sites=1, group="residents")["answer"]
        assert (chosen["covered_before"], chosen["covered_after"]) == (100, 500)

    def test_it_is_told_in_the_language_of_the_office(self, network, walk):
        with translation.override("zh-hans"):
            assert "5分钟内" in told("compare_scenarios", network, walk, close=["S1"])

    def test_scenarios_from_files_are_columns_with_their_names(self, network, walk, tmp_path):
        for name, changes in (("甲", [{"action": "close", "number": "S1"}]), ("乙", [])):
            (tmp_path / name).write_text(json.dumps({"name": name, "changes": changes}))
        data = scenarios(network, walk, scenario=[str(tmp_path / "甲"), str(tmp_path / "乙")])
        assert data["answer"]["rows"][0]["scenarios"] == {"甲": 0, "乙": 100}
        assert data["parameters"]["scenarios"]["甲"][0]["number"] == "S1"

    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"close": ["no-such"]},
            {"close": ["S1", "S1"]},
            {"open": ["106"]},
            {"open": ["106,37,many"]},
            {"move": ["S1"]},
            {"resize": ["S1=-3"]},
            {"merge": ["S1"]},
            {"merge": ["S1=S1"]},
            {"merge": ["S1=no-such"]},
            {"scenario": ["/no/such/file.json"]},
        ],
    )
    def test_changes_that_mean_nothing_are_refused_and_leave_nothing(self, network, walk, options):
        with pytest.raises(CommandError):
            scenarios(network, walk, **options)
        assert not PlanningAnswer.objects.exists()

    def test_a_file_that_is_no_scenario_is_named(self, network, walk, tmp_path):
        path = tmp_path / "wrong.json"
        path.write_text('{"changes": [{"action": "fly"}]}')
        with pytest.raises(CommandError, match="wrong"):
            scenarios(network, walk, scenario=[str(path)])

    def test_it_says_how_far_it_is(self, network, walk):
        said = io.StringIO()
        call_command(
            "compare_scenarios", network=network.code, profile=walk.code, minutes="5", date=DAY.isoformat(), close=["S1"],
            stdout=io.StringIO(), stderr=said,
        )  # fmt: skip
        lines = said.getvalue().splitlines()
        assert [line.split("]")[0] for line in lines] == ["[0/3", "[1/3", "[2/3"]
        assert "scenario" in lines[-1]


def test_more_sites_than_can_be_computed_are_refused_with_both_numbers(network, walk, monkeypatch):
    monkeypatch.setattr(siting_sites, "MOST_SITES", 2)
    with pytest.raises(CommandError, match=r"\d.*2"):
        sites(network, walk, candidates="nodes")
    assert not PlanningAnswer.objects.exists()
