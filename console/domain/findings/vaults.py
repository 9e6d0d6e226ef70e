"""Rules over Key Vaults and their secrets: what expires, has expired or cannot be read, and vaults in which a purge is for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from console.domain import durations
from console.domain.connections import Connection
from console.domain.figures import Confidence
from console.domain.findings.finding import Evidence, Finding, Severity, Source
from console.domain.key_vaults import KeyVault
from console.domain.vault_secrets import SOON, Secret, State

#: Time enough to find out who uses it, and no more.
WEEK = timedelta(days=7)
#: Connections that a sentence names.
MOST_NAMED = 5
#: "About Azure Key Vault secrets": date-time controlled operations.
READABLE = "Key Vault gives it out all the same, before and after that: who checks the date stops, who does not goes on."


def of_secret(secret: Secret, connections: Sequence[Connection], now: datetime) -> Iterator[Finding]:
    """What is found of a secret; `now` is UTC. Nothing of one that was deleted, or belongs to a certificate.

    `connections` are those that are known to be made from it.
    """
    if secret.fault or secret.deleted or secret.managed:
        return
    if secret.state == State.DISABLED:
        yield _disabled(secret, connections)
    left = secret.left(now)
    if left is not None and left <= SOON and secret.enabled is not False:
        yield _expiring(secret, connections, left)


def production(tags: Mapping[str, str]) -> bool:
    """Whether tags call something production: any of them, as nobody agrees on its name."""
    return not {"prod", "production"}.isdisjoint(text.lower() for text in tags.values())


def unprotected(vault: KeyVault, important: bool) -> Finding | None:
    """A vault of a workspace that is `important` in which what was deleted can be purged at once."""
    if vault.fault or vault.unread or vault.purge_protection or not important:
        return None
    return Finding(
        rule="no-purge-protection",
        subject_id=vault.id,
        subject_name=vault.name,
        what="no purge protection",
        claim=f"{vault.name} keeps the secrets of production, and whoever may purge can end them for good at once.",
        severity=Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=(Evidence("enablePurgeProtection is not set", Source.ARM),),
        advice=f"Turn it on: az keyvault update --name {vault.name} --enable-purge-protection true. It cannot be turned off again.",
        about="vaults",
    )


def _disabled(secret: Secret, connections: Sequence[Connection]) -> Finding:
    return Finding(
        rule="secret-disabled",
        subject_id=secret.id,
        subject_name=secret.name,
        what="disabled secret",
        claim=f"{secret.name} in {secret.vault_name} is disabled: whoever reads its newest version is refused.{_made(connections)}",
        severity=Severity.WARNING if connections else Severity.NOTE,
        confidence=Confidence.OBSERVED,
        evidence=(Evidence("Its newest version is not enabled", Source.VAULT, secret.updated), *_links(connections)),
        unseen=("Who reads it: Key Vault keeps no list of that; its diagnostic log has it where one is kept.",),
        since=secret.updated,
        advice="Enable it (s) if something still needs it, else delete it.",
        about="secrets",
    )


def _expiring(secret: Secret, connections: Sequence[Connection], left: timedelta) -> Finding:
    over = left <= timedelta(0)
    when = f"has expired {durations.words(-left)} ago" if over else f"expires in {durations.words(left)}"
    return Finding(
        rule="secret-expires",
        subject_id=secret.id,
        subject_name=secret.name,
        what="secret has expired" if over else "secret expires",
        claim=f"{secret.name} in {secret.vault_name} {when}.{_made(connections)}",
        severity=Severity.SERIOUS if left <= WEEK else Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=(
            Evidence(f"It expires at {secret.expires:%Y-%m-%d %H:%M} UTC", Source.VAULT, secret.updated),
            Evidence(READABLE, Source.VAULT),
            *_links(connections),
        ),
        unseen=("Who reads it: Key Vault keeps no list of that; its diagnostic log has it where one is kept.",),
        since=secret.expires if over else None,
        advice="Set a new version (N), or another end (e) if the value stays good.",
        about="secrets",
    )


def _made(connections: Sequence[Connection]) -> str:
    """Which connections hold a copy, as a sentence after another ("" for none)."""
    names = ", ".join(f"{each.workspace.name}/{each.name}" for each in connections[:MOST_NAMED])
    more = f" and {len(connections) - MOST_NAMED} more" if len(connections) > MOST_NAMED else ""
    if not connections:
        return ""
    return f" The connection {names} was made from it." if len(connections) == 1 else f" The connections {names}{more} were made from it."


def _links(connections: Sequence[Connection]) -> tuple[Evidence, ...]:
    """Where that is known from."""
    if not connections:
        return ()
    changed = [each.modified_on for each in connections if each.modified_on is not None]
    return (Evidence("Their metadata names the secret: each holds a copy of a version", Source.ARM, min(changed, default=None)),)
