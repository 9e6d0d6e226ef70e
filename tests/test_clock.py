"""The server's time, its rate and the steps of ages."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.clock import ServerClock, http_date, step

NOON = datetime(2026, 9, 14, 12, 0, 0, tzinfo=UTC)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def header(at: datetime) -> str:
    """The Date header that a server sends at `at`."""
    return f"{DAYS[at.weekday()]}, {at:%d %b %Y %H:%M:%S} GMT"


class Machine:
    """This machine's two clocks, moved by hand; its wall clock is an hour slow."""

    def __init__(self) -> None:
        self.monotonic = 1000.0
        self.clock = ServerClock(lambda: self.monotonic, lambda: (NOON - timedelta(hours=1)).timestamp() + self.monotonic - 1000.0)

    def hear(self, at: datetime, host: str = "arm") -> None:
        self.clock.observe(host, header(at), self.monotonic)

    def follow(self, *, speed: float, seconds: int, start: datetime = NOON) -> datetime:
        """Let an answer arrive each second from a server that runs at `speed`; its time at the end."""
        began = self.monotonic
        for _ in range(seconds):
            self.hear(start + timedelta(seconds=(self.monotonic - began) * speed))
            self.monotonic += 1.0
        return start + timedelta(seconds=(self.monotonic - began) * speed)


def test_before_any_answer_the_time_is_this_machines() -> None:
    assert Machine().clock.now() == NOON - timedelta(hours=1)


def test_an_answer_sets_the_time_and_it_runs_on_between_answers() -> None:
    machine = Machine()
    machine.hear(NOON)
    machine.monotonic += 90
    assert machine.clock.now() == NOON + timedelta(seconds=90)
    assert machine.clock.age(NOON - timedelta(minutes=1)) == timedelta(seconds=150)
    assert machine.clock.age(datetime(2026, 9, 14, 12, 0, 0)) == timedelta(seconds=90)


def test_skew_is_told_per_host_and_other_hosts_do_not_set_the_time() -> None:
    machine = Machine()
    machine.hear(NOON)
    machine.hear(NOON + timedelta(minutes=7), "graph")
    assert machine.clock.now() == NOON
    assert machine.clock.skew("arm") == timedelta(hours=1)
    assert machine.clock.skew("graph") == timedelta(hours=1, minutes=7)
    assert machine.clock.skew("vault") is None


@pytest.mark.parametrize("speed", [0.0, 20.0, 600.0])
def test_the_rate_of_an_accelerated_server_is_found(speed: float) -> None:
    machine = Machine()
    end = machine.follow(speed=speed, seconds=10)
    assert machine.clock.rate == pytest.approx(speed, rel=0.02)
    machine.monotonic += 30
    assert abs(machine.clock.now() - end - timedelta(seconds=30 * speed)) <= timedelta(seconds=2 + 30 * speed * 0.02)


@pytest.mark.parametrize("speed", [0.97, 1.0, 1.03])
def test_a_rate_within_a_few_percent_of_one_is_one(speed: float) -> None:
    machine = Machine()
    machine.follow(speed=speed, seconds=40)
    assert machine.clock.rate == 1.0


def test_headers_cut_to_the_second_do_not_shake_the_time() -> None:
    machine = Machine()
    times = []
    for tick in range(200):
        machine.monotonic = 1000.0 + tick * 0.13
        machine.hear(NOON + timedelta(seconds=int(tick * 0.13)))
        times.append(machine.clock.now())
    assert times == sorted(times)
    assert abs(times[-1] - NOON - timedelta(seconds=199 * 0.13)) <= timedelta(seconds=1)


def test_a_jump_of_the_servers_clock_is_followed_and_is_no_speed() -> None:
    machine = Machine()
    end = machine.follow(speed=1, seconds=8)
    later = machine.follow(speed=1, seconds=4, start=end + timedelta(hours=6))
    assert machine.clock.rate == 1.0
    assert abs(machine.clock.now() - later) <= timedelta(seconds=1)


def test_an_older_answer_that_arrives_late_is_not_followed() -> None:
    machine = Machine()
    machine.hear(NOON)
    machine.clock.observe("arm", header(NOON - timedelta(hours=3)), machine.monotonic - 5)
    assert machine.clock.now() == NOON


@pytest.mark.parametrize(
    "damaged", [None, "", "now", "Mon, 14 Sep 2026", "Mon, 99 Sep 2026 12:00:00 GMT", "Mon, 14 Foo 2026 12:00:00 GMT", "\x1b[2J"]
)
def test_a_damaged_date_header_is_ignored(damaged: str | None) -> None:
    machine = Machine()
    machine.hear(NOON)
    machine.clock.observe("arm", damaged, machine.monotonic)
    assert machine.clock.now() == NOON


@given(st.text())
def test_no_header_crashes_the_clock(text: str) -> None:
    assert http_date(text) is None


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 12, 31)))
def test_every_http_date_is_read(at: datetime) -> None:
    at = at.replace(microsecond=0, tzinfo=UTC)
    assert http_date(header(at)) == at


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (-5, "now"),
        (0, "now"),
        (14.9, "now"),
        (15, "15s"),
        (59, "30s"),
        (60, "1m"),
        (119, "1m"),
        (120, "2m"),
        (1799, "15m"),
        (3599, "30m"),
        (3600, "1h"),
        (4 * 3600 - 1, "2h"),
        (86399, "12h"),
        (86400, "1d"),
        (23 * 86400 + 5, "23d"),
        (math.nan, "?"),
        (math.inf, "?"),
    ],
)
def test_ages_move_in_steps(age: float, shown: str) -> None:
    assert step(age) == shown
