"""How Key Vaults and their secrets are written: cells, and the pages with all that is known of one but a value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from console.domain import durations
from console.domain.findings.finding import Source
from console.domain.key_vaults import KeyVault, Network
from console.domain.trouble import Kind
from console.domain.vault_rights import Right, lacking, permission
from console.domain.vault_secrets import SOON, Secret, State, ending
from console.session import Session
from screens.compute import length
from screens.reasons import age_of, utc
from screens.widgets.facts import Fact

#: What a row has room for of what one may do, by the right.
SHORT = {Right.LIST: "list", Right.READ: "read", Right.SET: "set"}
NETWORKS = {
    Network.OPEN: "any network",
    Network.RULES: "the networks that its firewall names",
    Network.PRIVATE: "its private endpoints alone",
}
#: Which secrets in a workspace's vault Azure ML made itself is written down nowhere.
OWNER_UNKNOWN = "Which secrets Azure ML made for itself, Azure does not tell: what you do not know is better left alone."


def workspaces_text(row: KeyVault, session: Session) -> str:
    return ", ".join(session.context.label(place) for place in row.workspaces)


def count_text(row: KeyVault, session: Session) -> str:
    """How many secrets it has; "refused" where it lets one list none, "?" where they are not read."""
    if row.fault:
        return ""
    if (trouble := session.data.vaults.trouble_of(row.id)) is not None and session.data.vaults.secrets_of(row.id) is None:
        return "refused" if trouble.kind is Kind.PERMISSION else "?"
    secrets = session.data.vaults.secrets_of(row.id)
    return "" if secrets is None else str(len(secrets))


def expiring(row: KeyVault, session: Session) -> int | None:
    """How many enabled secrets expire within a month, or have; None where they are not read."""
    secrets = session.data.vaults.secrets_of(row.id)
    return ending(secrets, session.clock.now()) if secrets is not None else None


def may_text(row: KeyVault, session: Session) -> str:
    """`list read set`, with `–` for what one may not and `?` for what is not known."""
    told = {right: session.data.vaults.may(row, right) for right in SHORT}
    return " ".join(f"{word}?" if told[right] is None else word if told[right] else "–" for right, word in SHORT.items())


def expires_text(row: Secret, now: datetime) -> str:
    left = row.left(now)
    if left is None:
        return ""
    return f"{length(left.total_seconds())}" if left.total_seconds() > 0 else "expired"


def expires_style(row: Secret, now: datetime) -> str:
    left = row.left(now)
    if left is None or row.deleted:
        return ""
    return "bad" if left.total_seconds() <= 0 else "warn" if left <= SOON else ""


def state_style(row: Secret) -> str:
    return {State.DISABLED: "warn", State.DELETED: "muted"}.get(State(row.state), "") if row.state in set(State) else "warn"


def age_text(moment: datetime | None, session: Session) -> str:
    return "?" if moment is None else length(session.clock.age(moment).total_seconds())


def vault_facts(row: KeyVault, session: Session) -> list[Fact]:
    """All that is known of a vault, and what one may do there, with what would let one."""
    if row.fault:
        return [Fact("name", row.name), Fact("ARM id", row.id), Fact("unreadable", row.fault, "bad", "bad")]
    days = "?" if row.retention_days is None else str(row.retention_days)
    purged = "nobody can purge it before" if row.purge_protection else "who may purge can end it at once"
    if row.unread:
        told = [("name", row.name), ("of", workspaces_text(row, session)), ("ARM id", row.id)]
        facts = [*(Fact(name, text) for name, text in told), Fact("its settings", row.unread, "warn", "warn")]
        return [*facts, Fact("", ""), *rights_facts(row, session), *_trouble_facts(row, session)]
    lines = [
        ("name", row.name),
        ("of", workspaces_text(row, session)),
        ("address", row.address),
        ("decides", f"{row.model}: who may do what with its secrets"),
        ("reached from", NETWORKS[row.network]),
        ("deleted ones", f"can be recovered for {days} days; {purged}"),
        ("region", row.location),
        ("tags", ", ".join(f"{name}={value}" for name, value in row.tags.items()) or "none"),
        ("ARM id", row.id),
    ]
    facts = [Fact(name, text) for name, text in lines if text]
    return [*facts, Fact("", ""), *rights_facts(row, session), *_trouble_facts(row, session)]


def _trouble_facts(row: KeyVault, session: Session) -> list[Fact]:
    trouble = session.data.vaults.trouble_of(row.id)
    return [Fact("", ""), Fact("its secrets", trouble.sentence, "bad", "bad")] if trouble is not None else []


def rights_facts(row: KeyVault, session: Session) -> list[Fact]:
    """What one may do with the secrets of a vault, and by what."""
    facts = []
    for right in Right:
        may = session.data.vaults.may(row, right)
        if may:
            by = "the vault itself lets you" if row.unread else permission(row, right)
            facts.append(Fact("you may", f"{right} ({by})", "ok"))
        elif may is None:
            facts.append(Fact("you may ?", f"{right}: what decides it could not be read", "muted"))
        else:
            facts.append(Fact("you may not", f"{right}: {'the vault refuses it' if row.unread else lacking(row, right)}", "warn"))
    return facts


def secret_facts(row: Secret, session: Session) -> list[Fact]:
    """All that is known of a secret or a version, but its value."""
    if row.fault:
        return [Fact("vault", row.vault_name), Fact("unreadable", row.fault, "bad", "bad")]
    now = session.clock.now()
    made = session.data.connections.made_from(row.vault_name, row.name)
    left = row.left(now)
    when = "" if left is None else f"in {durations.words(left)}" if left.total_seconds() > 0 else f"{durations.words(-left)} ago"
    lines = [
        ("name", row.name),
        ("vault", row.vault_name),
        ("version", row.version),
        ("state", row.state),
        ("expires", f"{utc(row.expires)} ({when})" if row.expires is not None else "never"),
        ("not before", utc(row.not_before) if row.not_before is not None else ""),
        ("created", utc(row.created) if row.created is not None else "?"),
        ("updated", utc(row.updated) if row.updated is not None else "?"),
        ("content type", row.content_type),
        ("tags", ", ".join(f"{name}={value}" for name, value in row.tags.items()) or "none"),
        ("behind", ", ".join(f"{session.context.label(each.workspace)}/{each.name}" for each in made)),
        ("belongs to", "a certificate, which renews it" if row.managed else ""),
        ("deleted", utc(row.deleted_on) if row.deleted_on is not None else ""),
        ("purged", f"by itself on {utc(row.purge_on)}" if row.purge_on is not None else ""),
        ("id", row.id),
    ]
    facts = [Fact(name, text) for name, text in lines if text]
    if row.hidden:
        facts.append(Fact("hidden", "something in its tags or content type looks like a secret", "warn", "warn"))
    return [*facts, Fact("", ""), Fact("", OWNER_UNKNOWN, "muted")]


def vault_ages(session: Session) -> Callable[[Source], str]:
    """How long ago what findings about vaults and secrets rest on was read."""
    return lambda source: age_of(session.data.vaults.secrets.age if source is Source.VAULT else session.data.vaults.found.age)
