"""Every address of the site × every role and nobody: who is let in is what the table says, and nothing is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from geo_registry.accounts.middleware import AccessMiddleware
from geo_registry.accounts.models import Role

from .expected_access import EVERYBODY, STAFF, expected

LETTER = {
    Role.ADMINISTRATOR: "A",
    Role.PLANNER: "P",
    Role.NAME_OFFICER: "N",
    Role.REVIEWER: "R",
    Role.CLERK: "C",
    Role.VIEWER: "V",
}


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[str]:
    """Names of all addresses below a resolver; an address without a name by its pattern, which no table can list."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry, inner)
        elif isinstance(entry, URLPattern):
            yield namespace + (entry.name or f"(no name: {entry.pattern})")


def outcome(address: str, person: object) -> str:
    """What the middleware does with a request: in, sign in, or refused."""
    request = RequestFactory().get("/somewhere/")
    request.user = person
    request.resolver_match = SimpleNamespace(view_name=address)
    middleware = AccessMiddleware(lambda _request: pytest.fail("the view is not asked"))
    try:
        answer = middleware.process_view(request, lambda: None, (), {})
    except PermissionDenied:
        return "refused"
    if answer is None:
        return "in"
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/somewhere/"
    return "sign in"


def test_the_table_lists_every_address_and_no_other():
    on_site = set(addresses(get_resolver()))
    listed = set(expected())
    assert on_site - listed == set(), "addresses that tests/accounts/expected_access.py does not list"
    assert listed - on_site == set(), "lines of tests/accounts/expected_access.py without an address"


def test_every_role_is_let_in_exactly_where_the_table_says(people):
    table = expected()
    wrong = []
    for address in sorted(set(addresses(get_resolver()))):
        letters = table.get(address, "")
        for person, letter in [(AnonymousUser(), ""), *((people[role], LETTER[role]) for role in Role)]:
            if letters == EVERYBODY:
                right = "in"
            elif not letter:
                right = "sign in"
            else:
                right = "in" if letter in letters else "refused"
            found = outcome(address, person)
            if found != right:
                wrong.append(f"{address}: {letter or 'nobody'} is {found}, should be {right}")
    assert wrong == []


def test_an_address_that_nobody_listed_is_refused_to_all(people):
    assert outcome("somebody:forgot_me", AnonymousUser()) == "sign in"
    assert {outcome("somebody:forgot_me", person) for person in people.values()} == {"refused"}


def test_an_account_that_was_disabled_is_let_in_nowhere_but_in_public(people):
    person = people[Role.ADMINISTRATOR]
    person.is_active = False
    let_in = {address for address, letters in expected().items() if outcome(address, person) == "in"}
    assert let_in == {address for address, letters in expected().items() if letters == EVERYBODY}


def test_a_clerk_without_an_office_is_let_in_only_to_the_own_account(people):
    clerk = people[Role.CLERK]
    clerk.office = None
    clerk.save()
    table = expected()
    let_in = {
        address
        for address, letters in table.items()
        if letters != EVERYBODY and outcome(address, clerk) == "in"
    }
    own = {
        "accounts:account",
        "accounts:password",
        "accounts:logout",
        "admin:logout",
        "admin:password_change",
    }
    assert let_in <= own | {address for address in table if address.startswith("jobs:")}


def test_whoever_was_handed_a_password_is_sent_to_choose_another(people):
    person = people[Role.PLANNER]
    person.must_change_password = True
    request = RequestFactory().get("/admin/")
    request.user = person
    request.resolver_match = SimpleNamespace(view_name="admin:index")
    answer = AccessMiddleware(lambda _request: None).process_view(request, lambda: None, (), {})
    assert answer["Location"] == "/accounts/password/"


@pytest.mark.urls("tests.accounts.urls_with_a_forgotten_page")
@pytest.mark.parametrize("role", list(Role))
def test_a_page_outside_the_table_answers_403_to_any_account(client, people, role):
    client.force_login(people[role], backend="geo_registry.accounts.backends.PolicyBackend")
    answer = client.get("/forgotten/")
    assert answer.status_code == 403
    assert "管理员" in answer.content.decode()


def test_staff_letters_are_all_roles():
    assert set(STAFF) == set(LETTER.values())
