"""Compute instances over simulated time, and how computes of every kind are made and unmade."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from random import Random
from typing import Literal

from console.emulator import allocation
from console.emulator.autoscaler import cancel_all, review
from console.emulator.clock import Clock
from console.emulator.durations import seconds_of
from console.emulator.estate import Compute, Estate, LastOperation
from console.emulator.quota import REFUSING_SECONDS, lacking, refuse

Trigger = Literal["User", "Schedule", "IdleShutdown"]
Provisioning = Literal["Creating", "Updating"]
Done = Callable[[], None]
Abandon = Callable[[str, str], None]
Step = tuple[float, Callable[[], None]]

STARTING_SECONDS = (120.0, 240.0)
STOPPING_SECONDS = (60.0, 120.0)
RESTARTING_SECONDS = (90.0, 150.0)
RESIZING_SECONDS = (120.0, 240.0)
DELETING_SECONDS = (60.0, 100.0)
CLUSTER_CREATING_SECONDS = (20.0, 40.0)


def _takes(compute: Compute, between: tuple[float, float]) -> float:
    return Random(f"{compute.id} {compute.generation}").uniform(*between)


def _carry_out(clock: Clock, compute: Compute, steps: Sequence[Step], abandon: Abandon | None) -> None:
    """Do each step so many seconds after the one before it, unless another operation takes the compute over meanwhile."""
    if compute.abandon is not None:
        # How Azure ends an operation that a delete overtakes has not been seen; the code is inferred from its other services.
        compute.abandon("OperationPreempted", f"Another operation took over compute '{compute.name}'.")
    compute.generation += 1
    compute.abandon = abandon
    generation = compute.generation
    left = list(steps)

    def go_on() -> None:
        if compute.generation != generation:
            return
        left.pop(0)[1]()
        compute.modified_at = clock.now()
        if left:
            clock.after(left[0][0], go_on)
        else:
            compute.abandon = None

    clock.after(left[0][0], go_on)


def _enter(clock: Clock, compute: Compute, state: str) -> None:
    compute.state, compute.state_since = state, clock.now()
    compute.states.append((clock.now(), state, compute.properties["vmSize"]))


def _operate(clock: Clock, compute: Compute, name: str, trigger: Trigger) -> None:
    compute.last_operation = LastOperation(name, clock.now(), "InProgress", trigger)


def _succeed(compute: Compute) -> None:
    if compute.last_operation is not None:
        compute.last_operation.status = "Succeeded"


def start(clock: Clock, compute: Compute, done: Done, abandon: Abandon | None = None, trigger: Trigger = "User") -> None:
    """Starting, then Running; Stopped again where there is no machine for it."""
    _enter(clock, compute, "Starting")
    _operate(clock, compute, "Start", trigger)
    if allocation.is_scarce(compute.location, compute.properties["vmSize"]):
        _carry_out(clock, compute, [_without_machine(clock, compute, "StartFailed", "Stopped", abandon)], abandon)
        return
    _carry_out(clock, compute, [(_takes(compute, STARTING_SECONDS), partial(_run, clock, compute, done))], abandon)


def _without_machine(clock: Clock, compute: Compute, outcome: str, state: str, abandon: Abandon | None) -> Step:
    """The step in which it turns out that the region has no machine of the size."""
    why = (allocation.CODE, allocation.MESSAGE)
    return allocation.SEARCH_SECONDS, partial(_give_up, clock, compute, outcome, state, why, abandon)


def _give_up(clock: Clock, compute: Compute, outcome: str, state: str, why: tuple[str, str], abandon: Abandon | None) -> None:
    code, message = why
    _enter(clock, compute, state)
    compute.errors = [{"error": {"code": code, "message": message}}]
    if compute.last_operation is not None:
        compute.last_operation.status = outcome
    if abandon is not None:
        abandon(code, message)


def resize(estate: Estate, clock: Clock, compute: Compute, size: str, done: Done, abandon: Abandon | None = None) -> None:
    """Resizing, then Stopped with the new size; with the old one where quota or machines for the new are lacking."""
    refused = lacking(estate, compute, size)
    _enter(clock, compute, "Resizing")
    _operate(clock, compute, "Resize", "User")
    if refused is not None:
        give_up = partial(_give_up, clock, compute, "ResizeFailed", "Stopped", refused, abandon)
        _carry_out(clock, compute, [(REFUSING_SECONDS, give_up)], abandon)
        return
    if allocation.is_scarce(compute.location, size):
        _carry_out(clock, compute, [_without_machine(clock, compute, "ResizeFailed", "Stopped", abandon)], abandon)
        return

    def resized() -> None:
        compute.properties = {**compute.properties, "vmSize": size}
        compute.errors = []
        _enter(clock, compute, "Stopped")
        _succeed(compute)
        done()

    _carry_out(clock, compute, [(_takes(compute, RESIZING_SECONDS), resized)], abandon)


def restart(clock: Clock, compute: Compute, done: Done, abandon: Abandon | None = None) -> None:
    """Restarting, then Running."""
    _enter(clock, compute, "Restarting")
    _operate(clock, compute, "Restart", "User")
    _carry_out(clock, compute, [(_takes(compute, RESTARTING_SECONDS), partial(_run, clock, compute, done))], abandon)


def stop(clock: Clock, compute: Compute, done: Done, abandon: Abandon | None = None, trigger: Trigger = "User") -> None:
    """Stopping, then Stopped. The provisioning state stays what it is: only `state` tells."""
    _enter(clock, compute, "Stopping")
    _operate(clock, compute, "Stop", trigger)

    def stopped() -> None:
        _enter(clock, compute, "Stopped")
        _succeed(compute)
        done()

    _carry_out(clock, compute, [(_takes(compute, STOPPING_SECONDS), stopped)], abandon)


def _run(clock: Clock, compute: Compute, done: Done) -> None:
    _enter(clock, compute, "Running")
    _succeed(compute)
    compute.errors = []
    # What kept its kernel busy did not survive.
    compute.never_idle = False
    watch_idleness(clock, compute)
    done()


def create_instance(clock: Clock, compute: Compute, done: Done, abandon: Abandon | None = None) -> None:
    """No state at first, then Creating, SettingUp and Running; it is provisioned when it runs. CreateFailed where there is no machine."""
    compute.provisioning_state = "Creating"

    def provisioned() -> None:
        compute.provisioning_state = "Succeeded"
        done()

    def creating() -> None:
        _enter(clock, compute, "Creating")
        _operate(clock, compute, "Create", "User")

    if allocation.is_scarce(compute.location, compute.properties["vmSize"]):
        searched, give_up = _without_machine(clock, compute, "CreateFailed", "CreateFailed", abandon)

        def failed() -> None:
            compute.provisioning_state = "Failed"
            give_up()

        _carry_out(clock, compute, [(10, creating), (searched, failed)], abandon)
        return
    steps: list[Step] = [
        (10, creating),
        (_takes(compute, (90, 150)), partial(_enter, clock, compute, "SettingUp")),
        (45, partial(_run, clock, compute, provisioned)),
    ]
    _carry_out(clock, compute, steps, abandon)


def provision_cluster(
    estate: Estate, clock: Clock, compute: Compute, done: Done, abandon: Abandon | None = None, state: Provisioning = "Creating"
) -> None:
    """Creating (also when an existing cluster is put again) or Updating, then Succeeded; nodes come and go after that.

    It ends Failed where the quota does not allow the minimum.
    """
    if refuse(estate, clock, compute, abandon):
        compute.provisioning_state = state
        return
    if compute.provisioning_state == "Failed":
        compute.errors = []
    compute.provisioning_state = state

    def provisioned() -> None:
        compute.provisioning_state = "Succeeded"
        done()
        review(estate, clock, compute)

    _carry_out(clock, compute, [(_takes(compute, CLUSTER_CREATING_SECONDS), provisioned)], abandon)


def attach(clock: Clock, compute: Compute, done: Done, abandon: Abandon | None = None) -> None:
    """Creating, then Succeeded, for what is brought from outside."""
    compute.provisioning_state = "Creating"

    def attached() -> None:
        compute.provisioning_state = "Succeeded"
        done()

    _carry_out(clock, compute, [(_takes(compute, CLUSTER_CREATING_SECONDS), attached)], abandon)


def remove(estate: Estate, clock: Clock, compute: Compute, done: Done, abandon: Abandon | None = None) -> None:
    """Deleting, then gone. What runs or waits on it is canceled at once."""
    compute.provisioning_state = "Deleting"
    if compute.kind == "ComputeInstance":
        _enter(clock, compute, "Deleting")
        _operate(clock, compute, "Delete", "User")
    cancel_all(estate, clock, compute)

    def gone() -> None:
        estate.computes.pop(compute.id.lower(), None)
        compute.gone_at = clock.now()
        estate.departed.append(compute)
        done()

    _carry_out(clock, compute, [(_takes(compute, DELETING_SECONDS), gone)], abandon)


def watch_idleness(clock: Clock, compute: Compute) -> None:
    """Stop a running instance by itself once it has been idle for as long as it was told to wait.

    It counts as used until now, or until `busy_until` if that is later. On one that never counts as idle
    (something keeps its kernel busy) the setting has no effect. Each call sets the idle clock back.
    """
    compute.idle_clock += 1
    turn = compute.idle_clock
    waits = compute.properties.get("idleTimeBeforeShutdown")
    since = compute.state_since
    if waits is None or compute.never_idle or compute.disk_full or compute.state != "Running" or since is None:
        return
    used = max(clock.now(), compute.busy_until or since)

    def check() -> None:
        if compute.state == "Running" and compute.idle_clock == turn:
            stop(clock, compute, lambda: None, trigger="IdleShutdown")

    clock.at(used + timedelta(seconds=seconds_of(waits)), check)
