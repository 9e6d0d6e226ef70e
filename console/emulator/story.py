"""The demo company at the epoch, trouble and all, and what happens to it next."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from random import Random

from console.emulator import (
    access_story,
    bill_story,
    company,
    connection_story,
    data_story,
    datastore_story,
    endpoint_story,
    locks,
    quota,
    secret_story,
    staff,
    storage_story,
)
from console.emulator.autoscaler import finish, keep_busy, submit
from console.emulator.clock import Clock
from console.emulator.estate import Estate
from console.emulator.fleet import multiply
from console.emulator.history import remember
from console.emulator.ids import guid
from console.emulator.instance_past import remember_state
from console.emulator.lifecycle import watch_idleness
from console.emulator.privileges import arrange
from console.emulator.scenes import populate
from console.emulator.schedules import keep_schedules


def build(seed: int, scale: int, epoch: datetime, clock: Clock) -> Estate:
    """Everything there is at `epoch`, with the events that follow waiting on `clock`. Same arguments, same company.

    `scale` multiplies computes, datastores, connections and people; the main workspace, `fraud-prod`, is the first.
    """
    if scale < 1:
        raise ValueError(f"The scale must be 1 or more, not {scale}.")
    rng = Random(seed)
    estate = Estate(tenant_id=guid(rng), seed=seed, epoch=epoch)
    staff.hire(estate, rng, scale)
    staff.register(estate, rng)
    company.found(estate, rng, epoch, "tomasz.nowak@contoso.com")
    staff.authorize(estate, rng, epoch)
    populate(estate, rng)
    if scale > 1:
        multiply(estate, scale)
    arrange(estate, epoch)
    quota.set_limits(estate, scale)
    locks.put_on(estate)
    access_story.tell(estate, epoch, scale)
    bill_story.tell(estate, epoch)
    storage_story.tell(estate, epoch)
    datastore_story.tell(estate, epoch, scale)
    data_story.tell(estate, epoch)
    secret_story.tell(estate, epoch)
    connection_story.tell(estate, epoch, scale)
    endpoint_story.tell(estate, epoch)
    begin(estate, clock)
    return estate


def begin(estate: Estate, clock: Clock) -> None:
    """Set what is under way at the epoch in motion: jobs end, nodes go idle, people stop working, more jobs come."""
    for compute in list(estate.computes.values()):
        if compute.kind == "ComputeInstance":
            remember_state(estate, compute)
            watch_idleness(clock, compute)
            keep_schedules(estate, clock, compute)
        elif compute.kind == "AmlCompute":
            remember(compute)
            if not compute.stuck:
                keep_busy(estate, clock, compute)
    for run in list(estate.runs.values()):
        compute = estate.computes[run.compute]
        if run.status == "Running" and run.started is not None:
            clock.at(run.started + timedelta(minutes=run.minutes), partial(finish, estate, clock, compute, run))
        elif run.status == "Queued":
            submit(estate, clock, compute, run, run.minutes)
