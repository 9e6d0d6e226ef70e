"""Plans that change the settings by which clusters scale: least and most nodes, and how long idle ones wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import msgspec

from console.azure import computes as requests
from console.domain import durations, quota
from console.domain.compute import SCALE, Compute, Kind, scale_words
from console.operations.computes import HOURS_A_MONTH, Prices, cores_told, counted, price_of, where_of
from console.operations.plan import Concern, Effect, Plan, Settling, Step

#: ARM's operation for the PATCH of a compute.
WRITE = "Microsoft.MachineLearningServices/workspaces/computes/write"
#: What azure-ai-ml sends where nothing is said.
DEFAULT_IDLE = timedelta(seconds=120)
#: The most that Azure ML ever allows (limits of Azure Machine Learning, "Azure Machine Learning Compute"); quotas end it long before.
MOST_NODES = 65_000
NOT_SEEN = "PATCH of scaleSettings is in Microsoft's schema but not seen on Azure by this console; the setting is read again after it"


class Scale(msgspec.Struct, frozen=True):
    """What clusters are to have; None leaves what each has."""

    least: int | None = None
    most: int | None = None
    idle: timedelta | None = None

    def on(self, cluster: Compute) -> tuple[int, int, timedelta]:
        """Least and most nodes and patience of a cluster with this applied."""
        least = cluster.min_nodes or 0 if self.least is None else self.least
        most = cluster.max_nodes or 0 if self.most is None else self.most
        idle = (durations.parse(cluster.idle_scale_down) or DEFAULT_IDLE) if self.idle is None else self.idle
        return least, most, idle


def can_scale(compute: Compute) -> str:
    """Why a compute cannot be scaled ("" when it can)."""
    if compute.kind is not Kind.CLUSTER:
        return f"a {compute.kind.label} cannot be scaled; only clusters can"
    if compute.max_nodes is None:
        return f"Azure does not tell how {compute.name} scales"
    if compute.provisioning_state in {"Creating", "Deleting"}:
        return f"{compute.name} is {compute.provisioning_state}"
    return ""


def scale_fault(clusters: Sequence[Compute], wanted: Scale) -> str:
    """Why these settings do not go together ("" when they do)."""
    for cluster in clusters:
        least, most, _ = wanted.on(cluster)
        if least > most:
            return f"{cluster.name} would have at least {least} and at most {most}"
    return ""


def scale(targets: Sequence[Compute], wanted: Scale, prices: Prices) -> Plan:
    """Change how clusters scale. A least number above 0 is billed around the clock; nodes come and go in minutes."""
    changed = [cluster for cluster in targets if words(cluster, wanted) != cluster.aspect(SCALE)]
    steps = tuple(_step(cluster, *wanted.on(cluster), prices, undo=True) for cluster in changed)
    return Plan(
        verb="scale",
        title=f"Scale {counted(changed, 'cluster')}",
        where=where_of(changed),
        steps=steps,
        provenance=NOT_SEEN,
        undo_note="Undo sets what was set before; what it cost until then stays.",
        totals=_floor_in_all(changed, wanted, prices),
    )


def words(cluster: Compute, wanted: Scale) -> str:
    """A cluster's scale settings with `wanted` applied, as its aspect tells them."""
    least, most, idle = wanted.on(cluster)
    return scale_words(least, most, durations.iso(idle))


def floor(cluster: Compute, least: int, prices: Prices) -> Decimal | None:
    """What the least number of nodes costs, USD/h; None where the price is not known."""
    if least == 0:
        return Decimal(0)
    price = price_of(cluster, prices)
    return None if price is None else price * least


def _step(cluster: Compute, least: int, most: int, idle: timedelta, prices: Prices, *, undo: bool) -> Step:
    now = Scale(cluster.min_nodes or 0, cluster.max_nodes or 0, durations.parse(cluster.idle_scale_down) or DEFAULT_IDLE)
    wanted = scale_words(least, most, durations.iso(idle))
    return Step(
        target_id=cluster.id,
        target_name=cluster.name,
        request=requests.scale(cluster.id, least, most, durations.iso(idle)),
        permission=WRITE,
        effects=_effects(cluster, least, most, wanted, prices) if undo else (),
        az=_az(cluster, least, most, idle),
        sdk="none public: ml_client.compute.begin_update sends the whole cluster anew",
        rests_on=cluster.aspect(SCALE),
        aspect=SCALE,
        settles=Settling((wanted,), aspect=SCALE),
        undo=_undo(cluster, now, wanted) if undo else None,
    )


def _undo(cluster: Compute, before: Scale, rests_on: str) -> Step:
    least, most, idle = before.on(cluster)
    return msgspec.structs.replace(_step(cluster, least, most, idle, {}, undo=False), rests_on=rests_on)


def _effects(cluster: Compute, least: int, most: int, wanted: str, prices: Prices) -> tuple[Effect, ...]:
    effects = [Effect(Concern.CHANGE, f"{cluster.aspect(SCALE)} → {wanted}"), Effect(Concern.MONEY, _floor_words(cluster, least, prices))]
    if (least, most) != (cluster.min_nodes, cluster.max_nodes):
        effects.append(Effect(Concern.CORES, cores_told(cluster, prices, quota.Scale(least, most))))
    billed = cluster.billed_nodes or 0
    if most < billed:
        effects.append(Effect(Concern.BREAKS, f"{billed} nodes are up, {billed - most} too many: jobs on those that go may end"))
        effects.append(Effect(Concern.UNCHECKED, "whether Azure waits for jobs on nodes above the new maximum"))
    if least > (cluster.min_nodes or 0):
        effects.append(Effect(Concern.UNCHECKED, "whether the region has so many machines free now"))
    return tuple(effects)


def _floor_words(cluster: Compute, least: int, prices: Prices) -> str:
    after, before = floor(cluster, least, prices), floor(cluster, cluster.min_nodes or 0, prices)
    if after is None or before is None:
        return f"at least {least} nodes are billed around the clock: ?" if least else "nothing is billed while no job runs; before: ?"
    told = f"≈${after:.2f}/h around the clock (≈${after * HOURS_A_MONTH:,.0f} a month)" if after else "nothing while no job runs"
    return told if after == before else f"{told}, instead of ≈${before:.2f}/h"


def _floor_in_all(targets: Sequence[Compute], wanted: Scale, prices: Prices) -> tuple[Effect, ...]:
    if len(targets) < 2:
        return ()
    after = [floor(cluster, wanted.on(cluster)[0], prices) for cluster in targets]
    before = [floor(cluster, cluster.min_nodes or 0, prices) for cluster in targets]
    if None in after or None in before:
        return (Effect(Concern.MONEY, "what all of them cost at least: ?"),)
    now, then = sum(filter(None, before), Decimal(0)), sum(filter(None, after), Decimal(0))
    return (Effect(Concern.MONEY, f"≈${then:.2f}/h around the clock in all, instead of ≈${now:.2f}/h"),)


def _az(cluster: Compute, least: int, most: int, idle: timedelta) -> str:
    place = cluster.workspace
    return (
        f"az ml compute update -n {cluster.name} -g {place.resource_group} -w {place.name} --subscription {place.subscription_id}"
        f" --min-instances {least} --max-instances {most} --idle-time-before-scale-down {int(idle.total_seconds())}"
    )
