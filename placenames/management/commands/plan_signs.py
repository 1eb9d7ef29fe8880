"""``manage.py plan_signs (--road ID | --village CODE | --all) [--json]``: where signs must stand, and what is missing."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from geo_registry import commands
from geo_registry.reference.services import ReferenceMissing
from geo_registry.territory.models import Division
from geo_registry.text.whole_numbers import whole_number
from placenames.models import Place
from placenames.services.signs.planning import Scope, SignPlan, plan
from placenames.services.signs.words import as_dict, item_label, required_words, yuan


class Command(commands.Command):
    """Plan signs from the roads' lines, and take away what stands."""

    help = gettext_noop(
        "Plan the signs of a road, a division or everything: required, missing, wrong name, surplus, and the bill."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what is to be planned."""
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument(
            "--road", help=_("permanent address of the road's place, or primary key of a stretch of road")
        )
        what.add_argument("--village", help=_("code of a division: a village, or a township or county above"))
        what.add_argument("--all", action="store_true", help=_("all named roads and villages"))
        parser.add_argument("--json", action="store_true", help=_("the whole plan as JSON"))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Plan, and print the result."""
        try:
            found = plan(scope=_scope(options))
        except ReferenceMissing as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(as_dict(found), ensure_ascii=False, indent=1))
            return
        self._table(found)

    def _table(self, found: SignPlan) -> None:
        self.stdout.write(
            _(
                "%(roads)d roads and %(villages)d villages: %(required)d signs, %(served)d stand, %(under_way)d under way, "
                "%(missing)d missing, %(wrong)d with another name, %(surplus)d signs too many."
            )
            % {
                "roads": found.roads, "villages": found.villages, "required": found.signs_required,
                "served": len(found.served), "under_way": len(found.under_way), "missing": len(found.missing),
                "wrong": len(found.wrong_name), "surplus": len(found.surplus),
            }
        )  # fmt: skip
        for title, rows in ((_("Missing"), found.missing), (_("Another name"), found.wrong_name)):
            for row in rows:
                self.stdout.write(f"{title}  {required_words(row)}")
        surplus = _("Surplus")
        for sign in found.surplus:
            self.stdout.write(f"{surplus}  {sign}")
        for line in found.bill.lines:
            self.stdout.write(f"{item_label(line.item)}  {line.count}  {yuan(line.cost)}")
        self.stdout.write(_("In all %(sum)s") % {"sum": yuan(found.bill.total)})
        if not found.bill.verified:
            self.stdout.write(_("Nobody has verified these prices."))


def _scope(options: dict[str, Any]) -> Scope:
    if options["village"]:
        division = Division.objects.filter(code=options["village"], valid_to__isnull=True).first()
        if division is None:
            raise CommandError(
                _("There is no division with the code %(code)s.") % {"code": options["village"]}
            )
        return Scope(division=division)
    if options["road"]:
        place = Place.objects.filter(short_id=options["road"]).first()
        if place is None and (stretch := whole_number(options["road"])) is not None:
            place = Place.objects.filter(roads=stretch).order_by("pk").first()
        if place is None:
            raise CommandError(
                _("No place has the permanent address or the stretch of road %(road)s.")
                % {"road": options["road"]}
            )
        return Scope(place=place)
    return Scope()
