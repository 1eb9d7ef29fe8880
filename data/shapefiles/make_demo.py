"""Make the openly invented demo county: ``python data/shapefiles/make_demo.py [--seed N] [--out DIR]``.

Real are the names and codes in ``sources/``; all else is drawn from the seed. The same seed gives the same files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from demo.base import chance
from demo.county import make_county
from demo.layers import built_up_frame, divisions_frame, population_frame, road_rows, roads_frame
from demo.people import count_people
from demo.write import write_geopackage, write_shapefile

SEED = 2024


def main() -> None:
    """Write every file of the demo county."""
    parser = argparse.ArgumentParser(description="Make the openly invented demo county.")
    parser.add_argument("--seed", type=int, default=SEED, help="another number gives another county (default %(default)s)")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="folder to write to")
    options = parser.parse_args()
    make(options.seed, options.out)


def make(seed: int, out: Path) -> None:
    """Write every file of the county that belongs to ``seed`` into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    county = make_county(seed)
    roads = road_rows(county)
    counts = count_people(county.homes, county.totals, chance(seed, "people"))
    write_shapefile(divisions_frame(county), out / "divisions.shp", "Polygon")
    write_shapefile(built_up_frame(county), out / "built_up_areas.shp", "Polygon", "GBK")
    write_shapefile(roads_frame(roads), out / "roads.shp", "LineString")
    write_geopackage(population_frame(county, counts), out / "population.gpkg", "population")


if __name__ == "__main__":
    main()
