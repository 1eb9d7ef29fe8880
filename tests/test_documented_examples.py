"""Every example in a docstring of the pure packages works as printed."""

import doctest
import importlib
import pkgutil

import pytest

import facilities.analysis
import geo_registry.roadgraph

MODULES = sorted(
    found.name
    for package in (geo_registry.roadgraph, facilities.analysis)
    for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_work_as_printed(name):
    result = doctest.testmod(
        importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    )
    assert result.failed == 0


def test_there_are_examples_to_try():
    tried = sum(
        len(test.examples)
        for name in MODULES
        for test in doctest.DocTestFinder().find(importlib.import_module(name))
    )
    assert tried > 30
