"""What `list compute` prints of a compute: the fields that the screen has as columns, as values instead of words, and what names it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from console.domain.compute import Compute, Kind, Run
from console.domain.cost import burn, region_key
from console.session import Session


class Field(NamedTuple):
    """`value` is what JSON can hold: None where it is not known. `width` is that in a table, in cells; 0: only JSON and CSV have it.

    `column` names the column of the screen that tells the same. What is `asked` costs a request to run history for each compute.
    """

    name: str
    width: int
    value: Callable[[Compute, Session], object]
    column: str = ""
    asked: bool = False


def fields(*, asked: bool) -> tuple[Field, ...]:
    """The fields in their order, with those that have to be asked for one by one or without."""
    return tuple(field for field in FIELDS if asked or not field.asked)


def _rate(item: Compute, session: Session) -> float | None:
    figure = burn(item, session.money.price_lists().get(region_key(item.location)))
    return float(figure.value) if figure is not None and figure.value is not None else None


def _owner(item: Compute, session: Session) -> str | None:
    return (session.names.get(item.owner_id) or item.owner_id) if item.owner_id else None


def _tier(item: Compute, _session: Session) -> str | None:
    own = item.kind in {Kind.INSTANCE, Kind.CLUSTER}
    return ("low priority" if item.low_priority else "dedicated") if own else None


def _last_job(item: Compute, session: Session) -> str | None:
    run = session.last_runs.get(item.id)
    return _moment(run) if run is not None else "never" if session.last_runs.known(item.id) else None


def _moment(run: Run) -> str | None:
    return "now" if run.active else _iso(run.ended or run.started or run.created)


def _finding(item: Compute, session: Session) -> str | None:
    worst = next(iter(session.findings.open_among(session.compute_findings.of(item))), None)
    return worst.what if worst is not None else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment is not None else None


FIELDS = (
    Field("name", 24, lambda item, _: item.name, "NAME"),
    Field("kind", 11, lambda item, _: item.kind.label, "KIND"),
    Field("state", 14, lambda item, _: item.shown_state, "STATE"),
    Field("nodes", 5, lambda item, _: item.billed_nodes, "NODES"),
    Field("max_nodes", 9, lambda item, _: item.max_nodes, "NODES"),
    Field("usd_per_hour", 12, _rate, "$/H"),
    Field("size", 26, lambda item, _: item.vm_size, "SIZE"),
    Field("region", 14, lambda item, _: item.location, "REGION"),
    Field("up_since", 25, lambda item, _: _iso(item.up_since), "UP"),
    Field("workspace", 20, lambda item, _: item.workspace.name, "WORKSPACE"),
    Field("owner", 24, _owner, "OWNER"),
    Field("tier", 12, _tier, "TIER"),
    Field("idle_off", 8, lambda item, _: item.idle_shutdown or item.idle_scale_down or None, "IDLE OFF"),
    Field("last_job", 25, _last_job, "LAST JOB", asked=True),
    Field("finding", 28, _finding, "!", asked=True),
    Field("min_nodes", 0, lambda item, _: item.min_nodes),
    Field("resource_group", 0, lambda item, _: item.workspace.resource_group),
    Field("subscription", 0, lambda item, _: item.workspace.subscription_id),
    Field("tags", 0, lambda item, _: item.tags),
    Field("id", 0, lambda item, _: item.id),
)
