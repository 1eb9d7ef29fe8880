"""The 22 checks on a proposed name: one small class a rule, in a registry. No Django, no database: records in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from . import dates, ground, listed, neighbours, writing
from .base import (
    NOT_PUBLIC,
    Act,
    Candidate,
    Check,
    Context,
    Entry,
    Evidence,
    Finding,
    Gate,
    Landmark,
    Proposal,
    Result,
    Rule,
    Scope,
    ScopeKind,
    Secret,
    Settling,
    Severity,
    Stretch,
    TermLimits,
)

__all__ = [
    "NOT_PUBLIC",
    "REGISTRY",
    "Act",
    "Candidate",
    "Check",
    "Context",
    "Entry",
    "Evidence",
    "Finding",
    "Gate",
    "Landmark",
    "Proposal",
    "Result",
    "Rule",
    "Scope",
    "ScopeKind",
    "Secret",
    "Settling",
    "Severity",
    "Stretch",
    "TermLimits",
    "all_clear",
    "run_checks",
]


def _registry() -> Mapping[int, Check]:
    every = [
        *neighbours.CHECKS,
        *writing.CHECKS,
        *ground.CHECKS,
        *listed.CHECKS,
        *dates.CHECKS,
    ]
    return {check.number: check for check in sorted(every, key=lambda check: check.number)}


REGISTRY: Mapping[int, Check] = _registry()


def run_checks(
    proposal: Proposal,
    context: Context,
    *,
    rules: Mapping[int, Rule] | None = None,
    dismissals: Mapping[tuple[str, str], str] | None = None,
    only: Iterable[int] | None = None,
) -> list[Finding]:
    """Run the checks on a proposal.

    Parameters
    ----------
    proposal : Proposal
        The name, and the thing it is for.
    context : Context
        What surrounds it.
    rules : mapping of int to Rule, optional
        The office's rows by number; a rule without one is run as it is shipped.
    dismissals : mapping, optional
        Reasons given before, by the rule's code and the evidence's key.
    only : iterable of int, optional
        Numbers of the checks to run; all without.

    Returns
    -------
    list of Finding
        One for each check, by number.
    """
    wanted = set(REGISTRY if only is None else only)
    known = rules or {}
    findings = [
        check.run(proposal, context, known.get(number))
        for number, check in REGISTRY.items()
        if number in wanted
    ]
    return [finding.with_dismissals(dismissals or {}) for finding in findings]


def all_clear(findings: Sequence[Finding]) -> bool:
    """Whether every check was made and nothing is left open. Never while one was not checked."""
    return all(
        finding.result is Result.CLEAR or (finding.result is Result.FOUND and not finding.open_evidence)
        for finding in findings
    )
