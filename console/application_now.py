"""An application now: who signs in as it over all workspaces that can be seen, and the plan that gives them its new secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from console.domain.rotation import Consumer, Kind, Way
from console.readers import Readers
from console.rotation_now import AccountUsers

if TYPE_CHECKING:
    from console.operations.application_rotation import NewSecret
    from console.operations.plan import Plan
    from console.operations.runner import Runner


class ApplicationNow:
    """One for an application (client id), for as long as somebody looks; nothing is revealed until `compare` is given an agreed plan."""

    def __init__(self, client_id: str, users: AccountUsers, readers: Readers, runner: Callable[[], Runner]) -> None:
        self.client_id = client_id
        self._users, self._readers, self._runner = users, readers, runner
        self.consumers: tuple[Consumer, ...] = ()

    async def read(self) -> None:
        """List its users anew. Raises TroubleError."""
        self.consumers = await self._users.of_application(self.client_id)

    @property
    def moved(self) -> tuple[Consumer, ...]:
        """Those that are given a new secret."""
        return tuple(each for each in self.consumers if each.way is Way.SECRET)

    @property
    def perhaps(self) -> tuple[Consumer, ...]:
        """The connections of which it is not known whose they are."""
        return tuple(each for each in self.consumers if each.way is Way.LOOK and each.kind is Kind.CONNECTION)

    def scan(self) -> Plan:
        """The plan that reads whose each connection is."""
        from console.operations import application_rotation

        return application_rotation.scan(self.client_id, self.perhaps)

    async def compare(self, plan: Plan) -> None:
        """Carry out a scan that was agreed to, and list the users anew. Raises TroubleError, JournalError."""
        from console.operations import application_rotation

        self._users.clients.update(await application_rotation.compare(self._runner(), plan))
        await self.read()

    async def plan(self, new: NewSecret, grace: tuple[float, str]) -> Plan:
        """All that are known get the new secret. Raises TroubleError."""
        from console.operations import application_rotation
        from console.operations.application_rotation import Users

        await self.read()
        stores = [await self._readers.datastore(each.id) for each in self.moved if each.kind is Kind.DATASTORE]
        entered = [each.id for each in self.moved if each.kind is Kind.CONNECTION]
        users = Users(
            datastores=[(row, json.loads(raw)) for row, raw in stores],
            connections=[(await self._readers.connection(each), await self._readers.connection_settings(each)) for each in entered],
            perhaps=[each for each in self.consumers if each.way is Way.LOOK],
        )
        return application_rotation.rotate(self.client_id, users, new, grace)
