"""People: exact in total, plausible in parts."""

from __future__ import annotations

import numpy as np
import shapely

RESIDENTS_2020 = 294_156
SHARE_60 = 0.1352


def test_residents_add_up_to_the_census(population):
    assert population["常住人口"].sum() == RESIDENTS_2020
    assert set(population["统计日期"].astype(str)) == {"2020-11-01"}


def test_people_of_60_and_over_add_up_to_the_regions_share(population):
    assert population["60岁及以上"].sum() == round(RESIDENTS_2020 * SHARE_60)


def test_parts_never_exceed_their_whole(population):
    p = population
    assert (p["80岁及以上"] <= p["65岁及以上"]).all()
    assert (p["65岁及以上"] <= p["60岁及以上"]).all()
    assert (p["60岁及以上"] + p["儿童"] <= p["常住人口"]).all()
    assert (p["特殊困难老年人"] <= p["60岁及以上"]).all()
    assert (p["户数"] <= p["常住人口"]).all()
    assert (p["常住人口"] > 0).all()


def test_every_hamlet_lies_in_its_village(population, divisions):
    areas = divisions.loc[population["行政区划代码"], "geometry"].to_numpy()
    outside = ~shapely.covers(areas, population.geometry.to_numpy())
    assert population.loc[outside, "编号"].to_list() == []


def test_people_live_in_every_unit_and_nearly_everywhere_in_several_places(population, units):
    places = population.groupby("行政区划代码").size()
    assert set(places.index) == set(units.index)
    assert (places >= 3).all()


def test_town_and_industry_have_grown_and_the_far_countryside_has_not(population, towns):
    now = population.groupby(population["行政区划代码"].str[:9])["常住人口"].sum()
    then = towns["residents_about_2010"].astype(int)
    growth = now / then
    assert growth[["640181001", "640181103"]].min() > 1.1
    assert growth[["640181104", "640181200", "640181105"]].max() < 1


def test_the_countryside_is_older_than_the_industrial_base(population):
    by_town = population.groupby(population["行政区划代码"].str[:9])[["60岁及以上", "常住人口"]].sum()
    share = by_town["60岁及以上"] / by_town["常住人口"]
    assert share.idxmin() == "640181103"
    assert share["640181104"] > 1.5 * share["640181103"]


def test_codes_are_unique_and_begin_with_the_unit(population):
    assert population["编号"].is_unique
    assert np.all(
        [
            code.startswith(unit)
            for code, unit in zip(population["编号"], population["行政区划代码"], strict=True)
        ]
    )
