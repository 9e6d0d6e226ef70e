"""Reasons: what the panel `w` says; claim, evidence with source and age, what could not be seen, plan; and plain facts of a compute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from console.clock import step
from console.domain.billing.amounts import figure
from console.domain.compute import Compute, Kind
from console.domain.cost import burn, list_price
from console.domain.figures import Figure
from console.domain.findings.finding import Finding, Source
from console.feeds.findings import Accepted
from console.session import Session
from screens.widgets.facts import Fact

#: Severity's word → its look.
LOOKS = {"serious": "bad", "warning": "warn", "note": "busy"}
GAP = Fact("", "")


def finding_facts(finding: Finding, plan: str, age: Callable[[Source], str]) -> list[Fact]:
    """A finding from claim to plan; `plan` says what `f` would do, `age` how long ago a source was read."""
    word = finding.severity.word if finding.known else "?"
    facts = [Fact(word, finding.claim, "bold", LOOKS.get(word, "muted"))]
    for number, evidence in enumerate(finding.evidence):
        told = f"at {utc(evidence.as_of)}, " if evidence.as_of is not None else ""
        facts.append(Fact("" if number else "evidence", f"{evidence.sentence} ({told}{evidence.source}, {age(evidence.source)})"))
    if finding.cost is not None:
        facts.append(Fact("costs", f"{money(finding)}: {finding.cost.source}, {age(Source.PRICES)}"))
    facts += [Fact("" if number else "not seen", sentence, "muted") for number, sentence in enumerate(finding.unseen)]
    facts.append(Fact("confidence", finding.confidence.value, "muted"))
    facts.append(Fact("plan", f"{plan} {finding.advice}".strip()))
    return _labelled(facts)


def accepted_facts(accepted: Accepted) -> list[Fact]:
    """A finding that somebody snoozed: who, why, until when."""
    snooze = accepted.snooze
    until = f"until {utc(snooze.until)}, by {snooze.who or '?'} on {utc(snooze.since)}"
    return _labelled([Fact("accepted", accepted.finding.claim, "muted"), Fact("", f"{until}: {snooze.reason}", "muted")])


def compute_facts(compute: Compute, session: Session, age: Callable[[Source], str]) -> list[Fact]:
    """Why a compute costs what it costs and is in the state it is in, from facts alone."""
    listed = age(Source.ARM)
    facts = []
    rate = burn(compute, session.money.price_list(compute))
    if rate is not None:
        price, count = list_price(compute, session.money.price_list(compute)), compute.billed_nodes
        product = f"{rate_of(rate)} = {rate_of(price)} × {'?' if count is None else count} billed {'node' if count == 1 else 'nodes'}"
        facts.append(Fact("costs now", f"{product} ({price.source}, {age(Source.PRICES)}; nodes: {Source.ARM}, {listed})"))
    else:
        facts.append(Fact("costs now", "nothing through this workspace: its machines are billed where they are"))
    facts.append(Fact("state", f"{compute.shown_state} {_since(compute)} ({Source.ARM}, {listed})"))
    operation = compute.last_operation
    if operation is not None:
        facts.append(Fact("last change", f"{operation.name} {operation.status} by {operation.trigger or '?'} at {utc(operation.time)}"))
    if compute.nodes is not None:
        counts = ", ".join(f"{count} {name}" for name in compute.nodes.__struct_fields__ if (count := getattr(compute.nodes, name)))
        facts.append(Fact("nodes", f"{counts or 'none'}; scales from {compute.min_nodes} to {compute.max_nodes}"))
    if compute.kind in {Kind.INSTANCE, Kind.CLUSTER}:
        facts.append(Fact("last job", f"{_last_job(compute, session)} ({Source.RUNS}, {run_age(session, compute)})"))
    facts += [Fact("error", error, "bad") for error in compute.errors]
    return _labelled(facts)


def ages(session: Session, compute: Compute | None) -> Callable[[Source], str]:
    """How long ago each source was read: `read 4s ago`, or that it was not."""

    def age(source: Source) -> str:
        if source is Source.RUNS:
            return run_age(session, compute) if compute is not None else "not read"
        return age_of(session.computes.age if source is Source.ARM else session.prices.age)

    return age


def run_age(session: Session, compute: Compute) -> str:
    trouble = session.last_runs.trouble
    if trouble is not None and not session.last_runs.known(compute.id):
        return f"not read: {trouble.sentence}"
    return age_of(session.last_runs.age(compute.id))


def money(finding: Finding) -> str:
    """What a finding costs by the hour and, should nothing change, by the month."""
    if finding.cost is None:
        return "nothing by itself"
    monthly = finding.monthly
    return rate_of(finding.cost) if monthly is None else f"{rate_of(finding.cost)}, ≈${monthly:,.0f} a month if nothing changes"


def rate_of(rate: Figure) -> str:
    return "? USD/h" if rate.value is None else figure(rate)


def utc(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment is not None else "?"


def _since(compute: Compute) -> str:
    if compute.kind is Kind.CLUSTER:
        return f"since {utc(compute.allocation_since)}"
    return f"since {utc(compute.last_operation.time)}" if compute.last_operation is not None else "since ?"


def _last_job(compute: Compute, session: Session) -> str:
    if not session.last_runs.known(compute.id):
        return "?"
    run = session.last_runs.get(compute.id)
    if run is None:
        return "none on record"
    when = f"began {utc(run.started or run.created)}" if run.active else f"ended {utc(run.ended)}"
    return f"{run.id} {run.status or '?'}, by {run.user or '?'}, {when}"


def age_of(age: float | None) -> str:
    """How long ago something was read, in words."""
    if age is None:
        return "not read yet"
    told = step(age)
    return "read just now" if told == "now" else f"read {told} ago"


def _labelled(facts: list[Fact]) -> list[Fact]:
    """Facts whose texts stand in one column, those without a label too."""
    return [fact if fact.label else fact._replace(label=" ") for fact in facts]
