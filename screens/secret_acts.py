"""What keys do to secrets of Key Vaults: why they do not apply, the plans and forms they open, and how a value is shown or copied."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from console.domain.key_vaults import KeyVault
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.vault_rights import Right
from console.domain.vault_secrets import Secret, State
from console.operations import vault_values
from console.operations.plan import Plan
from console.operations.vault_values import SHOWN_S
from console.session import Session
from screens.host import Host

Making = Callable[[KeyVault, Sequence[Secret]], Plan]

# Why one does not apply


def not_there(row: Secret) -> str:
    """Why a secret cannot be changed ("" where it can)."""
    if row.fault:
        return "Azure's answer about it could not be read"
    if row.deleted:
        return "it is deleted; r recovers it"
    return "it belongs to a certificate, and is changed with that" if row.managed else ""


def not_enabled(row: Secret) -> str:
    return not_there(row) or ("" if row.state == State.ENABLED else f"it is {row.state}")


def not_disabled(row: Secret) -> str:
    return not_there(row) or ("" if row.state == State.DISABLED else f"it is {row.state}")


def not_deleted(row: Secret) -> str:
    if row.fault:
        return "Azure's answer about it could not be read"
    return "" if row.deleted else "it is not deleted"


def not_readable(row: Secret) -> str:
    """Why there is no value to read ("" where there may be)."""
    if row.fault:
        return "Azure's answer about it could not be read"
    if row.deleted:
        return "it is deleted; r recovers it"
    return "it is disabled; s enables it" if row.state == State.DISABLED else ""


# Plans


def vault_of(session: Session, rows: Sequence[Secret]) -> KeyVault:
    """The one vault of rows. Raises TroubleError where they are of several, or it is gone."""
    names = dict.fromkeys(row.vault_name for row in rows)
    if len(names) > 1:
        raise TroubleError(Trouble(Kind.INVALID, f"the marked are of {len(names)} vaults ({', '.join(names)}): those of one at a time."))
    vault = session.data.vaults.vault(rows[0].vault)
    if vault is None:
        raise TroubleError(Trouble(Kind.NOT_FOUND, f"{rows[0].vault_name} is no vault of an open workspace any more."))
    return vault


def as_listed(make: Making) -> Callable[[Session, Sequence[Secret]], Awaitable[Plan]]:
    """A plan for secrets as the list has them."""

    async def made(session: Session, rows: Sequence[Secret]) -> Plan:
        return make(vault_of(session, rows), rows)

    return made


def each_now(make: Making) -> Callable[[Session, Sequence[Secret]], Awaitable[Plan]]:
    """A plan for the newest versions of secrets, which are read for it."""

    async def made(session: Session, rows: Sequence[Secret]) -> Plan:
        return make(vault_of(session, rows), await newest(session, rows))

    return made


async def newest(session: Session, rows: Sequence[Secret]) -> tuple[Secret, ...]:
    """Secrets as they are now, each with its newest version. Raises TroubleError."""
    return tuple(await asyncio.gather(*(session.data.vaults.newest(row) for row in rows)))


# Forms


def open_new(session: Session, host: Host, vault: KeyVault) -> None:
    from screens.forms.secret import SecretForm

    host.open_screen(SecretForm(session, vault, refusal=session.data.vaults.refusal(vault, Right.SET)))


def open_version(session: Session, host: Host, row: Secret, done: Callable[[], None] | None = None) -> None:
    from screens.forms.secret import SecretForm

    vault = session.data.vaults.vault(row.vault)
    if vault is not None:
        host.open_screen(SecretForm(session, vault, held=row, refusal=session.data.vaults.refusal(vault, Right.SET), done=done))


def open_expiry(session: Session, host: Host, rows: Sequence[Secret], notes: Sequence[str], done: Callable[[], None]) -> None:
    from screens.forms.secret_expiry import SecretExpiryForm

    refusal = session.data.vaults.refusal(session.data.vaults.vault(rows[0].vault), Right.UPDATE)
    host.open_screen(SecretExpiryForm(session, rows, refusal, notes, done))


# Values


def reveal(session: Session, host: Host, row: Secret | None) -> None:
    """Show a value for half a minute, once that is agreed to and journaled."""

    def show(value: str) -> None:
        from screens.dialogs.revealed import Revealed

        assert row is not None
        host.open_screen(Revealed(f"{row.name} in {row.vault_name}", value))

    _read(session, host, row, "reveal", f"shown on this screen for {SHOWN_S} s", show)


def copy_value(session: Session, host: Host, row: Secret | None) -> None:
    """Send a value to the terminal's clipboard, once that is agreed to and journaled; it goes to no file."""

    def copy(value: str) -> None:
        assert row is not None
        host.copy(value, f"the value of {row.name}", secret=True)

    _read(session, host, row, "copy value", "sent to your terminal's clipboard, where it stays until something else does", copy)


def _read(session: Session, host: Host, row: Secret | None, label: str, purpose: str, then: Callable[[str], None]) -> None:
    if row is None:
        return
    vault = session.data.vaults.vault(row.vault)
    if why := not_readable(row):
        host.flash(f"{label}: {why}", "warn")
    elif vault is not None:
        host.reveal(vault_values.reveal(vault, row, purpose), session.data.vaults.refusal(vault, Right.READ), then)
