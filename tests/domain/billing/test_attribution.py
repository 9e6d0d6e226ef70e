"""Attribution: runs and owners get what was theirs, the rest is on lines of its own, and all of it is the estimate."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from console.domain.billing import fixed_costs
from console.domain.billing.attribution import Use, attribute
from console.domain.billing.estimate import estimate
from console.domain.billing.showback import Share, by_compute, by_experiment, by_job, by_user
from console.domain.billing.usage import Timeline
from console.domain.compute import Run
from tests.domain.billing.spans import PRICES, at, cluster, instance, span
from tests.domain.billing.test_estimate import computes
from tests.properties import steady

PRICE = Decimal("0.293")


def run(name: str, start: float | None, end: float | None, nodes: int | None = 1, user: str = "ada", **fields: str) -> Run:
    return Run(
        id=name,
        status="Completed" if end is not None else "Running",
        started=None if start is None else at(start),
        ended=None if end is None else at(end),
        nodes=nodes,
        user=user.title(),
        user_id=user,
        **fields,
    )


def taken(timeline: Timeline, *runs: Run, hours: tuple[float, float] = (0, 24)) -> dict[str, Decimal]:
    """Hours by run, and by use where there is none."""
    pieces = attribute([timeline], {timeline.compute_id: runs}, PRICES, at(hours[0]), at(hours[1]))
    return {piece.run_id or piece.use: piece.hours for piece in pieces if piece.use is not Use.FIXED}


def test_a_run_takes_its_nodes_for_as_long_as_it_ran() -> None:
    timeline = cluster(span(0, 10, 4), span(10, 24, 0))
    assert taken(timeline, run("a", 1, 5, 2), run("b", 4, 6, None)) == {"a": 8, "b": 2, Use.IDLE: 30}
    assert taken(timeline, run("a", 1, 5, 2), hours=(3, 4)) == {"a": 2, Use.IDLE: 2}
    assert taken(timeline, run("a", 9, None)) == {"a": 1, Use.IDLE: 39}
    assert taken(timeline, run("waits", None, None), run("of yesterday", -9, -1), run("reversed", 5, 4)) == {Use.IDLE: 40}


def test_runs_never_take_more_than_there_was() -> None:
    assert taken(cluster(span(0, 1, 3)), run("parent", 0, 1, 1), run("child", 0, 1, 4), hours=(0, 1)) == {
        "parent": Decimal("0.6"),
        "child": Decimal("2.4"),
    }
    assert taken(cluster(span(0, 1, 0.5)), run("short", 0, 0.25, 2), hours=(0, 1)) == {"short": Decimal("0.5")}
    assert taken(cluster(span(0, 24, 0)), run("a", 1, 2)) == {}


def test_hours_that_are_not_known_are_given_to_nobody() -> None:
    assert taken(cluster(span(0, 10, 1)), run("a", 8, 12)) == {"a": 2, Use.IDLE: 8, Use.UNKNOWN: 14}


def test_an_instance_is_its_owners_whatever_runs_on_it() -> None:
    found = attribute(
        [instance(span(0, 10, 1), span(10, 24, 0), owner_id="bob")], {"/computes/ada-ci": [run("a", 1, 3)]}, PRICES, at(0), at(24)
    )
    assert [(piece.use, piece.user, piece.hours) for piece in found] == [(Use.OWNER, "bob", 10), (Use.FIXED, "", 0)]


def test_lines_by_user_job_experiment_and_compute() -> None:
    timelines = [
        cluster(span(0, 10, 4), span(10, 24, None)),
        instance(span(0, 24, 1), owner_id="ada"),
        instance(span(0, 24, 1), owner_id="cy", name="cy-ci"),
        cluster(span(0, 24, 1), vm_size="Standard_Nowhere", name="odd"),
    ]
    runs = {
        "/computes/cpu": [run("a", 0, 5, 2, title="train", experiment="x1"), run("b", 0, 10, 1, "bob", experiment="x1")],
        "/computes/odd": [run("c", 0, 12, 1, "dee", experiment="x2")],
    }
    pieces = attribute(timelines, runs, PRICES, at(0), at(24))

    def told(lines: tuple[Share, ...]) -> list[tuple[Use, str, str, Decimal, Decimal | None]]:
        return [(line.use, line.key, line.label, line.hours, line.cost.value) for line in lines if line.use is not Use.FIXED]

    nobodys = [(Use.IDLE, "", "idle and booting", 20 + 12, 20 * PRICE), (Use.UNKNOWN, "", "not known", 14, None)]
    assert told(by_user(pieces)) == [
        (Use.RUN, "ada", "Ada", 34, 34 * PRICE),
        (Use.OWNER, "cy", "cy", 24, 24 * PRICE),
        (Use.RUN, "bob", "Bob", 10, 10 * PRICE),
        (Use.RUN, "dee", "Dee", 12, None),
        *nobodys,
    ]
    owners = (Use.OWNER, "", "≈ owner", 48, 48 * PRICE)
    assert told(by_job(pieces)) == [
        (Use.RUN, "b", "b", 10, 10 * PRICE),
        (Use.RUN, "a", "train", 10, 10 * PRICE),
        (Use.RUN, "c", "c", 12, None),
        owners,
        *nobodys,
    ]
    assert told(by_experiment(pieces)) == [(Use.RUN, "x1", "x1", 20, 20 * PRICE), (Use.RUN, "x2", "x2", 12, None), owners, *nobodys]
    whole = {line.key: (line.cost.value, line.cost.missing) for line in by_compute(pieces)}
    assert whole["/computes/cpu"] == (40 * PRICE + 10 * fixed_costs.LOAD_BALANCER, 1)
    assert whole["/computes/ada-ci"] == (24 * (PRICE + fixed_costs.of_instance()), 0)
    assert whole["/computes/odd"] == (24 * fixed_costs.LOAD_BALANCER, 2)


any_runs = st.lists(
    st.builds(
        run,
        st.text("abc", min_size=1, max_size=2),
        st.none() | st.floats(-5, 25),
        st.none() | st.floats(-5, 30),
        st.none() | st.integers(-1, 40),
        st.sampled_from(["ada", "bob", ""]),
        experiment=st.sampled_from(["", "x1", "x2"]),
    ),
    max_size=8,
)


@settings(steady, max_examples=60)
@given(computes, any_runs, st.tuples(st.floats(0, 24), st.floats(0, 24)).map(sorted))
def test_every_way_to_show_it_sums_to_the_estimate_exactly(timelines: list[Timeline], runs: list[Run], times: list[float]) -> None:
    start, end = (at(hour) for hour in times)
    whole = estimate(timelines, PRICES, start, end)
    pieces = attribute(timelines, {timeline.compute_id: runs for timeline in timelines}, PRICES, start, end)
    assert sum(piece.cost.value or 0 for piece in pieces) == (whole.total.value or 0)
    assert sum(piece.hours for piece in pieces if piece.use is not Use.UNKNOWN) == whole.machine_hours
    assert all(piece.hours >= 0 for piece in pieces)
    for lines in (by_user(pieces), by_job(pieces), by_experiment(pieces), by_compute(pieces)):
        assert sum(line.cost.value or 0 for line in lines) == (whole.total.value or 0)
        assert sum(line.hours for line in lines if line.use is not Use.UNKNOWN) == whole.machine_hours
