"""`report cost`: the Monday report, printed: Markdown, CSV or JSON; for cron and mail, so it asks nothing and needs no terminal."""

from __future__ import annotations

import sys

from console import report_text
from console.cost_report import gather
from console.domain.billing.cost_report import By, Span
from console.session import Session
from console.text import safe

OK, FAILURE = 0, 1
WRITERS = {"md": report_text.as_markdown, "csv": report_text.as_csv, "json": report_text.as_json}


async def report_cost(session: Session, of: By, span: Span, output: str, *, every: bool) -> int:
    """Print the report; what could not be read is told in it and on standard error, and ends with 1 where sums lack something."""
    try:
        report = await gather(session, of, span, every=every)
    finally:
        await session.close()
    sys.stdout.write(WRITERS[output](report))
    lacking = [
        note for note in report.notes if "could not be read" in note or "were not read" in note or note in session.costs.now.incomplete
    ]
    for note in lacking:
        print(f"note: {safe(note, 2_000)}", file=sys.stderr)
    return FAILURE if lacking else OK
