"""The head of Cost: what its charts and the month cost, and how long they hold the loop. `python -m tests.benchmarks.cost_head`"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from console.domain.billing.account import Account, Kind
from console.domain.billing.account_bill import bill_of
from console.domain.billing.bill import Bill, Charge
from console.domain.billing.month import month_of
from console.domain.billing.questions import METER, RESOURCE, Question
from console.domain.billing.windows import number
from screens.widgets.plot import BILLED, FORECAST, Bar, Bars, plotted

ROWS, TIMES = 100_000, 30
PLACE = "/subscriptions/1"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
IMPORT = "import sys, time; import textual.app; at = time.perf_counter(); import plotext; print((time.perf_counter() - at) * 1000)"


def bill() -> Bill:
    first = date(2026, 11, 1)
    days = [number(first + timedelta(days=index)) for index in range(20)]
    keys = [(f"{PLACE}/resourcegroups/g/providers/m/w/{index}", "Storage") for index in range(ROWS // 20)]
    charges = tuple(Charge(Decimal("0.12"), "USD", day, each) for each in keys for day in days)
    return Bill(question=Question(scope=PLACE, first=first, last=NOW.date(), groupings=(RESOURCE, METER)), charges=charges, asked=NOW)


def bars() -> Bars:
    chance = random.Random(7)
    return Bars(
        tuple(Bar(((BILLED if day < 20 else FORECAST, Decimal(chance.randint(90, 240))),)) for day in range(30)), "USD", line=Decimal(200)
    )


def took(what: str, done: list[float]) -> None:
    print(f"{what}: median {sorted(done)[len(done) // 2]:.1f} ms, most {max(done):.1f} ms")


async def late(work: Callable[..., object], *about: object) -> list[float]:
    """How late the loop is while a thread does something ten times."""
    beside = asyncio.create_task(lags())
    for _ in range(10):
        await asyncio.to_thread(work, *about)
    beside.cancel()
    return await beside


async def lags() -> list[float]:
    """By how much a pause of five milliseconds was longer, until it is cancelled."""
    found = []
    try:
        while True:
            at = time.perf_counter()
            await asyncio.sleep(0.005)
            found.append((time.perf_counter() - at - 0.005) * 1000)
    except asyncio.CancelledError:
        return found


async def main() -> None:
    shown = bars()
    plotted(shown, 80, 9)
    for width, height in ((48, 9), (72, 9), (120, 14)):
        done = []
        for _ in range(TIMES):
            at = time.perf_counter()
            plotted(shown, width, height)
            done.append((time.perf_counter() - at) * 1000)
        took(f"a chart of {width}x{height}", done)
    read = bill()
    whole = Account(kind=Kind.SUBSCRIPTION, names=("1",), places=frozenset({PLACE}))
    summed = await asyncio.to_thread(bill_of, whole, [read], [], NOW.date())
    done = []
    for _ in range(TIMES):
        at = time.perf_counter()
        month_of(whole, summed, [], [], {}, NOW)
        done.append((time.perf_counter() - at) * 1000)
    took("the month of a bill that is summed up", done)
    took("how late the loop is with nothing beside it", await late(time.sleep, 0.3))
    took(f"while {ROWS:,} rows are summed up on a thread", await late(bill_of, whole, [read], [], NOW.date()))
    took("while a chart is drawn on a thread", await late(plotted, shown, 72, 9))


if __name__ == "__main__":
    took(
        "import of plotext, after Textual's", [float(subprocess.check_output([sys.executable, "-c", IMPORT], text=True)) for _ in range(5)]
    )
    asyncio.run(main())
