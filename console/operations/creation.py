"""Plans that make computes: azure-ai-ml compiles what is wanted into the request, the plan tells what it will cost and hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from console.azure import computes as requests
from console.azure.compiler import Compiler
from console.azure.request import Request
from console.domain import creation, durations
from console.domain.compute import VmSize
from console.domain.creation import NewCluster, NewInstance
from console.domain.scopes import WorkspaceRef
from console.operations.computes import DELETE, HOURS_A_MONTH
from console.operations.plan import GONE, Concern, Effect, Plan, Settling, Step

WRITE = "Microsoft.MachineLearningServices/workspaces/computes/write"
#: States in which a new compute is there.
CLUSTER_THERE = ("Steady", "Resizing", "Succeeded")
INSTANCE_THERE = ("Running", "JobRunning", "SettingUp", "UserSettingUp", "Stopped")


class RefusedError(Exception):
    """azure-ai-ml does not take what is wanted: the path of the field (CLI's spelling, "" for the whole) and its sentence."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path, self.message = path, message


async def cluster(compiler: Compiler, place: WorkspaceRef, location: str, wanted: NewCluster, size: VmSize | None) -> Plan:
    """The plan that makes a cluster. Raises RefusedError, and TroubleError where the compiler cannot be had."""
    request = await _compiled(compiler, place, location, wanted.document())
    price = creation.price(size, low_priority=wanted.low_priority)
    tier = "low priority" if wanted.low_priority else "dedicated"
    effects = [
        Effect(
            Concern.CHANGE,
            f"{wanted.least} to {wanted.most} {tier} nodes of {wanted.size}, down after {durations.exactly(wanted.idle)} idle",
        ),
        Effect(Concern.MONEY, _cluster_money(wanted, price)),
        Effect(Concern.CORES, _cores(size, wanted.most, "with all nodes up")),
        *_unchecked(wanted.subnet),
    ]
    if wanted.low_priority:
        effects.insert(2, Effect(Concern.BREAKS, "nodes of low priority can be taken away at any moment; jobs on them start anew"))
    az = (
        f"az ml compute create --type AmlCompute -n {wanted.name} --size {wanted.size} --min-instances {wanted.least}"
        f" --max-instances {wanted.most} --tier {'low_priority' if wanted.low_priority else 'dedicated'} {_place(place)}"
    )
    step = _step(place, wanted.name, request, effects, az, CLUSTER_THERE, "AmlCompute")
    return _plan((step,), place, f"Create cluster {wanted.name}")


async def instances(compiler: Compiler, place: WorkspaceRef, location: str, wanted: Sequence[NewInstance], size: VmSize | None) -> Plan:
    """The plan that makes instances, one for each person. Raises RefusedError, and TroubleError where the compiler cannot be had."""
    steps = []
    for each in wanted:
        request = await _compiled(compiler, place, location, each.document())
        az = f"az ml compute create --type ComputeInstance -n {each.name} --size {each.size} {_place(place)}"
        if each.person is not None:
            az += f" --user-object-id {each.person.id} --user-tenant-id {each.tenant_id}"
        steps.append(_step(place, each.name, request, _instance_effects(each, size), az, INSTANCE_THERE, "ComputeInstance"))
    title = f"Create instance {wanted[0].name}" if len(wanted) == 1 else f"Create {len(wanted)} instances"
    return _plan(tuple(steps), place, title, _money_in_all(wanted, size))


async def _compiled(compiler: Compiler, place: WorkspaceRef, location: str, fields: Mapping[str, Any]) -> Request:
    compiled = await compiler.compile(place, location, fields=fields)
    if compiled.request is None:
        flaw = compiled.flaws[0]
        raise RefusedError(flaw.path, flaw.message)
    return compiled.request


def _step(
    place: WorkspaceRef, name: str, request: Request, effects: Sequence[Effect], az: str, there: tuple[str, ...], entity: str
) -> Step:
    target = f"{place.id}/computes/{name}"
    undo = Step(
        target_id=target,
        target_name=name,
        request=requests.delete(target),
        permission=DELETE,
        az=f"az ml compute delete -n {name} {_place(place)}",
        sdk=f'ml_client.compute.begin_delete("{name}", action="Delete")',
        settles=Settling(gone=True),
    )
    return Step(
        target_id=target,
        target_name=name,
        request=request,
        permission=WRITE,
        effects=tuple(effects),
        az=az,
        sdk=f"ml_client.compute.begin_create_or_update({entity}(…))",
        rests_on=GONE,
        settles=Settling(there),
        undo=undo,
    )


def _plan(steps: tuple[Step, ...], place: WorkspaceRef, title: str, totals: tuple[Effect, ...] = ()) -> Plan:
    return Plan(
        verb="create",
        title=title,
        where=f"{place.name} · {place.resource_group}",
        steps=steps,
        totals=totals,
        undo_note="Undo deletes what was made; what it cost until then stays.",
    )


def _cluster_money(wanted: NewCluster, price: Decimal | None) -> str:
    if price is None:
        return f"a node of {wanted.size}: ?"
    node = f"≈${price:.2f}/h a node while it is up, ≈${price * wanted.most:.2f}/h with all {wanted.most}"
    if wanted.least:
        floor = price * wanted.least
        return f"{node}; the minimum alone ≈${floor:.2f}/h, ≈${floor * HOURS_A_MONTH:,.0f} a month"
    return f"{node}; nothing while no job runs"


def _instance_effects(wanted: NewInstance, size: VmSize | None) -> list[Effect]:
    price = creation.price(size)
    effects = []
    if wanted.person is not None:
        effects.append(Effect(Concern.ACCESS, f"for {wanted.person.name}: nobody else can open it, you neither"))
    money = "?" if price is None else f"≈${price:.2f}/h (≈${price * HOURS_A_MONTH:,.0f} a month) from its creation on, while it is up"
    effects.append(Effect(Concern.MONEY, f"{wanted.size}: {money}"))
    effects.append(Effect(Concern.STAYS, "OS disk and address, also while it is stopped"))
    held = "while it is up" if wanted.release_quota else "also while it is stopped"
    effects.append(Effect(Concern.CORES, _cores(size, 1, held)))
    if wanted.idle is None and not wanted.stop_at:
        effects.append(Effect(Concern.MONEY, "nothing stops it: no idle shutdown and no schedule"))
    return [*effects, *_unchecked(wanted.subnet)]


def _money_in_all(wanted: Sequence[NewInstance], size: VmSize | None) -> tuple[Effect, ...]:
    price = creation.price(size)
    if len(wanted) < 2 or price is None:
        return ()
    rate = price * len(wanted)
    return (Effect(Concern.MONEY, f"≈${rate:.2f}/h in all while up (≈${rate * HOURS_A_MONTH:,.0f} a month)"),)


def _cores(size: VmSize | None, machines: int, when: str) -> str:
    if size is None or not size.cores:
        return f"of the quota of its family {machines} machines {when}: how many cores is ?"
    return f"{size.cores * machines} cores of the quota of {size.family or 'its family'} {when}"


def _unchecked(subnet: str) -> list[Effect]:
    told = "whether a policy forbids it, and whether the region has such machines free"
    return [Effect(Concern.UNCHECKED, f"{told}{'; whether the subnet has room' if subnet else ''}")]


def _place(place: WorkspaceRef) -> str:
    return f"-g {place.resource_group} -w {place.name} --subscription {place.subscription_id}"
