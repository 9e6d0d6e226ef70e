"""The tenant's allowance of queries: what is left, and what is said when it is used up."""

from __future__ import annotations

from datetime import date

from console.emulator.cost_limits import CostLimits, units_of
from console.emulator.world import World
from tests.emulator.test_cost_query import definition, query, subscription

PREFIX = "x-ms-ratelimit-microsoft.costmanagement"


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def left(limits: CostLimits, client: str = "", units: int = 1) -> tuple[bool, str]:
    """Whether it passed, and the units that are left or the seconds to wait."""
    grant = limits.take(client, "/subscriptions/s", units)
    return grant.passed, grant.headers[f"{PREFIX}-qpu-remaining" if grant.passed else f"{PREFIX}-qpu-retry-after"]


def test_a_month_costs_a_unit() -> None:
    day = date(2026, 10, 1)
    assert units_of(day, day) == units_of(day, date(2026, 10, 31)) == 1
    assert units_of(day, date(2026, 11, 1)) == 2 and units_of(day, date(2027, 9, 30)) == 12


def test_windows_of_ten_seconds_a_minute_and_an_hour() -> None:
    time = Time()
    limits = CostLimits(time)
    assert left(limits, units=2) == (True, "QueriesPerHour:598,QueriesPerMin:58,QueriesPer10Sec:10")
    assert left(limits, units=10) == (True, "QueriesPerHour:588,QueriesPerMin:48,QueriesPer10Sec:0")
    time.now = 4.0
    assert left(limits) == (False, "6")
    time.now = 10.5
    for turn in range(4):
        time.now = 10.5 * (turn + 1)
        assert left(limits, units=12)[0]
    # Sixty in a minute: the first twelve leave after it.
    time.now = 53.0
    assert left(limits) == (False, "7")
    time.now = 60.5
    assert left(limits)[0]
    for turn in range(45):
        time.now = 100.0 + 15 * turn
        limits.take("", "/subscriptions/s", 12)
    passed, wait = left(limits, units=12)
    assert not passed and int(wait) > 2000


def test_a_question_dearer_than_a_window_passes_when_that_is_empty() -> None:
    time = Time()
    limits = CostLimits(time)
    assert left(limits, units=13) == (True, "QueriesPerHour:587,QueriesPerMin:47,QueriesPer10Sec:0")
    assert left(limits) == (False, "10")
    time.now = 10.0
    assert left(limits)[0]


def test_a_client_type_has_windows_of_its_own() -> None:
    limits = CostLimits(Time())
    assert left(limits, units=12)[0] and not left(limits)[0]
    assert left(limits, "aml-console", 12)[0] and not left(limits, "AML-Console")[0]
    named = limits.take("other", "/subscriptions/s", 1).headers
    assert named["x-ms-ratelimit-remaining-microsoft.costmanagement-entity-requests"] == "other:29"
    assert named["x-ms-ratelimit-remaining-microsoft.costmanagement-tenant-requests"] == "other:199"


def test_requests_to_one_scope_are_counted_too() -> None:
    time = Time()
    limits = CostLimits(time)
    for _ in range(30):
        time.now += 1.0
        assert limits.take("", "/subscriptions/a", 1).passed
    time.now += 1.0
    refused = limits.take("", "/SUBSCRIPTIONS/A", 1)
    assert not refused.passed and refused.headers[f"{PREFIX}-entity-retry-after"] == "30"
    assert f"{PREFIX}-qpu-retry-after" not in refused.headers and limits.take("", "/subscriptions/b", 1).passed


def test_who_asks_too_often_is_told_without_a_retry_after(world: World) -> None:
    world.cost_limits.clear()
    answers = [query(world, definition()) for _ in range(13)]
    assert [one.status for one in answers] == [200] * 12 + [429]
    assert answers[0].headers[f"{PREFIX}-qpu-remaining"] == "QueriesPerHour:599,QueriesPerMin:59,QueriesPer10Sec:11"
    refused = answers[-1]
    assert refused.body == {"error": {"code": "429", "message": "Too many requests. Please retry."}}
    assert 1 <= int(refused.headers[f"{PREFIX}-qpu-retry-after"]) <= 10 and "Retry-After" not in refused.headers
    assert query(world, definition(), clienttype="aml-console").status == 200
    # The allowance is the tenant's: who asks about another subscription, or is somebody else, has no other.
    assert query(world, definition(), subscription(world, "contoso-dev"), "admin").status == 429
    world.cost_limits.clear()
    assert query(world, definition()).status == 200
