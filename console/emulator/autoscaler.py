"""Clusters over simulated time: jobs queue, nodes come, run, go idle and leave."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from random import Random

from console.emulator import allocation
from console.emulator.clock import Clock
from console.emulator.durations import seconds_of
from console.emulator.estate import Compute, Estate, Node, Run
from console.emulator.ids import guid, job_name
from console.emulator.quota import content, growth

NODE_STATES = ("idle", "running", "preparing", "unusable", "leaving", "preempted")
PREPARING_SECONDS = (180, 300)
LEAVING_SECONDS = 60
ASKING_AGAIN_SECONDS = 60
FAILURES = (
    ("UserError", "Execution failed. User process exited with status code 1."),
    ("UserError", "CUDA out of memory."),
    ("UserError", "The input data path does not exist."),
)


def counts(compute: Compute) -> tuple[int, ...]:
    """How many nodes are in each state, in the order of NODE_STATES."""
    states = [node.state for node in compute.nodes]
    return tuple(states.count(state) for state in NODE_STATES)


def new_node(compute: Compute, rng: Random, state: str, since: datetime, run_id: str | None = None) -> Node:
    """A node with an identifier and addresses of its own, not yet in the cluster."""
    low_priority = compute.properties.get("vmPriority") == "LowPriority"
    number = rng.getrandbits(16)
    public = f"20.{number % 100 + 50}.{number // 256}.{number % 250 + 1}" if compute.properties.get("enableNodePublicIp", True) else None
    private = f"10.{number // 256}.{number % 256}.{len(compute.nodes) + 4}"
    tail = "p" if low_priority else "d"
    return Node(f"tvmps_{guid(rng).replace('-', '')}_{tail}", state, since, private, public, 50000 + len(compute.nodes), run_id)


def _seeded(estate: Estate, compute: Compute, purpose: str, moment: datetime) -> Random:
    return Random(f"{estate.seed} {compute.id} {purpose} {moment.isoformat()}")


def _limits(compute: Compute) -> tuple[int, int, float]:
    scale = compute.properties["scaleSettings"]
    return scale.get("minNodeCount", 0), scale["maxNodeCount"], seconds_of(scale.get("nodeIdleTimeBeforeScaleDown", "PT2M"))


def submit(estate: Estate, clock: Clock, compute: Compute, run: Run, minutes: float) -> None:
    """Queue a job that will run for so many simulated minutes once it has its nodes."""
    run.status = "Queued"
    run.minutes = minutes
    estate.runs[run.id] = run
    compute.queue.append(run.id)
    reconcile(estate, clock, compute)


def reconcile(estate: Estate, clock: Clock, compute: Compute) -> None:
    """Place what is queued, ask for the nodes that are missing, let those above the maximum go."""
    if compute.stuck or compute.provisioning_state != "Succeeded":
        return
    now = clock.now()
    _shed(estate, clock, compute)
    _place(estate, clock, compute, now)
    _grow(estate, clock, compute, now)
    settle(compute, now)


def _shed(estate: Estate, clock: Clock, compute: Compute) -> None:
    """Let nodes go that are more than the maximum: unusable ones, then idle ones. Those that run a job finish it first."""
    present = [node for node in compute.nodes if node.state not in ("leaving", "preempted")]
    free = [node for state in ("unusable", "preparing", "idle") for node in present if node.state == state]
    for node in free[: max(0, len(present) - _limits(compute)[1])]:
        _dismiss(estate, clock, compute, node)


def review(estate: Estate, clock: Clock, compute: Compute) -> None:
    """Apply changed scale settings: grow to the minimum, and let nodes go that have been idle for long enough."""
    reconcile(estate, clock, compute)
    patience = timedelta(seconds=_limits(compute)[2])
    for node in compute.nodes:
        if node.state == "idle":
            clock.at(max(clock.now(), node.since + patience), partial(_release, estate, clock, compute, node, node.since))


def _place(estate: Estate, clock: Clock, compute: Compute, now: datetime) -> None:
    """Give the first jobs of the queue their nodes, in order: one that waits for more nodes holds up those behind it."""
    idle = [node for node in compute.nodes if node.state == "idle"]
    while compute.queue:
        run = estate.runs[compute.queue[0]]
        if len(idle) < run.nodes:
            return
        compute.queue.pop(0)
        for node in idle[: run.nodes]:
            node.state, node.since, node.run_id = "running", now, run.id
        idle = idle[run.nodes :]
        run.status, run.started = "Running", now
        clock.after(run.minutes * 60, partial(finish, estate, clock, compute, run))


def _grow(estate: Estate, clock: Clock, compute: Compute, now: datetime) -> None:
    least, most, _ = _limits(compute)
    states = counts(compute)
    present = sum(states) - states[4] - states[5]
    coming = states[0] + states[2]
    waiting = sum(estate.runs[one].nodes for one in compute.queue)
    compute.target_nodes = max(least, min(most, present + max(0, waiting - coming)))
    missing = compute.target_nodes - present
    if missing <= 0:
        compute.target_nodes = present
        allocation.feed(compute)
        content(compute)
        return
    if (allowed := growth(estate, compute, missing)) < missing:
        _ask_again(estate, clock, compute)
    if allowed and allocation.is_scarce(compute.location, compute.properties["vmSize"]):
        allocation.starve(clock, compute)
        return
    allocation.feed(compute)
    missing = allowed
    rng = _seeded(estate, compute, "grow", now)
    for _ in range(missing):
        node = new_node(compute, rng, "preparing", now)
        compute.nodes.append(node)
        clock.after(rng.uniform(*PREPARING_SECONDS), partial(_ready, estate, clock, compute, node))


def _ask_again(estate: Estate, clock: Clock, compute: Compute) -> None:
    """Cores that somebody gives back later are to reach a cluster that waits for them."""
    if compute.asking:
        return
    compute.asking = True

    def again() -> None:
        compute.asking = False
        if estate.computes.get(compute.id.lower()) is compute:
            reconcile(estate, clock, compute)

    clock.after(ASKING_AGAIN_SECONDS, again)


def _ready(estate: Estate, clock: Clock, compute: Compute, node: Node) -> None:
    if node.state == "preparing" and node in compute.nodes:
        rest(estate, clock, compute, node)
        reconcile(estate, clock, compute)


def rest(estate: Estate, clock: Clock, compute: Compute, node: Node) -> None:
    """Make a node idle and see later whether it still is."""
    node.state, node.since, node.run_id = "idle", clock.now(), None
    clock.after(_limits(compute)[2], partial(_release, estate, clock, compute, node, node.since))


def _release(estate: Estate, clock: Clock, compute: Compute, node: Node, since: datetime) -> None:
    if node.state != "idle" or node.since != since or node not in compute.nodes:
        return
    least, _, patience = _limits(compute)
    if clock.now() - since < timedelta(seconds=patience):
        clock.at(since + timedelta(seconds=patience), partial(_release, estate, clock, compute, node, since))
        return
    staying = sum(one.state not in ("leaving", "preempted") for one in compute.nodes)
    if staying > least and not compute.stuck:
        _dismiss(estate, clock, compute, node)
        settle(compute, clock.now())


def _dismiss(estate: Estate, clock: Clock, compute: Compute, node: Node) -> None:
    node.state, node.since = "leaving", clock.now()
    compute.target_nodes = sum(one.state not in ("leaving", "preempted") for one in compute.nodes)
    clock.after(LEAVING_SECONDS, partial(_remove, clock, compute, node))


def _remove(clock: Clock, compute: Compute, node: Node) -> None:
    if node in compute.nodes:
        compute.nodes.remove(node)
        settle(compute, clock.now())


def settle(compute: Compute, now: datetime) -> None:
    """Tell the allocation state that follows from the nodes, and keep the counts for the metrics."""
    states = counts(compute)
    state = "Resizing" if states[2] or states[4] or compute.starving else "Steady"
    if state != compute.allocation_state:
        compute.allocation_state, compute.allocation_since = state, now
    if not compute.counts or compute.counts[-1][1] != states:
        compute.counts.append((now, states))


def finish(estate: Estate, clock: Clock, compute: Compute, run: Run) -> None:
    """End a running job as chance has it and free its nodes."""
    if run.status != "Running":
        return
    now = clock.now()
    rng = _seeded(estate, compute, run.id, run.created)
    failing = compute.habit.failing if compute.habit else 0.0
    run.ended = now
    run.status = "Failed" if rng.random() < failing else "Completed"
    run.error = rng.choice(FAILURES) if run.status == "Failed" else None
    for node in compute.nodes:
        if node.run_id == run.id:
            rest(estate, clock, compute, node)
    reconcile(estate, clock, compute)


def cancel_all(estate: Estate, clock: Clock, compute: Compute) -> None:
    """Cancel what runs and what waits on a compute that goes away."""
    now = clock.now()
    doomed = set(compute.queue) | {node.run_id for node in compute.nodes if node.run_id}
    for run_id in doomed:
        run = estate.runs[run_id]
        run.status, run.ended = "Canceled", now
    compute.queue.clear()
    for node in compute.nodes:
        node.state, node.since, node.run_id = "leaving", now, None
    if compute.kind == "AmlCompute":
        compute.target_nodes = 0
        allocation.feed(compute)
        settle(compute, now)


def keep_busy(estate: Estate, clock: Clock, compute: Compute) -> None:
    """Keep jobs coming to a live cluster, at its habit's pace, for as long as it exists."""
    habit = compute.habit
    if habit is None or not habit.live:
        return
    rng = Random(f"{estate.seed} {compute.id} live")

    def next_job() -> None:
        if estate.computes.get(compute.id.lower()) is not compute or compute.provisioning_state == "Deleting":
            return
        submit(estate, clock, compute, make_run(compute, rng, clock.now()), rng.uniform(*habit.minutes))
        clock.after(rng.expovariate(habit.runs_per_day / 86400), next_job)

    clock.after(rng.expovariate(habit.runs_per_day / 86400), next_job)


def make_run(compute: Compute, rng: Random, created: datetime) -> Run:
    """A job as the compute's habit has it, not yet queued."""
    habit = compute.habit
    if habit is None:
        raise ValueError(f"Nobody uses {compute.name}.")
    experiment = rng.choice(habit.experiments)
    return Run(
        id=job_name(rng),
        workspace_id=compute.workspace_id,
        compute=compute.id.lower(),
        experiment=experiment,
        display_name=experiment,
        created_by=rng.choice(habit.people),
        status="NotStarted",
        created=created,
        nodes=rng.randint(*habit.nodes),
    )
