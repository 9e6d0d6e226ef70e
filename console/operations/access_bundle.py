"""Bundles: several roles for somebody as one plan, with what of it was left out, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from console.domain.access.grants import is_wide
from console.domain.access.naming import scope_words, typed_name
from console.operations.access import Surroundings, where_of
from console.operations.plan import Danger, Effect, Plan, Step

UNDO = "Undo removes the assignments again that this made; keys that were read meanwhile stay known."


class Bundle(msgspec.Struct, frozen=True):
    """A plan (None: nothing is left to do) and sentences about what it leaves out."""

    plan: Plan | None
    notes: tuple[str, ...] = ()


def bundled(
    verb: str, title: str, steps: Sequence[Step], around: Surroundings, notes: Iterable[str], totals: Sequence[Effect] = ()
) -> Bundle:
    """The plan of steps that make assignments, and perhaps the roles for them."""
    told = tuple(dict.fromkeys(notes))
    if not steps:
        return Bundle(None, told)
    wide = [step.at for step in steps if step.spread is not None and is_wide(step.at)]
    places = tuple(dict.fromkeys(where_of(step.at, around) for step in steps))
    plan = Plan(
        verb=verb,
        title=title,
        where=", ".join(places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else ""),
        steps=tuple(steps),
        danger=Danger.TYPED if wide else Danger.CONFIRM,
        typed=typed_name(wide[0], around.subscriptions) if wide else "",
        totals=tuple(totals),
        undo_note=UNDO,
    )
    return Bundle(plan, told)


def on(scope: str, around: Surroundings) -> str:
    """`on storage account mlfraud`."""
    return f"on {scope_words(scope, around.subscriptions)}"
