"""The emulator's clock: simulated time and the events that are due on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.emulator.clock import Clock

EPOCH = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def test_frozen_clock_stands_still_until_advanced() -> None:
    clock = Clock(EPOCH, 0)
    assert clock.now() == EPOCH
    assert clock.advance(90) == at(90)
    assert clock.now() == at(90)


def test_time_runs_at_the_clock_s_speed() -> None:
    real = [100.0]
    clock = Clock(EPOCH, 20, lambda: real[0])
    real[0] = 103.0
    assert clock.now() == at(60)
    clock.advance(5)
    assert clock.now() == at(65)


def test_events_run_in_time_order_and_ties_in_the_order_they_were_added() -> None:
    clock, seen = Clock(EPOCH, 0), []
    clock.after(20, lambda: seen.append("late"))
    clock.after(10, lambda: seen.append("first of two"))
    clock.after(10, lambda: seen.append("second of two"))
    clock.after(5, lambda: seen.append("early"))
    clock.advance(15)
    assert seen == ["early", "first of two", "second of two"]
    clock.advance(5)
    assert seen[-1] == "late"


def test_now_is_the_event_s_moment_while_it_runs() -> None:
    clock, seen = Clock(EPOCH, 0), []

    def chain() -> None:
        seen.append(clock.now())
        if len(seen) < 3:
            clock.after(10, chain)

    clock.after(10, chain)
    clock.advance(1000)
    assert seen == [at(10), at(20), at(30)]
    assert clock.now() == at(1000)


def test_an_event_for_the_past_runs_now_and_does_not_turn_time_back() -> None:
    clock, seen = Clock(EPOCH, 0), []
    clock.after(50, lambda: clock.at(at(10), lambda: seen.append(clock.now())))
    clock.advance(60)
    assert seen == [at(50)]


def test_running_what_is_due_from_inside_an_event_changes_nothing() -> None:
    clock, seen = Clock(EPOCH, 0), []
    clock.after(10, lambda: seen.append(clock.run_due()))
    clock.after(20, lambda: seen.append("second"))
    clock.advance(30)
    assert seen == [0, "second"]


def test_a_failing_event_leaves_the_clock_usable() -> None:
    clock, seen = Clock(EPOCH, 0), []

    def fail() -> None:
        raise RuntimeError("broken event")

    clock.after(10, fail)
    clock.after(20, lambda: seen.append("after it"))
    with pytest.raises(RuntimeError, match="broken event"):
        clock.advance(30)
    assert clock.now() == at(30)
    assert clock.run_due() == 1
    assert seen == ["after it"]


def test_next_due_names_the_earliest_event() -> None:
    clock = Clock(EPOCH, 0)
    assert clock.next_due() is None
    clock.after(30, lambda: None)
    clock.after(7, lambda: None)
    assert clock.next_due() == at(7)


@pytest.mark.parametrize("wrong", [lambda: Clock(datetime(2026, 1, 1), 1), lambda: Clock(EPOCH, -1), lambda: Clock(EPOCH, 0).advance(-1)])
def test_nonsense_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match="clock"):
        wrong()  # type: ignore[operator]
