"""Plans: a change to Azure as data, before anything is sent: what, with which permission, to what effect, and how to take it back."""

from __future__ import annotations

from enum import IntEnum, StrEnum

import msgspec

from console.azure.request import Request


class Danger(IntEnum):
    """How a plan is agreed to: at once, by a button, or by typing the object's name."""

    NONE = 0
    CONFIRM = 1
    TYPED = 2


class Concern(StrEnum):
    """What an effect is about."""

    MONEY = "money"
    CORES = "cores"
    ACCESS = "access"
    BREAKS = "breaks"
    STAYS = "stays billed"
    UNCHECKED = "not checked"


class Effect(msgspec.Struct, frozen=True):
    """One consequence, as a sentence for the person who agrees to it."""

    concern: Concern
    sentence: str


class Settling(msgspec.Struct, frozen=True):
    """When a step is through: the target's state is one of `states`, or it is `gone`. Empty: the operation's own end is enough."""

    states: tuple[str, ...] = ()
    gone: bool = False


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One request on one target. `rests_on` is the state that the plan was made from; `permission` is ARM's operation name.

    `undo` is the step that takes it back (None: nothing does).
    """

    target_id: str
    target_name: str
    request: Request
    permission: str
    effects: tuple[Effect, ...] = ()
    az: str = ""
    sdk: str = ""
    rests_on: str = ""
    settles: Settling = Settling()
    undo: Step | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Steps that are agreed to together. `verb` names the kind of change ("stop"); `where` the workspace and subscription.

    `totals` are effects of all steps together, where there are several.
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

    @property
    def permissions(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(step.permission for step in self.steps))
