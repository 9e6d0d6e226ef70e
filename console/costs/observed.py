"""Observed: how many machines each compute had while a console was open, by its own polls, remembered for the weeks after.

Several consoles may be open at once: each writes files of its own, and all of them are read.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from console.costs.polls import Header, Line, Polls, facts_of, machines_of
from console.domain import scopes
from console.domain.compute import Compute
from console.domain.cost import OWN_MACHINES
from console.feeds.feed import FASTEST_S, MOST_PER_S, Feed

log = logging.getLogger(__name__)

#: A poll that changes nothing goes to disk at most this often (seconds of the server's time): it only tells how far was looked.
WRITTEN_EVERY = timedelta(seconds=60)
#: So many times the pace of polls may pass between two of them; what is longer was not observed.
MOST_GAP = 2
KEPT_DAYS = 40


class Observed:
    """Follows a feed of computes. Files are under `folder`, by cloud, tenant and workspace (0600); without one nothing is written.

    What cannot be read or written is logged and costs that part of the past, nothing else.
    """

    def __init__(self, computes: Feed[Compute], folder: Path | None, cloud: str, tenant: Callable[[], str]) -> None:
        self._computes, self._folder, self._cloud, self._tenant = computes, folder, cloud, tenant
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._live: dict[str, _Live] = {}
        self._told: dict[str, datetime] = {}
        self._read: dict[Path, tuple[tuple[int, int], list[Line]]] = {}
        self._pending: dict[Path, list[bytes]] = {}
        self._writing: asyncio.Task[None] | None = None
        computes.subscribe(self._polled)

    @property
    def longest_gap(self) -> timedelta:
        """The longest time between two polls over which what was seen is taken to have lasted."""
        feed, rate = self._computes, max(self._computes.clock.rate, 1.0)
        pace = max(feed.cadence.focused, feed.cadence.background, FASTEST_S * rate, len(feed.parts) / MOST_PER_S * rate)
        return timedelta(seconds=MOST_GAP * pace)

    def live(self, workspace_id: str) -> Polls | None:
        """What this process saw of a workspace; None before it looked."""
        live = self._live.get(scopes.key(workspace_id))
        return live.polls if live is not None else None

    def lasts(self, workspace_id: str, now: datetime) -> datetime | None:
        """Up to when what was seen last is known: now, for as long as the next poll is not overdue; None before the first."""
        polls = self.live(workspace_id)
        if polls is None or polls.until is None:
            return None
        return now if polls.until <= now <= polls.until + self.longest_gap else polls.until

    def read(self, workspace_id: str, since: datetime) -> list[Polls]:
        """What other processes saw of a workspace since a day, on disk: one account for each. Call it on a thread."""
        folder = self._folder_of(workspace_id)
        if folder is None or not folder.is_dir():
            return []
        accounts: dict[str, Polls] = {}
        try:
            paths = sorted(folder.glob("*.jsonl"))
        except OSError as error:
            log.warning("what was observed of the past cannot be read: %s", error)
            return []
        for path in paths:
            day, _, process = path.stem.partition("_")
            if process != self._name and day >= f"{since:%Y-%m-%d}":
                accounts.setdefault(process, Polls()).take(self._lines(path, workspace_id))
        return list(accounts.values())

    def prune(self) -> None:
        """Remove what is older than what anybody asks for. Call it on a thread."""
        if self._folder is None:
            return
        oldest = time.time() - KEPT_DAYS * 86_400
        try:
            for path in self._folder.glob("*/*.jsonl"):
                if path.stat().st_mtime < oldest:
                    path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("old observations stay: %s", error)

    def forget(self) -> None:
        """Somebody else looks from now on: what was seen before is not theirs."""
        self._live.clear()
        self._read.clear()

    async def close(self) -> None:
        """Write what is not written yet, and remove what is too old to be asked for."""
        for live in self._live.values():
            line = live.last_line()
            if line is not None:
                self._put(live, line)
        if self._writing is not None:
            await self._writing
        await self._write()
        await asyncio.to_thread(self.prune)

    def _polled(self, feed: Feed[Compute]) -> None:
        for scope, part in feed.parts.items():
            new = part.taken_at is not None and not part.from_disk and self._told.get(scope) != part.taken_at
            if new and part.reading is not None and part.taken_at is not None:
                self._told[scope] = part.taken_at
                if not part.reading.incomplete:
                    # The server tells its time in whole seconds: what is finer is made up.
                    self._observe(scope, part.reading.items, part.taken_at.replace(microsecond=0))

    def _observe(self, workspace_id: str, computes: Iterable[Compute], at: datetime) -> None:
        live = self._live.setdefault(scopes.key(workspace_id), _Live(workspace_id))
        for line in live.observe(computes, at, self.longest_gap):
            self._put(live, line)
        if self._pending and self._writing is None:
            try:
                self._writing = asyncio.get_running_loop().create_task(self._write(), name="write what was observed")
            except RuntimeError:
                return  # no loop runs: it is written at the end

    def _put(self, live: _Live, line: Line) -> None:
        folder = self._folder_of(live.workspace_id)
        if folder is None:
            return
        moment = datetime.fromtimestamp(line.at, UTC)
        path = folder / f"{moment:%Y-%m-%d}_{self._name}.jsonl"
        lines = self._pending.setdefault(path, [])
        if live.path != path:
            live.path = path
            lines.append(msgspec.json.encode(Header(self._cloud, self._tenant(), scopes.key(live.workspace_id))))
            # Each file tells by itself what was so when it begins.
            machines = line.machines if line.begins else dict(live.polls.current)
            line = msgspec.structs.replace(line, machines=machines, facts=dict(live.polls.facts))
        lines.append(msgspec.json.encode(line))

    async def _write(self) -> None:
        try:
            while self._pending:
                pending, self._pending = self._pending, {}
                await asyncio.to_thread(_append, pending)
        finally:
            self._writing = None

    def _lines(self, path: Path, workspace_id: str) -> list[Line]:
        """The lines of a file, read again only where it has changed."""
        try:
            stat = path.stat()
            form = stat.st_mtime_ns, stat.st_size
            kept = self._read.get(path)
            if kept is None or kept[0] != form:
                kept = self._read[path] = form, _decoded(path.read_bytes(), Header(self._cloud, self._tenant(), scopes.key(workspace_id)))
            return kept[1]
        except OSError as error:
            log.warning("%s is not used: %s", path.name, error)
            return []

    def _folder_of(self, workspace_id: str) -> Path | None:
        tenant = self._tenant()
        if self._folder is None or not tenant:
            return None
        named = "\n".join((self._cloud, tenant, scopes.key(workspace_id)))
        return self._folder / hashlib.sha256(named.encode()).hexdigest()[:32]


class _Live:
    """What this process saw of one workspace, and how much of it is on disk."""

    def __init__(self, workspace_id: str) -> None:
        self.workspace_id = workspace_id
        self.polls = Polls()
        self.path: Path | None = None
        #: Those of the last poll, by name in lower case: of a compute that is the same object there is nothing new to tell.
        self._seen: dict[str, Compute] = {}
        self._held: Line | None = None
        self._written = datetime.min.replace(tzinfo=UTC)

    def observe(self, computes: Iterable[Compute], at: datetime, longest_gap: timedelta) -> list[Line]:
        """Take a poll in; returns the lines of it for the disk: the first one of a stretch waits for a second, alone it tells nothing."""
        before = self.polls.until
        begins = before is None or not before <= at <= before + longest_gap
        own = {each.name.lower(): each for each in computes if each.kind in OWN_MACHINES}
        other = {name: each for name, each in own.items() if self._seen.get(name) is not each}
        changed = {name: machines_of(each) for name, each in (own if begins else other).items()}
        if not begins:
            changed |= dict.fromkeys(self.polls.current.keys() - own.keys(), (0.0, 0.0))
            changed = {name: counts for name, counts in changed.items() if self.polls.current.get(name) != counts}
        facts = {name: known for name, each in other.items() if (known := facts_of(each)) != self.polls.facts.get(name)}
        self._seen = own
        line = Line(at.timestamp(), changed, begins, facts)
        self.polls.take([line])
        if begins:
            self._held = line
            return []
        if self._held is None and not changed and not facts and at - self._written < WRITTEN_EVERY:
            return []
        told, self._held, self._written = [*([self._held] if self._held is not None else []), line], None, at
        return told

    def last_line(self) -> Line | None:
        """How far was looked, where the disk does not know yet."""
        until = self.polls.until
        return Line(until.timestamp()) if until is not None and self._held is None and until > self._written else None


def _append(pending: Mapping[Path, list[bytes]]) -> None:
    for path, lines in pending.items():
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "ab") as file:
                file.write(b"".join(line + b"\n" for line in lines))
        except OSError as error:
            log.warning("what was observed is not kept: %s", error)


def _decoded(data: bytes, header: Header) -> list[Line]:
    """The lines below a header like `header`; what a crash cut off, or somebody else wrote, is left out."""
    first, *rest = data.split(b"\n")
    try:
        if msgspec.json.decode(first, type=Header) != header:
            return []
    except (msgspec.DecodeError, UnicodeDecodeError):
        return []
    found = []
    for raw in rest:
        try:
            found.append(msgspec.json.decode(raw, type=Line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return found
