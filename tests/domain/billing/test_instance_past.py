"""An instance's past: every pair of records, and the state now, say no more than they know."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.domain.billing.instance_past import Change, Deed, from_events, last_change
from console.domain.compute import LastOperation, Run
from tests.domain.billing.spans import at
from tests.domain.test_compute import compute

CREATE, START, RESTART, STOP, DELETE = Deed.CREATE, Deed.START, Deed.RESTART, Deed.STOP, Deed.DELETE
MINUTE = 1 / 60


def changes(*told: tuple[float, Deed]) -> list[Change]:
    return [Change(at(hour), deed) for hour, deed in told]


def runs(*times: tuple[float, float | None]) -> list[Run]:
    return [
        Run(id=str(start), status="Running" if end is None else "Completed", started=at(start), ended=None if end is None else at(end))
        for start, end in times
    ]


def past(
    told: list[tuple[float, Deed]],
    up: bool | None = None,
    ran: list[tuple[float, float | None]] | None = None,
    created: float | None = None,
    idle: float | None = None,
) -> list[tuple[float, float, float | None]]:
    """What is known of the day, as (from, to, machines); it is 24 h, and the log begins at 0 h."""
    spans = from_events(
        changes(*told),
        runs(*(ran or [])),
        log_start=at(0),
        now=at(24),
        up=up,
        created=None if created is None else at(created),
        idle_shutdown=None if idle is None else timedelta(hours=idle),
    )
    return [((each.start - at(0)) / timedelta(hours=1), (each.end - at(0)) / timedelta(hours=1), each.machines) for each in spans]


@pytest.mark.parametrize(
    ("told", "up", "expected"),
    [
        # No record at all: nothing changed since the log began.
        ([], True, [(0, 24, 1)]),
        ([], False, [(0, 24, 0)]),
        ([], None, []),
        # The first record tells what was so before it.
        ([(9, START)], True, [(0, 9, 0), (9, 24, 1)]),
        ([(9, STOP)], False, [(0, 9, 1), (9, 24, 0)]),
        ([(9, RESTART)], True, [(0, 9, 1), (9, 24, 1)]),
        ([(9, CREATE)], True, [(0, 9, 0), (9, 24, 1)]),
        ([(9, DELETE)], None, [(9, 24, 0)]),
        # A whole day of work.
        ([(9, START), (17, STOP)], False, [(0, 9, 0), (9, 17, 1), (17, 24, 0)]),
        ([(9, START), (12, RESTART), (17, STOP)], False, [(0, 9, 0), (9, 12, 1), (12, 17, 1), (17, 24, 0)]),
        ([(8, STOP), (10, START)], True, [(0, 8, 1), (8, 10, 0), (10, 24, 1)]),
        # A stop is missing.
        ([(9, START), (15, START)], True, [(0, 9, 0), (15, 24, 1)]),
        ([(9, START)], False, [(0, 9, 0)]),
        # A start is missing.
        ([(9, STOP), (15, STOP)], False, [(0, 9, 1), (15, 24, 0)]),
        ([(9, STOP), (15, RESTART)], True, [(0, 9, 1), (15, 24, 1)]),
        ([(9, STOP)], True, [(0, 9, 1)]),
        # What it is now is not known.
        ([(9, START)], None, [(0, 9, 0), (9, 24, 1)]),
        ([(9, STOP)], None, [(0, 9, 1), (9, 24, 0)]),
        # Its end: a delete takes one that is up and one that is stopped.
        ([(9, START), (15, DELETE)], None, [(0, 9, 0), (9, 15, 1), (15, 24, 0)]),
        ([(9, STOP), (15, DELETE)], None, [(0, 9, 1), (9, 15, 0), (15, 24, 0)]),
        ([(9, DELETE), (15, CREATE)], True, [(9, 15, 0), (15, 24, 1)]),
        # A second PUT changes settings, not the state.
        ([(9, START), (12, CREATE), (17, STOP)], False, [(0, 9, 0), (9, 17, 1), (17, 24, 0)]),
        # One deed told twice, minutes apart: billed from the start's first word to the stop's last.
        ([(9, START), (9 + 6 * MINUTE, START), (17, STOP), (17 + 3 * MINUTE, STOP)], False, [(0, 9, 0), (9, 17.05, 1), (17.05, 24, 0)]),
        # Records of the future (a skewed clock) say nothing yet.
        ([(9, START), (30, STOP)], True, [(0, 9, 0), (9, 24, 1)]),
        # A record from before the log's time carries on where nothing came after it; else others may lie between.
        ([(-48, STOP)], False, [(-48, 24, 0)]),
        ([(-90, START), (-48, STOP)], False, [(-48, 24, 0)]),
        ([(-48, START), (9, START)], True, [(0, 9, 0), (9, 24, 1)]),
    ],
)
def test_records_and_the_state_now(told: list[tuple[float, Deed]], up: bool | None, expected: list[object]) -> None:
    assert past(told, up) == pytest.approx(expected) if expected else past(told, up) == []


@pytest.mark.parametrize(
    ("told", "up", "ran", "idle", "expected"),
    [
        # Up until the last run ended, then (a stop is missing) not known.
        ([(9, START), (20, START)], True, [(10, 11), (12, 14)], None, [(0, 9, 0), (9, 14, 1), (20, 24, 1)]),
        ([(9, START), (20, START)], True, [(10, 14)], 1, [(0, 9, 0), (9, 15, 1), (20, 24, 1)]),
        ([(9, START), (20, START)], True, [], 1, [(0, 9, 0), (9, 10, 1), (20, 24, 1)]),
        ([(9, START), (20, START)], True, [(10, 19.5)], 1, [(0, 9, 0), (9, 20, 1), (20, 24, 1)]),
        ([(9, START)], False, [(10, 14)], 1, [(0, 9, 0), (9, 15, 1)]),
        # With an idle shutdown a delete does not say that it was up until then.
        ([(9, START), (20, DELETE)], None, [(10, 14)], 1, [(0, 9, 0), (9, 15, 1), (20, 24, 0)]),
        ([(9, START)], None, [(10, 14)], 1, [(0, 9, 0), (9, 15, 1)]),
        # A start is missing: up from the first run on.
        ([(9, STOP), (20, STOP)], False, [(12, 13), (14, 15)], None, [(0, 9, 1), (12, 20, 1), (20, 24, 0)]),
        ([(9, STOP)], True, [(12, None)], None, [(0, 9, 1), (12, 24, 1)]),
        # Thought stopped, and a run began: both a start and a stop are missing.
        ([(9, STOP), (20, START)], True, [(12, 13), (12.5, 14), (15, 16)], None, [(0, 9, 1), (12, 14, 1), (15, 16, 1), (20, 24, 1)]),
        ([], False, [(12, 13)], None, [(12, 13, 1)]),
        ([(20, START)], True, [(-1, 2)], None, [(0, 2, 1), (20, 24, 1)]),
        # A run that a stop ended outlives its record by moments, and says nothing of the night.
        ([(9, START), (17, STOP)], False, [(16, 17.01)], None, [(0, 9, 0), (9, 17, 1), (17, 24, 0)]),
        # Nothing but runs.
        ([], None, [(12, 13), (12.5, 14)], None, [(12, 14, 1)]),
        # After a delete nothing runs: runs of the same name are another instance's.
        ([(9, DELETE)], None, [(12, 13)], None, [(9, 24, 0)]),
    ],
)
def test_runs_tell_what_no_record_does(
    told: list[tuple[float, Deed]], up: bool | None, ran: list[tuple[float, float | None]], idle: float | None, expected: list[object]
) -> None:
    assert past(told, up, ran, idle=idle) == expected


@pytest.mark.parametrize(
    ("told", "created", "expected"),
    [
        ([], 6, [(0, 6, 0), (6, 24, 1)]),
        ([(6.1, CREATE)], 6, [(0, 6, 0), (6, 24, 1)]),
        ([(5.9, CREATE), (12, STOP), (14, START)], 6, [(0, 6, 0), (6, 12, 1), (12, 14, 0), (14, 24, 1)]),
        ([(2, START), (3, DELETE)], 6, [(0, 6, 0), (6, 24, 1)]),
        # Made before the log begins: what was done to it until then is not known, so that only the log counts.
        ([(9, STOP), (14, START)], -100, [(0, 9, 1), (9, 14, 0), (14, 24, 1)]),
        ([(14, START)], -100, [(0, 14, 0), (14, 24, 1)]),
        ([], -100, [(0, 24, 1)]),
        ([(9, CREATE), (17, STOP)], -100, [(0, 17, 1)]),
        ([(-100, CREATE)], -100, [(-100, 24, 1)]),
    ],
)
def test_before_it_was_made_there_was_none(told: list[tuple[float, Deed]], created: float, expected: list[object]) -> None:
    assert past(told, True, created=created) == expected


def test_a_run_without_an_end_that_is_over_is_known_for_no_time() -> None:
    lost = Run(id="r", status="Failed", started=at(10))
    spans = from_events(changes((9, START), (20, START)), [lost], log_start=at(0), now=at(24), up=True)
    assert [each.machines for each in spans] == [0, 1]


@pytest.mark.parametrize(
    ("operation", "deed"),
    [
        (LastOperation("Stop", "Succeeded", "IdleShutdown", at(9)), STOP),
        (LastOperation("Start", "Succeeded", "Schedule", at(9)), START),
        (LastOperation("Start", "Failed", "User", at(9)), None),
        (LastOperation("Resize", "Succeeded", "User", at(9)), None),
        (LastOperation("Stop", "Succeeded", "User", None), None),
        (None, None),
    ],
)
def test_the_last_operation_is_a_record_too(operation: LastOperation | None, deed: Deed | None) -> None:
    assert last_change(compute(last_operation=operation)) == (None if deed is None else Change(at(9), deed))
