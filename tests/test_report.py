"""`report cost` as a real process: what cron mails on Monday, in each of its forms, and what a spreadsheet must not calculate."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from console import report_text
from console.cost_report import gather, refusal
from console.domain.billing.cost_report import By, CostReport, Line, Span, WasteLine
from console.domain.billing.windows import Window
from console.domain.figures import Figure, unknown
from tests.conftest import Emulator
from tests.costs.test_now import session_on
from tests.nets import changes, rule
from tests.test_headless import cloud_file, run  # noqa: F401  # the fixture

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
WEEK, BEFORE = Window(date(2026, 10, 25), date(2026, 10, 31)), Window(date(2026, 10, 18), date(2026, 10, 24))
HOSTILE = "=HYPERLINK(evil)|<b>\x1b[31m"
REPORT = CostReport(
    title="Cost of contoso",
    by=By.TEAM,
    window=WEEK,
    before=BEFORE,
    told_window=WEEK,
    totals=(Line(name="total", currency="USD", cost=Decimal("1234.5"), before=Decimal(1000)),),
    lines=(Line(name=HOSTILE, currency="USD", cost=Decimal("-12"), before=None, share=Decimal("0.5")),),
    untagged=Decimal("0.125"),
    movers=(),
    spikes=(),
    waste=(
        WasteLine(what="idle", name="+ci", workspace="ws", owner="@ada", hourly=None, monthly=None, remedy="stop"),
        WasteLine(what="idle", name="gpu", workspace="ws", owner="?", hourly=Decimal(1), monthly=Decimal(730), remedy="scale"),
    ),
    saving=Figure(Decimal(730), "USD/month", "sum", missing=1),
    budgets=(),
    forecasts=(),
    k=unknown("×", "nothing to compare"),
    made=NOW,
    asked=NOW,
    notes=("Some prices could not be read: no.",),
)


def test_a_spreadsheet_calculates_nothing_of_it() -> None:
    rows = list(csv.DictReader(io.StringIO(report_text.as_csv(REPORT))))
    (line,) = [row for row in rows if row["section"] == "by team"]
    assert line["name"].startswith("'=HYPERLINK") and "\x1b" not in line["name"]
    assert (line["cost"], line["before"]) == ("-12.0000", ""), "amounts stay numbers, what is not known stays empty"
    unpriced = next(row for row in rows if row["name"] == "'+ci")
    assert (unpriced["cost"], unpriced["estimated"]) == ("", "yes")


def test_markdown_takes_names_for_text_and_says_what_is_not_known() -> None:
    text = report_text.as_markdown(REPORT)
    assert "**$1,234.50**; +$234.50, +23% against $1,000.00 (2026-10-18 to 2026-10-24)" in text
    assert "\\<b\\>" in text and "\\|" in text and "\x1b" not in text
    assert "≈$730/month (and of 1 not known) to be saved" in text and "| ? | stop |" in text
    assert "k (bill ÷ estimate): ?" in text and "Untagged: 13% of what was spent." in text
    assert "- Some prices could not be read: no." in text


def test_markdown_of_a_time_that_was_not_compared_says_so() -> None:
    alone = replace(REPORT, before=None, totals=(Line(name="total", currency="USD", cost=Decimal(5)),))
    assert "**$5.00**; the time before was not asked about" in report_text.as_markdown(alone)


def test_json_has_amounts_as_numbers_to_the_last_digit() -> None:
    exact = replace(REPORT, totals=(Line(name="total", currency="USD", cost=Decimal("0.12345678901234567890")),))
    assert "0.12345678901234567890" in report_text.as_json(exact)
    assert json.loads(report_text.as_json(REPORT))["waste"][0]["monthly"] is None


@pytest.mark.parametrize(("of", "span"), [(By.USER, Span.DAYS_30), (By.EXPERIMENT, Span.LAST_MONTH)])
def test_what_ran_long_ago_is_nobodys(of: By, span: Span) -> None:
    assert "7d and of the month" in refusal(of, span)
    assert refusal(By.TEAM, span) == "" and refusal(of, Span.WEEK) == ""


def test_the_monday_report_without_a_terminal(cloud_file: Path, fresh_emulator: Emulator) -> None:  # noqa: F811
    done = run(cloud_file.parent, "report", "cost", "--by", "workspace", "--last", "7d", "--cloud-file", str(cloud_file), "-o", "json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["window"] == {"first": "2026-10-25", "last": "2026-10-31"}
    (line,) = told["lines"]
    assert line["name"] == "fraud-prod" and line["cost"] == pytest.approx(told["totals"][0]["cost"])
    assert {each["name"] for each in told["waste"]} == {"gpu-idle", "etl-nightly", "gpu-resize", "nb-grace", "nb-ulrich"}
    assert told["k"]["value"] is not None and [each["name"] for each in told["budgets"]] == ["ml-prod"]
    assert changes([call for call in fresh_emulator.calls() if "/query" not in call["path"] and "/forecast" not in call["path"]]) == []


def test_without_permission_on_costs_it_names_the_role(cloud_file: Path, fresh_emulator: Emulator) -> None:  # noqa: F811
    fresh_emulator.control("POST", "faults", [rule("403", "CostManagement/query")])
    done = run(cloud_file.parent, "report", "cost", "--cloud-file", str(cloud_file))
    assert done.returncode == 1 and done.stdout == "" and "Cost Management Reader" in done.stderr


def test_a_report_that_there_is_not_is_a_mistake_of_usage(cloud_file: Path) -> None:  # noqa: F811
    done = run(cloud_file.parent, "report", "cost", "--by", "user", "--last", "30d", "--cloud-file", str(cloud_file))
    assert done.returncode == 2 and done.stderr.startswith("aml-console: --last: by user")


@pytest.mark.long  # all that a report reads, in this process
async def test_a_long_bill_is_compared_before_it_is_told(fresh_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is gone through on a thread, which the report waits for."""
    monkeypatch.setattr("console.costs.usage_now.AT_ONCE", 0)
    fresh_emulator.control("POST", "clock", {"advance": 5 * 86_400})
    session = session_on(fresh_emulator, tmp_path)
    try:
        report = await gather(session, By.METER, Span.WEEK, every=False)
    finally:
        await session.close()
    assert report.k.known
