"""Plans that change when instances start and stop by themselves: their whole settings are put back with other schedules."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec

from console.azure import computes as requests
from console.domain.compute import MODIFIED, SCHEDULES, Compute, Kind
from console.operations.compute_edit import INNER, Change, merged
from console.operations.computes import OPERATION, Prices, counted, price_of, where_of
from console.operations.plan import Concern, Effect, Plan, Settling, Step

WRITE = f"{OPERATION}/write"
#: Schedules that an instance can have ("Schedule automatic start and stop" of Azure's documentation).
MOST = 4
ON, OFF, REMOVE = "on", "off", "remove"
PATH = (*INNER, "schedules")
NOT_SEEN = "a PUT with all that an instance has and other schedules was not seen on Azure by this console; they are read again after it"


class Added(msgspec.Struct, frozen=True):
    """A schedule that is to come: `action` is Start or Stop, `cron` its five fields, `zone` a time zone by Azure's name."""

    action: str
    cron: str
    zone: str = "UTC"

    def body(self) -> dict[str, Any]:
        """As the wire has it (`ComputeStartStopSchedule` of the published swagger)."""
        cron = {"expression": self.cron, "timeZone": self.zone}
        return {"action": self.action, "triggerType": "Cron", "cron": cron, "status": "Enabled"}


def can_schedule(compute: Compute) -> str:
    """Why a compute can have no schedules ("" when it can)."""
    if compute.kind is not Kind.INSTANCE:
        return f"a {compute.kind.label} has no schedules; only instances have"
    return f"{compute.name} is {compute.provisioning_state}" if compute.provisioning_state in {"Creating", "Deleting", "Failed"} else ""


async def schedule(
    targets: Sequence[Compute],
    kept: Mapping[int, str],
    added: Sequence[Added],
    read: Callable[[str], Awaitable[bytes]],
    prices: Prices,
) -> Plan:
    """Keep, switch or remove each schedule there is (`kept`: its place from 0 → ON, OFF, REMOVE) and add others.

    Raises ValueError where an instance would have more than Azure takes, or has others by now than those whose places `kept` has, and
    TroubleError where one cannot be read.
    """
    made = await asyncio.gather(*(_step(compute, kept, added, read, prices) for compute in targets))
    steps = [step for step in made if step is not None]
    return Plan(
        verb="schedule",
        title=f"Change the schedules of {counted([each for each in targets if each.id in {step.target_id for step in steps}], 'instance')}",
        where=where_of(targets),
        steps=tuple(steps),
        provenance=NOT_SEEN,
        undo_note="Undo puts back the schedules that it had.",
    )


async def _step(
    compute: Compute, kept: Mapping[int, str], added: Sequence[Added], read: Callable[[str], Awaitable[bytes]], prices: Prices
) -> Step | None:
    from console.operations.compute_files import json_of

    raw = json_of(await read(compute.id))
    now = requests.decode(msgspec.json.encode(raw), compute.workspace)
    if kept and now.aspect(SCHEDULES) != compute.aspect(SCHEDULES):
        raise ValueError(f"{compute.name} has other schedules by now than those shown: {now.aspect(SCHEDULES)}")
    before = ((raw.get("properties") or {}).get("properties") or {}).get("schedules") or {"computeStartStop": []}
    after = {"computeStartStop": [*_stays(before.get("computeStartStop") or [], kept), *(each.body() for each in added)]}
    if len(after["computeStartStop"]) > MOST:
        raise ValueError(f"{compute.name} would have {len(after['computeStartStop'])} schedules; Azure takes {MOST}")
    body = merged(raw, (Change(PATH, before, after),))
    then = requests.decode(msgspec.json.encode({**raw, "properties": body["properties"]}), compute.workspace)
    if now.aspect(SCHEDULES) == then.aspect(SCHEDULES):
        return None
    step = Step(
        target_id=compute.id,
        target_name=compute.name,
        request=requests.put(compute.id, body),
        permission=WRITE,
        effects=(
            Effect(Concern.CHANGE, f"{now.aspect(SCHEDULES)} → {then.aspect(SCHEDULES)}"),
            Effect(Concern.MONEY, _money(compute, then, prices)),
            Effect(Concern.UNCHECKED, "whether somebody works there when it stops: a schedule asks nobody"),
        ),
        sdk="none that keeps what its entities do not know: ml_client.compute.begin_create_or_update(...)",
        rests_on=now.aspect(MODIFIED),  # all of it is sent: nothing that somebody else changed may be overwritten
        aspect=MODIFIED,
        settles=Settling((then.aspect(SCHEDULES),), aspect=SCHEDULES),
    )
    undo = msgspec.structs.replace(
        step,
        request=requests.put(compute.id, merged(raw, (Change(PATH, after, before),))),
        effects=(),
        rests_on=then.aspect(SCHEDULES),
        aspect=SCHEDULES,
        settles=Settling((now.aspect(SCHEDULES),), aspect=SCHEDULES),
    )
    return msgspec.structs.replace(step, undo=undo)


def _stays(before: Sequence[Any], kept: Mapping[int, str]) -> list[Any]:
    """The schedules there are, without those that go, each switched as wanted."""
    status = {ON: "Enabled", OFF: "Disabled"}
    return [
        {**each, "status": status[kept[place]]} if place in kept else each for place, each in enumerate(before) if kept.get(place) != REMOVE
    ]


def _money(compute: Compute, then: Compute, prices: Prices) -> str:
    price = price_of(compute, prices)
    rate = "the price of its machine" if price is None else f"≈${price:.2f}/h"
    stops, starts = (any(each.enabled and each.stops is stop for each in then.schedules) for stop in (True, False))
    if starts and not stops:
        return f"{rate} begins with each start, and nothing of this stops it"
    return f"{rate} ends with each stop" + (", and begins with each start" if starts else "") if stops else f"nothing stops {rate}"
