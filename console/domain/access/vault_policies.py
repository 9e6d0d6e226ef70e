"""Access policies of Key Vaults, one by one: whose they are, and what they permit, as a plan that takes one away needs them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

#: The state of a policy that is there.
HELD = "there"
_TARGET = re.compile(r"(?P<vault>/subscriptions/.+/providers/Microsoft\.KeyVault/vaults/[^/]+)/accessPolicies/(?P<who>[0-9a-f-]{36})", re.I)


class PolicyRef(msgspec.Struct, frozen=True):
    """The policies of one object id (lower case) on a vault (ARM id): Azure has no id of its own for them, this makes one."""

    vault: str
    object_id: str

    @property
    def id(self) -> str:
        return f"{self.vault}/accessPolicies/{self.object_id}"

    @staticmethod
    def parse(target_id: str) -> PolicyRef | None:
        """The policy that an id made by this names; None where it names none."""
        found = _TARGET.fullmatch(target_id)
        return PolicyRef(found["vault"], found["who"].lower()) if found is not None else None


class HeldPolicy(msgspec.Struct, frozen=True):
    """What a vault has for an object id, entry by entry as Azure tells them (of the same one there are several by application)."""

    ref: PolicyRef
    entries: tuple[Mapping[str, Any], ...]

    @property
    def words(self) -> str:
        """What is permitted: `secrets get, list; keys all`."""
        kinds: dict[str, list[str]] = {}
        for entry in self.entries:
            permitted = entry.get("permissions")
            for kind, listed in permitted.items() if isinstance(permitted, Mapping) else ():
                kinds.setdefault(str(kind), []).extend(map(str, listed or ()))
        return "; ".join(f"{kind} {', '.join(dict.fromkeys(listed))}" for kind, listed in kinds.items() if listed) or "nothing"

    def aspect(self, name: str) -> str:
        """What a plan rests on: that it is there. Raises ValueError for anything else."""
        if name:
            raise ValueError(f"an access policy has no {name!r}")
        return HELD

    @property
    def last_changed(self) -> datetime | None:
        """When it was last written: Azure does not tell."""
        return None

    @property
    def passing(self) -> bool:
        """Never on its way."""
        return False
