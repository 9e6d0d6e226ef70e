"""The ledger: what is billed is what ran, to the node and the second."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from console.emulator import sizes
from console.emulator.autoscaler import NODE_STATES
from console.emulator.estate import Compute
from console.emulator.history import node_counts, past_runs
from console.emulator.instance_past import past_stays
from console.emulator.ledger import EARLIEST_HOURS, Charge, charges, known_until
from console.emulator.replay import Recorder, replay
from console.emulator.server import route_table
from console.emulator.state import State
from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE, ask
from tests.emulator.test_cost_query import definition, query

TABLE = route_table()
EPOCH = datetime(2026, 11, 2, 8, tzinfo=UTC)
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
MACHINES = "Virtual Machines"


@pytest.fixture
def lived() -> World:
    """A world of its own, to change."""
    return build_world(Options(seed=7, scale=1, speed=0, epoch=EPOCH), BASE)


def named(world: World, name: str) -> Compute:
    return next(one for one in [*world.estate.computes.values(), *world.estate.departed] if one.name == name)


def of(world: World, name: str, first: date, last: date, until: datetime | None = None, category: str = MACHINES) -> list[Charge]:
    """The charges of a compute in one category."""
    key = named(world, name).id.lower()
    return [one for one in charges(world, first, last, until) if one.resource_id == key and one.meter_category == category]


def node_hours(world: World, compute: Compute, start: datetime, end: datetime) -> Decimal:
    """What the cluster's nodes add up to, worked out from its counts alone."""
    points = node_counts(world.estate, compute)
    total = Decimal(0)
    for index, (moment, states) in enumerate(points):
        until = points[index + 1][0] if index + 1 < len(points) else end
        length = min(end, until) - max(start, moment)
        if length > timedelta(0):
            paid = sum(count for count, state in zip(states, NODE_STATES, strict=True) if state != "preempted")
            total += Decimal(length // timedelta(microseconds=1)) / 3_600_000_000 * paid
    return total


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))


def stay_hours(world: World, compute: Compute, day: date) -> Decimal:
    """How long an instance ran on a day of its known past."""
    start, total = midnight(day), timedelta(0)
    for stay in past_stays(world.estate, compute):
        total += max(timedelta(0), min(stay.end or EPOCH, start + timedelta(days=1)) - max(stay.start, start))
    return Decimal(total // timedelta(microseconds=1)) / 3_600_000_000


def test_a_day_of_a_cluster_costs_its_nodes_by_its_price(world: World) -> None:
    for name in ("gpu-train", "cpu-lowpri", "gpu-idle", "etl-nightly", "gpu-poc"):
        cluster = named(world, name)
        low = cluster.properties["vmPriority"] == "LowPriority"
        price = Decimal(str(sizes.price(cluster.properties["vmSize"], cluster.location, low)))
        billed = {one.day: one.cost for one in of(world, name, date(2026, 9, 10), LAST)}
        assert billed
        for offset in range(40):
            day = date(2026, 9, 10) + timedelta(days=offset)
            end = min(midnight(day) + timedelta(days=1), cluster.gone_at or EPOCH)
            hours = node_hours(world, cluster, midnight(day), end) if midnight(day) < end else Decimal(0)
            assert abs(billed.get(day, Decimal(0)) - hours * price) < Decimal("1e-8"), (name, day)


def test_an_instance_pays_its_machine_while_it_runs_and_its_disk_always(world: World) -> None:
    ivan = named(world, "nb-ivan")
    price = Decimal(str(sizes.price(ivan.properties["vmSize"], ivan.location)))
    billed = {one.day: one.cost for one in of(world, "nb-ivan", FIRST, LAST)}
    for day in (FIRST + timedelta(days=offset) for offset in range(31)):
        assert cents(billed.get(day, Decimal(0))) == cents(stay_hours(world, ivan, day) * price), day
    # Stopped for 140 days: no machine, but what stands beside it.
    assert of(world, "nb-ulrich", FIRST, LAST) == []
    for category, daily in (("Storage", "0.648"), ("Virtual Network", "0.12"), ("Load Balancer", "0.3312")):
        assert {one.cost for one in of(world, "nb-ulrich", FIRST, LAST, category=category)} == {Decimal(daily)}
    assert list(of(world, "nb-audit", FIRST, LAST, category="Storage")) == []


def test_the_spike_eleven_days_ago_stands_out(world: World) -> None:
    by_day = defaultdict(Decimal)
    research = next(one.id for one in world.estate.subscriptions.values() if one.name == "contoso-research")
    for one in charges(world, date(2026, 10, 3), date(2026, 11, 1)):
        if one.subscription_id == research:
            by_day[one.day] += one.cost
    *_others, second, most = sorted(by_day, key=lambda day: by_day[day])
    assert most == date(2026, 10, 22)
    assert by_day[most] > Decimal("1.7") * by_day[second]


def test_what_is_gone_stays_on_the_bill_for_the_days_it_lived(world: World, lived: World) -> None:
    days = {one.day for one in of(world, "gpu-poc", date(2026, 7, 1), LAST)}
    assert days and max(days) <= date(2026, 9, 23)
    path = f"{named(lived, 'gpu-idle').id}?api-version=2024-10-01&underlyingResourceAction=Delete"
    before = of(lived, "gpu-idle", FIRST, LAST)
    assert ask(lived, path, method="DELETE", table=TABLE).status == 202
    lived.clock.advance(3 * 86_400)
    assert named(lived, "gpu-idle").gone_at is not None
    assert of(lived, "gpu-idle", FIRST, LAST) == before
    after = of(lived, "gpu-idle", date(2026, 11, 2), date(2026, 11, 4))
    assert [one.day for one in after] == [date(2026, 11, 2)] and after[0].quantity < 2 * Decimal("8.1")


def test_tags_count_from_the_day_they_were_set(world: World, lived: World) -> None:
    hub = next(one for one in world.estate.workspaces.values() if one.name == "genai-hub")
    tags = {one.day: one.tags for one in charges(world, FIRST, LAST) if one.resource_id == hub.id.lower()}
    assert "team" not in tags[date(2026, 10, 13)] and tags[date(2026, 10, 15)]["team"] == "ai-lab"
    assert tags[date(2026, 10, 13)]["project"] == "assistants"
    sandbox = [one for one in charges(world, FIRST, LAST) if one.resource_group == "sandbox-rg"]
    assert sandbox and not any(one.tags for one in sandbox)
    noah = named(lived, "nb-noah")
    body = ask(lived, f"{noah.id}?api-version=2024-10-01", table=TABLE).body
    assert (
        ask(lived, f"{noah.id}?api-version=2024-10-01", method="PUT", table=TABLE, body={**body, "tags": {"owner": "noah"}}).status == 200
    )
    lived.clock.advance(3 * 86_400)
    owners = {one.day: one.tags.get("owner") for one in of(lived, "nb-noah", date(2026, 11, 1), date(2026, 11, 3), category="Storage")}
    assert owners == {date(2026, 11, 1): None, date(2026, 11, 2): "noah", date(2026, 11, 3): "noah"}


def test_three_simulated_days_are_billed_as_they_were_lived(lived: World) -> None:
    for _ in range(12):
        lived.clock.advance(6 * 3600)
    end = EPOCH + timedelta(days=3)
    compared = 0
    for compute in list(lived.estate.computes.values()):
        if compute.kind != "AmlCompute" or compute.allocation_state is None:
            continue
        low = compute.properties["vmPriority"] == "LowPriority"
        price = Decimal(str(sizes.price(compute.properties["vmSize"], compute.location, low)))
        billed = sum((one.cost for one in of(lived, compute.name, date(2026, 11, 2), date(2026, 11, 5), end)), Decimal(0))
        assert abs(billed - node_hours(lived, compute, midnight(date(2026, 11, 2)), end) * price) < Decimal("1e-7"), compute.name
        compared += billed > 0
    assert compared > 5
    omar = named(lived, "nb-omar")
    (stopped,) = [moment for moment, state, _ in omar.states if state == "Stopped"]
    hours = sum((one.quantity for one in of(lived, "nb-omar", date(2026, 11, 2), date(2026, 11, 5), end)), Decimal(0))
    started = max(past_stays(lived.estate, omar)[-1].start, midnight(date(2026, 11, 2)))
    assert abs(hours - Decimal((stopped - started) // timedelta(microseconds=1)) / 3_600_000_000) < Decimal("1e-8")


def test_one_that_takes_the_name_of_one_that_is_gone_leaves_its_bill_alone(world: World, lived: World) -> None:
    """Whoever asks for the past of the new one first asks for that of another."""
    gone = named(lived, "gpu-poc")
    again = replace(gone, created_at=EPOCH + timedelta(hours=1), habit=None, past_scale=None, gone_at=None)
    assert past_runs(lived.estate, again) == [] and node_counts(lived.estate, again) == [(again.created_at, (0,) * len(NODE_STATES))]
    days = date(2026, 7, 1), LAST
    billed = of(lived, "gpu-poc", *days)
    assert billed and [one.cost for one in billed] == [one.cost for one in of(world, "gpu-poc", *days)]


def test_what_was_paid_in_advance_is_one_charge_or_spread(world: World) -> None:
    (held,) = world.estate.reservations
    actual = [one for one in charges(world, date(2026, 9, 10), LAST) if one.pricing_model == "Reservation"]
    (purchase,) = [one for one in actual if one.charge_type == "Purchase"]
    assert (purchase.day, purchase.cost, purchase.resource_group) == (date(2026, 9, 16), held.price, "")
    covered = [one for one in actual if one.charge_type == "Usage"]
    assert {one.resource_id for one in covered} == {held.covers} and {one.cost for one in covered} == {Decimal(0)}
    spread = [one for one in charges(world, date(2026, 9, 10), LAST, amortized=True) if one.pricing_model == "Reservation"]
    assert {one.charge_type for one in spread} == {"Usage"} and len(spread) == 46
    assert abs(sum(one.cost for one in spread) - held.price * 46 / 365) < Decimal("1e-6")


def test_usage_is_known_eight_to_twenty_four_hours_later_and_never_less(world: World) -> None:
    known = [known_until(EPOCH + timedelta(minutes=20 * step)) for step in range(3 * 24 * 14)]
    assert known == sorted(known)
    lags = [EPOCH + timedelta(minutes=20 * step) - until for step, until in enumerate(known)]
    assert timedelta(hours=EARLIEST_HOURS) <= min(lags) and max(lags) <= timedelta(hours=24)
    changes = [EPOCH + timedelta(minutes=20 * step) for step in range(1, len(known)) if known[step] != known[step - 1]]
    assert all(change.hour % 4 == 0 and change.minute == 0 for change in changes) and len(changes) > 20


def test_a_day_is_billed_once_it_is_known(lived: World) -> None:
    today = date(2026, 11, 2)
    assert list(charges(lived, today, today)) == []
    lived.clock.advance(86_400)
    part = sum(one.cost for one in charges(lived, today, today))
    lived.clock.advance(86_400)
    whole = sum(one.cost for one in charges(lived, today, today))
    assert 0 < part <= whole
    lived.clock.advance(86_400)
    assert sum(one.cost for one in charges(lived, today, today)) == whole


def test_the_same_seed_costs_the_same_whoever_asked_when(world: World, lived: World) -> None:
    list(charges(lived, date(2026, 10, 20), date(2026, 11, 1)))
    months = {one.day.strftime("%Y-%m") for one in charges(world, date(2024, 1, 1), LAST)}
    assert len(months) == 13 and min(months) == "2025-10"

    def told(where: World) -> list[tuple[date, str, str, Decimal]]:
        return [(one.day, one.resource_id, one.meter, one.cost) for one in charges(where, date(2026, 7, 20), date(2026, 8, 20))]

    assert told(world) == told(lived)


def test_what_could_not_be_made_pays_for_the_attempt_only(lived: World) -> None:
    workspace = next(one.id for one in lived.estate.workspaces.values() if one.name == "fraud-prod")
    size = "Standard_NC24rs_v3"
    body = {"location": "westeurope", "properties": {"computeType": "ComputeInstance", "properties": {"vmSize": size}}}
    wanted = f"{workspace}/computes/nb-scarce"
    assert ask(lived, f"{wanted}?api-version=2024-10-01", method="PUT", table=TABLE, body=body).status == 201
    lived.clock.advance(3 * 86_400)
    assert [state for _, state, _ in named(lived, "nb-scarce").states] == ["Creating", "CreateFailed"]
    for category in (MACHINES, "Storage"):
        (charge,) = of(lived, "nb-scarce", date(2026, 11, 1), date(2026, 11, 4), category=category)
        assert charge.quantity == Decimal(300) / 3600


def test_a_story_that_is_replayed_costs_the_same(lived: World, tmp_path: Path) -> None:
    noah = named(lived, "nb-noah").id
    with closing(State(str(tmp_path / "state"))) as state:
        lived.recorder = Recorder(state, 0)
        lived.clock.advance(7200)
        assert ask(lived, f"{noah}/stop?api-version=2024-10-01", method="POST", table=TABLE).status == 202
        lived.clock.advance(3600)
        assert query(lived, definition()).status == 200
        lived.clock.advance(2 * 86_400)
        # Only what changes something is kept: what was asked would be answered otherwise the next time.
        assert [write.method + write.path.rpartition("/")[2] for write in state.writes()] == ["POSTstop"]
        again = build_world(Options(seed=7, scale=1, speed=0, epoch=EPOCH), BASE)
        replay(again, TABLE, state)
        again.clock.resume(lived.clock.now())

    def told(where: World) -> list[tuple[date, str, str, Decimal]]:
        return [(one.day, one.resource_id, one.meter, one.cost) for one in charges(where, date(2026, 10, 30), date(2026, 11, 4))]

    assert told(again) == told(lived)
    stopped = {one.day: one.quantity for one in of(again, "nb-noah", date(2026, 11, 2), date(2026, 11, 3))}
    assert stopped.keys() == {date(2026, 11, 2)}


def test_a_cheaper_past_grew_into_the_present(world: World) -> None:
    year_ago, now = (sum(one.cost for one in charges(world, date(year, 10, 5), date(year, 10, 18))) for year in (2025, 2026))
    assert 0 < year_ago < now
