"""Plans that make or attach what a file tells of: read off the request that azure-ai-ml makes of it, so that any kind will do."""

from __future__ import annotations

from collections.abc import Sequence

from console.azure import computes as requests
from console.azure.request import Request
from console.domain.compute import Compute, Kind
from console.operations.computes import DELETE, HOURS_A_MONTH, Prices, counted, price_of, where_of
from console.operations.creation import CLUSTER_THERE, INSTANCE_THERE, WRITE
from console.operations.plan import GONE, Concern, Effect, Plan, Settling, Step

OWN = frozenset({Kind.INSTANCE, Kind.CLUSTER})
#: States in which a new compute is there and can be used.
THERE = {Kind.INSTANCE: INSTANCE_THERE, Kind.CLUSTER: CLUSTER_THERE}


def created(wanted: Sequence[tuple[Compute, Request]], prices: Prices) -> Plan:
    """Make computes, each described as it will be, by the request that makes it. Names that are taken by then are not overwritten."""
    targets = [compute for compute, _ in wanted]
    attached = all(compute.kind not in OWN for compute in targets)
    noun = targets[0].kind.label if len({compute.kind for compute in targets}) == 1 else "compute"
    return Plan(
        verb="attach" if attached else "create",
        title=f"{'Attach' if attached else 'Create'} {counted(targets, noun)}",
        where=where_of(targets),
        steps=tuple(_step(compute, request, prices) for compute, request in wanted),
        undo_note="Undo detaches it again." if attached else "Undo deletes it again; what it cost until then stays.",
    )


def _step(compute: Compute, request: Request, prices: Prices) -> Step:
    own = compute.kind in OWN
    undo = Step(
        target_id=compute.id,
        target_name=compute.name,
        request=requests.delete(compute.id, detach=not own),
        permission=DELETE,
        effects=(Effect(Concern.BREAKS, "what was begun there since fails" if own else "detached; the machines stay as they are"),),
        settles=Settling(gone=True),
    )
    place = compute.workspace
    return Step(
        target_id=compute.id,
        target_name=compute.name,
        request=request,
        permission=WRITE,
        effects=tuple(_effects(compute, prices)) if own else (Effect(Concern.MONEY, "nothing new: its machines are there already"),),
        az=f"az ml compute {'create' if own else 'attach'} -f FILE -g {place.resource_group} -w {place.name}"
        f" --subscription {place.subscription_id}",
        sdk=f"ml_client.compute.begin_{'create_or_update' if own else 'attach'}(load_compute(FILE))",
        rests_on=GONE,
        settles=Settling(THERE.get(compute.kind, ("Succeeded",))),
        undo=undo,
    )


def _effects(compute: Compute, prices: Prices) -> Sequence[Effect]:
    price = price_of(compute, prices)
    each = "?" if price is None else f"≈${price:.2f}/h"
    tier = "low priority" if compute.low_priority else "dedicated"
    if compute.kind is Kind.INSTANCE:
        month = "" if price is None else f" (≈${price * HOURS_A_MONTH:,.0f} a month)"
        stops = f"; stopped after {compute.idle_shutdown} idle" if compute.idle_shutdown else "; nothing stops it: it has no idle shutdown"
        money = f"{each}{month} from now on until it is stopped: list price of {compute.vm_size}{stops}"
        return (
            Effect(Concern.MONEY, money),
            Effect(Concern.STAYS, "OS disk, public address and load balancer, also while it is stopped"),
            Effect(Concern.UNCHECKED, "whether quota and region have room for it"),
        )
    least, most = compute.min_nodes or 0, compute.max_nodes
    floor = "?" if price is None else f"≈${price * least:.2f}/h (≈${price * least * HOURS_A_MONTH:,.0f} a month)"
    around = f"{least} nodes are billed around the clock: {floor}" if least else "nothing while no job runs"
    return (
        Effect(Concern.MONEY, f"{around}; {each} a node, {tier}, list price of {compute.vm_size}; at most {'?' if most is None else most}"),
        Effect(Concern.CORES, f"its quota counts {'?' if most is None else most} nodes, whether they are up or not"),
        Effect(Concern.UNCHECKED, "whether quota and region have room for it"),
    )
