"""PIM now: what the signed-in user may activate, what of it is on, and which of it would let them do what they are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from console.clock import ServerClock
from console.context import Context
from console.domain.access.assignments import Activation, Eligibility
from console.domain.access.pim import OwnRole, own_roles
from console.domain.access.roles import RoleDefinition
from console.domain.readings import Reading
from console.domain.trouble import TroubleError
from console.feeds.answers import answered
from console.feeds.beside import JoinedBeside, is_refusal
from console.feeds.feed import Cadence, Feed
from console.readers import Readers

if TYPE_CHECKING:
    from console.operations.pim import Compiling
    from console.operations.plan import Plan

#: After a plan of ours it is read again at the transition's pace for so long (real seconds).
HURRY_S = 30.0


class PimNow:
    """Nothing is asked before somebody looks, or is refused something for the first time."""

    def __init__(
        self,
        readers: Readers,
        context: Context,
        clock: ServerClock,
        compiler: Callable[[], Compiling],
        changed: Callable[[], None],
    ) -> None:
        self._readers, self._context, self._compiler, self._changed = readers, context, compiler, changed
        self._definitions: dict[str, RoleDefinition] = {}
        self._begun = False
        self.eligible: Feed[Eligibility] = Feed("own eligibilities", self._read_eligible, Cadence(300, 5, 0), clock)
        self.active: Feed[Activation] = Feed("own activations", self._read_active, Cadence(120, 5, 0), clock)
        self.feeds = (self.eligible, self.active)
        for feed in self.feeds:
            feed.subscribe(lambda _feed: self._read())
        #: A row for each role that the signed-in user may activate.
        self.roles: JoinedBeside[OwnRole] = JoinedBeside((self.eligible,), (self.active,), self._rows, self.eligible.raw)

    def begin(self) -> None:
        """Read what may be activated where the workspaces are that are open, from now on."""
        if not self._begun:
            self._begun = True
            self.places_changed()

    def places_changed(self) -> None:
        """Other workspaces are looked at."""
        if not self._begun:
            return
        subscriptions = dict.fromkeys(place.subscription_id.lower() for place in self._context.where)
        for feed in self.feeds:
            wanted = [f"{each}/{feed.name}" for each in subscriptions]
            if wanted != list(feed.parts):
                feed.set_scopes(wanted)

    async def look(self) -> None:
        """Until it is known what may be activated, or why not."""
        self.begin()
        await answered(self.feeds)

    def offer(self, scope: str, operation: str) -> str:
        """The role that one may activate to do an operation at a scope; "" where none is known. Asks for them at the first refusal."""
        self.begin()
        return next((role.name for role in self.roles.items if not role.active and role.grants(scope, operation)), "")

    def of(self, eligibility_id: str) -> OwnRole | None:
        """One's own eligibility, by the id of its row."""
        return next((role for role in self.roles.items if role.id.lower() == eligibility_id.lower()), None)

    def warm(self) -> None:
        """Start what makes requests ahead of the need."""
        warm = getattr(self._compiler(), "warm", None)
        if warm is not None:
            warm()

    async def refusal(self, role: OwnRole, hours: int, justification: str, ticket: str) -> str:
        """Why Azure would not take an activation, by its own dry run ("" where it would). Raises TroubleError."""
        from console.operations import pim as plans

        wanted = plans.wish(role, self._context.object_id, hours, justification, ticket)
        return await self._readers.dry_activation(await self._compiler().activation_validation(wanted))

    async def activate(self, role: OwnRole, hours: int, justification: str, ticket: str, lets: str = "") -> Plan:
        """The plan that activates a role; `lets` is what that lets one do, as a clause. Raises TroubleError."""
        from console.operations import pim as plans
        from console.operations.access import Surroundings

        context = self._context
        around = Surroundings(me=context.object_id, about=context.where, subscriptions=context.subscription_names)
        return await plans.activate(self._compiler(), role, hours, justification, ticket, around, lets)

    def hurry(self) -> None:
        """A plan of ours activates something."""
        for feed in self.feeds:
            for scope in feed.parts:
                feed.hurry(scope, HURRY_S)

    def forget(self) -> None:
        """Somebody else asks from now on. The feeds are the scheduler's to forget."""
        self._definitions.clear()

    def _rows(self) -> Sequence[OwnRole]:
        return own_roles(self.eligible.items, self.active.items, self._definitions)

    def _read(self) -> None:
        self.roles.touch()
        self._changed()

    async def _read_eligible(self, scope: str) -> Reading[Eligibility]:
        """Eligibilities, and the definitions of their roles: they are few, and a whole list of roles is not."""
        subscription = scope.split("/", 1)[0]
        try:
            reading = await self._readers.own_eligibilities(subscription)
        except TroubleError as error:
            if not is_refusal(error.trouble):
                raise
            sentence = f"PIM is not to be had here: {error.trouble.sentence}"
            raise TroubleError(msgspec.structs.replace(error.trouble, sentence=sentence)) from error
        unknown = {each.role: each.scope for each in reading.items if each.role not in self._definitions and not each.fault}
        ids = [f"{scope.rstrip('/')}/providers/Microsoft.Authorization/roleDefinitions/{guid}" for guid, scope in unknown.items() if guid]
        found = await asyncio.gather(*(self._definition(each) for each in ids))
        self._definitions |= {each.guid: each for each in found if each is not None}
        return reading

    async def _definition(self, definition_id: str) -> RoleDefinition | None:
        """A role's definition; None where it cannot be read: it has its GUID for a name then."""
        try:
            return await self._readers.role_definition(definition_id)
        except TroubleError:
            return None

    async def _read_active(self, scope: str) -> Reading[Activation]:
        return await self._readers.own_activations(scope.split("/", 1)[0])
