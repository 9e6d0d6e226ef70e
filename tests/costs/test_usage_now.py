"""What ran, as a session tells it: nothing before somebody asks, the past from Azure's records, and a live end that moves with polls."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from console.azure import computes
from console.domain.billing.attribution import Use
from console.domain.billing.periods import Period
from console.domain.billing.showback import by_compute, by_user
from console.domain.billing.usage import Timeline
from console.domain.figures import Confidence
from console.session import Session
from tests.conftest import EPOCH, Emulator
from tests.costs.sessions import begun, looking_at, polled
from tests.gateway import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = datetime.fromisoformat(EPOCH)
MIDNIGHT = NOW.replace(hour=0)


def asked(emulator: Emulator) -> dict[str, int]:
    """How many requests there were, by what was asked for."""
    endings = {"metrics": "/metrics", "log": "/management/values", "runs": "/runs", "retail": "/api/retail/prices"}
    paths = [call["path"] for call in emulator.calls()]
    return {name: sum(path.endswith(ending) for path in paths) for name, ending in endings.items()}


def timeline(session: Session, name: str) -> Timeline:
    return next(each for each in session.costs.usage.timelines if each.name == name)


def total(session: Session, period: Period) -> Decimal:
    cost = session.costs.usage.cost(period)
    assert cost is not None and cost.total.value is not None
    return cost.total.value


async def test_what_ran_before_anybody_looked_is_read_once_and_told_by_its_parts(fresh_emulator: Emulator, tmp_path: Path) -> None:
    async with looking_at(fresh_emulator, tmp_path / "home", "fraud-prod") as session:
        usage = session.costs.usage
        assert not usage.begun and usage.cost(Period.TODAY) is None and usage.today is None
        assert asked(fresh_emulator) == {"metrics": 0, "log": 0, "runs": 0, "retail": 0}, "nobody has asked"
        await begun(session)
        assert usage.troubles == {}
        own = [each for each in session.computes.items if each.kind in {"AmlCompute", "ComputeInstance"}]
        first = asked(fresh_emulator)
        assert first["metrics"] == 3, "one for each width of intervals, all clusters together"
        assert first["runs"] >= len(own)
        assert {each.compute_id for each in usage.timelines} == {each.id for each in own}
        for period in (Period.TODAY, Period.WEEK, Period.MONTH):
            known = usage.coverage(period)
            assert usage.as_of is not None
            length = (usage.as_of - period.start(usage.as_of)) / timedelta(hours=1)
            assert known.observed + known.reconstructed + known.unknown == pytest.approx(length)
            assert known.reconstructed > 0.8 * length, "instances that nobody recorded the end of are not known for some hours"
            parts = [each.total.value for each in usage.by_compute(period).values() if each.total.value is not None]
            days = [each.total.value for each in usage.daily(period) if each.total.value is not None]
            assert sum(parts) == sum(days) == total(session, period)
        idle = timeline(session, "gpu-idle")
        assert {(span.machines, span.idle) for span in idle.spans if span.end > MIDNIGHT} == {(2, 2)}
        usage.begin()
        await until(lambda: not usage.busy, "quiet")
        assert asked(fresh_emulator) == first, "once is enough"

        assert usage.pieces(Period.WEEK) == (), "nobody has asked for people"
        await until(lambda: bool(usage.pieces(Period.WEEK)), "pieces")
        pieces = usage.pieces(Period.WEEK)
        assert sum(piece.cost.value for piece in pieces if piece.cost.value is not None) == total(session, Period.WEEK)
        assert {piece.use for piece in pieces} >= {Use.RUN, Use.IDLE, Use.OWNER, Use.FIXED}

        assert not usage.past.reaches_back and usage.pieces(Period.LAST_MONTH) == (), "about as much again has to be read for it"
        usage.reach_back()
        assert not usage.loaded
        await until(lambda: usage.loaded and bool(usage.pieces(Period.LAST_MONTH)), "the pieces of the month before")
        before = usage.pieces(Period.LAST_MONTH)
        assert sum(piece.cost.value for piece in before if piece.cost.value is not None) == total(session, Period.LAST_MONTH)
        whole = usage.coverage(Period.LAST_MONTH)
        assert whole.observed == 0 and whole.observed + whole.reconstructed + whole.unknown == pytest.approx(31 * 24)
        assert whole.reconstructed > 0.8 * 31 * 24
        assert {run.started.day for run in usage.past.runs_on(timeline(session, "gpu-train").compute_id) if run.started} >= {1, 2, 3}
        assert usage.past.before.troubles == {} and asked(fresh_emulator)["metrics"] == first["metrics"] + 1
        assert len(by_user(pieces)) > 3
        assert {share.key for share in by_compute(pieces)} <= {each.id for each in own}


async def test_the_meter_moves_with_the_poll_that_sees_a_node_boot(fresh_emulator: Emulator, tmp_path: Path) -> None:
    async with looking_at(fresh_emulator, tmp_path / "home", "fraud-dev") as session:
        await begun(session)
        await polled(session, fresh_emulator, 60)
        burnt = session.money.burn().now.value
        assert burnt is not None
        arm = await session._gateway()
        session.context.write = True
        await arm.send(computes.scale(next(each for each in session.computes.items if each.name == "cpu-fraud-dev").id, 2, 2, "PT2M"))
        await polled(session, fresh_emulator, 60)
        more = session.money.burn().now.value
        assert more is not None and more > burnt, "one look is enough"
        before, bounds = total(session, Period.TODAY), session.costs.usage.today
        assert bounds is not None and bounds.low is not None and bounds.high is not None
        assert bounds.low <= before <= bounds.high
        await polled(session, fresh_emulator, 60)
        after, history = total(session, Period.TODAY), session.costs.usage.hour_history
        assert after - before > more / 60 * Decimal("0.999")
        assert len(history) in {60, 61}
        assert [minute.at for minute in history] == sorted(minute.at for minute in history)
        assert history[-1].rate is not None and history[0].rate is not None
        last = timeline(session, "cpu-fraud-dev").spans[-1]
        assert last.machines and last.confidence is Confidence.OBSERVED


async def test_what_a_console_saw_is_known_to_the_next(fresh_emulator: Emulator, tmp_path: Path) -> None:
    async with looking_at(fresh_emulator, tmp_path / "home", "fraud-dev") as session:
        for _ in range(5):
            await polled(session, fresh_emulator, 60)
    assert not session.costs.usage.begun and asked(fresh_emulator)["metrics"] == 0, "seeing costs no request"
    fresh_emulator.control("POST", "clock", {"advance": 3600})
    async with looking_at(fresh_emulator, tmp_path / "home", "fraud-dev") as session:
        await begun(session)
        for each in session.costs.usage.timelines:
            seen = [span for span in each.spans if span.confidence is Confidence.OBSERVED and span.start <= NOW + timedelta(minutes=5)]
            assert sum(span.hours for span in seen) * 3600 == pytest.approx(300, abs=2)
        assert session.costs.usage.coverage(Period.TODAY).observed * 3600 == pytest.approx(300, abs=4)


async def test_who_may_not_read_metrics_is_told_what_is_missing(fresh_emulator: Emulator, tmp_path: Path) -> None:
    async with looking_at(fresh_emulator, tmp_path / "home", "fraud-dev", identity="data-scientist") as session:
        await begun(session)
        usage = session.costs.usage
        assert {key.split(" of ")[0] for key in usage.troubles} >= {"machines by the hour", "machines by the quarter"}
        known = usage.coverage(Period.WEEK)
        assert known.unknown > 10 and known.gaps
        cost = usage.cost(Period.WEEK)
        assert cost is not None and cost.total.missing >= known.gaps, "never zero for want of knowledge"
        assert session.prices.troubles, "nor prices"
        assert usage.today is not None and usage.today.low is not None and usage.today.high is None


async def test_a_price_that_the_region_lacks_is_found_in_the_retail_list(fresh_emulator: Emulator, tmp_path: Path) -> None:
    async with looking_at(fresh_emulator, tmp_path / "home", "vision-research", "vision-dev", "genai-hub") as session:
        await until(lambda: bool(session.retail.parts) and session.retail.loaded, "the retail list")
        assert list(session.retail.parts) == ["swedencentral/Standard_E4s_v3"]
        calls = [call for call in fresh_emulator.calls() if call["path"] == "/api/retail/prices"]
        assert len(calls) == 1 and calls[0]["principal_id"] is None, "nobody's token went there"
        size = session.money.price_lists()["swedencentral"]["STANDARD_E4S_V3"]
        assert size.dedicated is not None and size.cores == 4 and size.retail
        assert session.money.burn().now.missing == 0


async def test_somebody_else_starts_anew(fresh_emulator: Emulator, tmp_path: Path) -> None:
    async with looking_at(fresh_emulator, tmp_path / "home", "fraud-dev") as session:
        await begun(session)
        assert session.costs.usage.timelines
        session.costs.usage.forget()
        assert session.costs.usage.timelines == () and session.costs.usage.as_of is None and session.costs.usage.cost(Period.MONTH) is None
