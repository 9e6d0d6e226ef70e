"""Plans: a change to Azure as data, before anything is sent: what, with which permission, to what effect, and how to take it back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any

import msgspec

from console.azure.request import Request
from console.domain.scopes import WorkspaceRef
from console.operations.spread import Spread

#: What a step rests on that makes something: there is nothing of that name.
GONE = "gone"
#: In the title of a plan of which some steps are gone, before how many there are.
LEFT = " (left: "


class Danger(IntEnum):
    """How a plan is agreed to: at once, by a button, or by typing the object's name."""

    NONE = 0
    CONFIRM = 1
    TYPED = 2


class Concern(StrEnum):
    """What an effect is about."""

    CHANGE = "change"
    MONEY = "money"
    CORES = "cores"
    ACCESS = "access"
    BREAKS = "breaks"
    STAYS = "stays billed"
    POLICY = "policies"
    UNCHECKED = "not checked"


class Effect(msgspec.Struct, frozen=True):
    """One consequence, as a sentence for the person who agrees to it."""

    concern: Concern
    sentence: str


class Settling(msgspec.Struct, frozen=True):
    """When a step is through: `aspect` of the target ("" is its state) is one of `states`, or the target is `gone`.

    Empty: the operation's own end is enough.
    """

    states: tuple[str, ...] = ()
    gone: bool = False
    aspect: str = ""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """What a step waits for before it is sent: `label` names it, `sentence` tells it to the person who agrees.

    It waits until the moment `until` (UTC, the server's clock), then as long as the target is in one of `while_states`. `after_s` is
    that moment before anybody agreed: so many seconds of the server's time from then on, or from the end of what the step follows.
    With `granted` it waits besides until that change of one's own access is in effect. What the step rests on is looked at when it ends:
    the target has to be in that state, or in one of `then`.
    """

    label: str
    sentence: str
    after_s: float = 0.0
    until: datetime | None = None
    while_states: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    granted: Spread | None = None

    def agreed(self, now: datetime) -> Hold:
        """The hold with its moment, once it is agreed to."""
        if self.until is not None or not self.after_s:
            return self
        return msgspec.structs.replace(self, until=now + timedelta(seconds=self.after_s))


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """When a refusal is only for now: its `codes`, which say that nothing happened, and why, as a sentence.

    It is sent again up to `times`, first after `first_s`, then after twice as long each time, `most_s` at most (the server's time).
    """

    codes: tuple[str, ...]
    sentence: str
    times: int = 6
    first_s: float = 2.0
    most_s: float = 30.0

    def wait(self, turn: int) -> float | None:
        """Seconds to wait before it is sent again after so many refusals (from 0); None when it has been sent often enough."""
        return min(self.most_s, self.first_s * 2.0**turn) if turn < self.times else None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One request on one target. `rests_on` is the state that the plan was made from; `permission` is ARM's operation name.

    `aspect` names what of the target `rests_on` is a word of: "" is its state, else a setting that its type names.
    `at` is the ARM scope at which the permission is needed ("": the workspace of the target).
    `undo` is the step that takes it back (None: nothing does). `hold` is what it waits for (None: it is sent at once).
    `follows` are targets of other steps of the plan, which have to be done before. `retry` is a refusal that is only for now; `already`
    are codes of refusals which say that what is wanted is there. `spread` is what comes into effect some time after it is done.
    `about` are the workspaces that it concerns, where the target is in none. `reason_in` is the path of a text that Azure keeps.
    `verb` is what it does, in a plan whose steps do different things ("": what the plan does).
    """

    target_id: str
    target_name: str
    request: Request
    permission: str
    at: str = ""
    effects: tuple[Effect, ...] = ()
    az: str = ""
    sdk: str = ""
    rests_on: str = ""
    aspect: str = ""
    settles: Settling = Settling()
    undo: Step | None = None
    hold: Hold | None = None
    follows: tuple[str, ...] = ()
    retry: Retry | None = None
    already: tuple[str, ...] = ()
    spread: Spread | None = None
    about: tuple[WorkspaceRef, ...] = ()
    reason_in: tuple[str, ...] = ()
    verb: str = ""

    def because(self, reason: str) -> Step:
        """The step with a reason written where Azure keeps it: in the text at `reason_in` of its body, after what stands there."""
        if not reason or not self.reason_in or not isinstance(self.request.body, Mapping):
            return self
        body = _written(self.request.body, self.reason_in, reason)
        return msgspec.structs.replace(self, request=msgspec.structs.replace(self.request, body=body))

    @property
    def fitting(self) -> frozenset[str]:
        """The states in which the target has to be when the step is sent. Empty: it may be in any."""
        if not self.rests_on:
            return frozenset()
        hold = self.hold
        return frozenset({self.rests_on}) if hold is None else frozenset({self.rests_on, *hold.then}) - frozenset(hold.while_states)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Steps that are agreed to together. `verb` names the kind of change ("stop"); `where` the workspace and subscription.

    `totals` are effects of all steps together, where there are several. `reason` is the reason or ticket that was given. `holds` are
    what the plan may wait for instead of being sent at once. `refused` says why Azure is known to refuse it ("" where it is not): such
    a plan is shown, and not run. `despite` are doubts that were told and agreed to: what is judged again when it is sent passes them over.
    `then` is what is to be done once all is done, as a sentence without a stop.
    """

    verb: str
    title: str
    where: str
    steps: tuple[Step, ...]
    danger: Danger = Danger.CONFIRM
    undo_note: str = ""
    provenance: str = ""
    typed: str = ""
    totals: tuple[Effect, ...] = ()
    reason: str = ""
    holds: tuple[Hold, ...] = ()
    refused: str = ""
    despite: tuple[str, ...] = ()
    then: str = ""

    def verb_of(self, step: Step) -> str:
        """What one of its steps does."""
        return step.verb or self.verb

    @property
    def permissions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.permission for step in self.steps if step.permission))

    @property
    def reason_kept(self) -> bool:
        """Whether Azure keeps the reason, in every step."""
        return bool(self.steps) and all(step.reason_in for step in self.steps)

    @property
    def hold(self) -> Hold | None:
        """What its steps wait for; None where they are sent at once."""
        return next((step.hold for step in self.steps if step.hold is not None), None)

    def held(self, hold: Hold | None) -> Plan:
        """The plan with every step waiting for `hold` (None: for nothing)."""
        return msgspec.structs.replace(self, steps=tuple(msgspec.structs.replace(step, hold=hold) for step in self.steps))

    def only(self, steps: tuple[Step, ...]) -> Plan:
        """The plan with these of its steps: its title says how many are left where some are gone, and what was told of all is dropped."""
        if len(steps) == len(self.steps):
            return self
        title = f"{self.title.partition(LEFT)[0]}{LEFT}{len(steps)})"
        return msgspec.structs.replace(self, steps=steps, totals=(), title=title)


def _written(body: Mapping[str, Any], path: tuple[str, ...], reason: str) -> dict[str, Any]:
    """A copy of a body with a reason at the end of the text at a path; once is enough."""
    name, *rest = path
    inner = body.get(name)
    if rest:
        return {**body, name: _written(inner if isinstance(inner, Mapping) else {}, tuple(rest), reason)}
    before = inner if isinstance(inner, str) else ""
    return {**body, name: before if reason in before else f"{before} · {reason}" if before else reason}
