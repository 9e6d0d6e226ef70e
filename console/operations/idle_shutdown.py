"""Plans that set after how long without activity instances are stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from console.azure import computes as requests
from console.domain import durations
from console.domain.compute import IDLE_SHUTDOWN, LONGEST_IDLE, SHORTEST_IDLE, Compute, Kind, idle_words
from console.operations.computes import Prices, counted, price_of, where_of
from console.operations.plan import Concern, Effect, Plan, Settling, Step

UPDATE = "Microsoft.MachineLearningServices/workspaces/computes/updateIdleShutdownSetting/action"
NOT_SEEN = "updateIdleShutdownSetting is in Microsoft's schema but not seen on Azure by this console; the setting is read again after it"


def can_set(compute: Compute) -> str:
    """Why a compute can have no idle shutdown ("" when it can)."""
    if compute.kind is not Kind.INSTANCE:
        return f"a {compute.kind.label} has no idle shutdown; only instances have"
    if compute.provisioning_state in {"Creating", "Deleting", "Failed"}:
        return f"{compute.name} is {compute.provisioning_state}"
    return ""


def idle_fault(text: str) -> str:
    """Why a text is no idle time that Azure takes ("" when it is one)."""
    length = durations.typed(text)
    if length is None:
        return "a time like 30m, 2h or 1d"
    if length % timedelta(minutes=1):
        return "whole minutes"  # azure-ai-ml reads no seconds here (`durations.iso`)
    return "" if SHORTEST_IDLE <= length <= LONGEST_IDLE else "15 minutes to 3 days"


def set_idle(targets: Sequence[Compute], idle: timedelta, prices: Prices) -> Plan:
    """Let instances be stopped after `idle` without activity (15 minutes to 3 days); those that are set so already are left out."""
    wanted = idle_words(durations.iso(idle))
    changed = [compute for compute in targets if compute.aspect(IDLE_SHUTDOWN) != wanted]
    takes_back = all(durations.parse(compute.idle_shutdown) for compute in changed)
    none = "" if takes_back else " Azure has no call that takes an idle shutdown away: where there was none, undo leaves it."
    return Plan(
        verb="idle-shutdown",
        title=f"Set idle shutdown of {counted(changed, 'instance')} to {durations.exactly(idle)}",
        where=where_of(changed),
        steps=tuple(_step(compute, idle, prices) for compute in changed),
        provenance=NOT_SEEN,
        undo_note=f"Undo sets the time that was set before.{none}",
    )


def _step(compute: Compute, idle: timedelta, prices: Prices) -> Step:
    now, wanted = compute.aspect(IDLE_SHUTDOWN), idle_words(durations.iso(idle))
    before = durations.parse(compute.idle_shutdown)
    price = price_of(compute, prices)
    money = "its machine's price" if price is None else f"≈${price:.2f}/h"
    step = Step(
        target_id=compute.id,
        target_name=compute.name,
        request=requests.idle_shutdown(compute.id, durations.iso(idle)),
        permission=UPDATE,
        effects=(
            Effect(Concern.CHANGE, f"{now} → {wanted}"),
            Effect(Concern.MONEY, f"{money} ends whenever nobody works on it for {durations.exactly(idle)}"),
            Effect(Concern.STAYS, "disk and address, also while it is stopped"),
            Effect(Concern.BREAKS, "what runs without activity that Azure counts (a process of one's own, SSH) ends with it"),
            Effect(Concern.UNCHECKED, "whether it will fire: an open kernel, terminal, VS Code or custom app keeps an instance up"),
        ),
        sdk="none: azure-ai-ml sets it when an instance is made only",
        rests_on=now,
        aspect=IDLE_SHUTDOWN,
        settles=Settling((wanted,), aspect=IDLE_SHUTDOWN),
    )
    if before is None:
        return step
    request = requests.idle_shutdown(compute.id, durations.iso(before))
    undo = msgspec.structs.replace(step, request=request, effects=(), rests_on=wanted, settles=Settling((now,), aspect=IDLE_SHUTDOWN))
    return msgspec.structs.replace(step, undo=undo)
