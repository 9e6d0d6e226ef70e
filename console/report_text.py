"""A report of costs as text: Markdown for people and mail, CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from console.domain.billing.amounts import Form, money, percent
from console.domain.billing.cost_report import By, CostReport, Line
from console.domain.billing.windows import Window
from console.domain.figures import Figure
from console.exports import FORMULA
from console.text import safe

LONGEST = 400
FIELDS = ("section", "name", "detail", "currency", "cost", "before", "change", "share", "estimated", "since")
HEADS = {By.TEAM: "Team", By.USER: "User", By.WORKSPACE: "Workspace", By.COMPUTE: "Compute", By.METER: "Meter", By.EXPERIMENT: "Experiment"}


def as_json(report: CostReport) -> str:
    """All of it; amounts are numbers, to the last digit that Azure gave."""
    encoder = msgspec.json.Encoder(decimal_format="number")
    return msgspec.json.format(encoder.encode(report), indent=2).decode() + "\n"


def as_csv(report: CostReport) -> str:
    """One table for all sections. What a spreadsheet would calculate is quoted with an apostrophe; amounts are plain numbers."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS)
    writer.writeheader()
    writer.writerows({name: _cell(row.get(name)) for name in FIELDS} for row in _rows(report))
    return text.getvalue()


def as_markdown(report: CostReport) -> str:
    """What is read on Monday: the total, the lines, what moved, what is waste, what the budgets say."""
    return "\n".join(_markdown(report)) + "\n"


# CSV


def _rows(report: CostReport) -> Iterator[Mapping[str, object]]:
    for line in report.totals:
        yield _line("total", line, f"{report.window.first} to {report.window.last}")
    for line in report.lines:
        yield _line(f"by {report.by}", line, f"{report.told_window.first} to {report.told_window.last}")
    for line in report.movers:
        yield _line("movers", line, "")
    for spike in report.spikes:
        yield {"section": "spikes", "name": spike.name, "detail": spike.told}
    for waste in report.waste:
        detail = f"{waste.what} in {waste.workspace}, owner {waste.owner}; remedy: {waste.remedy}"
        yield {"section": "waste", "name": waste.name, "detail": detail, "currency": "USD/month", "cost": waste.monthly} | {
            "estimated": True,
            "since": waste.since,
        }
    yield {"section": "waste in all", "name": "saving", "currency": report.saving.unit, "cost": report.saving.value, "estimated": True}
    for budget in report.budgets:
        detail = (
            f"for {budget.whose}; {budget.grain or 'none'}; spent {_part(budget.spent)}, forecast {_part(budget.forecast)}; {budget.state}"
        )
        yield {"section": "budgets", "name": budget.name, "detail": detail, "currency": budget.currency, "cost": budget.amount}
    for each in report.forecasts:
        for name, value in (("so far", each.so_far), ("forecast by Azure", each.azure), ("forecast by our own days", each.own)):
            estimated = name != "so far"
            yield {"section": name, "name": each.name, "currency": each.currency, "cost": value, "estimated": estimated}
    yield {"section": "k", "name": "bill ÷ estimate", "detail": report.k.source, "cost": report.k.value}
    yield {"section": "data as of", "name": _utc(report.asked)}
    yield from ({"section": "note", "name": note} for note in report.notes)


def _line(section: str, line: Line, detail: str) -> dict[str, object]:
    return {
        "section": section,
        "name": line.name,
        "detail": detail,
        "currency": line.currency,
        "cost": line.cost,
        "before": line.before,
        "change": line.change,
        "share": None if line.share is None else line.share.quantize(Decimal("0.0001")),
        "estimated": line.estimated,
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value.quantize(Decimal('0.0001')):f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = safe(str(value), LONGEST)
    return f"'{text}" if text.startswith(FORMULA) else text


# Markdown


def _markdown(report: CostReport) -> Iterator[str]:
    yield f"# {_plain(report.title)}, {_days(report.window)}"
    yield ""
    yield f"Data as of {_utc(report.asked)} (the bill is 8 to 24 hours behind what ran); made {_utc(report.made)}. ≈ is an estimate."
    yield ""
    for line in report.totals or ():
        yield f"**{money(line.cost, line.currency)}**{_beside(line, report.before)}"
    if not report.totals:
        yield "Nothing was billed in this time."
    yield ""
    yield f"## By {report.by}{f', {_days(report.told_window)}' if report.told_window != report.window else ''}"
    yield ""
    yield from _lines(HEADS[report.by], report.lines, compared=report.before is not None and not report.by.estimated)
    if report.untagged is not None or report.by is By.TEAM:
        yield ""
        yield f"Untagged: {percent(report.untagged)} of what was spent."
    yield from _movers(report)
    yield from _waste(report)
    yield from _budgets(report)
    yield from _forecasts(report)
    yield from ("", "## How sure it is", "")
    yield f"- k (bill ÷ estimate): {'?' if report.k.value is None else f'{report.k.value:.2f}'}, {_plain(report.k.source)}"
    yield from (f"- {_plain(note)}" for note in report.notes)


def _beside(line: Line, before: Window | None) -> str:
    """How a total compares with the time before."""
    if line.before is None or line.change is None or before is None:
        return "; the time before was not asked about"
    ratio = f", {'+' if line.change >= 0 else '-'}{percent(abs(line.change / line.before))}" if line.before > 0 else ""
    return f"; {_signed(line.change, line.currency)}{ratio} against {money(line.before, line.currency)} ({_days(before)})"


def _lines(head: str, lines: Sequence[Line], *, compared: bool) -> Iterator[str]:
    if not lines:
        yield "Nothing."
        return
    heads = [head, "Cost", "Share", *(["Before", "Change"] if compared else [])]
    yield from _table(
        heads,
        (
            [
                line.name or "none",
                money(line.cost, line.currency, estimate=line.estimated),
                percent(line.share),
                *([money(line.before, line.currency), _signed(line.change, line.currency)] if compared else []),
            ]
            for line in lines
        ),
    )


def _movers(report: CostReport) -> Iterator[str]:
    yield from ("", "## What moved", "")
    if report.before is None:
        yield "The time before was not asked about."
    elif not report.movers:
        yield "Nothing."
    else:
        rows = (
            [line.name, _signed(line.change, line.currency), money(line.before, line.currency), money(line.cost, line.currency)]
            for line in report.movers
        )
        yield from _table(["What", "Change", "Before", "Now"], rows)
    if report.spikes:
        yield from ("", "Spikes of the last two weeks:", "")
        yield from (f"- {_plain(each.told)}" for each in report.spikes)


def _waste(report: CostReport) -> Iterator[str]:
    yield from ("", f"## Waste: {_saving(report.saving)} to be saved", "")
    if not report.waste:
        yield "Nothing that is found costs money by itself."
        return
    yield from _table(
        ["What", "Compute", "Workspace", "Owner", "A month", "Remedy"],
        (
            [each.what, each.name, each.workspace, each.owner, money(each.monthly, "USD", Form.WHOLE, estimate=True), each.remedy]
            for each in report.waste
        ),
    )


def _budgets(report: CostReport) -> Iterator[str]:
    yield from ("", "## Budgets", "")
    if not report.budgets:
        yield "None was found."
        return
    yield from _table(
        ["Budget", "For", "Amount", "Spent", "Forecast", "State"],
        (
            [
                each.name,
                each.whose,
                f"{money(each.amount, each.currency, Form.WHOLE)} {each.grain.lower()}" if each.grain else "–",
                _part(each.spent) if each.grain else "–",
                (f"≈{_part(each.forecast)}" if each.forecast is not None else "?") if each.grain else "–",
                each.state,
            ]
            for each in report.budgets
        ),
    )


def _forecasts(report: CostReport) -> Iterator[str]:
    yield from ("", "## The running month", "")
    if not report.forecasts:
        yield "No forecast: nothing is billed yet, or in several currencies."
    for each in report.forecasts:
        azure = money(each.azure, each.currency, Form.WHOLE, estimate=each.azure is not None)
        own = money(each.own, each.currency, Form.WHOLE, estimate=each.own is not None)
        so_far = money(each.so_far, each.currency)
        yield f"- {_plain(each.name)}: {so_far} so far; at its end {azure} by Azure, {own} by the last week's days"


# Words


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{' --- |' * len(heads)}"
    yield from (f"| {' | '.join(map(_plain, row))} |" for row in rows)


def _plain(text: str) -> str:
    """A text that Markdown takes for nothing but text."""
    inert = safe(text, LONGEST)
    for mark in "\\|`*_<>[]":
        inert = inert.replace(mark, f"\\{mark}")
    return inert


def _signed(change: Decimal | None, currency: str) -> str:
    return f"+{money(change, currency)}" if change is not None and change > 0 else money(change, currency)


def _saving(saving: Figure) -> str:
    unknown = f" (and of {saving.missing} not known)" if saving.missing else ""
    return f"{money(saving.value, saving.unit, Form.WHOLE, estimate=saving.known)}{unknown}"


def _part(share: Decimal | None) -> str:
    return "?" if share is None else f"{int(share)} %"


def _days(window: Window) -> str:
    return f"{window.first} to {window.last}"


def _utc(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment is not None else "?"
