"""Who now: who can do what in the workspaces that are open, worked out again when something that it rests on was read or learnt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from operator import is_not
from typing import TYPE_CHECKING

import msgspec

from console.access.now import AccessNow, AccessRows, Besides
from console.clock import ServerClock
from console.context import Context
from console.domain import scopes
from console.domain.access.facts import Facts
from console.domain.access.places import At, Place, Vault
from console.domain.access.principals import PrincipalKind
from console.domain.access.verbs import BY_KEY, INDEX, Verb
from console.domain.access.verdicts import Matrix, Verdict
from console.domain.trouble import Kind, Trouble

if TYPE_CHECKING:
    from console.domain.access.abilities import Ability, Routes, Shortest
    from console.domain.access.trust import Disagreement

log = logging.getLogger(__name__)
#: What is asked first: what nobody can answer by looking at a list of assignments.
FIRST_VERB = BY_KEY["vault-secrets"]

#: Who a policy names is asked first, then who is in the groups among them, then which accounts those have.
ROUNDS = 4
#: Rows whose paths are found ahead of the need.
MOST_AHEAD = 500


class Answer(msgspec.Struct, frozen=True):
    """What was worked out at once: from which facts, for each place its matrix and the short ways through it."""

    facts: Facts
    matrices: Mapping[str, Matrix]
    routes: Mapping[str, Routes]
    rows: tuple[Ability, ...]


class WhoRows(AccessRows["Ability"]):
    """The rows of the last answer; loaded once there was one."""

    def __init__(self, who: WhoNow, access: AccessNow) -> None:
        self._who = who
        super().__init__(access, who.rows_here)

    @property
    def loaded(self) -> bool:
        return self._who.is_about_here and super().loaded

    @property
    def troubles(self) -> Mapping[str, Trouble]:
        own = self._who.trouble
        return super().troubles or ({"who": own} if own is not None else {})

    @property
    def incomplete(self) -> str:
        return self._who.incomplete

    def raw(self, key: str) -> bytes | None:
        """A row is a conclusion: no JSON is behind it."""
        return None


class WhoNow:
    """Nothing is worked out, or read, unless somebody looks. The work is done in a thread: roles are compiled at their first use."""

    def __init__(self, access: AccessNow, context: Context, clock: ServerClock, changed: Callable[[], None]) -> None:
        self._access, self._context, self._clock, self._changed = access, context, clock, changed
        #: What is asked about; kept while the session lasts.
        self.verb: Verb = FIRST_VERB
        self.answer: Answer | None = None
        #: Why nothing could be worked out: a fault of the console's own.
        self.trouble: Trouble | None = None
        self._rests_on: tuple[object, ...] = ()
        self._task: asyncio.Task[None] | None = None
        self._asked: tuple[object, ...] = ()
        self._compared: dict[str, tuple[tuple[object, ...], tuple[Disagreement, ...] | None]] = {}
        self.rows = WhoRows(self, access)

    @property
    def busy(self) -> int:
        """Work under way."""
        return int(self._task is not None)

    @property
    def is_about_here(self) -> bool:
        """Whether the last answer is about all the workspaces that are open."""
        answer = self.answer
        return answer is not None and all(scopes.key(place.id) in answer.matrices for place in self._context.where)

    def rows_here(self) -> Sequence[Ability]:
        """The rows of the last answer that are of workspaces which are open."""
        answer, here = self.answer, {scopes.key(place.id) for place in self._context.where}
        if answer is None:
            return ()
        if here >= answer.matrices.keys():
            return answer.rows
        return tuple(row for row in answer.rows if scopes.key(row.place.workspace.id) in here)

    def begin(self) -> None:
        """Read access, if it is not read already."""
        self._access.begin()

    def look(self, in_view: Sequence[str] = ()) -> None:
        """Somebody looks: ask for what is missing, and work out what follows where something changed. To be called after each news.

        `in_view` are users whose accounts are of interest: a membership does not tell whether they are guests, or disabled.
        """
        self._ask_besides()
        self._access.look_up(in_view)
        self._access.want_vaults()
        if self._task is not None or not self._access.grants.loaded:
            return
        if not self.is_about_here and not self._access.answered:
            return  # groups without their members would be rows that go at once
        rests_on = self._what_it_rests_on()
        if rests_on != self._rests_on:
            self._rests_on = rests_on
            self._task = asyncio.create_task(self._work_out(self._facts(), self._access.places))

    async def settle(self) -> None:
        """For headless commands, after `AccessNow.read_once`: ask for the vaults and accounts, and work it out once."""
        await self._access.vaults.settle([scopes.key(place.vault) for place in self._access.places if place.vault])
        for _ in range(ROUNDS):
            self.answer = _answer(self._facts(), self._access.places)
            self.rows.touch()
            self._ask_besides()
            await self._access.settle()
            await self._access.people.accounts.settle(users_of(self.answer.rows))

    def matrix(self, place: Place) -> Matrix | None:
        """The matrix of a place; None before it was worked out."""
        return self.answer.matrices.get(scopes.key(place.workspace.id)) if self.answer is not None else None

    def shortest(self, row: Ability, verb: Verb) -> Shortest:
        """The shortest path of a cell."""
        from console.domain.access.abilities import Shortest

        routes = self.answer.routes.get(scopes.key(row.place.workspace.id)) if self.answer is not None else None
        return routes.shortest(row, verb) if routes is not None else Shortest(None)

    def abilities_of(self, principal_id: str) -> tuple[Ability, ...]:
        """What a principal, or everybody in a group, can do in each place."""
        from console.domain.access.abilities import ability

        answer = self.answer
        return tuple(ability(answer.facts, each, principal_id) for each in answer.matrices.values()) if answer is not None else ()

    def disagreements(self, place: Place) -> tuple[Disagreement, ...] | None:
        """Where Azure's own answer about the user who asks differs from what was worked out; None where either is not known."""
        from console.domain.access.trust import disagreements

        key, me = scopes.key(place.workspace.id), self._context.object_id
        routes = self.answer.routes.get(key) if self.answer is not None else None
        if routes is None or not me:
            return None
        compared = (routes, me, self._context.allowance(place.workspace))
        known = self._compared.get(key)
        if known is None or any(map(is_not, known[0], compared)):
            known = self._compared[key] = compared, disagreements(routes.own(me), place, me, compared[2])
        return known[1]

    @property
    def incomplete(self) -> str:
        """What was not read and bears on the verb that is asked about, where anybody else's cell is no "no"."""
        for matrix in self.answer.matrices.values() if self.answer is not None else ():
            if matrix.others[INDEX[self.verb.key]].verdict is not Verdict.NO and (told := bearing(matrix, self.verb)):
                return told[0] if len(told) == 1 else f"{told[0]} And {len(told) - 1} more"
        return ""

    def forget(self) -> None:
        """Somebody else asks from now on."""
        if self._task is not None:
            self._task.cancel()
        self.answer, self._rests_on, self._asked = None, (), ()
        self._compared.clear()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work_out(self, facts: Facts, places: Sequence[Place]) -> None:
        try:
            answer = await asyncio.to_thread(_answer, facts, places, self.rows.items, self.verb)
        except Exception as error:  # a fault of ours costs this answer, not the console; the log has the traceback
            log.exception("who can do what was not worked out")
            self.trouble = Trouble(Kind.UNEXPECTED, f"It could not be worked out ({type(error).__name__}).", at=self._clock.now())
        else:
            self.trouble, self.answer = None, answer
        finally:
            self._task = None
        self.rows.touch()
        self._changed()

    def _facts(self) -> Facts:
        """All that was read, with why a vault was not."""
        facts, vaults = self._access.facts(), self._access.vaults
        unread = [place.vault for place in self._access.places if place.vault and vaults.get(scopes.key(place.vault)) is None]
        if vaults.trouble is None or not unread:
            return facts
        faulty = {scopes.key(each): Vault(id=each, fault=vaults.trouble.sentence.rstrip(".")) for each in unread}
        return msgspec.structs.replace(facts, vaults={**facts.vaults, **faulty})

    def _what_it_rests_on(self) -> tuple[object, ...]:
        access = self._access
        feeds = (access.assignments, access.denies, access.eligibilities, access.activations, access.definitions)
        read = tuple(
            (scope, part.reading is not None, part.reading.incomplete if part.reading is not None else str(part.trouble))
            for feed in feeds
            for scope, part in feed.parts.items()
        )
        trouble = access.vaults.trouble.sentence if access.vaults.trouble is not None else ""
        return (*(feed.items for feed in feeds), read, access.directory, access.places, dict(access.vaults.values), trouble)

    def _ask_besides(self) -> None:
        """Who the access policies of vaults name, and who is in groups within groups."""
        access, directory = self._access, self._access.directory
        vaults = access.vaults.values
        if (directory, vaults) == self._asked:
            return
        self._asked = directory, vaults
        named = {policy.object_id: None for vault in vaults.values() if not vault.rbac for policy in vault.policies}
        groups = tuple(each.id for each in directory.principals.values() if each.kind is PrincipalKind.GROUP)
        besides = Besides(tuple(named), groups)
        if besides != access.besides:
            access.besides = besides


def bearing(matrix: Matrix, verb: Verb) -> tuple[str, ...]:
    """What of the gaps of a matrix bears on a verb: not that a companion is missing which it does not ask for."""
    asked = {need.at for way in verb.ways for need in way.needs}
    missing = tuple(f"The workspace has no {at}:" for at in At if at not in asked)
    return tuple(gap for gap in matrix.gaps if not gap.startswith(missing))


def users_of(rows: Sequence[Ability]) -> tuple[str, ...]:
    """The object ids of the people among rows."""
    return tuple(dict.fromkeys(row.principal_id for row in rows if row.kind is PrincipalKind.USER and not row.orphan))


def _answer(facts: Facts, places: Sequence[Place], before: Sequence[Ability] = (), verb: Verb | None = None) -> Answer:
    """Rows that stay as they were are the same objects. The paths of `verb` are found ahead: a filter reads those of all rows."""
    from console.domain.access.abilities import Routes, abilities  # whoever does not ask who can is not to wait for what decides it
    from console.domain.access.evaluation import evaluate

    known = {row: row for row in before}
    matrices = {scopes.key(place.workspace.id): evaluate(facts, place) for place in places}
    routes = {key: Routes(facts, matrix.place) for key, matrix in matrices.items()}
    rows = tuple(known.get(row, row) for matrix in matrices.values() for row in abilities(facts, matrix))
    if verb is not None:
        for row in rows[:MOST_AHEAD]:
            routes[scopes.key(row.place.workspace.id)].shortest(row, verb)
    return Answer(facts, matrices, routes, rows)
