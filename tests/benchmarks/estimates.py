"""How long estimates take: run by hand, prints milliseconds of processor. `python -m tests.benchmarks.estimates [rounds]`

500 clusters with 31 days of hourly means, half of them of no node: their spans merged and summed up for the first time, their cost by
day once they are, and a poll later; and 100 runs on each of them attributed.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from console.domain.billing.attribution import attribute
from console.domain.billing.estimate import daily, estimate, today
from console.domain.billing.machine_hours import Account
from console.domain.billing.merging import coverage, extended, merged
from console.domain.billing.usage import Span, Timeline
from console.domain.compute import Run, VmSize
from console.domain.figures import Confidence
from tests.benchmarks.rounds import asked_rounds, interleaved, report

COMPUTES, DAYS, RUNS = 500, 31, 100
HOUR = timedelta(hours=1)
START = datetime(2026, 10, 1, tzinfo=UTC)
END = START + timedelta(days=DAYS)
LATER = END + timedelta(seconds=20)
PRICES = {"westeurope": {"STANDARD_DS3_V2": VmSize(name="Standard_DS3_v2", dedicated=Decimal("0.293"))}}
RANDOM = random.Random(1)


def spans() -> tuple[Span, ...]:
    means = [RANDOM.choice((0.0, RANDOM.random() * 5)) for _ in range(24 * DAYS)]
    starts = [START + HOUR * index for index in range(len(means))]
    return tuple(Span(at, at + HOUR, mean, 0.0, Confidence.RECONSTRUCTED) for at, mean in zip(starts, means, strict=True))


def runs(index: int) -> list[Run]:
    times = [START + HOUR * (7 * each + 1.3) for each in range(RUNS)]
    return [Run(id=f"{index}-{each}", status="Completed", nodes=1, started=at, ended=at + 3 * HOUR) for each, at in enumerate(times)]


def timed(work: Callable[[], object]) -> Mapping[str, float]:
    gc.collect()
    start = time.thread_time()
    work()
    return {"ms": (time.thread_time() - start) * 1000}


if __name__ == "__main__":
    every = [spans() for _ in range(COMPUTES)]
    timelines: Sequence[Timeline] = [
        Timeline(compute_id=str(index), name=str(index), vm_size="Standard_DS3_v2", region="westeurope", spans=own)
        for index, own in enumerate(every)
    ]
    ran = {str(index): runs(index) for index in range(COMPUTES)}
    poll = ((Span(END, LATER, 1.0, 0.0, Confidence.OBSERVED),),)
    cases = {
        "merged": lambda: timed(lambda: [merged([own], START, END) for own in every]),
        "summed up for the first time": lambda: timed(lambda: [Account(own) for own in every]),
        "cost of the month": lambda: timed(lambda: estimate(timelines, PRICES, START, END)),
        "cost by day": lambda: timed(lambda: daily(timelines, PRICES, START, END)),
        "today with its band": lambda: timed(lambda: today(timelines, PRICES, END - 9 * HOUR)),
        "coverage": lambda: timed(lambda: coverage(timelines, START, END)),
        "a poll later": lambda: timed(lambda: [extended(timeline, poll, LATER) for timeline in timelines]),
        f"{RUNS} runs on each": lambda: timed(lambda: attribute(timelines, ran, PRICES, START, END)),
    }
    report(f"{COMPUTES} computes x {DAYS} days of hourly spans", interleaved(cases, asked_rounds()))
