"""The demo's cases come once and go with it; lists are filled from a file."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from geo_registry.accounts.demo import make_demo_accounts
from geo_registry.accounts.models import User
from placenames.models import ListWord, NameCase
from placenames.models.cases import State
from placenames.services.demo_cases import make_demo_names
from placenames.services.word_lists import bring_words
from tests.factories import RoadFactory, line

pytestmark = pytest.mark.django_db


def test_the_demo_has_a_case_in_each_state_once(town, village):
    make_demo_accounts()
    scope = User.objects.get(username="demo-clerk").scope()
    home = village if village.path.startswith(scope.path) else scope
    for i in range(5):
        lat = 38.0 + i / 1000
        RoadFactory(
            name="", geometry=line((106.0, lat), (106.005, lat)), division=home, length_m=400, width_m=8
        )
    assert make_demo_names() == 5
    states = list(NameCase.objects.order_by("pk").values_list("state", flat=True))
    assert states == [State.DRAFT, State.SUBMITTED, State.RETURNED, State.REPORTED, State.APPROVED]
    assert all(NameCase.objects.values_list("is_demo", flat=True))
    assert make_demo_names() == 0


def test_a_list_is_filled_from_a_file_and_says_which_line_is_wrong(db, tmp_path):
    file = tmp_path / "brands.txt"
    file.write_text("# 登记机关\n示例牌\t示例公司\n\n示例牌\n", encoding="utf-8")
    call_command("import_words", str(file), "--list", "brand", "--source", "登记机关", verbosity=0)
    row = ListWord.objects.get(list="brand")
    assert (row.text, row.note, row.source, row.verified) == ("示例牌", "示例公司", "登记机关", False)
    assert bring_words(name="brand", lines=["示例牌"], source="登记机关").known == 1
    with pytest.raises(ValidationError, match="2"):
        bring_words(name="confusable", lines=["大/太", "大"], source="自编")
    with pytest.raises(ValidationError):
        bring_words(name="brands", lines=[], source="登记机关")
    assert not ListWord.objects.filter(list="confusable").exists()
