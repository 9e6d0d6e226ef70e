"""How a cell of who can do what is written: its glyph, its words, its path in short, and what of the person should be looked at."""

from __future__ import annotations

from console.domain.access.abilities import Ability, route_words
from console.domain.access.principals import PrincipalKind
from console.domain.access.verbs import Verb
from console.domain.access.verdicts import Verdict
from console.session import Session
from screens.access_cells import KINDS, scope_text

#: A glyph of one cell for each verdict, told apart without colour.
GLYPHS = {
    Verdict.YES: "●",
    Verdict.BY_KEY: "k",
    Verdict.ONESELF: "↑",
    Verdict.ELIGIBLE: "e",
    Verdict.CONDITIONAL: "c",
    Verdict.UNKNOWN: "?",
    Verdict.NO: "·",
}
#: The words of a list's cell; that of the unknown is a sign alone, so that a filter for "no" does not find it.
WORDS = {
    Verdict.YES: "yes",
    Verdict.BY_KEY: "by key",
    Verdict.ONESELF: "oneself",
    Verdict.ELIGIBLE: "eligible",
    Verdict.CONDITIONAL: "if",
    Verdict.UNKNOWN: "",
    Verdict.NO: "no",
}
STYLES = {Verdict.BY_KEY: "warn", Verdict.ONESELF: "warn", Verdict.UNKNOWN: "warn", Verdict.ELIGIBLE: "busy", Verdict.CONDITIONAL: "busy"}
STYLES[Verdict.NO] = "muted"
#: What the verdicts mean, for a page.
MEANINGS = {
    Verdict.YES: "can do it now",
    Verdict.BY_KEY: "can get at a key or secret that does it, which Azure's own check of roles does not see",
    Verdict.ONESELF: "cannot, but may assign roles, change the vault's policies or run jobs as an identity that can",
    Verdict.ELIGIBLE: "can once a role is activated (PIM)",
    Verdict.CONDITIONAL: "can where a condition holds, or for a part of it only",
    Verdict.NO: "cannot",
    Verdict.UNKNOWN: "not known: something that decides it could not be read",
}
#: Stands behind a glyph that rests on a reading of `/*/` which Microsoft does not document.
INFERRED = "†"
#: Heads of narrow columns, one for each verb, by its key.
HEADS = {
    "create-compute": "CRE",
    "delete-compute": "DEL",
    "start-stop": "STA",
    "idle-shutdown": "IDL",
    "submit-jobs": "SUB",
    "read-jobs": "JOB",
    "register-models": "MOD",
    "read-data": "DAT",
    "write-datastores": "STO",
    "datastore-secrets": "DSK",
    "write-connections": "CON",
    "connection-secrets": "CNK",
    "vault-secrets": "VLT",
    "deploy": "DEP",
    "endpoint-keys": "EPK",
    "manage-workspace": "MNG",
    "quota": "QUO",
    "assign-roles": "ASG",
    "see-cost": "CST",
    "budgets": "BUD",
    "pull-images": "PUL",
    "push-images": "PSH",
}


def verdict_text(row: Ability, verb: Verb) -> str:
    """A glyph and a word."""
    verdict = row.cell(verb).verdict
    return f"{GLYPHS[verdict]} {WORDS[verdict]}".rstrip()


def verdict_style(row: Ability, verb: Verb) -> str:
    return STYLES.get(row.cell(verb).verdict, "")


def glyph_text(row: Ability, verb: Verb, chosen: bool) -> str:
    """A cell of the matrix, in three cells; that of the verb that is asked about in brackets."""
    cell = row.cell(verb)
    glyph = GLYPHS[cell.verdict]
    return f"({glyph})" if chosen else f" {glyph}{INFERRED if cell.by_inference else ''}"


def kind_text(row: Ability, session: Session) -> str:
    who = session.access.now.directory.get(row.principal_id)
    if who is not None and who.service == "ManagedIdentity":
        return "identity"
    if not row.principal_id:
        return ""
    return "guest" if who is not None and who.guest else KINDS[row.kind]


def how_text(row: Ability, verb: Verb, session: Session) -> str:
    """The shortest path to a verdict, and what it is good for where that is not the verb itself."""
    found = session.access.who.shortest(row, verb)
    answer = session.access.who.answer
    if answer is None:
        return ""
    text = route_words(found, answer.facts, lambda scope: scope_text(scope, session))
    verdict = row.cell(verb).verdict
    if verdict is Verdict.UNKNOWN and not text:
        return "not everything was read (w)"
    return f"{text}: {found.words}" if text and found.words and verdict in {Verdict.BY_KEY, Verdict.ONESELF} else text


def flags(row: Ability, verb: Verb, session: Session) -> list[str]:
    """What of the person, or of the verdict, should be looked at, the worst first."""
    who, cell, found = session.access.now.directory.get(row.principal_id), row.cell(verb), []
    if row.orphan:
        found.append("orphan")
    if who is not None and who.enabled is False:
        found.append("disabled")
    if who is not None and who.guest and row.kind is PrincipalKind.USER:
        found.append("guest")
    if row.closed:
        found.append("members?")
    if cell.may_be_denied:
        found.append("denied?")
    if cell.by_inference:
        found.append(f"{INFERRED}inferred")
    if cell.more:
        found.append("more?")
    return found


def flags_style(row: Ability, verb: Verb, session: Session) -> str:
    found = flags(row, verb, session)
    return "bad" if {"orphan", "disabled"}.intersection(found) else "warn" if found else ""


def legend() -> str:
    """What the glyphs mean, in one line."""
    words = {**WORDS, Verdict.BY_KEY: "key", Verdict.UNKNOWN: "unknown"}
    return "  ".join(f"{GLYPHS[each]} {words[each]}" for each in GLYPHS)
