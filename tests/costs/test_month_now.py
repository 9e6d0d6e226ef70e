"""The month of a session on the emulator: told without a question, from what is read or from what an earlier session left on disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from console.azure.signin import SignIn, SignInConfig
from console.domain.billing.account import Kind
from console.session import Session
from console.settings import load, read_cloud
from tests.conftest import Emulator
from tests.gateway import workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")

Start = Callable[..., Any]
DEADLINE_S = 30


@pytest_asyncio.fixture(loop_scope="module")
async def start(fresh_emulator: Emulator, tmp_path: Path) -> AsyncIterator[Start]:
    """Sessions that start as consoles do, one after the other, on one of the emulator's workspaces."""
    made: list[Session] = []

    async def one() -> Session:
        for before in made:
            await before.close()
        made.clear()
        place = workspace(fresh_emulator, "fraud-prod")
        (tmp_path / "cloud.json").write_text(json.dumps(fresh_emulator.ready))
        flags = {"cloud_file": str(tmp_path / "cloud.json"), "workspace": place.name, "resource_group": place.resource_group}
        settings = load({**flags, "subscription": place.subscription_id}, {}, tmp_path, tmp_path)
        cloud = read_cloud(tmp_path / "cloud.json")
        made.append(Session(settings, cloud, SignIn(SignInConfig.of(settings, cloud))))
        await made[-1].start()
        return made[-1]

    yield one
    for each in made:
        await each.close()


def asked(emulator: Emulator) -> int:
    return sum("Microsoft.CostManagement" in call["path"] and call["method"] == "POST" for call in emulator.calls())


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110  # what a session tells is looked at, as a screen does
            await asyncio.sleep(0.01)


@pytest.mark.long  # three starts of a session
async def test_a_session_tells_what_an_earlier_one_was_told(
    start: Start, fresh_emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh_emulator.control("POST", "clock", {"advance": 5 * 86_400})
    first = await start()
    assert first.costs.month is None
    await first.costs.now.read_once()
    month = first.costs.month
    assert month is not None and month.account.kind is Kind.GROUP and month.bill.asked is not None
    assert first.costs.month is month, "worked out once for as long as nothing is different"
    billed, questions = month.bill, asked(fresh_emulator)
    first.costs.usage.begin()
    await until(lambda: first.costs.usage.loaded and not first.costs.usage.busy)
    calibration = first.costs.usage.calibration
    assert calibration is not None and calibration.k.known
    # A long bill is summed up, and compared, beside the event loop, to the same.
    for module in ("month_now", "usage_now"):
        monkeypatch.setattr(f"console.costs.{module}.AT_ONCE", 0)
    first.costs.usage._calibration = None
    assert first.costs.usage.calibration is None
    await until(lambda: first.costs.usage.calibration is not None)
    assert first.costs.usage.calibration == calibration
    first.costs._month = None
    assert first.costs.month is None
    await until(lambda: first.costs.month is not None)
    assert first.costs.month.bill.days == billed.days
    second = await start()
    await until(lambda: second.costs.month is not None)
    kept = second.costs.month
    # Budgets are not kept, so that it is told of the workspace alone; and nothing since is estimated.
    assert kept.account.kind is Kind.WORKSPACE and kept.course is None and kept.so_far is None
    assert kept.bill.asked == billed.asked and kept.bill.covers == billed.covers
    assert kept.outlook.to_date.value and kept.outlook.to_date.missing == 2, "yesterday is not billed whole, and today is not over"
    assert asked(fresh_emulator) == questions
    fresh_emulator.control("POST", "clock", {"advance": 5 * 86_400})
    third = await start()
    await third.costs.recall()
    assert third.costs.month is None, "what is older tells little of the month"
    await third.costs.now.read_once()
    await until(lambda: third.costs.month is not None)
    assert [bill.question.first.month for bill in third.costs.now.latest] == [11], "October's bill has no day that is compared any more"
    # Somebody else asks from now on.
    third.costs._month.forget()
    third.costs.now.forget()
    assert third.costs.month is None
