"""Three days, the console closed for one of them: what it tells to have been spent, beside what Azure bills for them afterwards."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from console.domain.billing.estimate import estimate
from console.domain.billing.merging import coverage
from console.domain.scopes import key
from console.session import Session
from tests.conftest import EPOCH, Emulator
from tests.costs.sessions import begun, looking_at
from tests.gateway import until

pytestmark = [pytest.mark.long, pytest.mark.asyncio(loop_scope="module")]
PLACE = "fraud-prod"
DAYS = (date(2026, 11, 3), date(2026, 11, 4), date(2026, 11, 5))
FIRST, LAST = (datetime(2026, 11, day, tzinfo=UTC) for day in (3, 6))
HOUR_S, DAY_S = 3_600, 86_400
#: Below twice the pace of polls, so that what lies between two of them counts as seen.
STEP_S = 200


def advance(emulator: Emulator, seconds: float) -> None:
    emulator.control("POST", "clock", {"advance": seconds})


async def live(session: Session, emulator: Emulator, seconds: int) -> None:
    """Let time pass with the console open."""
    (place,) = session.context.where
    for _ in range(seconds // STEP_S):
        await asyncio.to_thread(advance, emulator, STEP_S)
        await session.computes.poll(place.id)
        await asyncio.sleep(0.02)  # ARM allows so many reads a second, of its own time


async def test_the_estimate_is_within_five_per_cent_of_the_bill_and_k_shows_it(fresh_emulator: Emulator, tmp_path: Path) -> None:
    home = tmp_path / "home"
    advance(fresh_emulator, (FIRST - datetime.fromisoformat(EPOCH)).total_seconds() - 2 * STEP_S)
    async with looking_at(fresh_emulator, home, PLACE) as session:
        await live(session, fresh_emulator, DAY_S + 2 * STEP_S)
    for _ in range(24):
        advance(fresh_emulator, HOUR_S)
    async with looking_at(fresh_emulator, home, PLACE) as session:
        await live(session, fresh_emulator, DAY_S)
        await begun(session)
        usage = session.costs.usage
        assert usage.troubles == {}
        seen = [
            coverage(usage.timelines, start, start + timedelta(days=1)) for start in (FIRST + timedelta(days=each) for each in range(3))
        ]
        assert seen[0].observed > 20 and seen[1].reconstructed > 23 and seen[2].observed > 20, "two days were seen, one was not"
        told = estimate(usage.timelines, usage.prices, FIRST, LAST).total.value
        closed = estimate(usage.timelines, usage.prices, FIRST + timedelta(days=1), LAST - timedelta(days=1)).total.value
    for _ in range(30):
        advance(fresh_emulator, HOUR_S)
    async with looking_at(fresh_emulator, home, PLACE) as session:
        await begun(session)
        session.costs.now.begin()
        await until(lambda: session.costs.now.bills.loaded, "the bill")
        own = [
            charge
            for bill in session.costs.now.billed
            for charge in bill.charges
            if key(charge.keys[0]).startswith(f"{key(session.context.where[0].id)}/computes/")
        ]
        billed = {day: sum((each.cost for each in own if each.day == int(f"{day:%Y%m%d}")), Decimal(0)) for day in DAYS}
        k = session.costs.usage.calibration
    assert told is not None and closed is not None and k is not None and k.k.value is not None
    assert abs(told / sum(billed.values()) - 1) < Decimal("0.05")
    assert abs(closed / billed[DAYS[1]] - 1) < Decimal("0.05"), "also on the day on which nobody looked"
    assert k.days == DAYS
    assert k.billed.value == sum(billed.values())
    assert abs(k.k.value - 1) < Decimal("0.05")
