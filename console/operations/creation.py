"""Plans that make or attach computes: read off the requests that azure-ai-ml makes of a form or a file, so that any kind will do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from console.azure import computes as requests
from console.azure.request import Request
from console.domain import durations
from console.domain.compute import SCALE, SCHEDULES, Compute, Kind
from console.domain.cost import region_key
from console.domain.quota import size_of
from console.domain.scopes import WorkspaceRef
from console.operations.computes import DELETE, HOURS_A_MONTH, OPERATION, Prices, counted, price_of, where_of
from console.operations.plan import GONE, Concern, Effect, Plan, Settling, Step

if TYPE_CHECKING:
    from console.azure.compiler import Compiled, Compiler

WRITE = f"{OPERATION}/write"
OWN = frozenset({Kind.INSTANCE, Kind.CLUSTER})
#: States of a new compute by which it is seen to be there (an instance may have been stopped again before anybody looks).
THERE = {Kind.INSTANCE: ("Running", "JobRunning", "SettingUp", "UserSettingUp", "Stopped"), Kind.CLUSTER: ("Steady", "Resizing")}


class RefusedError(Exception):
    """azure-ai-ml does not take what is wanted: the path of the field (CLI's spelling, "" for the whole) and its sentence."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path, self.message = path, message


async def make(
    compiler: Compiler,
    place: WorkspaceRef,
    region: str,
    documents: Sequence[Mapping[str, Any]],
    prices: Prices,
    owners: Mapping[str, str] | None = None,
) -> Plan:
    """The plan that makes what `documents` describe (fields of the CLI's YAML). `owners`: name of a compute → for whom it is.

    Raises RefusedError, and TroubleError where the compiler cannot be had.
    """
    wanted = []
    for document in documents:
        compiled = await compiler.compile(place, region, fields=document)
        if compiled.request is None:
            flaw = compiled.flaws[0]
            raise RefusedError(flaw.path, flaw.message)
        wanted.append((to_be(compiled, place, region), compiled.request))
    return created(wanted, prices, owners=owners or {}, file=False)


def to_be(compiled: Compiled, place: WorkspaceRef, region: str) -> Compute:
    """A compute as it will be, read from the request that makes it."""
    assert compiled.request is not None
    request = compiled.request
    return requests.decode(msgspec.json.encode({"id": request.path, "location": region, **request.body}), place)


def created(
    wanted: Sequence[tuple[Compute, Request]], prices: Prices, *, owners: Mapping[str, str] | None = None, file: bool = True
) -> Plan:
    """Make computes, each described as it will be, by the request that makes it. Names that are taken by then are not overwritten.

    `file` says whether a file describes them, as `az` takes it.
    """
    targets = [compute for compute, _ in wanted]
    attached = all(compute.kind not in OWN for compute in targets)
    noun = targets[0].kind.label if len({compute.kind for compute in targets}) == 1 else "compute"
    return Plan(
        verb="attach" if attached else "create",
        title=f"{'Attach' if attached else 'Create'} {counted(targets, noun)}",
        where=where_of(targets),
        steps=tuple(_step(compute, request, prices, (owners or {}).get(compute.name, ""), file=file) for compute, request in wanted),
        totals=_money_in_all(targets, prices),
        undo_note="Undo detaches it again." if attached else "Undo deletes it again; what it cost until then stays.",
    )


def _step(compute: Compute, request: Request, prices: Prices, owner: str, *, file: bool) -> Step:
    own = compute.kind in OWN
    undo = Step(
        target_id=compute.id,
        target_name=compute.name,
        request=requests.delete(compute.id, detach=not own),
        permission=DELETE,
        effects=(Effect(Concern.BREAKS, "what was begun there since fails" if own else "detached; the machines stay as they are"),),
        settles=Settling(gone=True),
    )
    source = "load_compute(FILE)" if file else f"{compute.kind_word}(…)"
    return Step(
        target_id=compute.id,
        target_name=compute.name,
        request=request,
        permission=WRITE,
        effects=tuple(_effects(compute, prices, owner)),
        az=_az(compute, request, file=file),
        sdk=f"ml_client.compute.begin_{'create_or_update' if own else 'attach'}({source})",
        rests_on=GONE,
        settles=Settling(THERE.get(compute.kind, ("Succeeded",))),
        undo=undo,
    )


def _effects(compute: Compute, prices: Prices, owner: str) -> Iterator[Effect]:
    if compute.kind not in OWN:
        yield Effect(Concern.MONEY, "nothing new: its machines are there already")
        return
    yield Effect(Concern.CHANGE, _description(compute))
    if owner:
        yield Effect(Concern.ACCESS, f"for {owner}, who alone can open it")
    yield Effect(Concern.MONEY, _instance_money(compute, prices) if compute.kind is Kind.INSTANCE else _cluster_money(compute, prices))
    if compute.kind is Kind.INSTANCE:
        yield Effect(Concern.STAYS, "OS disk, public address and load balancer, also while it is stopped")
    yield Effect(Concern.CORES, _cores(compute, prices))
    if compute.low_priority:
        yield Effect(Concern.BREAKS, "nodes of low priority can be taken away at any moment; jobs there start anew")
    yield Effect(Concern.UNCHECKED, "whether the region has such machines free")


def _description(compute: Compute) -> str:
    """What is made, in a line: size, how it scales or stops, and its tags."""
    if compute.kind is Kind.CLUSTER:
        how = f"{'low priority' if compute.low_priority else 'dedicated'}, {compute.aspect(SCALE)}"
    else:
        idle = durations.parse(compute.idle_shutdown)
        how = f"stopped after {durations.exactly(idle)} idle" if idle is not None else "no idle shutdown"
        if compute.schedules:
            how += f", schedules: {compute.aspect(SCHEDULES)}"
    tags = ", ".join(f"{name}={value}" for name, value in compute.tags.items())
    return f"{compute.vm_size}, {how}{f'; tags {tags}' if tags else '; no tags'}"


def _instance_money(compute: Compute, prices: Prices) -> str:
    price = price_of(compute, prices)
    rate = "?" if price is None else f"≈${price:.2f}/h (≈${price * HOURS_A_MONTH:,.0f} a month)"
    unstopped = "" if compute.idle_shutdown or compute.schedules else "; nothing stops it by itself"
    return f"{rate} from now on until it is stopped{unstopped}"


def _cluster_money(compute: Compute, prices: Prices) -> str:
    price, least, most = price_of(compute, prices), compute.min_nodes or 0, compute.max_nodes or 0
    if price is None:
        return f"a node of {compute.vm_size}: ?"
    floor = f"{least} nodes around the clock: ≈${price * least:.2f}/h (≈${price * least * HOURS_A_MONTH:,.0f} a month)"
    each = f"≈${price:.2f}/h a node; ≈${price * most:.2f}/h with all {most}"
    return f"{floor if least else 'nothing while no job runs'}; {each}"


def _money_in_all(targets: Sequence[Compute], prices: Prices) -> tuple[Effect, ...]:
    """What several instances come to together."""
    rates = [price_of(compute, prices) for compute in targets if compute.kind is Kind.INSTANCE]
    if len(rates) < 2 or None in rates:
        return ()
    rate = sum(price for price in rates if price is not None)
    return (Effect(Concern.MONEY, f"≈${rate:.2f}/h in all while up (≈${rate * HOURS_A_MONTH:,.0f} a month)"),)


def _cores(compute: Compute, prices: Prices) -> str:
    size = size_of(compute, prices)
    machines = 1 if compute.kind is Kind.INSTANCE else compute.max_nodes or 0
    if compute.kind is Kind.CLUSTER:
        when = f"with all {machines} nodes up"
    else:
        when = "while it is up" if compute.release_quota_on_stop else "also while it is stopped"
    if size is None or not size.cores:
        return f"cores of its family's quota {when}: ?"
    return f"{size.cores * machines} cores of {size.family or 'its family'} in {region_key(compute.location)}, {when}"


def _az(compute: Compute, request: Request, *, file: bool) -> str:
    place = compute.workspace
    where = f"-g {place.resource_group} -w {place.name} --subscription {place.subscription_id}"
    if file or compute.kind not in OWN:
        return f"az ml compute {'create' if compute.kind in OWN else 'attach'} -f FILE {where}"
    line = f"az ml compute create --type {compute.kind_word} -n {compute.name} --size {compute.vm_size}"
    if compute.kind is Kind.CLUSTER:
        tier = "low_priority" if compute.low_priority else "dedicated"
        line += f" --min-instances {compute.min_nodes or 0} --max-instances {compute.max_nodes} --tier {tier}"
    elif compute.owner_id:
        tenant = request.body["properties"]["properties"]["personalComputeInstanceSettings"]["assignedUser"].get("tenantId", "")
        line += f" --user-object-id {compute.owner_id} --user-tenant-id {tenant}"
    return f"{line} {where}"
