"""Plans that end waste: what several findings ask for, of whatever kind, in one plan with what it saves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec

from console.domain import durations
from console.domain.billing.amounts import Form, money
from console.domain.compute import SCALE, Compute
from console.domain.findings.finding import Finding, Remedy, Suggestion
from console.domain.findings.waste import saving
from console.operations import computes, idle_shutdown, scaling
from console.operations.computes import Prices, counted, where_of
from console.operations.plan import Concern, Danger, Effect, Plan
from console.operations.scaling import Scale

WORDS = {Remedy.STOP: "stop", Remedy.SCALE: "scale", Remedy.IDLE_SHUTDOWN: "set idle shutdown of", Remedy.DELETE: "delete"}


class Cut(msgspec.Struct, frozen=True):
    """A compute, and the finding of it that is mended."""

    compute: Compute
    finding: Finding


def refusal(cut: Cut) -> str:
    """Why a plan for several cannot have it ("" where it can)."""
    compute, remedy = cut.compute, cut.finding.remedy
    if remedy not in WORDS:
        return "no key of this console mends it"
    if why := _APPLIES[remedy](compute):
        return why
    if remedy is Remedy.SCALE and scaling.words(compute, _scale(cut.finding.suggestion)) == compute.aspect(SCALE):
        return "nothing is suggested to scale it to: f on it alone asks"
    if remedy is Remedy.IDLE_SHUTDOWN and durations.parse(cut.finding.suggestion.idle) is None:
        return "no idle time is suggested: f on it alone asks"
    return ""


def cut(cuts: Sequence[Cut], prices: Prices) -> Plan:
    """One plan for all: it stops, shrinks and deletes, each by its own step. None of them may have a `refusal`."""
    plans: list[Plan] = []
    for remedy in WORDS:
        own = [each for each in cuts if each.finding.remedy is remedy]
        plans += _plans(remedy, own, prices)
    counts = Counter(each.finding.remedy for each in cuts)
    done = ", ".join(f"{WORDS[remedy]} {count}" for remedy, count in counts.items())
    dangerous = any(plan.danger is Danger.TYPED for plan in plans)
    targets = [each.compute for each in cuts]
    steps = tuple(msgspec.structs.replace(step, verb=plan.verb) for plan in plans for step in plan.steps)
    return Plan(
        verb="cut waste",
        title=f"End the waste of {counted(targets, 'compute')}: {done}",
        where=where_of(targets),
        steps=steps,
        danger=Danger.TYPED if dangerous else Danger.CONFIRM,
        typed=(targets[0].name if len(targets) == 1 else str(len(steps))) if dangerous else "",
        undo_note=" ".join(dict.fromkeys(plan.undo_note for plan in plans if plan.undo_note)),
        provenance="; ".join(dict.fromkeys(plan.provenance for plan in plans if plan.provenance)),
        totals=(Effect(Concern.MONEY, f"{saved([each.finding for each in cuts])} saved in all, if nothing else changes"),),
    )


def saved(findings: Sequence[Finding]) -> str:
    """What mending all of them saves: `≈$1,234/month`, and of how many that is not known."""
    known = saving(findings)
    unknown = f" (and of {known.missing} not known)" if known.missing else ""
    return f"{money(known.value, known.unit, Form.WHOLE, estimate=known.known)}{unknown}"


def _plans(remedy: Remedy, cuts: Sequence[Cut], prices: Prices) -> list[Plan]:
    """The plans of one kind of remedy: those that set something are one for each that is set."""
    if not cuts:
        return []
    targets = [each.compute for each in cuts]
    if remedy is Remedy.STOP:
        return [computes.stop(targets, prices)]
    if remedy is Remedy.DELETE:
        return [computes.delete(targets, prices)]
    alike: dict[Suggestion, list[Compute]] = {}
    for each in cuts:
        alike.setdefault(each.finding.suggestion, []).append(each.compute)
    if remedy is Remedy.SCALE:
        return [scaling.scale(some, _scale(suggestion), prices) for suggestion, some in alike.items()]
    return [idle_shutdown.set_idle(some, _idle(suggestion), prices) for suggestion, some in alike.items()]


def _scale(suggestion: Suggestion) -> Scale:
    return Scale(suggestion.min_nodes, suggestion.max_nodes, durations.parse(suggestion.idle))


def _idle(suggestion: Suggestion) -> timedelta:
    length = durations.parse(suggestion.idle)
    if length is None:
        raise ValueError(f"{suggestion.idle!r} is no idle time")
    return length


_APPLIES: dict[Remedy, Callable[[Compute], str]] = {
    Remedy.STOP: computes.can_stop,
    Remedy.SCALE: scaling.can_scale,
    Remedy.IDLE_SHUTDOWN: idle_shutdown.can_set,
    Remedy.DELETE: computes.can_delete,
}
