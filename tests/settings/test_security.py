"""What protects visitors and accounts, as the settings have it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.test import RequestFactory
from django.urls import reverse

from geo_registry.client_address import client_address
from tests.factories import InstallationFactory, UserFactory
from tests.settings.test_refusals import KEY, ROOT, database_url


@pytest.mark.parametrize(
    ("proxies", "forwarded", "called_from", "address"),
    [
        (0, "", "10.0.0.7", "10.0.0.7"),
        (0, "1.2.3.4", "10.0.0.7", "10.0.0.7"),
        (1, "1.2.3.4", "127.0.0.1", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "127.0.0.1", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.2", "127.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "127.0.0.1", None),
        (1, "", "127.0.0.1", None),
        (1, "somebody", "127.0.0.1", None),
        (1, "2001:db8::1", "127.0.0.1", "2001:db8::1"),
        (0, "", "", None),
    ],
)
def test_only_our_own_proxies_are_believed_about_addresses(
    settings, proxies, forwarded, called_from, address
):
    settings.PROXY_COUNT = proxies
    request = RequestFactory().get(
        "/", REMOTE_ADDR=called_from, headers={"x-forwarded-for": forwarded} if forwarded else {}
    )
    assert client_address(request) == address


@pytest.mark.django_db
def test_somebody_elses_wrong_passwords_do_not_lock_me_out(client, settings):
    """The lock is on account and address together: a stranger cannot shut an account by guessing at it."""
    settings.AXES_FAILURE_LIMIT = 3
    settings.PROXY_COUNT = 1
    InstallationFactory()
    user = UserFactory(username="me")
    user.set_password("right-and-long")
    user.save()

    def sign_in(password, address):
        data = {"username": "me", "password": password}
        return client.post(reverse("accounts:login"), data, headers={"x-forwarded-for": address}).status_code

    for _attempt in range(3):
        status = sign_in("wrong", "6.6.6.6")
    assert status == 429
    assert sign_in("right-and-long", "6.6.6.6") == 429
    assert sign_in("right-and-long", "1.2.3.4") == 302


@pytest.mark.django_db
def test_pages_are_under_a_policy_that_lets_nothing_in_from_elsewhere(client):
    InstallationFactory()
    policy = client.get(reverse("accounts:login")).headers["Content-Security-Policy"]
    directives = {part.split()[0]: part.split()[1:] for part in policy.split("; ")}
    assert directives["default-src"] == ["'none'"]
    assert directives["base-uri"] == ["'none'"]
    assert directives["form-action"] == ["'self'"]
    for name, sources in directives.items():
        assert "'unsafe-inline'" not in sources, name
        assert "'unsafe-eval'" not in sources, name
        assert not [source for source in sources if source.startswith(("http", "*", "//"))], name


@pytest.mark.django_db
def test_a_request_by_a_name_that_is_not_ours_is_refused_in_plain_words(client):
    InstallationFactory()
    answer = client.get("/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert "400.html" in [template.name for template in answer.templates]
    assert "elsewhere.example" not in answer.content.decode()


def test_cookies_of_a_site_in_service_travel_by_https_only_and_scripts_cannot_read_the_session():
    code = (
        "import django; django.setup(); from django.conf import settings as s; "
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, "
        "s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0, s.DEBUG)"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "geo_registry.settings.production",
        "SECRET_KEY": KEY,
        "ALLOWED_HOSTS": "registry.example",
        "DATABASE_URL": database_url(),
        "PATH": "/usr/bin:/bin",
    }
    asked = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert asked.stdout.split() == ["True", "True", "True", "Lax", "True", "True", "False"], asked.stderr


def test_compiled_kernels_are_kept_where_the_site_may_write(settings):
    import os

    assert Path(os.environ["NUMBA_CACHE_DIR"]).is_absolute()
    import numba

    assert os.environ["NUMBA_CACHE_DIR"] == numba.config.CACHE_DIR
