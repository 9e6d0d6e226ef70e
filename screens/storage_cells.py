"""How storage accounts are written: cells, and the page with all that is known of one and of who is on it."""

from __future__ import annotations

from console.domain.datastores import Datastore
from console.domain.storage_accounts import StorageAccount, UsedAccount
from console.session import Session
from screens.compute import length
from screens.data_cells import auth_text, type_text
from screens.reasons import utc
from screens.widgets.facts import Fact

#: Accounts hold more than what the workspaces are on.
OTHERS_UNSEEN = "Whoever else goes in by its keys, outside of Azure ML: Azure does not tell."


def keys_text(row: UsedAccount, session: Session) -> str:
    """How old the older key is; `off` where no key opens anything."""
    account = row.account
    if account is None or account.fault:
        return "?"
    if not account.shared_key:
        return "off"
    return "?" if account.oldest_key is None else length(session.clock.age(account.oldest_key).total_seconds())


def network_text(account: StorageAccount | None) -> str:
    """From where it can be reached."""
    if account is None or account.fault:
        return "?"
    return "private" if account.closed else "selected" if account.selected else "open"


def on_it(row: UsedAccount, session: Session) -> str:
    """How many datastores of how many workspaces."""
    return f"{_counted(len(row.datastores), session)} in {len(row.workspaces)}"


def by_key(row: UsedAccount, session: Session) -> str:
    """How many of the datastores on it hold one of its keys."""
    return _counted(len(row.by_key), session)


def _counted(number: int, session: Session) -> str:
    """What is known of a number while workspaces that can be seen are not read."""
    if not session.data.storage.unread:
        return str(number)
    return f"{number}+?" if number else "?"


def account_facts(row: UsedAccount, session: Session) -> list[Fact]:
    """All that is known of an account, and everything in the workspaces that can be seen which is on it."""
    facts = [Fact("name", row.name)]
    account = row.account
    if account is None:
        facts.append(Fact("not seen", row.why, "warn"))
    elif account.fault:
        facts.append(Fact("unreadable", account.fault, "bad", "bad"))
    else:
        facts += _own(account, session)
    facts += [Fact("", ""), *_users(row, session)]
    return [*facts, Fact("", ""), *([Fact("ARM id", account.id)] if account is not None else [])]


def _own(account: StorageAccount, session: Session) -> list[Fact]:
    lines = [
        ("kind", " · ".join(each for each in (account.kind, account.sku, account.location) if each)),
        ("namespace", "hierarchical (Data Lake Storage Gen2)" if account.hierarchical else "flat"),
        ("keys open it", "yes" if account.shared_key else "no: allowSharedKeyAccess is off, neither keys nor signatures made with them do"),
        *(
            (name, f"made {utc(made)}, {length(session.clock.age(made).total_seconds())} ago")
            for name, made in sorted(account.keys.items())
        ),
        ("key policy", f"anew every {account.key_days} days" if account.key_days else "none: Azure reminds nobody"),
        ("reached by", _reached(account)),
        ("tags", ", ".join(f"{name}={value}" for name, value in account.tags.items()) or "none"),
        ("made", utc(account.created_on)),
    ]
    return [Fact(name, text) for name, text in lines if text]


def _reached(account: StorageAccount) -> str:
    if account.closed:
        return f"private endpoints alone (publicNetworkAccess {account.public})"
    if account.selected:
        return f"private endpoints and what its {account.rules} rules name; past them: {account.bypass or 'nobody'}"
    return "everybody who is let in: its network is open"


def _users(row: UsedAccount, session: Session) -> list[Fact]:
    label = session.context.label
    facts = [Fact("own account of", label(place)) for place in row.own_of]
    facts.append(Fact("on it", f"{len(row.datastores)} datastores in {len(row.workspaces)} workspaces, of those that you can see"))
    facts += [Fact(" ", f"{label(each.workspace)}: {datastore_line(each)}") for each in row.datastores]
    if unread := session.data.storage.unread:
        facts.append(Fact("not read", unread, "warn"))
    return [*facts, Fact("not seen", OTHERS_UNSEEN, "muted")]


def datastore_line(row: Datastore) -> str:
    """A datastore on an account, in a line."""
    return f"{row.name}, {type_text(row)} {row.container or '?'}, by {auth_text(row)}{', default' if row.default else ''}"
