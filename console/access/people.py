"""The directory now: who principals are, which accounts they have, and who is in groups, as far as somebody asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from console.clock import ServerClock
from console.domain.access.principals import Account, Directory, Principal
from console.domain.trouble import Trouble
from console.feeds.lookup import Lookup
from console.readers import Readers

#: Who somebody is is asked again after a day of the server's time, who is in a group after a quarter of an hour.
NAMES_S, MEMBERS_S = 86_400, 900
#: How many a look-up asks for in one go: a call of names takes 1,000 ids, one of the others 20.
NAMES, ACCOUNTS, MEMBERS = 1_000, 100, 20

Asked = Callable[[], Sequence[str]]


class DirectoryNow:
    """Names in calls of 1,000, accounts and members in batches; never a call for each principal."""

    def __init__(self, readers: Readers, clock: ServerClock, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._known: Directory | None = None
        self.principals: Lookup[Principal] = Lookup(readers.principals, clock, self._learnt, keep=NAMES_S, batch=NAMES)
        self.accounts: Lookup[Account] = Lookup(readers.accounts, clock, self._learnt, keep=NAMES_S, batch=ACCOUNTS)
        self.members: Lookup[tuple[Principal, ...]] = Lookup(readers.members, clock, self._learnt, keep=MEMBERS_S, batch=MEMBERS)
        self._lookups: tuple[Lookup[Any], ...] = (self.principals, self.accounts, self.members)

    @property
    def known(self) -> Directory:
        """What was read so far; the same object until more was."""
        if self._known is None:
            principals = dict(self.principals.values)
            members: dict[str, frozenset[str]] = {}
            for group_id, found in self.members.values.items():
                members[group_id] = frozenset(each.id for each in found)
                for each in found:
                    principals.setdefault(each.id, each)
            for user_id, account in self.accounts.values.items():
                who = principals.get(user_id)
                if who is not None:
                    principals[user_id] = replace(who, guest=account.guest, enabled=account.enabled)
            gone = frozenset(self.principals.unknown)
            self._known = Directory(principals=principals, gone=gone, members=members, trouble=self.principals.trouble)
        return self._known

    @property
    def busy(self) -> int:
        """Look-ups under way."""
        return sum(lookup.busy for lookup in self._lookups)

    @property
    def unread(self) -> Mapping[str, Trouble]:
        """What could not be read, by what it is."""
        told = {"directory": self.principals.trouble, "accounts": self.accounts.trouble, "members": self.members.trouble}
        return {name: trouble for name, trouble in told.items() if trouble is not None}

    def want(self, named: Asked, users: Asked, groups: Asked) -> None:
        """Ask for what of these is not known or too old."""
        for lookup, asked in zip(self._lookups, (named, users, groups), strict=True):
            lookup.want(asked())

    async def settle(self, named: Asked, users: Asked, groups: Asked) -> None:
        """Ask for what of these is not known; once the names are there again, as who is a user or a group may follow from them."""
        self.want(named, users, groups)
        for lookup, asked in zip(self._lookups, (named, users, groups), strict=True):
            await lookup.settle(asked())

    def recall(self, principals: Sequence[Principal]) -> None:
        """Who somebody was in an earlier process; the directory is asked all the same, and until it answers they have a name."""
        if principals:
            self.principals.recall({each.id: each for each in principals})
            self._known = None

    def forget(self) -> None:
        """Somebody else asks from now on."""
        for lookup in self._lookups:
            lookup.forget()
        self._learnt()

    async def close(self) -> None:
        for lookup in self._lookups:
            await lookup.close()

    def _learnt(self) -> None:
        self._known = None
        self._changed()
