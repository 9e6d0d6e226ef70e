"""Bundles of access: kits, copies and what takes somebody's access away, made of what is known now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from console.access.desk import AccessDesk
from console.access.now import AccessNow
from console.context import Context
from console.domain import scopes
from console.domain.access import kits, outlook
from console.domain.access.assignments import RoleAssignment
from console.domain.access.facts import Facts
from console.domain.access.grants import Grant
from console.domain.access.kits import Kit, Need
from console.domain.access.places import Place
from console.domain.access.principals import Principal
from console.domain.access.roles import RoleDefinition
from console.domain.access.vault_policies import PolicyRef
from console.domain.trouble import Kind, TroubleError
from console.operations import access_copy, access_kits, vault_policies
from console.operations.access import Surroundings, granted
from console.operations.access_bundle import Bundle
from console.operations.access_kits import Making
from console.operations.plan import Concern, Danger, Effect, Plan
from console.readers import Readers

#: People whose verbs are told one by one; those of more are like theirs.
MOST_TOLD = 3
#: Dry runs that are asked for at once.
DRY_RUNS = 4


class AccessBundles:
    """One for a session. Methods that ask Azure raise TroubleError unless they say otherwise."""

    def __init__(
        self,
        readers: Readers,
        access: AccessNow,
        context: Context,
        desk: AccessDesk,
        compiler: Callable[[], Making],
        own: Iterable[Kit] = (),
    ) -> None:
        """`own` are the kits of the config file."""
        self._readers, self._access, self._context, self._desk, self._compiler = readers, access, context, desk, compiler
        #: Every kit by its name.
        self.kits: Mapping[str, Kit] = kits.known(own)

    # Kits

    def needs(self, kit: Kit, place: Place) -> tuple[Need, ...]:
        """What a kit comes to in a workspace."""
        return kits.needs(kit, place, self._access.definitions.items)

    def role(self, need: Need, place: Place) -> RoleDefinition | None:
        """The role of a need, also where it is yet to be made; None where there is none."""
        if need.role is None and need.template is not None:
            return access_kits.made_from(need.template, place, self._access.definitions.items)
        return need.role

    def outlook(self, kit: Kit, people: Sequence[Principal], place: Place) -> tuple[str, ...]:
        """What a kit lets people do that they cannot do now, in sentences that name them."""
        pairs = [(role, need.scope) for need in self.needs(kit, place) if not need.missing and (role := self.role(need, place)) is not None]
        return tuple(f"{each.label}: {sentence}" for each in people[:MOST_TOLD] for sentence in self._outlook(each, pairs))

    async def refusal(self, kit: Kit, people: Sequence[Principal], place: Place) -> str:
        """Why Azure would not take a part of a kit, by its own dry run ("" where it would); roles that are yet to be made are not asked."""
        held, gate = self._access.assignments.items, asyncio.Semaphore(DRY_RUNS)

        async def ask(each: Principal, role: RoleDefinition, scope: str) -> str:
            async with gate:
                why = await self._desk.refusal(each, role, scope)
            return f"{role.name} for {each.label}: {why}" if why else ""

        asked = [
            ask(each, need.role, need.scope)
            for need in self.needs(kit, place)
            for each in people
            if need.role is not None and kits.there(held, each.id, need.role.guid, need.scope) is None
        ]
        return next(filter(None, await asyncio.gather(*asked)), "")

    async def give(self, kit: Kit, people: Sequence[Principal], place: Place) -> Bundle:
        """The plan that gives a kit."""
        needs, definitions = self.needs(kit, place), self._access.definitions.items
        told = [Effect(Concern.ACCESS, sentence) for sentence in self.outlook(kit, people, place)]
        if len(people) > MOST_TOLD:
            told.append(Effect(Concern.ACCESS, f"the same roles for {len(people) - MOST_TOLD} more"))
        around = self._around([need.scope for need in needs if need.scope])
        held = self._access.assignments.items
        return await access_kits.give(self._compiler(), kit, people, place, needs, definitions, held, around, told)

    # Copies

    def copied(self, rows: Sequence[Grant], to: Principal) -> tuple[Grant, ...]:
        """What of somebody's rows another would get."""
        return access_copy.copied(rows, to, self._access.assignments.items)

    def left(self, of_id: str, rows: Sequence[Grant], to: Principal) -> tuple[str, ...]:
        """What another would not get of it, in sentences."""
        told = access_copy.left(rows, to, self._access.assignments.items, self._around([each.scope for each in rows]))
        return (*told, *access_copy.policies_left(of_id, tuple(self._access.vaults.values.values())))

    async def copy(self, of: str, rows: Sequence[Grant], to: Principal) -> Bundle:
        """The plan that gives `to` what somebody called `of` holds directly, as `rows`."""
        pairs = [(each.definition, each.scope) for each in self.copied(rows, to) if each.definition is not None]
        told = [Effect(Concern.ACCESS, sentence) for sentence in self._outlook(to, pairs)] if pairs else []
        around = self._around([each.scope for each in rows])
        return await access_copy.copy(self._compiler(), rows, to, of, self._access.assignments.items, around, told)

    # Offboarding

    async def offboard(self, who: str, grants: Sequence[Grant], stays: Sequence[str]) -> Plan:
        """The plan that removes all of somebody's role assignments; `stays` are credentials that it does not revoke."""
        plan = await self._desk.remove(grants)
        told = tuple(Effect(Concern.UNCHECKED, f"not revoked: {each}") for each in stays)
        number = f"{len(grants)} role assignment{'' if len(grants) == 1 else 's'}"
        return msgspec.structs.replace(
            plan,
            verb="offboard",
            title=f"Offboard {who}: remove {number}",
            danger=Danger.TYPED,
            typed=who,
            totals=(*plan.totals, *told),
        )

    async def take_policies(self, who: str, refs: Sequence[PolicyRef]) -> Plan | None:
        """The plan that removes access policies; None where they are gone by now."""
        found = await asyncio.gather(*(self._readers.vault_policy(ref) for ref in refs), return_exceptions=True)
        held = []
        for answer in found:
            if isinstance(answer, TroubleError) and answer.trouble.kind is Kind.NOT_FOUND:
                continue
            if isinstance(answer, BaseException):
                raise answer
            held.append(answer)
        return vault_policies.remove(held, who, self._around([ref.vault for ref in refs])) if held else None

    # What all need

    def _outlook(self, who: Principal, pairs: Sequence[tuple[RoleDefinition, str]]) -> tuple[str, ...]:
        facts = self._access.facts()
        facts = msgspec.structs.replace(facts, roles={**facts.roles, **{role.guid: role for role, _ in pairs}})
        after = facts
        for role, scope in pairs:
            after = outlook.added(after, _assignment(who, role, scope))
        return tuple(
            sentence for place in self._places([scope for _, scope in pairs]) for sentence in self._changes(facts, after, place, who)
        )

    def _changes(self, facts: Facts, after: Facts, place: Place, who: Principal) -> tuple[str, ...]:
        return outlook.sentences(outlook.changes(facts, after, place, who.id), self._context.label(place.workspace))

    def _around(self, wanted: Iterable[str]) -> Surroundings:
        about = tuple(place.workspace for place in self._places(wanted))
        return Surroundings(me=self._context.object_id, about=about, subscriptions=self._context.subscription_names)

    def _places(self, wanted: Iterable[str]) -> tuple[Place, ...]:
        return tuple(dict.fromkeys(place for scope in wanted for place in self._desk.reached(scope)))


def _assignment(who: Principal, role: RoleDefinition, scope: str) -> RoleAssignment:
    grant = granted(who, role, scope)
    read_in = frozenset({scopes.segments(scope).get("subscriptions", "").lower()})
    return RoleAssignment(id=grant.id, scope=scope, role=role.guid, principal_id=who.id, principal_kind=who.kind, read_in=read_in)
