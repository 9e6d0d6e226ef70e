"""Pages about who can do what: why a cell is what it is, one principal's verbs, two compared, separation, and how far it goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from console.domain.access.abilities import Ability
from console.domain.access.explanation import Explanation, Tells, differences, explain
from console.domain.access.places import Place, Vault
from console.domain.access.separation import Cause, causes_of, check
from console.domain.access.verbs import VERBS, Model, Verb
from console.domain.access.verdicts import Verdict
from console.feeds.feed import newest_trouble
from console.session import Session
from screens.reasons import age_of
from screens.who_cells import GLYPHS, INFERRED, MEANINGS, STYLES, flags, how_text
from screens.widgets.facts import Fact

GAP = Fact("", "")
#: What a sentence of an explanation is headed with, and its look.
HEADS = {
    Tells.GRANT: ("granted", ""),
    Tells.TAKEN_BACK: ("minus", "warn"),
    Tells.DENIAL: ("denied", "bad"),
    Tells.CONDITION: ("only if", "warn"),
    Tells.UNREAD: ("not read", "warn"),
    Tells.INFERENCE: ("inferred", "warn"),
    Tells.PROVIDED: ("provided", "warn"),
    Tells.LACK: ("lacks", "muted"),
}
#: What flags of a row mean, where a sentence of the explanation does not tell it.
FLAGS = {
    "orphan": "The directory does not know them any more: nobody signs in as them, but who is restored would have it again.",
    "disabled": "The account is disabled: nobody signs in as them while it is.",
    "guest": "A guest of the tenant.",
    "members?": "A group whose members could not be read: whoever is in it.",
    "denied?": "Deny assignments were not read: one may stand against it.",
    "more?": "What was not read may give them more than this.",
}
NOT_YET = [Fact(" ", "It is being worked out.", "muted")]


def why_facts(row: Ability, verb: Verb, session: Session) -> list[Fact]:
    """Why a cell is what it is: every way that holds by its paths, what stands against it, what was not read, what would end it."""
    answer, matrix = session.access.who.answer, session.access.who.matrix(row.place)
    if answer is None or matrix is None:
        return NOT_YET
    cell, where = matrix.cell(row.principal_id, verb), session.context.label(row.place.workspace)
    look = {"warn": "warn", "busy": "busy"}.get(STYLES.get(cell.verdict, ""), "bold")
    facts = [Fact(GLYPHS[cell.verdict], f"{row.label} can {verb.name} in {where}: {cell.verdict.words}", "bold", look)]
    facts.append(Fact("means", MEANINGS[cell.verdict], "muted"))
    facts += [Fact("look at", FLAGS[each], "warn") for each in flags(row, verb, session) if each in FLAGS]
    if not row.principal_id:
        told = [Fact("not read", gap, "warn") for gap in matrix.gaps] if cell.verdict is not Verdict.NO else []
        return _labelled([*facts, GAP, *told])
    runs = "can run jobs as the managed identity {}, which can do it"
    facts += [Fact("runs as", runs.format(answer.facts.name(each)), "warn") for each in cell.through]
    facts += _explained(explain(answer.facts, matrix, row.principal_id, verb), _ruled_out(answer.facts.vault(row.place.vault), verb))
    ends = list(dict.fromkeys(cause.plan for cause in causes(row, verb, session)))
    if ends:
        facts += [GAP, *(Fact("" if number else "would end", sentence) for number, sentence in enumerate(ends))]
        if len(ends) > 1:
            facts.append(Fact("", "all of these together: one of them alone leaves a way", "muted"))
    facts += [GAP, Fact("read", _ages(session), "muted")]
    return _labelled(facts)


def _ruled_out(vault: Vault | None, verb: Verb) -> tuple[str, ...]:
    """How sentences end that are about the model of a vault which it does not have."""
    if vault is None:
        return ()
    other = Model.POLICIES if vault.rbac else Model.ROLES
    return tuple(f"{need.words}." for way in verb.ways for need in way.needs if need.model is other)


def _explained(found: Explanation, ruled_out: tuple[str, ...]) -> list[Fact]:
    facts: list[Fact] = []
    for way in found.ways:
        facts += [GAP, Fact("way", f"{way.way.words}: {way.verdict.words}", "bold")]
        facts += [_fact(each.tells, each.text) for each in way.sentences]
    lacks = found.cell.verdict is Verdict.NO
    against = [each for each in found.against if each.tells is not Tells.LACK or (lacks and not each.text.endswith(ruled_out))]
    if against:
        facts += [GAP, *(_fact(each.tells, each.text) for each in against)]
    if found.gaps:
        facts += [GAP, *(Fact("not read", gap, "warn") for gap in found.gaps)]
    return facts


def _fact(tells: Tells, text: str) -> Fact:
    head, look = HEADS[tells]
    return Fact(head, text, look)


def causes(row: Ability, verb: Verb, session: Session) -> list[Cause]:
    """What would have to end for a principal not to be able to do it: of somebody who can, what they could give to oneself stays."""
    answer, cell = session.access.who.answer, row.cell(verb)
    if answer is None or cell.verdict > Verdict.ELIGIBLE:
        return []
    ways = [way for way, verdict in zip(verb.ways, cell.ways, strict=True) if verdict <= max(cell.verdict, Verdict.BY_KEY)]
    found = (cause for way in ways for cause in causes_of(answer.facts, row.place, row.principal_id, way))
    return list({cause.source + cause.plan: cause for cause in found}.values())


def verbs_facts(rows: Sequence[Ability], session: Session) -> list[Fact]:
    """All that a principal can do, place by place, best first, and by which path."""
    facts: list[Fact] = []
    for row in rows:
        facts.append(Fact("in", session.context.label(row.place.workspace), "bold"))
        for verb in sorted(VERBS, key=lambda each: row.cell(each).verdict):
            verdict = row.cell(verb).verdict
            if verdict is not Verdict.NO:
                how = how_text(row, verb, session)
                facts.append(Fact(f"{GLYPHS[verdict]} {verdict.words}", f"{verb.name}{f': {how}' if how else ''}", STYLES.get(verdict, "")))
        cannot = [verb.name for verb in VERBS if row.cell(verb).verdict is Verdict.NO]
        facts += [Fact(f"{GLYPHS[Verdict.NO]} no", ", ".join(cannot), "muted"), GAP] if cannot else [GAP]
    return facts or [Fact(" ", "Nothing that was read lets them do anything in the workspaces that are open.", "muted")]


def compare_facts(one: Ability, other: Ability, session: Session) -> list[Fact]:
    """The verbs on which two principals differ, and by which paths."""
    facts = [Fact("compares", f"{one.label} with {other.label} in {session.context.label(one.place.workspace)}", "bold"), GAP]
    found = differences(one.cells, other.cells)
    for each in found:
        facts.append(Fact("can", each.verb.name, "bold"))
        facts += [_side(row, each.verb, session) for row in (one, other)]
    if not found:
        facts.append(Fact("", "They can do the same, be it by other paths.", "ok"))
    else:
        facts += [GAP, Fact("the same", f"{len(VERBS) - len(found)} of {len(VERBS)} verbs", "muted")]
    return _labelled(facts)


def _side(row: Ability, verb: Verb, session: Session) -> Fact:
    verdict = row.cell(verb).verdict
    how = how_text(row, verb, session)
    return Fact(f"  {GLYPHS[verdict]}", f"{row.label}: {verdict.words}{f', by {how}' if how else ''}", STYLES.get(verdict, ""))


def separation_facts(places: Iterable[Place], session: Session) -> list[Fact]:
    """Who can do more than work in a workspace asks for: by the design of a role, and beyond it."""
    answer, facts = session.access.who.answer, list[Fact]()
    for place in places:
        matrix = session.access.who.matrix(place)
        if answer is None or matrix is None:
            return NOT_YET
        found = check(answer.facts, matrix)
        facts.append(Fact("in", session.context.label(place.workspace), "bold"))
        for design in found.by_design:
            facts += [Fact("by design", design.sentence, "warn"), Fact("instead", design.remedy)]
        for beyond in found.beyond:
            who = answer.facts.name(beyond.principal_id)
            facts += [GAP, Fact("beyond", f"{who} can {beyond.verb.name}: {beyond.cell.verdict.words}", "bad")]
            facts += [Fact("because", cause.sentence) for cause in beyond.causes]
            facts += [Fact("plan", plan) for plan in dict.fromkeys(cause.plan for cause in beyond.causes)]
        if found.unsure:
            facts.append(GAP)
        facts += [Fact("not known", f"{answer.facts.name(who)}: {', '.join(verbs)}", "warn") for who, verbs in found.unsure]
        if not (found.by_design or found.beyond or found.unsure):
            facts.append(Fact("", "Nobody here holds the role of a data scientist, and so nobody goes beyond it.", "muted"))
        elif not found.beyond:
            facts.append(Fact("beyond", "nobody that was read can do more than the role of a data scientist grants", "ok"))
        facts.append(GAP)
    return _labelled(facts)


def trust_facts(places: Iterable[Place], session: Session) -> list[Fact]:
    """How far the answer goes: what was not read, how old it is, whether Azure agrees about oneself, and what is never covered."""
    facts: list[Fact] = [Fact("read", _ages(session)), GAP]
    for place in places:
        matrix, found = session.access.who.matrix(place), session.access.who.disagreements(place)
        facts.append(Fact("in", session.context.label(place.workspace), "bold"))
        if matrix is None:
            trouble = newest_trouble(session.access.who.rows.troubles)
            facts += [Fact("unknown", trouble.sentence if trouble is not None else "It is being worked out.", "warn"), GAP]
            continue
        facts += [Fact("not read", gap, "warn") for gap in matrix.gaps] or [Fact("read", "everything that decides it", "ok")]
        if found is None:
            facts.append(Fact("Azure", "What Azure itself lets you do here is not known; it cannot be compared.", "warn"))
        elif not found:
            facts.append(Fact("Azure", "Azure's own answer about you agrees with this.", "ok"))
        else:
            facts += [Fact("Azure", each.sentence, "bad") for each in found]
            told = "A change of roles takes minutes to be in force; else a group, a deny assignment or a role was not read."
            facts.append(Fact("", told, "muted"))
        facts.append(GAP)
    facts += [Fact(GLYPHS[verdict], f"{verdict.words}: {MEANINGS[verdict]}", STYLES.get(verdict, "")) for verdict in GLYPHS]
    facts.append(Fact(INFERRED, "rests on /*/ in a role standing for nothing, which Microsoft does not document"))
    beside = "delegation by Lighthouse, Azure Policy, locks, network rules, access lists of storage, elevation of Global Administrators"
    facts += [GAP, Fact("not covered", f"{beside}.", "muted")]
    return _labelled(facts)


def describe_facts(row: Ability, verb: Verb, session: Session) -> list[Fact]:
    """Who a row is, and all that it can do."""
    who = row.principal
    lines = [("name", who.name), ("signs in as", who.upn), ("mail", who.mail), ("application", who.app_id)] if who is not None else []
    facts = [Fact(name, text) for name, text in lines if text]
    facts.append(Fact("object id", row.principal_id or "whoever holds nothing that was read"))
    facts += [Fact("look at", each, "warn") for each in flags(row, verb, session)]
    return [*facts, GAP, *verbs_facts([row], session)]


def _ages(session: Session) -> str:
    access = session.access.now
    told = [f"{feed.name} {age_of(feed.age)}" for feed in (access.assignments, access.definitions, access.eligibilities, access.denies)]
    return ", ".join(told)


def _labelled(facts: list[Fact]) -> list[Fact]:
    """Facts whose texts stand in one column, those without a label too."""
    return [fact if fact.label else fact._replace(label=" ") for fact in facts]
