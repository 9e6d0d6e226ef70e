"""Plans of connections that need something read first: what one is now, the newest version of its secret; and who may not make them."""

from __future__ import annotations

from collections.abc import Sequence

from console.domain.connection_kinds import Auth
from console.domain.connections import Connection, SecretLink
from console.domain.secret_state import unusable
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.vault_secrets import Secret
from console.operations import connection_changes as changes
from console.operations import connections as plans
from console.operations.plan import Plan
from console.session import Session
from screens.actions import Action


def refusal_of(action: Action[Connection], row: Connection, session: Session) -> str:
    """Why an action is not to be had for a connection ("" when it is): a change that keeps what Azure ML keeps has to read that too."""
    needs = [action.needs]
    bare = row.auth in {Auth.AAD, Auth.NONE}
    if not bare and (action.name in {"test", "target", "scope"} or (action.name in {"rotate", "update"} and row.auth.open_fields)):
        needs.append(changes.LIST_SECRETS)
    return next((why for each in needs if (why := session.context.refusal(row.workspace, each))), "")


async def testing(session: Session, rows: Sequence[Connection]) -> Plan:
    """The plan that tests a connection. Raises TroubleError."""
    row = _alone(rows)
    return plans.test(row, await session.data.connections.settings(row))


async def sharing(session: Session, rows: Sequence[Connection]) -> Plan:
    """The plan that makes a private connection shared, and a shared one private. Raises TroubleError."""
    row = _alone(rows)
    settings = await session.data.connections.settings(row)
    return changes.share(row, settings, to_all=settings.get("isSharedToAll") is False)


async def updating(session: Session, rows: Sequence[Connection]) -> Plan:
    """The plan that gives a connection the newest version of the vault secret behind it. Raises TroubleError."""
    row = _alone(rows)
    behind = row.behind
    assert behind is not None  # the action was refused otherwise
    secret, version = await newest(session, SecretLink(behind.vault, behind.name))
    if secret.version == behind.version:
        raise _refused(f"{row.name} was made from the newest version of {behind.short} already.")
    settings = await session.data.connections.settings(row)
    new = {row.auth.secret_field: changes.vault_source(secret)}
    return changes.give_secret(row, settings, new, secret, version.expires, verb="update")


async def newest(session: Session, secret: SecretLink) -> tuple[SecretLink, Secret]:
    """A secret of a Key Vault with the version that is named, else its newest, as the vault tells it now.

    Raises TroubleError where there is none, or where that cannot be read.
    """
    state = await session.data.connections.state(secret)
    found = state.version(secret.version) if secret.version else state.newest
    if found is None:
        which = f"{secret.short} has no version {secret.version}." if secret.version else f"{secret.short} has no version."
        raise _refused(state.fault or which)
    wrong = unusable(found, session.clock.now())
    if wrong is not None:
        raise _refused(f"{secret.short}, version {found.version}: {wrong.sentence}.")
    return secret._replace(version=found.version), found


def _alone(rows: Sequence[Connection]) -> Connection:
    """The one row: a test or a change of one says nothing of another. Raises TroubleError for several."""
    if len(rows) != 1:
        raise _refused(f"One at a time: {len(rows)} are marked. ctrl+\\ clears the marks.")
    return rows[0]


def _refused(sentence: str) -> TroubleError:
    return TroubleError(Trouble(Kind.INVALID, sentence, "Refused"))
