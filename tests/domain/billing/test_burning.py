"""Burning: what computes burn now, by their owners and by the runs that are under way."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from console.domain.billing.attribution import Use
from console.domain.billing.burning import hour_as_now
from console.domain.billing.showback import by_user
from console.domain.compute import Compute, Run
from console.domain.figures import Confidence, Figure, unknown
from tests.costs.test_observed import cluster, instance

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)


def run(name: str, user: str, nodes: int | None = 1, *, started: datetime | None = NOW, status: str = "Running") -> Run:
    return Run(id=name, status=status, user=user, user_id=user, started=started, nodes=nodes)


def rate(compute: Compute) -> Figure | None:
    return Figure(Decimal(2) * (compute.billed_nodes or 0), "USD/h", "list", Confidence.ESTIMATED)


def burnt(*computes: Compute, runs: list[Run]) -> dict[str, Decimal | None]:
    return {each.key or str(each.use): each.cost.value for each in by_user(hour_as_now(computes, rate, lambda _id: runs))}


def test_runs_take_their_nodes_and_the_rest_is_idle() -> None:
    held = cluster(running=3, idle=1)
    runs = [run("a", "ada", 2), run("b", "bob", None), run("c", "eve", started=None, status="Queued"), run("d", "eve", status="Completed")]
    assert burnt(held, runs=runs) == {"ada": Decimal(4), "bob": Decimal(2), str(Use.IDLE): Decimal(2)}


def test_runs_that_want_more_than_there_is_share_it() -> None:
    assert burnt(cluster(running=2), runs=[run("a", "ada", 3), run("b", "bob", 1)]) == {"ada": Decimal(3), "bob": Decimal(1)}


def test_an_instance_is_its_owner_s_and_what_is_not_billed_is_nobody_s() -> None:
    (piece,) = hour_as_now([instance()], rate, lambda _id: [run("a", "ada")])
    assert (piece.use, piece.cost.value) == (Use.OWNER, Decimal(2))
    assert hour_as_now([instance("Stopped"), cluster()], rate, lambda _id: []) == ()


def test_without_a_price_what_it_burns_is_not_known() -> None:
    (piece,) = hour_as_now([cluster(running=1)], lambda _each: unknown("USD/h", "no price"), lambda _id: [run("a", "ada")])
    assert (piece.use, piece.cost.value) == (Use.UNKNOWN, None)
