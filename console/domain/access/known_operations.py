"""Known operations: which operations Azure's own roles, and the verbs of this console, name; what else a role names may be a slip."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from console.domain.access.roles import RoleDefinition
from console.domain.access.verbs import NEEDS
from console.domain.permissions import matches

#: A provider, then types and an operation; `*` may stand for a part, or alone.
FORM = re.compile(r"\*(?:/[A-Za-z0-9_.\-]+)*|[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)+(?:/[A-Za-z0-9_.\-*$]+)+")
#: Segments before its wildcard that a built-in role's pattern has to have to vouch for what it covers.
LEAST_SEGMENTS = 2
#: What every operation ends with ("Azure resource provider operations", Microsoft Learn).
VERBS = frozenset({"read", "write", "delete", "action"})


class KnownOperations:
    """What is known of the operations of each provider, of the management plane and of data apart."""

    def __init__(self, roles: Iterable[RoleDefinition]) -> None:
        self._names: dict[bool, dict[str, str]] = {False: {}, True: {}}
        self._patterns: dict[bool, dict[str, str]] = {False: {}, True: {}}
        for need in NEEDS:
            if need.operation:
                self._add(need.operation, need.data)
        for role in roles:
            if not role.custom:
                for block in role.permissions:
                    for pattern in (*block.actions, *block.not_actions):
                        self._add(pattern, False)
                    for pattern in (*block.data_actions, *block.not_data_actions):
                        self._add(pattern, True)
        self.providers = frozenset(provider_of(each) for data in (False, True) for each in (*self._names[data], *self._patterns[data]))

    def fault(self, pattern: str) -> str:
        """Why Azure would not take a pattern, whatever it names ("" where its form is right)."""
        if not pattern.strip():
            return "it is empty"
        if pattern.count("*") > 1:
            return "it has more than one wildcard; Azure takes one * in a string"
        if FORM.fullmatch(pattern) is None:
            return "this is no operation; one is like Microsoft.MachineLearningServices/workspaces/read"
        return ""

    def doubt(self, pattern: str, *, data: bool) -> str:
        """Why a pattern whose form is right may be a slip ("" where something that is known is meant)."""
        if pattern.startswith("*"):
            return ""
        if provider_of(pattern) not in self.providers:
            return f"no built-in role names the provider {pattern.partition('/')[0]}; whether it is there is not known here"
        if pattern.lower() in self._names[not data] and pattern.lower() not in self._names[data]:
            return f"it is known as {'a management' if data else 'a data'} operation: it belongs in {'' if data else 'Data'}Actions"
        if self._known(pattern, data):
            return ""
        near = get_close_matches(pattern.lower(), self._names[data], 1, 0.8)
        return f"no built-in role names it{f'; did you mean {self._names[data][near[0]]}?' if near else ''}"

    def _known(self, pattern: str, data: bool) -> bool:
        names, wanted = self._names[data], pattern.lower()
        if wanted in names or wanted in self._patterns[data]:
            return True
        if "*" in pattern and any(matches(pattern, each) for each in names):
            return True
        return wanted.rpartition("/")[2] in VERBS and any(matches(each, wanted) for each in self._patterns[data])

    def _add(self, pattern: str, data: bool) -> None:
        if pattern.startswith("*") or FORM.fullmatch(pattern) is None:
            return
        if "*" not in pattern:
            self._names[data][pattern.lower()] = pattern
        elif pattern.partition("*")[0].count("/") >= LEAST_SEGMENTS:
            self._patterns[data][pattern.lower()] = pattern


def provider_of(pattern: str) -> str:
    """The provider that a pattern names, in lower case."""
    return pattern.partition("/")[0].lower()
