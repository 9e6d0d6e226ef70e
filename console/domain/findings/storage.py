"""Rules over storage accounts: keys that are old, and datastores that keep a key which opens nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from console.domain.figures import Confidence
from console.domain.findings.finding import Evidence, Finding, Severity, Source
from console.domain.storage_accounts import UsedAccount

#: After how many days a key is to be made anew where the account has no policy of its own: CIS Microsoft Azure Foundations Benchmark
#: 3.0, recommendation 4.4. An account's own period is what the built-in Azure Policy "Storage account keys should not be expired" judges.
KEY_DAYS = 90
#: So many times the period: it is not late but forgotten.
LONG_OVER = 2


def old_key(row: UsedAccount, now: datetime) -> Finding | None:
    """An account with a key that is older than its policy, or the benchmark, wants it; `now` is UTC. None where no key opens anything."""
    account = row.account
    if account is None or account.fault or not account.shared_key or account.oldest_key is None:
        return None
    days = account.key_days or KEY_DAYS
    late = {name: made for name, made in account.keys.items() if now - made > timedelta(days=days)}
    if not late:
        return None
    age = (now - account.oldest_key).days
    rule = f"the account's own key policy wants {days} days" if account.key_days else f"the CIS benchmark for Azure wants {days} days"
    held = len(row.by_key)
    on = f"{held} {'datastore keeps' if held == 1 else 'datastores keep'} a key of it or a signature made with one"
    return Finding(
        rule="account-key-age",
        subject_id=row.id,
        subject_name=row.name,
        what=f"key {age} days old",
        claim=f"A key of {row.name} is {age} days old; {rule}.",
        severity=Severity.WARNING if age > days * LONG_OVER else Severity.NOTE,
        confidence=Confidence.OBSERVED,
        evidence=(
            *(Evidence(f"{name} was made {(now - made).days} days ago", Source.ARM, made) for name, made in sorted(late.items())),
            Evidence(f"{on}, as far as the workspaces can be seen", Source.ARM),
        ),
        unseen=("Who else has the key, outside of Azure ML: Azure does not tell.",),
        since=account.oldest_key + timedelta(days=days),
        advice="Move what is on it to the other key, then make this one anew; or let identities in, and turn its keys off.",
        about="storage",
    )


def keys_off(row: UsedAccount) -> Finding | None:
    """An account that lets no key in, under datastores that keep one."""
    account = row.account
    if account is None or account.fault or account.shared_key or not row.by_key:
        return None
    names = ", ".join(each.name for each in row.by_key[:4]) + (f" and {len(row.by_key) - 4} more" if len(row.by_key) > 4 else "")
    return Finding(
        rule="account-keys-off",
        subject_id=row.id,
        subject_name=row.name,
        what="keys off, datastores by key",
        claim=f"{row.name} lets no key in, and {names} go by one: nothing can be read through {'it' if len(row.by_key) == 1 else 'them'}.",
        severity=Severity.SERIOUS,
        confidence=Confidence.OBSERVED,
        evidence=(
            Evidence("allowSharedKeyAccess is false", Source.ARM),
            *(Evidence(f"{each.name} in {each.workspace.name} goes by {each.auth.label}", Source.ARM) for each in row.by_key[:8]),
        ),
        advice="Move these datastores to identity; or let keys in again.",
        about="storage",
    )
