"""Polls: the account of what was seen of the computes of one workspace, line by line as it changed, and the spans that follow."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import attrgetter

import msgspec

from console.domain.billing.usage import Span
from console.domain.compute import Compute, Kind
from console.domain.figures import Confidence

#: The source of the spans.
POLLS = "polls of this console"
#: Changes with every change of the lines' form: files of another form are not read.
FORM = 1
#: Billed machines, and those without work; None where Azure did not tell.
Machines = tuple[float | None, float | None]


class Header(msgspec.Struct, frozen=True, array_like=True):
    """The first line of a file: of which cloud, tenant and workspace it tells."""

    cloud: str
    tenant: str
    workspace: str
    form: int = FORM


class Facts(msgspec.Struct, frozen=True, array_like=True):
    """What a compute's machines cost by, and whose it is; kept as it may be gone when somebody asks."""

    compute_id: str
    name: str
    vm_size: str
    region: str
    low_priority: bool = False
    instance: bool = False
    owner_id: str = ""
    most: int | None = None
    public_ip: bool = True
    created: datetime | None = None


class Line(msgspec.Struct, frozen=True, array_like=True):
    """What a poll found other than the poll before, by the names of computes in lower case; `at` is seconds since 1970 (UTC).

    With `begins` nothing is known of the time before it. What a line does not name is as it was.
    """

    at: float
    machines: dict[str, Machines] = {}
    begins: bool = False
    facts: dict[str, Facts] = {}


class Polls:
    """Lines of one process in the order in which it wrote them."""

    def __init__(self) -> None:
        #: How far was looked; None before the first poll.
        self.until: datetime | None = None
        #: How many times polls began again after a gap.
        self.stretches = 0
        self.current: dict[str, Machines] = {}
        self.facts: dict[str, Facts] = {}
        self._since: dict[str, datetime] = {}
        self._ended: dict[str, list[Span]] = {}

    def take(self, lines: Iterable[Line]) -> None:
        """Take more lines in; one that is older than the last is left out."""
        for line in lines:
            at = datetime.fromtimestamp(line.at, UTC)
            if self.until is not None and at < self.until and not line.begins:
                continue
            self.facts.update(line.facts)
            if line.begins:
                self.stretches += 1
                for name in tuple(self.current):
                    self._end(name, self.until or at)
            for name, machines in line.machines.items():
                if self.current.get(name) != machines:
                    self._end(name, at)
                    self.current[name], self._since[name] = machines, at
            self.until = at

    def spans(self) -> Mapping[str, tuple[Span, ...]]:
        """Name of a compute in lower case → what was seen of it, in order."""
        return {name: self.of(name) for name in self._ended.keys() | self.current.keys()}

    def of(self, name: str, since: datetime | None = None, until: datetime | None = None) -> tuple[Span, ...]:
        """What was seen of one compute (its name in lower case), in order: all, or what ended after `since`.

        What was seen last is taken to last up to `until`, where that is given.
        """
        last = self._last(name, until or self.until)
        ended = self._ended.get(name, [])
        first = 0 if since is None else bisect_right(ended, since, key=attrgetter("end"))
        return (*ended[first:], *((last,) if last is not None else ()))

    def _end(self, name: str, at: datetime) -> None:
        last = self._last(name, at)
        if last is not None:
            self._ended.setdefault(name, []).append(last)
        self.current.pop(name, None)

    def _last(self, name: str, until: datetime | None) -> Span | None:
        machines, idle = self.current.get(name, (None, None))
        since = self._since.get(name)
        if machines is None or since is None or until is None or until <= since:
            return None
        return Span(since, until, machines, idle, Confidence.OBSERVED, POLLS)


def machines_of(compute: Compute) -> Machines:
    """How many machines of a compute are billed now, and how many of them are without work: unusable ones count among these."""
    billed = compute.billed_nodes
    if billed is None or compute.kind is not Kind.CLUSTER or compute.nodes is None:
        return (None if billed is None else float(billed)), None
    return float(billed), float(compute.nodes.idle + compute.nodes.unusable)


def facts_of(compute: Compute) -> Facts:
    """What is kept of a compute."""
    return Facts(
        compute_id=compute.id,
        name=compute.name,
        vm_size=compute.vm_size,
        region=compute.location,
        low_priority=compute.low_priority,
        instance=compute.kind is Kind.INSTANCE,
        owner_id=compute.owner_id or compute.created_by,
        most=compute.max_nodes,
        public_ip=compute.setup.public_ip is not False,
        created=compute.created_on,
    )
