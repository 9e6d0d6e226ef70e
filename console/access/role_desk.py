"""The role desk: what custom roles are made, changed and deleted with."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import msgspec

from console.access.now import AccessNow, AccessRows
from console.context import Context
from console.domain.access import outlook
from console.domain.access.facts import Facts
from console.domain.access.known_operations import KnownOperations
from console.domain.access.naming import scope_words
from console.domain.access.role_templates import Template, begun
from console.domain.access.role_text import Flaw, ReadRole, RoleDraft, read_role
from console.domain.access.roles import RoleDefinition, RoleInUse
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations import roles as plans
from console.operations.access import Surroundings
from console.operations.plan import Concern, Effect, Plan
from console.readers import Readers

#: Holders that are told one by one what a change means for them; the rest are counted.
MOST_HOLDERS = 6


class RoleDesk:
    """One for a session."""

    def __init__(self, readers: Readers, access: AccessNow, context: Context, compiler: Callable[[], plans.Compiling]) -> None:
        self._readers, self._access, self._context, self._compiler = readers, access, context, compiler
        self._known: tuple[object, KnownOperations] | None = None

    def rows(self, every: Callable[[], bool]) -> AccessRows[RoleInUse]:
        """The roles that can be assigned where the workspaces are, each once; to be closed.

        Of hundreds only those that are custom or that somebody has, unless `every` says so.
        """
        return AccessRows(self._access, lambda: [row for row in self._rows() if every() or row.worth_a_look])

    def begun(self, template: Template) -> RoleDraft:
        """A template as a draft. Raises TroubleError where it cannot be made."""
        scope = f"/subscriptions/{self._context.where[0].subscription_id}" if self._context.where else ""
        try:
            return begun(template, self._access.roles, scope)
        except ValueError as error:
            raise TroubleError(Trouble(Kind.INVALID, f"{str(error).capitalize()}.", "NoTemplate")) from error

    async def read(self, text: str, before: RoleDefinition | None) -> ReadRole:
        """A text as a role over `before` (None: a new one): where its form is right, Azure is asked about its scopes."""
        roles = self._access.definitions.items
        taken = [each.name for each in roles if before is None or each.guid != before.guid]
        found = read_role(text, self._operations(), taken)
        if found.draft is None:
            return found
        asked = await asyncio.gather(*(self._reached(scope) for scope in found.draft.assignable_scopes))
        flaws, doubts = [], list(found.doubts)
        lines = text.splitlines()
        for scope, (fault, doubt) in zip(found.draft.assignable_scopes, asked, strict=True):
            line = next((number for number, each in enumerate(lines, 1) if scope.lower() in each.lower()), 0)
            flaws += [Flaw("AssignableScopes", line, fault)] if fault else []
            doubts += [Flaw("AssignableScopes", line, doubt)] if doubt else []
        return ReadRole(None if flaws else found.draft, tuple(flaws), tuple(doubts))

    async def plan(self, draft: RoleDraft, before: RoleDefinition | None) -> Plan | None:
        """The plan that makes a role, or changes `before`; None where nothing differs. Raises TroubleError."""
        if before is None:
            return await plans.create(self._compiler(), draft, str(uuid.uuid4()), self._around())
        after = plans.as_role(draft, before.guid)
        if not list(plans.difference(before, after)):
            return None
        return await plans.change(self._compiler(), before, draft, self._around(), list(self._holders(before, after)))

    async def delete(self, rows: Sequence[RoleInUse]) -> Plan:
        """The plan that deletes a role. Raises TroubleError."""
        if len(rows) != 1:
            raise TroubleError(Trouble(Kind.INVALID, "Roles are deleted one at a time.", "SeveralRoles"))
        return await plans.delete(self._compiler(), rows[0].role, self._around())

    def warm(self) -> None:
        """Start what makes requests ahead of the need."""
        warm = getattr(self._compiler(), "warm", None)
        if warm is not None:
            warm()

    async def _reached(self, scope: str) -> tuple[str, str]:
        """What is wrong with an assignable scope, and what is doubtful about it ("" each where nothing is)."""
        where = scope_words(scope, self._context.subscription_names)
        try:
            allowance = await self._readers.allowance(scope)
        except TroubleError as error:
            trouble = error.trouble
            if trouble.kind is Kind.NOT_FOUND:
                return f"there is no {where}, or it is not within your reach ({trouble.code})", ""
            return "", f"whether {where} is within your reach could not be read: {trouble.sentence}"
        if not allowance.allows(plans.WRITE):
            return f"{where} is not within your reach: you lack {plans.WRITE} there", ""
        return "", ""

    def _operations(self) -> KnownOperations:
        items = self._access.definitions.items
        if self._known is None or self._known[0] is not items:
            self._known = (items, KnownOperations(items))
        return self._known[1]

    def _rows(self) -> Sequence[RoleInUse]:
        held = Counter(each.role for each in self._access.facts().assignments)
        eligible = Counter(each.role for each in self._access.facts().eligibilities or ())
        return [RoleInUse(role=role, assigned=held[role.guid], eligible=eligible[role.guid]) for role in self._access.roles.values()]

    def _holders(self, before: RoleDefinition, after: RoleDefinition) -> Iterator[Effect]:
        """Who holds the role, and what of what they can do in the workspaces that are open becomes different."""
        facts = self._access.facts()
        later: Facts = msgspec.structs.replace(facts, roles={**facts.roles, before.guid: after})
        held = [each for each in facts.assignments if each.role == before.guid]
        if not held:
            yield Effect(Concern.ACCESS, "nobody holds it, as far as assignments were read")
        for each in held[:MOST_HOLDERS]:
            where = scope_words(each.scope, self._context.subscription_names)
            yield Effect(Concern.ACCESS, f"{facts.name(each.principal_id)} holds it on {where}")
            for place in self._access.places:
                changes = outlook.changes(facts, later, place, each.principal_id)
                if changes:
                    told = outlook.sentences(changes, self._context.label(place.workspace))
                    yield from (Effect(Concern.ACCESS, f"{facts.name(each.principal_id)} {sentence}") for sentence in told)
        if len(held) > MOST_HOLDERS:
            yield Effect(Concern.ACCESS, f"{len(held) - MOST_HOLDERS} more hold it")

    def _around(self) -> Surroundings:
        context = self._context
        return Surroundings(me=context.object_id, about=context.where, subscriptions=context.subscription_names)
