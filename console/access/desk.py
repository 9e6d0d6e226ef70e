"""The access desk: what changes of access are made with: who can be named, what Azure says to a dry run, what it would let whom do."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from console.access.now import AccessNow
from console.context import Context
from console.domain import scopes
from console.domain.access import outlook
from console.domain.access.assignments import RoleAssignment
from console.domain.access.facts import Facts
from console.domain.access.grants import Grant
from console.domain.access.guards import Refusal, Removal, refusals
from console.domain.access.places import Place, covers
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.access.roles import RoleDefinition
from console.domain.access.warnings import Proposal, ladder
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Trouble, TroubleError
from console.operations import access as plans
from console.operations.access import Compiling, Surroundings
from console.operations.plan import Plan
from console.readers import Readers

#: Groups before people before applications: a role belongs to a group (Azure RBAC best practices).
RANKS = {PrincipalKind.GROUP: 0, PrincipalKind.USER: 1, PrincipalKind.SERVICE_PRINCIPAL: 2}
#: Letters from which on the directory is searched.
LEAST_LETTERS = 2


class AccessDesk:
    """One for a session. Methods that ask Azure raise TroubleError unless they say otherwise."""

    def __init__(self, readers: Readers, access: AccessNow, context: Context, compiler: Callable[[], Compiling]) -> None:
        self._readers, self._access, self._context, self._compiler = readers, access, context, compiler
        self._found: dict[str, Principal] = {}
        self._searched: set[str] = set()
        #: Why the directory could not be searched; None where it could, or was not.
        self.search_trouble: Trouble | None = None

    def warm(self) -> None:
        """Start what makes requests, and reading what access consists of, ahead of the need."""
        self._compiler().warm()
        self._access.begin()
        self._access.want_vaults()

    # Who

    def known(self, text: str) -> list[Principal]:
        """Principals that this session has heard of and whose names, or ids, have a text: groups first, then by name."""
        words = text.lower().split()
        every = {**self._access.directory.principals, **self._found}.values()
        found = (each for each in every if all(any(word in name for name in _names(each)) for word in words))
        return sorted(found, key=lambda each: (RANKS.get(each.kind, 3), each.label.lower()))

    def called(self, text: str) -> list[Principal]:
        """Those whose name, sign-in name, mail or id is exactly this, without regard to case."""
        wanted = text.strip().lower()
        return [each for each in self.known(text) if wanted in _names(each)]

    def to_search(self, text: str) -> bool:
        """Whether the directory has not been asked for a text yet."""
        return len(text.strip()) >= LEAST_LETTERS and text.strip().lower() not in self._searched

    async def search(self, text: str) -> None:
        """Ask the directory for a text; what it finds is `known` from then on. What goes wrong is `search_trouble`."""
        wanted = text.strip().lower()
        self._searched.add(wanted)
        try:
            if _is_guid(wanted):
                self._found |= {each.id: each for each in (await self._readers.principals([wanted])).values()}
            else:
                self._found |= {each.id: each for each in await self._readers.found_principals(wanted)}
        except TroubleError as error:
            self._searched.discard(wanted)
            self.search_trouble = error.trouble
        else:
            self.search_trouble = None

    # What

    async def refusal(self, principal: Principal, role: RoleDefinition, scope: str, condition: str = "") -> str:
        """Why Azure would not take an assignment, by its own dry run ("" where it would)."""
        new = plans.new_assignment(plans.granted(principal, role, scope, condition))
        return await self._readers.dry_run(await self._compiler().validation(new))

    def lets(self, role: RoleDefinition, scope: str) -> str:
        """What a role at a scope lets its holder do in the first workspace that this reaches, as a clause."""
        new = RoleAssignment(id="?", scope=scope, role=role.guid, principal_id="?", principal_kind=PrincipalKind.USER)
        reached = self.reached(scope)
        return outlook.lets(self._facts(role), reached[0], new) if reached else ""

    def reached(self, scope: str) -> tuple[Place, ...]:
        """The workspaces that are open and which a change at a scope concerns: itself, from above, or by a companion."""
        found = []
        for place in self._access.places:
            ids = (place.workspace.id, *(each for _, each in place.companions))
            if any(covers(scope, each, frozenset({place.workspace.subscription_id})) or covers(each, scope) for each in ids):
                found.append(place)
        return tuple(found)

    def outlook(self, principal: Principal, role: RoleDefinition, scope: str, condition: str = "") -> tuple[str, ...]:
        """What an assignment lets a principal do that it cannot do now, in sentences."""
        facts = self._facts(role)
        new = _assignment(plans.granted(principal, role, scope, condition))
        return tuple(
            sentence
            for place in self.reached(scope)
            for sentence in outlook.sentences(
                outlook.changes(facts, outlook.added(facts, new), place, principal.id), self._context.label(place.workspace)
            )
        )

    def warnings(self, principals: Sequence[Principal], role: RoleDefinition, scope: str) -> tuple[str, ...]:
        """What should give pause, the worst first."""
        found = (rung for each in principals for rung in ladder(Proposal(role, scope, each)))
        said = dict.fromkeys((rung.level, rung.sentence) for rung in found)
        return tuple(sentence for _, sentence in sorted(said, key=lambda each: -each[0]))

    def guard(self, ids: Sequence[str]) -> tuple[Refusal, ...]:
        """What stands against removing assignments: nobody may be left who can assign roles, or not oneself."""
        facts, wanted = self._facts(), {scopes.key(each) for each in ids}
        held = frozenset(each.id for each in facts.assignments if scopes.key(each.id) in wanted)
        return refusals(facts, Removal(held), self._context.object_id.lower())

    async def assign(
        self, principals: Sequence[Principal], role: RoleDefinition, scope: str, condition: str = "", description: str = ""
    ) -> Plan:
        """The plan that assigns a role."""
        told = {each.id: self.outlook(each, role, scope, condition) for each in principals}
        around = self._around([scope], told)
        return await plans.assign(self._compiler(), principals, role, scope, around, condition=condition, description=description)

    async def remove(self, grants: Sequence[Grant]) -> Plan:
        """The plan that removes role assignments; a clean-up where all of them are orphans."""
        facts = self._facts()
        after = outlook.removed(facts, (each.id for each in grants))
        told = {
            who: tuple(
                sentence
                for place in self._places(each.scope for each in grants if each.principal_id == who)
                for sentence in outlook.sentences(outlook.changes(facts, after, place, who), self._context.label(place.workspace))
            )
            for who in {each.principal_id for each in grants if not each.orphan}
        }
        around = self._around([each.scope for each in grants], told)
        return await plans.remove(self._compiler(), grants, around, orphans=all(each.orphan for each in grants))

    def forget(self) -> None:
        """Somebody else asks from now on."""
        self._found.clear()
        self._searched.clear()
        self.search_trouble = None

    def _around(self, wanted: Iterable[str], told: Mapping[str, tuple[str, ...]]) -> Surroundings:
        about: tuple[WorkspaceRef, ...] = tuple(place.workspace for place in self._places(wanted))
        context = self._context
        return Surroundings(me=context.object_id, about=about, subscriptions=context.subscription_names, outlook=told)

    def _places(self, wanted: Iterable[str]) -> tuple[Place, ...]:
        return tuple(dict.fromkeys(place for scope in wanted for place in self.reached(scope)))

    def _facts(self, role: RoleDefinition | None = None) -> Facts:
        """What is read of access so far; `role` is known whatever is read."""
        facts = self._access.facts()
        return facts if role is None else msgspec.structs.replace(facts, roles={**facts.roles, role.guid: role})


def _assignment(grant: Grant) -> RoleAssignment:
    return RoleAssignment(
        id=grant.id,
        scope=grant.scope,
        role=grant.role,
        principal_id=grant.principal_id,
        principal_kind=grant.kind,
        condition=grant.condition,
        read_in=frozenset({scopes.segments(grant.scope).get("subscriptions", "").lower()}),
    )


def _names(each: Principal) -> tuple[str, ...]:
    return tuple(name.lower() for name in (each.name, each.upn, each.mail, each.id) if name)


def _is_guid(text: str) -> bool:
    try:
        return len(text) == 36 and bool(uuid.UUID(text))
    except ValueError:
        return False
