"""Data quality on the little county: each fault is made once, found once, and leads to where it is mended."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from facilities.models import CapacityReading, Facility, Measure
from geo_registry.territory.models import PopulatedPlace, PopulationCount
from maps.planning.quality import CHECKS, Scope, quality_of
from tests import factories

DAY = dt.date(2026, 1, 15)


def looked(county, *, division=None):
    return quality_of(Scope(day=DAY, division=division, may_edit=True, may_territory=True))


def of(found, code):
    return next(one for one in found.results if one.check.code == code)


class TestTheChecks:
    def test_a_facility_without_a_point(self, county):
        Facility.objects.filter(number="OPEN-1").update(location=None)
        found = of(looked(county), "location")
        assert [row.label for row in found.found.rows] == ["东湖社区助餐点"]
        # Five open ones, one secret and one draft that are open too.
        assert (found.wrong, found.found.of) == (1, 7)
        assert found.found.rows[0].fix_url == reverse("facilities:edit", args=["OPEN-1"])

    def test_a_point_outside_its_township(self, county):
        before = {row.label for row in of(looked(county), "outside").found.rows}
        Facility.objects.filter(number="OPEN-2").update(location=factories.point(106.04, 38.0))
        after = {row.label for row in of(looked(county), "outside").found.rows}
        assert after - before == {"西一村日间照料中心"}

    def test_a_facility_without_a_status(self, county):
        factories.FacilityFactory(
            number="NONE", division=county.villages[0], kind=county.facilities[0].kind, status=""
        )
        [row] = of(looked(county), "status").found.rows
        assert row.fix_url == reverse("facilities:life", args=["NONE", "status"])

    def test_a_village_without_people_and_one_without_a_place(self, county):
        PopulationCount.objects.filter(place__division=county.villages[0]).delete()
        county.villages[1].point = None
        county.villages[1].save()
        found = looked(county)
        assert [row.label for row in of(found, "people").found.rows] == ["东一村"]
        assert [row.label for row in of(found, "place").found.rows] == ["东湖社区"]

    def test_more_elders_than_residents(self, county):
        place = PopulatedPlace.objects.get(division=county.villages[2])
        place.counts.filter(group="age60").update(people=101)
        [row] = of(looked(county), "elders").found.rows
        assert row.fix_url == reverse("admin:territory_populatedplace_change", args=[place.pk])

    def test_more_people_than_beds_and_stale_readings(self, county):
        for measure, total in ((Measure.BEDS, 10), (Measure.RESIDENTS, 11)):
            factories.CapacityReadingFactory(
                facility=county.facilities[0], measure=measure, total=total, as_of=DAY
            )
        found = looked(county)
        assert [row.label for row in of(found, "beds").found.rows] == ["东一村日间照料中心"]
        # The other four were last counted at the end of 2024; three months are the agreed limit.
        assert (of(found, "stale").wrong, of(found, "stale").found.of) == (4, 5)
        assert of(found, "capacity").wrong == 2

    def test_a_lease_that_is_over(self, county):
        Facility.objects.filter(number="OPEN-0").update(tenure="leased", lease_to=dt.date(2025, 12, 31))
        assert of(looked(county), "lease").wrong == 1

    def test_a_place_that_the_run_could_not_bring_to_a_road(self, county):
        [row] = of(looked(county), "off-road").found.rows
        place = PopulatedPlace.objects.get(division__name=row.where)
        # The map editor opens at the place.
        assert f"lon={place.point.x:.6f}&lat={place.point.y:.6f}" in row.fix_url

    def test_counts_that_are_old_by_the_agreed_years(self, county):
        factories.ReferenceValueFactory(key="population-stale-years", value=1)
        assert of(looked(county), "counts").wrong == 4
        PopulationCount.objects.update(as_of=dt.date(2025, 6, 1))
        assert of(looked(county), "counts").wrong == 0


class TestTheScore:
    def test_is_the_weighted_share_in_order(self, county):
        CapacityReading.objects.all().delete()
        for check in CHECKS:
            factories.ReferenceValueFactory(key=f"quality-weight-{check.code}", value=0)
        from geo_registry.reference.models import ReferenceValue

        ReferenceValue.objects.filter(key="quality-weight-capacity").update(value=3)
        ReferenceValue.objects.filter(key="quality-weight-people").update(value=1)
        # All seven open facilities lack a reading (weight 3); every village has people (weight 1).
        assert looked(county).score == 25.0

    def test_puts_what_weighs_most_first(self, county):
        found = looked(county).results
        assert [one.lost for one in found] == sorted((one.lost for one in found), reverse=True)


class TestThePage:
    def test_shows_the_services_numbers(self, county, planner):
        response = planner.get(reverse("maps:planner_quality"))
        assert response.status_code == 200
        assert f'href="{reverse("facilities:edit", args=["OPEN-0"])}"' in response.content.decode()

    def test_shows_every_row_of_a_check_on_its_own_page(self, county, planner, monkeypatch):
        monkeypatch.setattr("maps.planning.quality.SHOWN", 2)
        CapacityReading.objects.all().delete()
        url = reverse("maps:planner_quality")
        text = planner.get(url).content.decode()
        assert 'href="?check=capacity#check-capacity"' in text
        alone = planner.get(url, {"check": "capacity"})
        found = of(alone.context["quality"], "capacity")
        assert (len(found.rows), found.more) == (7, 0)
        assert 'id="check-location"' not in alone.content.decode()
        assert planner.get(url, {"check": "none of these"}).context["only"] == ""

    def test_shows_a_clerk_the_own_township_only(self, county, clerk):
        text = clerk.get(reverse("maps:planner_quality")).content.decode()
        assert "西一村" not in text
        assert "东一村" in text
