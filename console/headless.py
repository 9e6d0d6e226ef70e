"""The headless twin: the same core, printed instead of drawn."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import signal
import sys
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from console.domain.trouble import Kind, Trouble, TroubleError
from console.session import Session
from console.terminal import SSH_FPS, Terminal, terminal_of
from console.text import fit, safe

if TYPE_CHECKING:
    from console.feeds.feed import Feed
    from console.list_fields import Field

T = TypeVar("T")
OK, FAILURE, CONNECTION = 0, 1, 3
#: As if SIGPIPE had ended the process: whoever read had seen enough.
NOBODY_READS = 128 + signal.SIGPIPE
#: Tokens are refused by Azure when the clocks are some minutes apart; a minute is worth a look.
MOST_SKEW_S = 60


def run(work: Coroutine[Any, Any, int]) -> int:
    """Run to the end; trouble is one sentence on standard error and the exit code of its kind."""
    try:
        code = asyncio.run(work)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    except TroubleError as error:
        print(f"aml-console: {safe(error.trouble.sentence, 4_000)}", file=sys.stderr)
        return CONNECTION if error.trouble.kind in {Kind.SIGN_IN, Kind.UNREACHABLE, Kind.THROTTLED} else FAILURE


async def list_computes(session: Session, output: str, *, jobs: bool = False) -> int:
    """Print every compute with what it burns (list price; empty where unknown); with `jobs` also what last ran on each."""
    from console.compute_fields import fields
    from console.domain.cost import OWN_MACHINES

    chosen = fields(asked=jobs)
    try:
        await session.open_once()
        incomplete, items = session.computes.incomplete, session.computes.items
        await session.names.settle(item.owner_id for item in items if item.owner_id)
        if jobs:
            await session.last_runs.settle(item.id for item in items if item.kind in OWN_MACHINES)
        rows: list[dict[str, object]] = [{field.name: field.value(item, session) for field in chosen} for item in items]
    finally:
        await session.close()
    _print_rows(rows, {field.name: field.width for field in chosen}, output)
    unknown = {"names of owners": [session.names.trouble], "some last jobs": [session.last_runs.trouble]}
    for what, troubles in ({"prices": [*session.prices.troubles.values()]} | unknown).items():
        for trouble in filter(None, troubles):
            print(f"note: {what} are not known: {safe(trouble.sentence, 2_000)}", file=sys.stderr)
    return _told_of_missing("list", (), incomplete)


async def list_access(session: Session, output: str) -> int:
    """Print who holds which role at the workspace, above it, below it and on its companions."""
    from console.access_fields import FIELDS

    access = session.access.now
    try:
        await session.open_place()
        await access.read_once(rows_alone=True)
        for trouble in access.assignments.troubles.values():
            raise TroubleError(trouble)
        rows: list[dict[str, object]] = [{field.name: field.value(item, session) for field in FIELDS} for item in access.grants.items]
        unread = [*(("roles", trouble) for trouble in access.definitions.troubles.values()), *access.unread.items()]
        incomplete = next((feed.incomplete for feed in access.feeds if feed.incomplete), "")
    finally:
        await session.close()
    _print_rows(rows, {field.name: field.width for field in FIELDS}, output)
    return _told_of_missing("list", unread, incomplete)


async def list_datastores(session: Session, output: str) -> int:
    """Print the workspace's datastores, each with how many data assets are on it as far as that is known."""
    from console.data_fields import DATASTORE_FIELDS

    return await _list_of(session, session.data.now.datastores, DATASTORE_FIELDS, output)


async def list_data(session: Session, output: str) -> int:
    """Print the workspace's data assets with their newest versions and where these are."""
    from console.data_fields import ASSET_FIELDS

    return await _list_of(session, session.data.now.assets, ASSET_FIELDS, output)


async def list_connections(session: Session, output: str) -> int:
    """Print the workspace's connections, each with the vault secret behind it; never what they keep."""
    from console.data_fields import CONNECTION_FIELDS

    now = session.data.connections
    try:
        await session.open_place()
        await now.read_once()
        for trouble in now.feed.troubles.values():
            raise TroubleError(trouble)
        rows: list[dict[str, object]] = [{each.name: each.value(item, session) for each in CONNECTION_FIELDS} for item in now.feed.items]
        incomplete = now.feed.incomplete
        unread = {f"{name}: {state.fault}" for name, state in now.secrets.values.items() if state.fault}
    finally:
        await session.close()
    _print_rows(rows, {field.name: field.width for field in CONNECTION_FIELDS}, output)
    for each in sorted(unread):
        print(f"note: versions of {safe(each, 2_000)}", file=sys.stderr)
    return _told_of_missing("list", (), incomplete)


async def _list_of(session: Session, feed: Feed[T], fields: Sequence[Field[T]], output: str) -> int:
    try:
        await session.open_place()
        await session.data.now.read_once()
        for trouble in feed.troubles.values():
            raise TroubleError(trouble)
        rows: list[dict[str, object]] = [{field.name: field.value(item, session) for field in fields} for item in feed.items]
        unread = [(other.name, trouble) for other in session.data.now.feeds for trouble in other.troubles.values()]
        unread += [(what, trouble) for what, trouble in session.data.now.unread.items()]
        incomplete = next((each.incomplete for each in session.data.now.feeds if each.incomplete), "")
    finally:
        await session.close()
    _print_rows(rows, {field.name: field.width for field in fields}, output)
    return _told_of_missing("list", unread, incomplete)


async def list_vaults(session: Session, output: str) -> int:
    """Print the workspace's Key Vaults, with what one may do there and how many secrets are about to expire."""
    from console.vault_fields import VAULT_FIELDS

    vaults = session.data.vaults
    try:
        await session.open_place()
        await vaults.read_once()
        for trouble in vaults.found.troubles.values():
            raise TroubleError(trouble)
        rows: list[dict[str, object]] = [{field.name: field.value(item, session) for field in VAULT_FIELDS} for item in vaults.vaults]
        unread = list(vaults.unread.items())
    finally:
        await session.close()
    _print_rows(rows, {field.name: field.width for field in VAULT_FIELDS}, output)
    return _told_of_missing("list", unread, "")


async def list_secrets(session: Session, output: str, vault: str) -> int:
    """Print the secrets of the workspace's Key Vault, or of the one that is named, without their values."""
    from console.vault_fields import SECRET_FIELDS

    vaults = session.data.vaults
    try:
        await session.open_place()
        await vaults.read_once()
        for trouble in (*vaults.found.troubles.values(), *vaults.secrets.troubles.values()):
            raise TroubleError(trouble)
        if vault and vaults.called(vault) is None:
            there = ", ".join(each.name for each in vaults.vaults) or "none"
            raise TroubleError(Trouble(Kind.NOT_FOUND, f"The workspace has no Key Vault {vault}; it has {there}.", "NoSuchVault"))
        items = [each for each in vaults.secrets.items if not vault or each.vault_name.lower() == vault.lower()]
        rows: list[dict[str, object]] = [{field.name: field.value(item, session) for field in SECRET_FIELDS} for item in items]
        incomplete = vaults.secrets.incomplete
    finally:
        await session.close()
    _print_rows(rows, {field.name: field.width for field in SECRET_FIELDS}, output)
    return _told_of_missing("list", (), incomplete)


async def list_expiry(session: Session, output: str) -> int:
    """Print what expires in the workspace, the first to end at the top; no secret is read for it, signatures are as the last scan told."""
    from console.domain.expiry import ranked
    from console.expiry_fields import EXPIRY_FIELDS

    expiry = session.data.expiry
    try:
        await session.open_place()
        await expiry.read_once()
        if expiry.unread and not expiry.items:
            raise TroubleError(next(iter(expiry.unread.values())))
        items = ranked(list(expiry.items), session.clock.now())
        rows: list[dict[str, object]] = [{field.name: field.value(item, session) for field in EXPIRY_FIELDS} for item in items]
        unread, incomplete = list(expiry.unread.items()), expiry.rows.incomplete
    finally:
        await session.close()
    _print_rows(rows, {field.name: field.width for field in EXPIRY_FIELDS}, output)
    return _told_of_missing("list", unread, incomplete)


async def review_access(session: Session, output: str) -> int:
    """Write a review of access as CSV: to a new file of its owner's alone, or to standard output (`-`)."""
    try:
        await session.open_place()
        await session.access.reviews.look()
        text = session.access.reviews.csv()
        unread = list(session.access.now.unread.items())
        incomplete = next((feed.incomplete for feed in session.access.now.feeds if feed.incomplete), "")
    finally:
        await session.close()
    if output == "-":
        sys.stdout.write(text)
    else:
        await asyncio.to_thread(_write_new, output, text)
    return _told_of_missing("review", unread, incomplete)


def _write_new(path: str, text: str) -> None:
    """Raises TroubleError; a file that is there stays as it is."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError as error:
        raise TroubleError(Trouble(Kind.INVALID, f"{path} cannot be written: {error.strerror}.", "ReviewUnwritable")) from error


async def list_who(session: Session, output: str) -> int:
    """Print who can do what in the workspace, and by which path; what was not read is told beside it."""
    from console import who_fields

    access = session.access.now
    try:
        await session.open_place()
        await access.read_once()
        for trouble in access.assignments.troubles.values():
            raise TroubleError(trouble)
        await session.access.who.settle()
        rows = list(who_fields.rows(session))
        gaps = [gap for place in access.places if (matrix := session.access.who.matrix(place)) is not None for gap in matrix.gaps]
    finally:
        await session.close()
    _print_rows(rows, who_fields.FIELDS, output)
    for gap in gaps:
        print(f"note: {safe(gap, 2_000)}", file=sys.stderr)
    return OK


def _told_of_missing(what: str, unread: Iterable[tuple[str, Trouble]], incomplete: str) -> int:
    """Tell what was not read beside it, and why the list or review is incomplete; the exit code of that."""
    for part, trouble in unread:
        print(f"note: not read: {part}: {safe(trouble.sentence, 2_000)}", file=sys.stderr)
    if incomplete:
        print(f"note: the {what} is incomplete: {safe(incomplete)}", file=sys.stderr)
        return FAILURE
    return OK


def _print_rows(rows: Sequence[Mapping[str, object]], widths: Mapping[str, int], output: str) -> None:
    """Rows as JSON, as CSV, or as a table of the fields that have a width (cells)."""
    if output == "json":
        print(json.dumps(rows, indent=2))
    elif output == "csv":
        writer = csv.DictWriter(sys.stdout, list(widths))
        writer.writeheader()
        writer.writerows({name: _plain(value) for name, value in row.items()} for row in rows)
    else:
        shown = [name for name, width in widths.items() if width]
        for line in ({name: name for name in shown}, *rows):
            cells = (fit(safe("" if (value := _plain(line[name])) is None else value), widths[name]) for name in shown)
            print(" ".join(cells).rstrip())


async def check(session: Session) -> int:
    """Say line by line what works (ok), what the roles do not grant (no), what is not known (?) and what fails (FAIL).

    The exit code is 1 or 3 where something fails.
    """
    from console.operations import computes as plans

    failed = False

    def line(what: str, word: str, text: str) -> None:
        nonlocal failed
        failed = failed or word == "FAIL"
        print(f"{word:<4} {fit(what, 12)} {safe(text, 2_000)}")

    try:
        try:
            await session.open_once()
        except TroubleError as error:
            line("connection", "FAIL", error.trouble.sentence)
            return CONNECTION if error.trouble.kind in {Kind.SIGN_IN, Kind.UNREACHABLE, Kind.THROTTLED} else FAILURE
        context = session.context
        line("sign-in", "ok", f"{context.who} (object id {context.object_id}, tenant {context.tenant_id})")
        line("endpoint", "ok", f"Azure Resource Manager: {session.cloud.resource_manager}")
        for name, trouble in (await session.probe()).items():
            line("endpoint", "ok" if trouble is None else "no" if trouble.kind is Kind.PERMISSION else "FAIL", _told(name, trouble))
        for place in context.where:
            line("workspace", "ok", f"{place.name} in {place.resource_group}: {len(session.computes.items)} computes")
            allowance = context.allowance(place)
            for operation in (plans.START, plans.STOP, plans.RESTART, plans.DELETE):
                line("permission", "?" if not allowance.known else "ok" if allowance.allows(operation) else "no", operation)
        for scope, trouble in session.prices.troubles.items():
            line("prices", "no" if trouble.kind is Kind.PERMISSION else "FAIL", f"{scope}: {trouble.sentence}")
        line("clock", *_of_clock(session))
    finally:
        await session.close()
    terminal = terminal_of(session.settings, os.environ)
    line("terminal", "no" if terminal.dumb else "ok", "; ".join(_of_terminal(terminal)))
    for sentence in session.unkept:
        line("folder", "FAIL", sentence)
    line("mode", "ok", "write" if context.write else f"read-only ({context.write_reason})")
    return FAILURE if failed else OK


def _of_clock(session: Session) -> tuple[str, str]:
    """Whether the server's clock is this machine's, and how far they are apart; a simulated one need not be."""
    skew = session.skew()
    if skew is None:
        return "?", "the server did not tell its time"
    if session.context.emulated:
        return "ok", f"{session.clock.now():%Y-%m-%d %H:%M:%S} UTC at the emulator: simulated, it need not be this machine's"
    return "ok" if abs(skew) < MOST_SKEW_S else "FAIL", f"server is {skew:+.0f} s from this machine"


def _of_terminal(terminal: Terminal) -> Iterator[str]:
    """What the console makes of the terminal, clause by clause."""
    yield f"TERM={terminal.name or 'unset'}"
    if terminal.dumb:
        yield "the console cannot be shown on it, lists and this check can"
    colours = "no colours" if terminal.colours == "none" else f"{terminal.colours} colours"
    yield colours + (f" (theme {terminal.theme})" if terminal.theme else "")
    yield f"ASCII alone: {terminal.why_ascii}" if terminal.ascii else "UTF-8"
    yield "hyperlinks are sent" if terminal.links else "no hyperlinks: the terminal is not known to take them"
    yield f"over SSH: no animation, at most {SSH_FPS} frames a second" if terminal.ssh else "local: up to 60 frames a second"


def _told(what: str, trouble: Trouble | None) -> str:
    return what if trouble is None else f"{what}: {trouble.sentence}"


def _plain(value: object) -> object:
    """A value as CSV and the table can hold it, its text safe."""
    if isinstance(value, dict):
        return safe("; ".join(f"{name}={text}" for name, text in value.items()))
    if isinstance(value, list):
        return safe(", ".join(map(str, value)))
    return safe(value) if isinstance(value, str) else value
