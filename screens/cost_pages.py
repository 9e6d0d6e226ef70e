"""Pages about costs: why a line costs what it costs, with source and age of each part, and what a day is made of."""

from __future__ import annotations

from console.clock import step
from console.domain import scopes
from console.domain.billing.amounts import figure, money, sum_of
from console.domain.billing.calibration import Calibration
from console.domain.billing.cost_days import CostDay
from console.domain.billing.lines import CostLine, moved_text
from console.domain.billing.periods import Period
from console.domain.billing.ranges import Range
from console.domain.compute import Compute
from console.session import Session
from screens.cost_cells import cause_text, day_name, firm_words, person, spike_text
from screens.reasons import GAP, ages, compute_facts
from screens.widgets.facts import Fact

#: How late Azure's own figures are (Understand Cost Management data, Microsoft Learn).
LATE = "Azure's figures are 8 to 24 hours old when it gives them"
PERIODS = {Range.TODAY: Period.TODAY, Range.WEEK: Period.WEEK, Range.MONTH: Period.MONTH, Range.LAST_MONTH: Period.LAST_MONTH}


def compute_of(row: CostLine, session: Session) -> Compute | None:
    """The compute that a line is about, as it is now."""
    return next((each for each in session.computes.items if scopes.key(each.id) == row.key), None)


def line_facts(row: CostLine, session: Session) -> list[Fact]:
    """Each part of a line's figures with source, age and confidence; then what could not be seen."""
    facts = [Fact("costs", f"{row.spent.text()}, {row.days.words} ({firm_words(row.spent)})", "bold")]
    facts += _billed(row, session) + _estimated(row, session) + _before(row)
    if row.now is not None:
        facts.append(Fact("burns now", f"{figure(row.now)} ({row.now.source}; {row.now.confidence})"))
    facts += [Fact("whose", ", ".join(person(each, session) for each in row.people))] if row.people else []
    facts += _calibrated(row, session)
    if row.days.since is not None and row.over in PERIODS:
        facts.append(Fact("machine hours", session.costs.usage.coverage(PERIODS[row.over]).words))
    facts += [Fact("of note", row.note)] if row.note else []
    facts += [Fact("not seen", sentence, "muted") for sentence in _unseen(row, session)]
    compute = compute_of(row, session)
    if compute is not None:
        facts += [GAP, *compute_facts(compute, session, ages(session, compute))]
    return [fact if fact.label else fact._replace(label=" ") for fact in facts]


def describe_facts(row: CostLine, session: Session) -> list[Fact]:
    """What a line is, before what it costs."""
    lines = [("name", row.name), ("kind", row.kind), ("by", row.dimension), ("id", row.key if row.key != row.name else "")]
    return [*(Fact(name, text) for name, text in lines if text), *line_facts(row, session)]


def day_facts(row: CostDay, session: Session) -> list[Fact]:
    """Why a day cost what it cost."""
    facts = [Fact("costs", f"{row.spent.text()} on {day_name(row)} ({firm_words(row.spent)})", "bold")]
    facts.append(Fact("of", f"{row.line.name} {row.line.kind}".strip()))
    if row.moved is not None:
        facts.append(Fact("change", f"{moved_text(row.moved)} from the same weekday a week before"))
    name = session.costs.lines.words.resource(row.cause) if row.cause.startswith("/") else None
    if row.cause:
        facts.append(Fact("cause", f"{cause_text(row, name)}{f' ({name.words})' if name is not None else ''}"))
    if row.spike is not None:
        spike = row.spike
        usual = money(spike.usual, spike.currency)
        facts.append(Fact("spike", f"{spike_text(row)}: half of its days cost {usual} or less", "warn"))
    if not row.whole:
        facts.append(Fact("not seen", f"The bill does not have all of this day yet: {LATE}.", "muted"))
    facts.append(Fact("source", f"bill ({session.costs.lines.grouping.name}, daily), asked {_asked(session)}"))
    return facts


def _billed(row: CostLine, session: Session) -> list[Fact]:
    spent = row.spent
    if spent.billed is None:
        return []
    days = row.days.whole if spent.estimated is not None else row.days.billed
    what = "amortized" if session.costs.now.amortized else "actual"
    if days is None:
        return [Fact("billed", f"No day of it is whole on the bill yet (asked {_asked(session)}; {LATE}).")]
    return [Fact("billed", f"{sum_of(spent.billed)} for {days.words} ({what} cost, asked {_asked(session)}; {LATE})")]


def _estimated(row: CostLine, session: Session) -> list[Fact]:
    guess = row.spent.estimated
    if guess is None:
        return []
    lacking = f", {guess.missing} of its parts not known" if guess.missing else ""
    how = "by run history, at list prices" if row.dimension.attributed else guess.source
    since = f" from {row.days.since:%-d %b} on" if row.days.since is not None else ""
    as_of = session.costs.usage.as_of
    when = f", as of {as_of:%H:%M} UTC" if as_of is not None else ""
    return [Fact("estimated", f"{figure(guess)}{since}: {how}{when}{lacking}")]


def _before(row: CostLine) -> list[Fact]:
    if row.before is None or row.moved is None:
        return []
    when = row.days.before.words if row.days.before is not None else "yesterday up to the same time"
    compared = f"; compared are {row.days.whole.words}" if row.days.whole is not None else ""
    return [Fact("before", f"{row.before.text()} {when}{compared}: {moved_text(row.moved, estimate=not row.before.firm)}")]


def _calibrated(row: CostLine, session: Session) -> list[Fact]:
    """k, and what it makes of the estimate."""
    own = session.costs.usage.calibrations.get(row.key)
    known = own or session.costs.usage.calibration
    if known is None or (own is None and row.spent.estimated is None):
        return []
    whose = "" if own is not None else " (of all computes)"
    facts = [Fact("k", f"{_k(known)}{whose}: {known.k.source}; {known.k.confidence}")]
    guess = row.spent.estimated
    if guess is not None and guess.known and guess.unit == known.estimated.unit and known.k.known:
        facts.append(Fact("corrected", f"{figure(known.corrected(guess))} instead of {figure(guess)}"))
    return facts


def _k(known: Calibration) -> str:
    return "?" if known.k.value is None else f"{known.k.value:.3f}"


def _unseen(row: CostLine, session: Session) -> list[str]:
    told = list(session.costs.now.incomplete)
    told += [trouble.sentence for trouble in session.costs.now.troubles.values()]
    told += session.costs.standing.lacking
    if row.days.since is not None and row.spent.estimated is None and row.spent.billed is not None:
        told.append(f"What is billed from {row.days.since:%-d %b} on is not all there yet, and nothing of this line can be estimated.")
    return list(dict.fromkeys(told))


def _asked(session: Session) -> str:
    asked = session.costs.now.asked
    if asked is None:
        return "never"
    age = step(session.clock.age(asked).total_seconds())
    return "just now" if age == "now" else f"{age} ago"
