"""Plans that give stopped instances another VM size."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from console.azure import computes as requests
from console.domain.compute import SIZE, Compute, Kind, VmSize
from console.operations.computes import HOURS_A_MONTH, OPERATION, Prices, counted, price_of, where_of
from console.operations.plan import Concern, Effect, Plan, Settling, Step

#: ARM names the operation after the path; the published swagger names none.
RESIZE = f"{OPERATION}/resize/action"
NOT_SEEN = "resize is in Microsoft's schema (preview) but not seen on Azure by this console; the size is read again after it"


def can_resize(compute: Compute) -> str:
    """Why a compute cannot be given another size ("" when it can). That it has to be stopped is inferred; Azure's docs call sizes fixed."""
    if compute.kind is not Kind.INSTANCE:
        return f"a {compute.kind.label} keeps its size; only instances change theirs"
    return "" if compute.shown_state == "Stopped" else f"{compute.name} is {compute.shown_state}; it can be resized when Stopped"


def resize(targets: Sequence[Compute], size: VmSize, prices: Prices) -> Plan:
    """Give stopped instances another size; those that have it already are left out."""
    changed = [compute for compute in targets if compute.vm_size.upper() != size.name.upper()]
    return Plan(
        verb="resize",
        title=f"Resize {counted(changed, 'instance')} to {size.name}",
        where=where_of(changed),
        steps=tuple(_step(compute, size, prices) for compute in changed),
        provenance=NOT_SEEN,
        undo_note="Undo gives back the size that it had, as long as it is stopped.",
    )


def _step(compute: Compute, size: VmSize, prices: Prices) -> Step:
    before, after = price_of(compute, prices), size.dedicated if size.currency == "USD" else None
    now = "?" if before is None else f"≈${before:.2f}/h"
    then = "?" if after is None else f"≈${after:.2f}/h (≈${after * HOURS_A_MONTH:,.0f} a month)"
    step = Step(
        target_id=compute.id,
        target_name=compute.name,
        request=requests.resize(compute.id, size.name),
        permission=RESIZE,
        effects=(
            Effect(Concern.CHANGE, f"{compute.vm_size} → {size.name}"),
            Effect(Concern.MONEY, f"{then} while it is up, instead of {now}"),
            Effect(Concern.CORES, f"{size.cores or '?'} cores of {size.family or 'its family'} instead of those of {compute.vm_size}"),
            Effect(Concern.UNCHECKED, "whether quota and region have room for it"),
        ),
        sdk="none: azure-ai-ml has no resize",
        rests_on=compute.aspect(SIZE),
        aspect=SIZE,
        settles=Settling((size.name.upper(),), aspect=SIZE),
    )
    undo = msgspec.structs.replace(
        step,
        request=requests.resize(compute.id, compute.vm_size),
        effects=(),
        rests_on=size.name.upper(),
        settles=Settling((compute.aspect(SIZE),), aspect=SIZE),
    )
    return msgspec.structs.replace(step, undo=undo)
