"""Offboarding now: the list of all that somebody has, made anew when something of it was read, with the keys that were theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from console.access.now import AccessNow, AccessRows
from console.context import Context
from console.domain.access import offboarding
from console.domain.access.facts import What
from console.domain.access.grants import of_principal
from console.domain.access.offboarding import Key, Known, Line, Topic
from console.domain.compute import Compute, Run
from console.feeds.feed import Feed


class OffboardingNow:
    """One for a person, for as long as somebody looks; to be closed.

    Keys that they could list when it was opened, or at any time since, stay on the list: taking roles away changes no key.
    """

    def __init__(
        self,
        access: AccessNow,
        computes: Feed[Compute],
        runs: Callable[[], Mapping[str, Run]],
        context: Context,
        listen: Callable[[Callable[[], None]], Callable[[], None]],
        principal_id: str,
    ) -> None:
        """`runs` are the last runs by compute, `listen` has something called whenever there is news, and returns the way out."""
        self._access, self._computes, self._runs, self._context = access, computes, runs, context
        self.principal_id = principal_id.lower()
        self._keys: dict[str, Key] = {}
        self._followed: tuple[object, ...] = ()
        self.rows: AccessRows[Line] = AccessRows(access, self._lines)
        self._runs_known: Mapping[str, Run] = {}
        self._leave = (computes.subscribe(lambda _feed: self.rows.touch()), listen(self._heard))

    @property
    def keys(self) -> Sequence[Key]:
        """What they could list."""
        return tuple(self._keys.values())

    def close(self) -> None:
        for leave in self._leave:
            leave()
        self.rows.close()

    def _heard(self) -> None:
        """Runs are looked up beside the feeds: only they make the list anew."""
        known = dict(self._runs())
        if known != self._runs_known:
            self._runs_known = known
            self.rows.touch()

    def _lines(self) -> Sequence[Line]:
        access, directory = self._access, self._access.directory
        facts = access.facts()
        self._learn_keys()
        who = directory.get(self.principal_id)
        return offboarding.lines(
            Known(
                principal_id=self.principal_id,
                names=frozenset({who.name, who.upn} - {""}) if who is not None else frozenset(),
                rows=of_principal(access.grants.items, self.principal_id, directory),
                facts=facts,
                places=access.places,
                computes=self._computes.items,
                runs=self._runs(),
                keys=self.keys,
                subscriptions=self._context.subscription_names,
                unread=self._unread(),
                me=self._context.object_id.lower(),
            )
        )

    def _learn_keys(self) -> None:
        """The evaluator is asked again only where what it decides from is another."""
        access = self._access
        followed = (access.assignments.items, access.definitions.items, access.directory, access.places, len(access.vaults.values))
        if followed == self._followed or not access.grants.loaded:
            return
        self._followed = followed
        facts = access.facts()
        for place in access.places:
            for found in offboarding.keys_of(facts, place, self.principal_id, self._context.label(place.workspace)):
                self._keys.setdefault(found.what, found)

    def _unread(self) -> Mapping[Topic, str]:
        """What of the list was not read, and why."""
        access, facts = self._access, self._access.facts()
        told: dict[Topic, str] = {}
        for what, topic in ((What.ASSIGNMENTS, Topic.ROLE), (What.ELIGIBILITIES, Topic.PIM)):
            if why := next((each.why for each in facts.unread if each.what is what), ""):
                told[topic] = why
        if (trouble := access.people.members.trouble) is not None:
            told[Topic.GROUP] = trouble.sentence
        vaults = [place.vault for place in access.places if place.vault]
        if any(facts.vault(each) is None for each in vaults):
            trouble = access.vaults.trouble
            told[Topic.POLICY] = trouble.sentence if trouble is not None else "the vaults are being read"
        if not self._computes.loaded:
            told[Topic.COMPUTE] = next((each.sentence for each in self._computes.troubles.values()), "they are being read")
        return told
