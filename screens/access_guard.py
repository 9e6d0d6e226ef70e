"""The guard: what stands against a plan that removes role assignments, whatever made it: a list, an undo, or an earlier session."""

from __future__ import annotations

import msgspec

from console.domain.access.assignments import is_assignment
from console.operations.plan import Danger, Plan
from console.session import Session


def guarded(session: Session, plan: Plan) -> tuple[Plan, str, tuple[str, ...]]:
    """The plan as it may be agreed to, why it must not be ("" where it may), and what has to be said of it.

    Where it cannot be told whether somebody is left, it has to be typed how many assignments are meant.
    """
    ids = [step.target_id for step in plan.steps if step.request.method == "DELETE" and is_assignment(step.target_id)]
    if not ids:
        return plan, "", ()
    found = session.access.desk.guard(ids)
    sure = " ".join(_named(session, each.sentence) for each in found if each.sure)
    unsure = tuple(_named(session, each.sentence) for each in found if not each.sure)
    plan = msgspec.structs.replace(plan, despite=tuple(each.sentence for each in found if not each.sure))
    if unsure and not sure and plan.danger is not Danger.TYPED:
        plan = msgspec.structs.replace(plan, danger=Danger.TYPED, typed=str(len(ids)))
    return plan, sure, unsure


def _named(session: Session, sentence: str) -> str:
    """A sentence with subscriptions by their names, as far as they are known."""
    for subscription_id, name in session.context.subscription_names.items():
        sentence = sentence.replace(subscription_id, name)
    return sentence
