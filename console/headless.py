"""The headless twin: the same core, printed instead of drawn."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import signal
import sys
from collections.abc import Coroutine, Iterator, Mapping
from datetime import datetime
from typing import Any

from console.domain.compute import Compute
from console.domain.cost import burn, region_key
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations import computes as plans
from console.session import Session
from console.terminal import SSH_FPS, Terminal, terminal_of
from console.text import fit, safe

OK, FAILURE, CONNECTION = 0, 1, 3
#: As if SIGPIPE had ended the process: whoever read had seen enough.
NOBODY_READS = 128 + signal.SIGPIPE
#: Tokens are refused by Azure when the clocks are some minutes apart; a minute is worth a look.
MOST_SKEW_S = 60
COLUMNS = ("name", "kind", "state", "nodes", "max_nodes", "usd_per_hour", "size", "region", "up_since", "workspace")
WIDTHS = (24, 11, 14, 5, 9, 12, 26, 14, 22, 20)


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


async def list_computes(session: Session, output: str) -> int:
    """Print every compute with what it burns (list price; empty where unknown)."""
    try:
        await session.open_once()
        incomplete = session.computes.incomplete
        rows = [_row(item, session) for item in session.computes.items]
    finally:
        await session.close()
    if output == "json":
        print(json.dumps(rows, indent=2))
    elif output == "csv":
        writer = csv.DictWriter(sys.stdout, COLUMNS)
        writer.writeheader()
        writer.writerows({name: safe(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows)
    else:
        print(" ".join(fit(name, width) for name, width in zip(COLUMNS, WIDTHS, strict=True)).rstrip())
        for row in rows:
            cells = (fit(safe("" if row[name] is None else row[name]), width) for name, width in zip(COLUMNS, WIDTHS, strict=True))
            print(" ".join(cells).rstrip())
    for trouble in session.prices.troubles.values():
        print(f"note: prices are not known: {safe(trouble.sentence, 2_000)}", file=sys.stderr)
    if incomplete:
        print(f"note: the list is incomplete: {safe(incomplete)}", file=sys.stderr)
        return FAILURE
    return OK


async def check(session: Session) -> int:
    """Say line by line what works (ok), what the roles do not grant (no), what is not known (?) and what fails (FAIL).

    The exit code is 1 or 3 where something fails.
    """
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
        skew = session.skew()
        fine = skew is not None and (abs(skew) < MOST_SKEW_S or context.emulated)
        line("clock", "?" if skew is None else "ok" if fine else "FAIL", f"server is {skew or 0:+.0f} s from this machine")
    finally:
        await session.close()
    terminal = terminal_of(session.settings, os.environ)
    line("terminal", "no" if terminal.dumb else "ok", "; ".join(_of_terminal(terminal)))
    for sentence in session.unkept:
        line("folder", "FAIL", sentence)
    line("mode", "ok", "write" if context.write else f"read-only ({context.write_reason})")
    return FAILURE if failed else OK


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


def _row(item: Compute, session: Session) -> Mapping[str, Any]:
    figure = burn(item, session.money.price_lists().get(region_key(item.location)))
    return {
        "name": item.name,
        "kind": item.kind.label,
        "state": item.shown_state,
        "nodes": item.billed_nodes,
        "max_nodes": item.max_nodes,
        "usd_per_hour": float(figure.value) if figure is not None and figure.value is not None else None,
        "size": item.vm_size,
        "region": item.location,
        "up_since": _iso(item.up_since),
        "workspace": item.workspace.name,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
