"""What is found of the end of something that expires: by the rules of its own kind, be it snoozed or not."""

from __future__ import annotations

from console.domain.connections import Connection
from console.domain.data_assets import DataAsset
from console.domain.expiry import Expiring, Kind
from console.domain.findings.finding import Finding
from console.domain.storage_accounts import UsedAccount
from console.domain.vault_secrets import Secret
from console.session import Session

#: The rules that tell of an end; a secret that is disabled, say, is another matter.
RULES = frozenset({"secret-expires", "connection-expires", "account-key-age", "signed-uri"})


def found(row: Expiring, session: Session) -> tuple[Finding, ...]:
    """The findings about its end, the worst first."""
    subject = session.data.expiry.subject(row)
    every: tuple[Finding, ...]
    if isinstance(subject, Secret):
        every = session.data.secret_findings.of(subject)
    elif isinstance(subject, Connection) and row.kind is Kind.CONNECTION:
        every = session.data.connection_findings.of(subject)
    elif isinstance(subject, UsedAccount):
        every = session.data.storage_findings.of(subject)
    elif isinstance(subject, DataAsset):
        every = session.data.asset_findings.of(subject)
    else:
        return session.data.expiry_findings.of(row)
    return tuple(each for each in every if each.rule in RULES)
