"""Plans for quota: the limit of a workspace; and the text that asks Azure for a higher limit of the subscription."""

from __future__ import annotations

from msgspec.structs import replace

from console.azure import quotas as requests
from console.domain.quota import FamilyQuota
from console.domain.usages import LimitRef, Usage, limit_text, workspace_of
from console.operations.plan import Concern, Effect, Plan, Settling, Step

UPDATE = "Microsoft.MachineLearningServices/locations/updateQuotas/action"


def at_subscription(subscription_id: str) -> str:
    """The scope at which limits are set: Azure knows of no narrower one (operation `locations/updateQuotas/action`)."""
    return f"/subscriptions/{subscription_id}"


def can_set(row: FamilyQuota) -> str:
    """Why no workspace's limit of a family can be set ("" when one can)."""
    if row.total:
        return "a region's total is no limit of a workspace; choose a family"
    if row.place.low_priority:
        return "Azure knows no limits of workspaces for low-priority cores"
    return "" if row.workspaces else "Azure tells of no workspace whose limit of this family could be set"


def set_limit(quota: Usage, limit: int, row: FamilyQuota) -> Plan:
    """Give a workspace another limit of a family's cores; the limit of the subscription stays. Raises ValueError for another's quota."""
    place = workspace_of(quota.about)
    if place is None:
        raise ValueError(f"{quota.id!r} is no quota of a workspace")
    target = LimitRef(place, quota.region, quota.id.rsplit("/", 1)[-1])
    undo = None if quota.limit is None else _step(target, quota, limit, quota.limit, row)
    return Plan(
        verb="set quota",
        title=f"Set the quota of {place.name}: {row.spelt}, {quota.region}",
        where=f"{place.name} · {place.resource_group}",
        steps=(replace(_step(target, quota, quota.limit, limit, row), undo=undo),),
        undo_note="Its limit before is not known." if undo is None else f"Undo sets it to {limit_text(quota.limit)} again.",
    )


def _step(target: LimitRef, quota: Usage, before: int | None, after: int, row: FamilyQuota) -> Step:
    most = limit_text(row.limit) if row.limited else "no limit of its own"
    cores = f"{target.workspace.name} may use {limit_text(after)} instead of {limit_text(before)} (the subscription: {most})"
    return Step(
        target_id=target.target_id,
        target_name=f"{target.workspace.name}/{row.spelt}",
        request=requests.update_request(target.workspace.subscription_id, target.region, [(quota, after)]),
        permission=UPDATE,
        at=at_subscription(target.workspace.subscription_id),
        effects=(
            Effect(Concern.CORES, cores),
            Effect(Concern.UNCHECKED, "what becomes of nodes that run above a lower limit: Azure does not tell"),
        ),
        rests_on="" if before is None else limit_text(before),
        settles=Settling((limit_text(after),)),
    )


def increase_text(row: FamilyQuota, wanted: int, subscription: str) -> str:
    """A request for a higher limit, ready to send; every figure is what Azure told."""
    lines = [
        "Quota increase request: Azure Machine Learning compute (not virtual machines)",
        f"Subscription: {subscription} ({row.place.subscription_id})",
        f"Region: {row.place.region}",
        f"VM family: {row.spelt}" if not row.total else f"Limit: {row.spelt}",
        f"Type: {row.place.tier} vCPUs",
        f"Current limit: {'?' if row.limit is None else row.limit}",
        f"In use: {'?' if row.used is None else row.used}",
        f"New limit wanted: {wanted}",
    ]
    waits = sum(each.cores or 0 for each in row.waiting)
    if row.waiting:
        lines.append(f"Waiting for cores now: {waits or '?'} ({', '.join(each.compute.name for each in row.waiting)})")
    return "\n".join(lines)
