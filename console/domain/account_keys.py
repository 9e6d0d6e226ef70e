"""The two keys of a storage account: how old each is, never what it is, and how a plan that makes one anew holds on to it.

The times are `keyCreationTime` of Microsoft.Storage (published swagger); it is null for a key that is older than the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

import msgspec

from console.domain.datastores import ANEW, AS_BEFORE, SINCE

KEYS = ("key1", "key2")
#: What stands for both keys in a reference.
BOTH = "both"
#: The age of a key whose time is not told, as a state.
AGELESS = "of unknown age"
ACCOUNT = r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Storage/storageAccounts/[^/]+"
_TARGET = re.compile(rf"(?P<account>{ACCOUNT})/keys/(?P<key>key1|key2|both)", re.I)


class AccountKeys(msgspec.Struct, frozen=True, kw_only=True):
    """A storage account as a rotation sees it: `made` is when each key was made (UTC), None where that is not told.

    `shared_key` False says that the account refuses its keys altogether (`allowSharedKeyAccess`); unset means that it takes them.
    """

    id: str
    name: str
    location: str = ""
    made: Mapping[str, datetime | None] = {}
    shared_key: bool = True

    def state(self, key: str) -> str:
        """How old a key is, as the state that a plan rests on; of BOTH, that of each."""
        if key == BOTH:
            return ", ".join(f"{each} {self.state(each)}" for each in KEYS)
        made = self.made.get(key)
        return made.isoformat() if made is not None else AGELESS


def other(key: str) -> str:
    """The key that stays where one is made anew."""
    return KEYS[1 - KEYS.index(key)]


class KeyRef(msgspec.Struct, frozen=True):
    """A key of an account, or BOTH: Azure has no id for them, this makes one."""

    account_id: str
    key: str

    @property
    def id(self) -> str:
        return f"{self.account_id}/keys/{self.key}"

    @staticmethod
    def parse(target_id: str) -> KeyRef | None:
        """What an id made by this names; None where it names none."""
        found = _TARGET.fullmatch(target_id)
        return KeyRef(found["account"], found["key"].lower()) if found is not None else None


class KeyNow(msgspec.Struct, frozen=True):
    """A key as it is now."""

    ref: KeyRef
    account: AccountKeys

    def aspect(self, name: str) -> str:
        """Its age, or whether it was made anew since an age (`SINCE` and that). Raises ValueError for anything else."""
        now = self.account.state(self.ref.key)
        if not name:
            return now
        if not name.startswith(SINCE):
            raise ValueError(f"a key has no {name!r}")
        return AS_BEFORE if now == name.removeprefix(SINCE) else ANEW

    @property
    def last_changed(self) -> datetime | None:
        """When it was made; of both, the newer."""
        keys = KEYS if self.ref.key == BOTH else (self.ref.key,)
        return max((made for each in keys if (made := self.account.made.get(each)) is not None), default=None)

    @property
    def passing(self) -> bool:
        """Never on its way."""
        return False
