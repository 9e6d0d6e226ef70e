"""Answers: what the panel `w` says of a compute first: the question that its state raises, why it is so, and what nobody can see."""

from __future__ import annotations

from typing import Any

from console.domain.compute import Compute
from console.domain.findings.finding import Source
from console.domain.reasons.answer import Answer, Check, Mark, Saving
from console.domain.reasons.questions import answer
from console.domain.reasons.saving import savings
from console.feeds.lookup import Lookup
from console.operations.computes import START
from console.session import Session
from screens.reasons import GAP, age_of, run_age, utc
from screens.widgets.facts import Fact

LOOKS = {Mark.CAUSE: "bad", Mark.POSSIBLE: "warn", Mark.RULED_OUT: "ok", Mark.FACT: "", Mark.UNREAD: "muted"}
#: What explains it comes first, what does not last.
ORDER = tuple(Mark)


def answer_facts(compute: Compute, session: Session, plan: str = "") -> list[Fact]:
    """Question, answer, checks, what cannot be seen, what would save money; asks for what is not read yet.

    `plan` says what `f` would do ("" where it does nothing).
    """
    session.inquiries.want(compute)
    subject = session.compute_findings.subject_of(compute)
    found = answer(session.inquiries.situation(subject, START))
    if found is None:
        return []
    facts = [Fact(" ", found.question, "bold"), Fact("answer", found.conclusion, "key", "key")]
    facts += [*((Fact("plan", plan),) if plan else ()), GAP]
    facts += _checked(found, compute, session)
    if found.unseen:
        facts += [GAP, Fact("", "POSSIBLE, BUT NOT VISIBLE FROM HERE", "muted")]
        facts += [Fact("?", sentence, "", "warn") for sentence in found.unseen]
    facts += _saved(savings(subject))
    return [*facts, GAP]


def _checked(found: Answer, compute: Compute, session: Session) -> list[Fact]:
    """The checks, the causes first; how old each source is stands once, above them."""
    sources = dict.fromkeys(check.source for check in found.checks)
    told = " · ".join(f"{source} {_age(source, compute, session).removeprefix('read ')}" for source in sources)
    facts = [Fact("", f"CHECKED   {told}", "muted")]
    for check in sorted(found.checks, key=lambda each: ORDER.index(each.mark)):
        facts.append(Fact(check.mark, _sentence(check, compute, session), "", LOOKS[check.mark]))
    return facts


def _sentence(check: Check, compute: Compute, session: Session) -> str:
    when = f", {utc(check.as_of)}" if check.as_of is not None else ""
    why = _trouble(check.source, compute, session) if check.mark is Mark.UNREAD else ""
    return f"{check.sentence} ({check.source}{when}){f': {why}' if why else ''}"


def _saved(found: tuple[Saving, ...]) -> list[Fact]:
    if not found:
        return []
    facts = [GAP, Fact("", "WOULD SAVE MONEY   at list prices, a month; what nobody uses is not known", "muted")]
    for each in found:
        price = f"≈${each.monthly:,.0f}" if each.monthly is not None else "?"
        facts.append(Fact(price, each.sentence, "", "bold"))
    return facts


def _age(source: Source, compute: Compute, session: Session) -> str:
    """How long ago a source was read for this compute; why it was not."""
    inquiries = session.inquiries
    if source is Source.RUNS:
        return age_of(inquiries.runs.age(compute.id)) if inquiries.runs.known(compute.id) else run_age(session, compute)
    if source is Source.LOG:
        return age_of(inquiries.events.age(compute.id))
    if source is Source.ROLES:
        return age_of(inquiries.rights.age(compute.id)) if compute.identities else "as signed in"
    return age_of(session.computes.age)


def _trouble(source: Source, compute: Compute, session: Session) -> str:
    """Why a source has not told of this compute, where that is known."""
    inquiries = session.inquiries
    lookups: dict[Source, Lookup[Any]] = {Source.RUNS: inquiries.runs, Source.LOG: inquiries.events, Source.ROLES: inquiries.rights}
    lookup = lookups.get(source)
    if lookup is None or lookup.known(compute.id):
        return ""
    return lookup.trouble.sentence if lookup.trouble is not None else "being read" if lookup.busy else ""
