"""Clones: what a compute has, as the values that the form of a new one begins with. Its name is for whoever makes the new one to give."""

from __future__ import annotations

from console.domain import durations
from console.domain.compute import Compute, Kind
from screens.forms.fields import Values
from screens.forms.new_cluster import DEDICATED, LOW, NewClusterForm
from screens.forms.new_compute import NO, YES, NewComputeForm
from screens.forms.new_instance import NewInstanceForm


def form_for(row: Compute) -> type[NewComputeForm] | None:
    """The form that makes another compute of this kind; None where the console makes none."""
    return {Kind.CLUSTER: NewClusterForm, Kind.INSTANCE: NewInstanceForm}.get(row.kind)


def seed(row: Compute) -> Values:
    """The settings of a compute, as far as the list tells them: its SSH key is not in it."""
    setup = row.setup
    values = {
        "size": row.vm_size,
        "tags": ", ".join(f"{name}={value}" for name, value in row.tags.items()),
        "subnet": setup.subnet,
        "public_ip": NO if setup.public_ip is False else YES,
        "identity": next(iter(setup.identity), ""),
    }
    if row.kind is Kind.CLUSTER:
        return values | {
            "tier": LOW if row.low_priority else DEDICATED,
            "least": str(row.min_nodes or 0),
            "most": str(row.max_nodes or 1),
            "idle": _typed(row.idle_scale_down) or "2m",
        }
    return values | {"idle": _typed(row.idle_shutdown), "release": YES if row.release_quota_on_stop else NO}


def left_out(row: Compute) -> tuple[str, ...]:
    """What of a compute the form has no room for, a sentence each."""
    others = row.setup.identity[1:]
    return (f"{row.name} has more identities, which the form does not take: {', '.join(others)}",) if others else ()


def _typed(iso: str) -> str:
    length = durations.parse(iso)
    return durations.exactly(length) if length is not None else ""
