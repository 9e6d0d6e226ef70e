"""What people did in the ninety days before the story begins, as far as its traces can still be seen in the estate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from console.emulator.activity import Deed, steady_guid
from console.emulator.estate import PROVIDER, Compute, Estate, RoleAssignment
from console.emulator.instance_past import STOPPED_BEFORE, past_stays

KEPT_DAYS = 90
# The application that people act through in a browser: the Azure portal.
PORTAL = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"
_COMPUTES = f"{PROVIDER}/workspaces/computes"
_LASTS = {"Create": 155.0, "Start": 165.0, "Stop": 85.0, "Scale": 31.0, "Attach": 28.0, "Delete": 80.0}


def past_of(estate: Estate) -> Callable[[], list[Deed]]:
    """What tells the deeds that made the estate what it is now, at its epoch; the oldest first, their numbers are negative.

    What could change is read now; how instances were started and stopped, which is most of it, when it is called.
    """
    oldest = estate.epoch - timedelta(days=KEPT_DAYS)
    there = [*estate.computes.values(), *estate.departed]
    seen = [deed for compute in there for deed in _of_compute(estate, compute)]
    seen += [_of_assignment(estate, held) for held in estate.role_assignments.values() if held.created_on > oldest]

    def deeds() -> list[Deed]:
        stays = (deed for compute in there for deed in _of_stays(estate, compute))
        found = sorted((deed for deed in (*seen, *stays) if deed.moment > oldest), key=lambda deed: (deed.moment, deed.resource))
        for number, deed in enumerate(found, -len(found)):
            deed.number = number
        return found

    return deeds


def _deed(estate: Estate, moment: datetime, who: str, method: str, action: str, resource: str, status: int = 200) -> Deed:
    identity = next((known for known in estate.identities.values() if known.object_id == who), None)
    return Deed(
        number=0,
        moment=moment,
        object_id=who,
        client_id=PORTAL if identity is None else identity.client_id,
        method=method,
        action=action,
        scope=resource,
        resource=resource,
        correlation_id=steady_guid(estate.seed, resource, action, moment),
        client_request_id=steady_guid(estate.seed, resource, action, moment, "request"),
        client_address=f"203.0.113.{sum(who.encode()) % 254 + 1}",
        status=status,
    )


def _lasting(deed: Deed, seconds: float, errors: Sequence[Mapping[str, Any]] = ()) -> Deed:
    deed.lasting, deed.ended = True, deed.moment + timedelta(seconds=seconds)
    deed.error = errors[0]["error"] if errors else None
    return deed


def _of_compute(estate: Estate, compute: Compute) -> Iterator[Deed]:
    failed = compute.errors if compute.provisioning_state == "Failed" else ()
    made = _deed(estate, compute.created_at, compute.created_by, "PUT", f"{_COMPUTES}/write", compute.id, 201)
    yield _lasting(made, _LASTS["Attach" if compute.attached else "Create"], failed)
    # A cluster that holds nodes without a job, or that is still growing, was told to.
    told = compute.stuck or compute.properties.get("scaleSettings", {}).get("minNodeCount", 0) > 0
    if told and not failed and compute.allocation_since is not None and compute.allocation_since > compute.created_at:
        asked = compute.allocation_since - timedelta(seconds=_LASTS["Scale"])
        yield _lasting(_deed(estate, asked, compute.created_by, "PUT", f"{_COMPUTES}/write", compute.id, 201), _LASTS["Scale"])
    if compute.gone_at is not None:
        asked = compute.gone_at - timedelta(seconds=_LASTS["Delete"])
        yield _lasting(_deed(estate, asked, compute.created_by, "DELETE", f"{_COMPUTES}/delete", compute.id, 202), _LASTS["Delete"])


def _of_stays(estate: Estate, compute: Compute) -> Iterator[Deed]:
    """Its owner started it, and stopped it unless an idle shutdown or a schedule did: these leave no trace. Copies are told of once."""
    for stay in past_stays(estate, compute):
        if not stay.made and (stay.end is None or not compute.copied):
            yield _asked(estate, compute, "Start", stay.start)
        if stay.end is not None and stay.stopped_by == "User":
            yield _asked(estate, compute, "Stop", stay.end - STOPPED_BEFORE)


def _asked(estate: Estate, compute: Compute, verb: str, moment: datetime) -> Deed:
    action = f"{_COMPUTES}/{verb.lower()}/action"
    return _lasting(_deed(estate, moment, compute.created_by, "POST", action, compute.id, 202), _LASTS[verb])


def _of_assignment(estate: Estate, held: RoleAssignment) -> Deed:
    deed = _deed(estate, held.created_on, held.created_by, "PUT", "Microsoft.Authorization/roleAssignments/write", held.id, 201)
    deed.scope = held.scope
    return deed
