"""How connections are written: cells, and the page with all that is known of one."""

from __future__ import annotations

from collections.abc import Callable

from console.domain.connection_kinds import Auth, misfit
from console.domain.connections import Connection
from console.domain.findings.connections import AT_ONCE, SOON
from console.domain.findings.finding import Source
from console.domain.secret_state import unusable
from console.domain.vault_secrets import Secret
from console.session import Session
from screens.compute import length
from screens.reasons import age_of, utc
from screens.widgets.facts import Fact


def auth_text(row: Connection) -> str:
    """What it is entered with; a way that the console does not know as Azure writes it."""
    return "" if row.fault else row.auth.label if row.auth is not Auth.UNKNOWN else row.auth_word or "?"


def expiry_text(row: Connection, session: Session) -> str:
    """How long its credential is good; nothing where nobody said until when."""
    left = row.left(session.clock.now())
    if left is None:
        return ""
    seconds = left.total_seconds()
    return f"{length(-seconds)} ago" if seconds <= 0 else f"in {length(seconds)}"


def expiry_style(row: Connection, session: Session) -> str:
    left = row.left(session.clock.now())
    return "" if left is None or left > SOON else "bad" if left <= AT_ONCE else "warn"


def behind_text(row: Connection, session: Session) -> str:
    """The vault secret that it was made from; `+` where the vault has a newer version."""
    if row.behind is None:
        return "?" if row.secret_id else ""
    state = session.data.connections.secret(row)
    newest = state.newest if state is not None else None
    return f"{row.behind.short}{' +' if newest is not None and newest.version != row.behind.version else ''}"


def test_text(row: Connection, session: Session) -> str:
    """What came of its last test in this session, and how long ago that was."""
    test = session.data.connections.test(row)
    if test is None:
        return ""
    word = "?" if test.passed is None else "ok" if test.passed else "failed"
    return f"{word} {length(session.clock.age(test.at).total_seconds())}"


def test_style(row: Connection, session: Session) -> str:
    test = session.data.connections.test(row)
    return "" if test is None else {True: "ok", False: "bad", None: "warn"}[test.passed]


def connection_facts(row: Connection, session: Session) -> list[Fact]:
    """All that is known of a connection; never what it keeps."""
    if row.fault:
        return [Fact("name", row.name), Fact("ARM id", row.id), Fact("unreadable", row.fault, "bad", "bad")]
    kept = "kept in the workspace's Key Vault; listsecrets tells it to whoever may" if row.auth.keeps_secret else "nothing is kept"
    lines = [
        ("name", row.name),
        ("workspace", session.context.label(row.workspace)),
        ("category", f"{row.label} ({row.category})" if row.label != row.category else row.label),
        ("group", row.group),
        ("target", row.target or "none"),
        ("auth", f"{auth_text(row)}: {kept}"),
        ("does not fit", misfit(row.category, row.auth)),
        ("scope", _scope(row)),
        ("made in", row.made_in),
        ("expires", f"{utc(row.expires)} ({expiry_text(row, session)})" if row.expires is not None else "nobody said"),
        ("metadata", ", ".join(f"{name}={value}" for name, value in row.metadata.items()) or "none"),
        ("made", f"{utc(row.created_on)} by {row.created_by or '?'}"),
        ("changed", f"{utc(row.modified_on)} by {row.modified_by or '?'}"),
        ("ARM id", row.id),
    ]
    facts = [Fact(name, text) for name, text in lines if text]
    if row.error:
        facts.append(Fact("error", row.error, "bad", "bad"))
    return [*facts, Fact("", ""), *_behind(row, session), *_tested(row, session)]


def _scope(row: Connection) -> str:
    with_whom = f"; also shared with {', '.join(row.shared_with)}" if row.shared_with else ""
    told = {"shared": "shared: everybody in the workspace (of a hub: in its projects)", "private": "private: its maker alone"}
    return f"{told.get(row.scope, row.scope)}{with_whom}"


def _behind(row: Connection, session: Session) -> list[Fact]:
    """The vault secret that it was made from, and what the vault tells of that."""
    behind = row.behind
    if behind is None:
        return [Fact("vault", (row.secret_id and f"? ({row.secret_id} is no identifier of one)") or "none is remembered", "muted")]
    facts = [Fact("vault", behind.identifier), Fact("made from", f"version {behind.version or '?'}")]
    state = session.data.connections.secret(row)
    if state is None:
        return [*facts, Fact("newest", "not read yet", "muted")]
    if state.newest is None:
        return [*facts, Fact("newest", f"? {state.fault or 'the vault tells of no version'}", "muted")]
    same = state.newest.version == behind.version
    facts.append(Fact("newest", "the same" if same else _version(state.newest, session), "" if same else "warn"))
    used = state.version(behind.version)
    if used is not None and (wrong := unusable(used, session.clock.now())) is not None:
        facts.append(Fact("", f"the version that it was made from: {wrong.sentence}", "warn"))
    return facts


def _version(version: Secret, session: Session) -> str:
    wrong = unusable(version, session.clock.now())
    return f"version {version.version}, made {utc(version.created)}{f'; {wrong.sentence}' if wrong is not None else ''}"


def _tested(row: Connection, session: Session) -> list[Fact]:
    test = session.data.connections.test(row)
    if test is None:
        return [Fact("last test", "none in this session", "muted")]
    word = {True: "passed", False: "failed", None: "its end is not known"}[test.passed]
    return [Fact("last test", f"{word}, {utc(test.at)}{f': {test.said}' if test.said else ''}", test_style(row, session))]


def connection_ages(session: Session) -> Callable[[Source], str]:
    """How long ago what findings about connections rest on was read."""
    return lambda source: "read with the rows in view" if source is Source.VAULT else age_of(session.data.connections.feed.age)
