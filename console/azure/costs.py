"""Costs: the pages of Cost Management's answers to queries and forecasts, decoded by the columns that they name.

Columns: the sum, `UsageDate` (yyyymmdd) or `BillingMonth`, the groupings, `CostStatus` in a forecast, `Currency`
(azure-cli-extensions' recordings; published swagger 2024-08-01, QueryResult). They are read by name: their order is not promised.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec
from msgspec.structs import replace

from console.azure.arm import MOST_PAGES
from console.azure.errors import UNDECODABLE, unreadable
from console.domain.billing.allowance import QueryAllowance
from console.domain.billing.bill import Charge
from console.domain.billing.questions import Grouping, Question
from console.domain.trouble import Kind, Trouble, TroubleError
from console.turns import Turn

if TYPE_CHECKING:
    from console.azure.answer import Answer
    from console.azure.arm import ArmClient
    from console.azure.request import Request

#: What the sum is called: as it was asked for, or by its older name (published examples of forecasts).
SUMS = ("cost", "pretaxcost")
TAG_VALUE = "tagvalue"
#: Of a forecast, what is not billed yet; the other word is Actual.
FORECAST = "Forecast"
#: Rows of such a page that are decoded at once: some 3 ms, so that a key is not kept waiting.
ROWS_AT_ONCE = 2_000
#: Bytes of rows that are cut into pieces before they are decoded: a page of 5,000 rows, the most that Azure gives, is below it.
LONG_PAGE = 2_000_000
READS = "Microsoft.CostManagement/query/read"
#: The narrowest built-in role that reads costs and budgets (Azure built-in roles, Management and governance).
READER = "Cost Management Reader"
RATE = "x-ms-ratelimit-microsoft.costmanagement-"
REQUESTS_LEFT = re.compile(r"^x-ms-ratelimit-remaining-microsoft\.costmanagement-(\w+)-requests$")
PAST = "CantForecastOnThePast"


class _Column(msgspec.Struct):
    name: str


class _Properties(msgspec.Struct):
    columns: list[_Column] = []
    rows: msgspec.Raw = msgspec.Raw(b"[]")
    next_link: str | None = msgspec.field(name="nextLink", default=None)


class _Result(msgspec.Struct):
    properties: _Properties


class Page(msgspec.Struct, frozen=True):
    """Rows of one page, and what its answer tells of the allowance. `unreadable` is the number of rows that could not be read."""

    charges: tuple[Charge, ...]
    allowance: QueryAllowance
    unreadable: int = 0


_result = msgspec.json.Decoder(_Result)
_pieces = msgspec.json.Decoder(list[msgspec.Raw])


class Pages:
    """The answer to one question, page by page. `request` is the question's (console.azure.cost_compiler)."""

    def __init__(self, arm: ArmClient, request: Request, question: Question) -> None:
        self._arm, self._request, self._question = arm, request, question
        self._keys = _Keys(len(question.groupings))
        self._followed: set[str] = set()
        self._link = ""
        #: Whether the last page was read.
        self.ended = False

    async def read(self) -> Page:
        """The next page; after a trouble the same one is asked for again. Raises TroubleError."""
        operation = f"POST {self._request.path}"
        try:
            answer = await (self._arm.follow(self._request, self._link) if self._link else self._arm.send(self._request))
        except TroubleError as error:
            raise TroubleError(told(error.trouble, self._question)) from error
        try:
            page, link = await self._decoded(answer)
        except (*UNDECODABLE, ValueError) as error:
            raise unreadable(str(error), operation, self._arm.clock.now()) from error
        if link in self._followed or len(self._followed) > MOST_PAGES:
            raise unreadable("its pages lead back to each other, or do not end", operation, self._arm.clock.now())
        self._followed.add(link)
        self._link, self.ended = link, not link
        return page

    async def _decoded(self, answer: Answer) -> tuple[Page, str]:
        """A page, and where the next one is. A 204 is an empty page: Azure has nothing yet."""
        allowance = allowance_of(answer.headers)
        if answer.status == 204 or not answer.body:
            return Page((), allowance), ""
        properties = _result.decode(answer.body).properties
        columns = tuple(column.name.lower() for column in properties.columns)
        decoder = _decoder(columns, self._question.groupings, self._question.forecast)
        charges, bad = await _charges(properties.rows, decoder, self._keys)
        return Page(tuple(charges), allowance, bad), properties.next_link or ""


def allowance_of(headers: Mapping[str, str]) -> QueryAllowance:
    """What the headers of an answer (lower-case names) tell of the tenant's query units; nonsense in them is left out."""
    try:
        consumed = Decimal(headers[f"{RATE}qpu-consumed"])
    except (KeyError, InvalidOperation):
        consumed = None
    if consumed is not None and not (consumed.is_finite() and consumed >= 0):
        consumed = None
    left = {found[1]: number for name, value in headers.items() if (found := REQUESTS_LEFT.match(name)) and (number := _last(value)) >= 0}
    units = {
        window.strip(): int(number)
        for each in headers.get(f"{RATE}qpu-remaining", "").split(",")
        for window, _, number in (each.partition(":"),)
        if number.strip().isdecimal()
    }
    return QueryAllowance(consumed=consumed, units=units, requests=left)


def told(trouble: Trouble, question: Question) -> Trouble:
    """The same trouble, told as what it means for what was asked."""
    place = "/".join(question.scope.rstrip("/").split("/")[-2:])
    if trouble.kind is Kind.PERMISSION and trouble.code != "ReadOnly":
        found = re.search(r"perform action '([^']+)'", trouble.message)
        needed = found[1] if found else READS
        sentence = f"You may not see what {place} costs: it needs {needed}, which {READER} there grants."
    elif trouble.kind is Kind.THROTTLED:
        # It is asked again no sooner than that by anybody: the wait is part of the sentence.
        wait = f" for {trouble.retry_after:.0f} s" if trouble.retry_after else ""
        sentence = f"Cost Management asks to wait{wait}: the tenant's allowance of queries is used up for now."
    elif question.forecast and PAST in (trouble.code, *trouble.message.split()):
        sentence = f"Azure forecasts only days to come, not from {question.first} to {question.last}."
    elif question.forecast and trouble.status == 424:
        sentence = f"Azure makes no forecast for {place} yet: it wants about four weeks of costs first."
    else:
        return trouble
    return replace(trouble, sentence=sentence)


# Rows


class _Row(msgspec.Struct, array_like=True, gc=False):
    """What a row of any layout gives; `_layout` makes one with the columns' order."""

    cost: Decimal
    currency: str | None = ""
    day: int = 0
    month: str = ""
    first: str | None = ""
    second: str | None = ""
    status: str | None = ""


class _Keys(dict[tuple[str | None, str | None], tuple[str, ...]]):
    """Keys that occurred before, `count` of each: a month of days names a resource some thirty times, and keeps its id once."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def __missing__(self, told: tuple[str | None, str | None]) -> tuple[str, ...]:
        self[told] = keys = tuple(each or "" for each in told[: self._count])
        return keys


@lru_cache(maxsize=32)
def _decoder(columns: tuple[str, ...], groupings: tuple[Grouping, ...], forecast: bool) -> msgspec.json.Decoder[list[_Row]]:
    """Decodes rows of these columns (lower-case names): costs from their own digits, never by way of a binary fraction.

    Raises ValueError where a column that the question asks for is missing.
    """
    names = {**dict.fromkeys(SUMS, "cost"), "currency": "currency", "usagedate": "day", "billingmonth": "month", "coststatus": "status"}
    wanted: dict[int, str] = {}
    for grouping, key in zip(groupings, ("first", "second"), strict=False):
        # A grouping by a tag gives two columns, of which the second has the tag's value.
        spelt = [TAG_VALUE, grouping.name.lower()] if grouping.tag else [grouping.name.lower()]
        place = next((columns.index(each) for each in spelt if each in columns), None)
        if place is None:
            raise ValueError(f"no column has {grouping.name}; there are {', '.join(columns)}")
        wanted[place] = key
    for place, column in enumerate(columns):
        if (name := names.get(column)) and name not in wanted.values():
            wanted.setdefault(place, name)
    if "cost" not in wanted.values():
        raise ValueError(f"no column has the cost; there are {', '.join(columns) or 'none'}")
    types = get_type_hints(_Row)
    fields: list[Any] = [
        (wanted[place], types[wanted[place]]) if place in wanted else (f"column_{place}", Any) for place in range(len(columns))
    ]
    left = {name: "" for name in types if name not in wanted.values()} | ({"day": 0} if "day" not in wanted.values() else {})
    if forecast and "status" in left:
        left["status"] = FORECAST
    fields += [(name, types[name], default) for name, default in left.items()]
    return msgspec.json.Decoder(list[msgspec.defstruct("Row", fields, array_like=True, gc=False)])  # type: ignore[misc]


async def _charges(rows: msgspec.Raw, decoder: msgspec.json.Decoder[list[_Row]], keys: _Keys) -> tuple[list[Charge], int]:
    """The rows, and how many of them could not be read."""
    charges: list[Charge] = []
    bad, turn = 0, Turn()
    for chunk in _chunks(rows):
        decoded, lost = _decoded(chunk, decoder)
        bad += lost
        charges += [
            Charge(row.cost, row.currency or "", row.day or _month(row.month), keys[row.first, row.second], row.status == FORECAST)
            for row in decoded
        ]
        if turn.over:
            await turn.give()
    return charges, bad


def _chunks(rows: msgspec.Raw) -> Iterator[msgspec.Raw | bytes]:
    if len(memoryview(rows)) <= LONG_PAGE:
        yield rows
        return
    pieces = _pieces.decode(rows)
    for begin in range(0, len(pieces), ROWS_AT_ONCE):
        yield b"[" + b",".join(pieces[begin : begin + ROWS_AT_ONCE]) + b"]"


def _decoded(chunk: msgspec.Raw | bytes, decoder: msgspec.json.Decoder[list[_Row]]) -> tuple[list[_Row], int]:
    try:
        return decoder.decode(chunk), 0
    except UNDECODABLE:
        pieces = _pieces.decode(chunk)
    read, bad = [], 0
    for piece in pieces:
        try:
            read += decoder.decode(b"[" + bytes(piece) + b"]")
        except UNDECODABLE:
            bad += 1
    return read, bad


@lru_cache(maxsize=64)
def _month(told: str) -> int:
    """The first day, yyyymmdd, of a month that is told as a timestamp; 0 for none."""
    digits = told[:10].replace("-", "")
    return int(digits) if digits.isdecimal() else 0


def _last(value: str) -> int:
    """The number in "DefaultQuota:49", or in "49"; -1 where there is none."""
    number = value.rpartition(":")[2].strip()
    return int(number) if number.isdecimal() else -1
