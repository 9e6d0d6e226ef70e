"""Faults on demand: rules that say which requests go wrong, how, and how often."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

# Answered without the handler having run.
REFUSALS = frozenset(
    {"429", "429-no-retry-after", "500", "502", "503", "504", "html", "401", "403", "404", "404-next-page", "lro-loses-url"}
)
# The handler ran; its answer is spoilt on the way out.
DISTORTIONS = frozenset({"malformed", "wrong-types", "unknown-enum", "hostile-text", "lro-fails", "lro-never-ends"})
# What happens to the connection.
BREAKS = frozenset({"reset-before", "reset-after", "truncated"})
# What may come beside any other trouble.
ASIDE = frozenset({"latency", "clock-skew"})
KINDS = ASIDE | {"stale-reads"} | REFUSALS | DISTORTIONS | BREAKS
# Where a kind needs a time and none is given: real seconds for what clients measure, simulated ones for what goes on in Azure.
DEFAULT_SECONDS = {"clock-skew": 300.0, "lro-loses-url": 30.0, "stale-reads": 30.0}
_KEYS = {"route", "kind", "count", "probability", "seconds", "retry_after", "fields", "claims"}


LARGEST_SKEW = 366 * 86400


class FaultsError(ValueError):
    """The rules cannot be used; the message is one sentence that names the entry."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `route` is searched in "METHOD path"; `count` None means for ever; what `seconds` measures depends on the kind."""

    route: re.Pattern[str]
    kind: str
    count: int | None = None
    probability: float = 1.0
    seconds: float = 0.0
    retry_after: int | None = None
    fields: frozenset[str] = frozenset()
    claims: bool = False


def parse(document: Any) -> tuple[Rule, ...]:
    """Rules from their JSON form, a list of objects (an empty object clears). Raises FaultsError."""
    if document in ({}, None):
        return ()
    if not isinstance(document, list):
        raise FaultsError("Faults must be a list of objects.")
    return tuple(_rule(index, entry) for index, entry in enumerate(document))


def parse_text(text: str, source: str) -> tuple[Rule, ...]:
    """Rules from the text of a file; `source` is named in errors."""
    try:
        return parse(json.loads(text))
    except json.JSONDecodeError as error:
        raise FaultsError(f"{source} is not valid JSON: {error.msg} in line {error.lineno}, column {error.colno}.") from None
    except FaultsError as error:
        raise FaultsError(f"{source}: {error}") from None


def _rule(index: int, entry: Any) -> Rule:
    place = f"Entry {index + 1}"
    if not isinstance(entry, dict):
        raise FaultsError(f"{place} is not an object.")
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        raise FaultsError(f"{place} has an unknown key {unknown[0]!r}; the keys are {', '.join(sorted(_KEYS))}.")
    kind = entry.get("kind")
    kind = str(kind) if isinstance(kind, int) and not isinstance(kind, bool) else kind
    if not isinstance(kind, str) or kind not in KINDS:
        raise FaultsError(f"{place} has the kind {kind!r}; the kinds are {', '.join(sorted(KINDS))}.")
    route = entry.get("route")
    if not isinstance(route, str):
        raise FaultsError(f"{place} needs a 'route': a regular expression on \"METHOD path\".")
    try:
        pattern = re.compile(route, re.IGNORECASE)
    except re.error as error:
        raise FaultsError(f"{place} has a 'route' that is not a regular expression: {error}.") from None
    fields = entry.get("fields") or []
    if not isinstance(fields, list) or not all(isinstance(name, str) for name in fields):
        raise FaultsError(f"{place} has 'fields' that are not a list of names.")
    if not isinstance(entry.get("claims", False), bool):
        raise FaultsError(f"{place} has 'claims' that is neither true nor false.")
    count = _number(place, entry, "count", whole=True)
    retry_after = _number(place, entry, "retry_after", whole=True)
    probability = _number(place, entry, "probability")
    seconds = _number(place, entry, "seconds", signed=kind == "clock-skew")
    if probability is not None and probability > 1:
        raise FaultsError(f"{place} has a 'probability' above 1.")
    return Rule(
        route=pattern,
        kind=kind,
        count=None if count is None else int(count),
        probability=1.0 if probability is None else probability,
        seconds=DEFAULT_SECONDS.get(kind, 0.0) if seconds is None else seconds,
        retry_after=None if retry_after is None else int(retry_after),
        fields=frozenset(fields),
        claims=entry.get("claims", False),
    )


def _number(place: str, entry: dict[str, Any], name: str, whole: bool = False, signed: bool = False) -> float | None:
    value = entry.get(name)
    if value is None:
        return None
    right = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
    if right and signed:
        if abs(value) > LARGEST_SKEW:
            raise FaultsError(f"{place} has {name!r} of more than a year.")
    elif not right or value < 0:
        raise FaultsError(f"{place} has a {name!r} that is not a {'whole ' if whole else ''}number of 0 or more.")
    return float(value)


class Faults:
    """The rules in force and how often each may still strike.

    `challenge` numbers what a 401 with claims asks for: tokens asked for with this number, or a later one, are let through.
    """

    def __init__(self, rules: Sequence[Rule], chance: random.Random, challenge: int = 0) -> None:
        self._chance = chance
        self.challenge = challenge
        self._rules: list[Rule] = []
        self._left: list[int | None] = []
        self.replace(rules, challenge)

    def replace(self, rules: Sequence[Rule], challenge: int = 0) -> None:
        self._rules = list(rules)
        self.challenge = challenge
        self._left = [rule.count for rule in rules]

    def in_force(self, kind: str) -> bool:
        """Whether a rule of this kind may still strike."""
        return any(rule.kind == kind and left != 0 for rule, left in zip(self._rules, self._left, strict=True))

    def strike(self, method: str, path: str, fits: Callable[[Rule], bool] = lambda rule: True) -> list[Rule]:
        """The rules that hit this request: any of those that may come beside others, and at most one other.

        `fits` tells whether a rule whose route matches is about this request.
        """
        hits: list[Rule] = []
        troubled = False
        for index, rule in enumerate(self._rules):
            if self._left[index] == 0 or (troubled and rule.kind not in ASIDE):
                continue
            if not rule.route.search(f"{method} {path}") or not fits(rule) or self._chance.random() >= rule.probability:
                continue
            left = self._left[index]
            if left is not None:
                self._left[index] = left - 1
            hits.append(rule)
            troubled = troubled or rule.kind not in ASIDE
        return hits
