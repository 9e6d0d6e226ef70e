"""Everybody who pays in an estate: computes that are there and that are gone, what stands around them, reservations."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import datetime

from console.emulator.billed_around import around_workspace, bought, brought, serving
from console.emulator.billed_computes import cluster_uses, instance_uses
from console.emulator.estate import PROVIDER, Compute, Estate, Workspace
from console.emulator.payer import Payer, Use, tags_at

__all__ = ["Payer", "Use", "payers"]
_TYPE = f"{PROVIDER}/workspaces/computes".lower()


def payers(estate: Estate, known: dict[Hashable, Payer]) -> None:
    """Add to `known` those that it does not have yet, by keys of its own. Nobody ever leaves it: what was used stays on the bill."""
    if not known:
        for workspace in estate.workspaces.values():
            known.update((payer.id, payer) for payer in around_workspace(estate, workspace))
        for endpoint in estate.online_endpoints.values():
            known.update((deployment.id.lower(), serving(estate, endpoint, deployment)) for deployment in endpoint.deployments.values())
        for reservation in estate.reservations:
            known[reservation.order] = bought(reservation)
    for compute in [*estate.computes.values(), *estate.departed]:
        key = compute.life
        if key not in known:
            for found in _of_compute(estate, compute):
                known.setdefault(found.id if compute.attached else key, found)


def _of_compute(estate: Estate, compute: Compute) -> Iterator[Payer]:
    workspace = estate.workspaces[compute.workspace_id]
    if compute.kind == "AmlCompute":
        yield _own(workspace, compute, cluster_uses(estate, compute))
    elif compute.kind == "ComputeInstance":
        yield _own(workspace, compute, instance_uses(estate, compute))
    else:
        outside = brought(estate, workspace, compute)
        if outside is not None:
            yield outside


def _own(workspace: Workspace, compute: Compute, uses: Callable[[datetime, datetime, bool], Iterator[Use]]) -> Payer:
    def tags(moment: datetime) -> Mapping[str, str]:
        of_workspace = tags_at(workspace.former_tags, workspace.tags, moment)
        own = tags_at(compute.former_tags, compute.tags, moment)
        return {**of_workspace, **own} if own else of_workspace

    return Payer(
        id=compute.id.lower(),
        type=_TYPE,
        subscription_id=workspace.subscription_id,
        resource_group=workspace.resource_group.lower(),
        location=compute.location,
        tags=tags,
        uses=uses,
    )
