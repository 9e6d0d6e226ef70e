"""100,000 rows of cost from page bytes to three breakdowns: processor, and the longest turn of the loop. `python -m tests.benchmarks.costs`

The pages are as long as Azure's own (1,000 rows) or as it allows (5,000); the wire is left out.
"""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Mapping
from datetime import date

from console.azure.answer import Answer
from console.azure.costs import Pages
from console.azure.request import Request
from console.domain import scopes
from console.domain.billing.bill import Charge
from console.domain.billing.breakdown import Tally
from console.domain.billing.days import by_day
from console.domain.billing.questions import METER, RESOURCE, Question
from console.turns import Turn
from tests.benchmarks.refresh import Stalls
from tests.benchmarks.rounds import asked_rounds, interleaved, report

ROWS = 100_000
COLUMNS = ("Cost", "UsageDate", "ResourceId", "MeterCategory", "Currency")
METERS = ("Virtual Machines", "Storage", "Load Balancer")
QUESTION = Question(scope="/subscriptions/1", first=date(2026, 11, 1), last=date(2026, 11, 30), groupings=(RESOURCE, METER))
#: Charges that are added at once: below two milliseconds.
AT_ONCE = 2_000


class Read:
    """A gateway whose answers came already."""

    def __init__(self, pages: list[bytes]) -> None:
        self._pages = iter(pages)

    async def send(self, _request: Request) -> Answer:
        return Answer(200, {}, next(self._pages))

    async def follow(self, _request: Request, _link: str) -> Answer:
        return Answer(200, {}, next(self._pages))


def pages(size: int) -> list[bytes]:
    """The answer in pages: 12 workspaces with 3,000 computes between them."""
    place = "/subscriptions/00000000-0000-0000-0000-000000000001/resourcegroups/rg-{0}/providers"
    compute = place + "/microsoft.machinelearningservices/workspaces/ws-{0}/computes/c{1}"
    rows = [
        [index * 0.1234567891234, 20261101 + index // 5 % 30, compute.format(index % 12, index % 3_000), METERS[index % 3], "USD"]
        for index in range(ROWS)
    ]
    columns = [{"name": name, "type": "String"} for name in COLUMNS]
    made = []
    for begin in range(0, ROWS, size):
        link = f"https://arm/next?{begin + size}" if begin + size < ROWS else None
        made.append(json.dumps({"properties": {"nextLink": link, "columns": columns, "rows": rows[begin : begin + size]}}).encode())
    return made


async def read_and_sum(answer: list[bytes]) -> None:
    reading = Pages(Read(answer), Request(method="POST", path="/query"), QUESTION)  # type: ignore[arg-type]
    by_resource, by_meter = Tally(0, scopes.key), Tally(1)
    charges: list[Charge] = []
    while not reading.ended:
        charges += (await reading.read()).charges
        await asyncio.sleep(0)
    turn = Turn()
    for begin in range(0, len(charges), AT_ONCE):
        for tally in (by_resource, by_meter):
            tally.add(charges[begin : begin + AT_ONCE])
            if turn.over:
                await turn.give()
    assert (len(charges), len(by_meter.done().rows), len(by_resource.done().rows)) == (ROWS, 3, 3_000)
    await turn.give()
    assert len(by_day(charges)) == 30


def main() -> None:
    answers = {f"pages of {size:,} rows": pages(size) for size in (1_000, 5_000)}
    gc.collect()
    gc.freeze()

    def case(answer: list[bytes]) -> Mapping[str, float]:
        stalls = Stalls()
        gc.collect()
        with stalls.watched():
            began = time.process_time()
            asyncio.run(read_and_sum(answer))
            spent = (time.process_time() - began) * 1000
        return {"processor": spent, "longest turn": stalls.longest, "its processor": stalls.longest_cpu}

    report(
        f"{ROWS:,} rows of cost to three breakdowns",
        interleaved({name: (lambda answer=answer: case(answer)) for name, answer in answers.items()}, asked_rounds()),
    )


if __name__ == "__main__":
    main()
