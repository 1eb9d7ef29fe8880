"""Signing in and out, being locked out, choosing one's own password."""

from __future__ import annotations

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from geo_registry.accounts.models import Role, User
from geo_registry.accounts.services import create_account, reset_password

BACKEND = "geo_registry.accounts.backends.PolicyBackend"
PASSWORD = "h7km-xw3q-9dfe"

pytestmark = pytest.mark.django_db


@pytest.fixture
def planner(county) -> User:
    return create_account(
        username="zhao",
        role=Role.PLANNER,
        office=county.office,
        password=PASSWORD,
        must_change_password=False,
    ).user


def sign_in(client, password: str = PASSWORD, **more: str):
    return client.post(reverse("accounts:login"), {"username": "zhao", "password": password, **more})


def test_signing_in_leads_back_to_the_page_that_was_asked_for(client, planner):
    asked = client.get("/admin/facilities/facility/")
    assert asked["Location"] == "/accounts/login/?next=/admin/facilities/facility/"
    answer = sign_in(client, next="/admin/facilities/facility/")
    assert answer["Location"] == "/admin/facilities/facility/"
    assert client.get("/admin/facilities/facility/").status_code == 200


def test_the_administrations_own_sign_in_page_is_the_sites(client):
    answer = client.get("/admin/login/?next=/admin/")
    assert answer["Location"] == "/accounts/login/?next=%2Fadmin%2F"


def test_signing_in_never_leads_to_another_host(client, planner):
    assert sign_in(client, next="https://elsewhere.example/")["Location"] == "/"


def test_signing_out_takes_a_post(client, planner):
    sign_in(client)
    assert client.get(reverse("accounts:logout")).status_code == 405
    client.post(reverse("accounts:logout"))
    assert client.get(reverse("accounts:account")).status_code == 302


def test_ten_wrong_passwords_lock_the_account_for_a_while_and_say_so(client, planner, settings):
    settings.AXES_FAILURE_LIMIT = 3
    for _attempt in range(2):
        assert sign_in(client, "wrong").status_code == 200
    locked = sign_in(client, "wrong")
    assert locked.status_code == 429
    assert "accounts/locked.html" in [template.name for template in locked.templates]
    with translation.override("en"):
        page = client.post(
            reverse("accounts:login"),
            {"username": "zhao", "password": PASSWORD},
            headers={"accept-language": "en"},
        )
    assert page.status_code == 429, "even the right password waits"
    assert "3 times" in page.content.decode()
    assert "15 minutes" in page.content.decode()


def test_settings_lock_after_ten_wrong_passwords(settings):
    assert settings.AXES_FAILURE_LIMIT == 10
    assert settings.AXES_LOCKOUT_PARAMETERS == [["username", "ip_address"]]


def test_a_new_password_from_the_administrator_ends_the_lock(client, planner, settings):
    settings.AXES_FAILURE_LIMIT = 2
    for _attempt in range(2):
        sign_in(client, "wrong")
    assert sign_in(client).status_code == 429
    fresh = reset_password(account=planner)
    assert sign_in(client, fresh).status_code == 302


def test_a_disabled_account_cannot_sign_in_and_loses_its_session(client, planner):
    sign_in(client)
    User.objects.filter(pk=planner.pk).update(is_active=False)
    assert client.get(reverse("accounts:account")).status_code == 302
    assert sign_in(client).status_code == 200


def test_a_password_that_was_handed_over_must_be_changed_first(client, planner):
    fresh = reset_password(account=planner)
    sign_in(client, fresh)
    assert client.get("/admin/")["Location"] == "/accounts/password/"
    assert client.get("/").status_code == 200, "what is public stays open"
    answer = client.post(
        reverse("accounts:password"),
        {"old_password": fresh, "new_password1": "another good one 7", "new_password2": "another good one 7"},
    )
    assert answer["Location"] == reverse("accounts:account")
    assert client.get("/admin/").status_code == 200


def test_the_account_page_says_what_one_may_do_and_where(client, planner):
    client.force_login(planner, backend=BACKEND)
    page = client.get(reverse("accounts:account"))
    assert page.context["acts_in"] == "甲县"
    with translation.override("en"):
        actions = [str(action) for action in page.context["actions"]]
    assert "compute coverage" in actions
    assert "manage offices and accounts" not in actions
    assert page["Cache-Control"].startswith("max-age=0")


def test_an_administrator_resets_a_password_and_sees_it_once(client, planner, people):
    client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
    page = client.post(reverse("accounts:reset_password", args=[planner.pk]))
    password = page.context["password"]
    assert password in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    planner.refresh_from_db()
    assert planner.check_password(password)
    assert planner.must_change_password
    assert client.get(reverse("accounts:reset_password", args=[planner.pk])).status_code == 405


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_else_resets_a_password(client, people, role):
    client.force_login(people[role], backend=BACKEND)
    victim = people[Role.ADMINISTRATOR]
    before = victim.password
    assert client.post(reverse("accounts:reset_password", args=[victim.pk])).status_code == 403
    victim.refresh_from_db()
    assert victim.password == before


def test_a_form_that_was_open_too_long_is_refused_in_plain_words(county, planner):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(
        reverse("accounts:login"),
        {"username": "zhao", "password": PASSWORD},
        headers={"accept-language": "en"},
    )
    assert answer.status_code == 403
    assert "please send it again" in answer.content.decode()


PAGE = {"accept": "text/html,application/xhtml+xml"}
TYPED = {"text": "甲乡\r\n第二行", "kinds": ["1", "2"]}


def hidden(answer) -> list[tuple[str, str]]:
    """The hidden fields of the page's last form, as a browser would send them."""
    form = re.findall(r"<form.*?</form>", answer.content.decode(), re.DOTALL)[-1]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
    return [(name, html.unescape(value)) for name, value in found if name != "csrfmiddlewaretoken"]


def test_what_was_typed_in_a_session_that_has_ended_goes_through_the_sign_in_page(client, planner):
    """The page of a long form was left open, and the session ended: nothing of it is typed twice."""
    page = client.post("/office/facilities/new/?kind=x", TYPED, headers=PAGE)
    assert page.status_code == 403
    assert page["Cache-Control"] == "no-store"
    kept = dict(hidden(page))
    assert kept["next"] == "/office/facilities/new/?kind=x"
    assert '<form method="post" action="/accounts/login/"' in page.content.decode()
    again = sign_in(client, "wrong", **kept)
    assert again.status_code == 200
    assert dict(hidden(again))["kept"]
    sending = sign_in(client, **kept)
    assert hidden(sending) == [("text", "甲乡\r\n第二行"), ("kinds", "1"), ("kinds", "2")]
    assert 'action="/office/facilities/new/?kind=x"' in sending.content.decode()
    assert str(planner) in sending.content.decode()


def test_who_signed_in_in_another_window_is_offered_to_send_what_the_first_one_carries(client, planner):
    kept = dict(hidden(client.post("/office/facilities/new/", TYPED, headers=PAGE)))
    sign_in(client)
    assert hidden(sign_in(client, **kept))[0] == ("text", "甲乡\r\n第二行")


def test_files_are_not_carried_and_the_page_says_so(client, planner):
    file = SimpleUploadedFile("a.txt", b"a")
    kept = dict(hidden(client.post("/office/facilities/new/", {**TYPED, "file": file}, headers=PAGE)))
    assert "message-warning" in sign_in(client, **kept).content.decode()


def test_what_a_script_sends_or_holds_a_password_is_not_carried(client, county):
    for address, sent, headers in (
        ("/office/facilities/new/", TYPED, {"accept": "*/*"}),
        ("/office/facilities/new/", {"password1": "x"}, PAGE),
        ("/accounts/people/new/", TYPED, PAGE),
    ):
        assert client.post(address, sent, headers=headers)["Location"].startswith("/accounts/login/?next=")


def test_nothing_that_others_have_made_is_carried(client, planner):
    answer = sign_in(client, kept="eyJhIjoxfQ:1:abc", next="/admin/")
    assert answer["Location"] == "/admin/"


def test_a_form_with_an_old_token_is_offered_again_only_if_it_came_from_this_site(planner):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(planner, backend=BACKEND)
    own = strict.post("/office/facilities/new/", TYPED, headers={**PAGE, "origin": "http://testserver"})
    assert own.status_code == 403
    assert hidden(own)[0] == ("text", "甲乡\r\n第二行")
    other = strict.post(
        "/office/facilities/new/", TYPED, headers={**PAGE, "origin": "http://elsewhere.example"}
    )
    assert other.status_code == 403
    assert "甲乡" not in other.content.decode()
    without = strict.post("/office/facilities/new/", TYPED, headers=PAGE)
    assert "甲乡" not in without.content.decode()


def test_an_old_token_of_somebody_who_is_signed_out_leads_through_the_sign_in_page(planner):
    strict = Client(enforce_csrf_checks=True)
    page = strict.post("/office/facilities/new/", TYPED, headers={**PAGE, "origin": "http://testserver"})
    assert [name for name, _value in hidden(page)] == ["next", "kept"]


def test_leaving_what_was_typed_leads_to_the_page_of_the_form_and_never_to_another_site(client, planner):
    """Many forms are sent to an address that is no page."""
    for referer, leads in (
        ("http://testserver/office/facilities/N1/", "http://testserver/office/facilities/N1/"),
        ("http://elsewhere.example/", "/office/facilities/N1/publish/"),
    ):
        client.logout()
        page = client.post("/office/facilities/N1/publish/", TYPED, headers={**PAGE, "referer": referer})
        sending = sign_in(client, **dict(hidden(page)))
        assert f'href="{leads}"' in sending.content.decode()


def test_an_address_that_only_takes_forms_says_so_to_whoever_opens_it(client, planner):
    client.force_login(planner, backend=BACKEND)
    address = reverse("accounts:logout")
    answer = client.get(address, headers={**PAGE, "accept-language": "en"})
    assert answer.status_code == 405
    assert answer["Allow"] == "POST, OPTIONS"
    assert "only takes what a form sends" in answer.content.decode()
    assert client.get(address).content == b"", "a program is told as ever"


def test_a_page_of_the_office_that_is_not_there_shows_nobody_as_signed_out(client, planner):
    client.force_login(planner, backend=BACKEND)
    page = client.get("/office/facilities/NOWHERE/")
    assert page.status_code == 404
    assert str(planner) in page.content.decode()
    assert str(planner) not in client.get("/nowhere/").content.decode(), "public pages look into no session"


def token_of(answer) -> str:
    return re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.content.decode())[-1]


def test_of_two_pages_that_carry_something_the_second_is_not_refused_for_its_old_token(planner):
    """Signing in on the first changes the token: the second is of before that."""
    strict = Client(enforce_csrf_checks=True, headers={**PAGE, "origin": "http://testserver"})
    pages = [strict.post("/office/facilities/new/", {"text": text}) for text in ("甲写的", "乙写的")]
    first, second = ({**dict(hidden(page)), "csrfmiddlewaretoken": token_of(page)} for page in pages)
    assert hidden(sign_in(strict, **first)) == [("text", "甲写的")]
    answer = sign_in(strict, **second)
    assert answer.status_code == 403, "the token is old: nothing but the page that sends it is shown"
    assert hidden(answer) == [("text", "乙写的")]
    strict.logout()
    strict.cookies.clear()
    strict.get(reverse("accounts:login"))
    assert dict(hidden(sign_in(strict, **second)))["kept"], "who is signed out signs in first"
    assert "_auth_user_id" not in strict.session
    other = strict.post(
        reverse("accounts:login"),
        {"username": "zhao", **second},
        headers={"origin": "http://elsewhere.example"},
    )
    assert second["kept"] not in other.content.decode()


def new_password(client, old: str, **more: str):
    new = {"old_password": old, "new_password1": "another good one 7", "new_password2": "another good one 7"}
    return client.post(reverse("accounts:password"), {**new, **more})


def test_what_was_typed_goes_through_a_password_that_was_handed_out(client, planner):
    fresh = reset_password(account=planner)
    kept = dict(hidden(client.post("/office/facilities/new/", TYPED, headers=PAGE)))
    choosing = sign_in(client, fresh, **kept)
    assert 'action="/accounts/password/"' in choosing.content.decode()
    carried = dict(hidden(choosing))
    wrong = new_password(client, "wrong", **carried)
    assert dict(hidden(wrong))["kept"], "a password that is refused loses nothing either"
    assert hidden(new_password(client, fresh, **dict(hidden(wrong))))[0] == ("text", "甲乡\r\n第二行")


def test_what_is_sent_before_the_password_is_ones_own_is_not_lost(client, planner):
    fresh = reset_password(account=planner)
    sign_in(client, fresh)
    page = client.post("/office/facilities/new/", TYPED, headers=PAGE)
    assert hidden(new_password(client, fresh, **dict(hidden(page))))[0] == ("text", "甲乡\r\n第二行")


def test_what_was_typed_outlives_a_locked_sign_in(client, planner, settings):
    settings.AXES_FAILURE_LIMIT = 1
    kept = dict(hidden(client.post("/office/facilities/new/", TYPED, headers=PAGE)))
    locked = sign_in(client, "wrong", **kept)
    assert locked.status_code == 429
    back = client.post(reverse("accounts:login"), dict(hidden(locked)))
    assert back.status_code == 200
    fresh = reset_password(account=planner)
    assert dict(hidden(sign_in(client, fresh, **dict(hidden(back)))))["kept"]


def test_the_page_that_sends_says_what_and_where_and_nothing_in_anothers_name(client, planner, people):
    kept = dict(hidden(client.post("/office/facilities/new/?kind=x", TYPED, headers=PAGE)))
    page = sign_in(client, **kept).content.decode()
    assert "/office/facilities/new/?kind=x" in re.findall(r"<bdi[^>]*>(.*?)</bdi>", page)[0]
    shown = re.findall(r"<details.*?</details>", page, re.DOTALL)[-1]
    assert "甲乡<br>第二行" in shown
    reset_password(account=planner)
    planner.refresh_from_db()
    client.force_login(planner, backend=BACKEND)
    carried = dict(hidden(client.post("/office/facilities/new/", TYPED, headers=PAGE)))
    client.force_login(people[Role.ADMINISTRATOR], backend=BACKEND)
    refused = client.post(reverse("accounts:login"), carried)
    assert refused.context["is_of_another"]
    assert "甲乡" not in refused.content.decode()
