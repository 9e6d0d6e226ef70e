"""What is done about what expires: where it is listed, and the plan, form or way by hand that mends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.domain.connections import Connection
from console.domain.datastores import Datastore
from console.domain.expiry import Expiring, Kind
from console.domain.findings.finding import Finding, Source
from console.domain.scopes import WorkspaceRef
from console.domain.storage_accounts import UsedAccount
from console.domain.trouble import Trouble, TroubleError
from console.domain.vault_secrets import Secret
from console.expiry_found import found
from console.operations.datastores import WRITE
from console.session import Session
from screens import application_users, secret_acts
from screens.actions import begin
from screens.expiry_cells import expiry_ages, expiry_facts
from screens.host import Host
from screens.reasons import GAP
from screens.widgets.facts import Fact

#: Where a thing is listed, by the kind of its row.
VIEWS = {
    Kind.SECRET: "secrets",
    Kind.CERTIFICATE: "secrets",
    Kind.CONNECTION: "connections",
    Kind.KEY: "storage",
    Kind.APP_SECRET: "datastores",
    Kind.APP_CERTIFICATE: "datastores",
    Kind.APPLICATION: "datastores",
    Kind.URI: "data",
    Kind.VAULT: "vaults",
}


def show(row: Expiring, session: Session, host: Host) -> None:
    """Go to where it is listed."""
    view = VIEWS.get(row.kind) or ("connections" if isinstance(session.data.expiry.subject(row), Connection) else "datastores")
    if cleared := host.go_to(view).show_row(row.subject_id):
        host.flash(f"{cleared} is cleared, so that it can be seen")


def mend(row: Expiring, session: Session, host: Host, notes: Sequence[str], agreed: Callable[[], None] | None) -> None:
    """What ends it well: a form, a screen that plans it, or the way by hand; where there is none, what to do."""
    subject = session.data.expiry.subject(row)
    if subject is None:
        host.flash(f"{row.name} is gone", "warn")
    elif row.kind in {Kind.APP_SECRET, Kind.APP_CERTIFICATE}:
        _by_hand(row, session, host)
    elif isinstance(subject, Secret) and row.kind is not Kind.CERTIFICATE:
        secret_acts.open_version(session, host, subject, agreed)
    elif isinstance(subject, Connection):
        _give_secret(subject, session, host, notes, agreed)
    elif isinstance(subject, UsedAccount) and subject.account is not None:
        from screens.rotate import RotateScreen

        host.open_screen(RotateScreen(session, subject.account.id, subject.name))
    elif isinstance(subject, Datastore) and row.kind is Kind.SIGNATURE:
        from screens.forms.new_signature import NewSignatureForm

        host.open_screen(NewSignatureForm(session, subject, session.context.refusal(subject.workspace, WRITE), notes, agreed))
    else:
        host.flash(row.tells or _advice(row, session), "warn")


def plan_of(row: Expiring) -> str:
    """What `f` would do, in a sentence."""
    told = {
        Kind.SECRET: "f opens the form of a new version.",
        Kind.CONNECTION: "f opens the form that gives it another secret.",
        Kind.KEY: "f shows who uses the account, from where its keys are rotated.",
        Kind.APP_SECRET: "f tells who signs in as it, and how that is done in Entra ID.",
        Kind.APP_CERTIFICATE: "f tells who signs in as it, and how that is done in Entra ID.",
        Kind.SIGNATURE: "f opens the form that takes another signature.",
    }
    return told.get(row.kind, "")


def _advice(row: Expiring, session: Session) -> str:
    if row.kind is Kind.CERTIFICATE:
        return "it belongs to a certificate of the vault, which renews it"
    return next((each.advice for each in found(row, session)), "nothing here mends it")


def _give_secret(row: Connection, session: Session, host: Host, notes: Sequence[str], agreed: Callable[[], None] | None) -> None:
    from screens.connection_plans import refusal_of
    from screens.connections import ConnectionsScreen

    action = next(each for each in ConnectionsScreen.actions if each.name == "rotate")
    if why := action.refusal(row):
        host.flash(f"{action.label}: {why}", "warn")
    else:
        begin(action, (row,), refusal_of(action, row, session), session, host, notes=notes, agreed=agreed)


def _by_hand(row: Expiring, session: Session, host: Host) -> None:
    """Who signs in as the application over all workspaces, and how its secret is made anew."""
    client_id = row.id.split("/")[1]
    told: list[Fact] = []
    failed: list[Trouble] = []

    async def look() -> Sequence[str]:
        try:
            users = await session.data.account_users.of_application(client_id)
        except TroubleError as error:
            failed.append(error.trouble)
        else:
            told.extend(application_users.facts(client_id, users, session))
        return ()

    def tell(_: Sequence[str]) -> None:
        if failed:
            host.report(failed[0])
        else:
            host.read(f"application {row.name}", [Fact("by whom", WHO), *told])

    host.flash(f"looking for who signs in as {row.name} …")
    host.later(look(), tell)


#: Microsoft Graph, "application: addPassword": permissions; Entra built-in roles.
WHO = "its owners, or an Application Administrator: another secret, or certificate, is added in Entra ID; nothing of that is done from here"


class Expiry:
    """What is found of things that have no other screen for it: applications' credentials and signatures."""

    def workspace_of(self, finding: Finding) -> WorkspaceRef | None:
        return None

    def plan(self, finding: Finding, session: Session) -> str:
        row = session.data.expiry_findings.subject(finding.id)
        return plan_of(row) if row is not None else ""

    def age(self, finding: Finding, session: Session) -> Callable[[Source], str]:
        return expiry_ages(session.data.expiry_findings.subject(finding.id), session)

    def facts(self, finding: Finding, session: Session) -> list[Fact]:
        row = session.data.expiry_findings.subject(finding.id)
        return [GAP, *expiry_facts(row, session)] if row is not None else []

    def mend(
        self, findings: Sequence[Finding], session: Session, host: Host, notes: Sequence[str], agreed: Callable[[], None] | None
    ) -> None:
        row = session.data.expiry_findings.subject(findings[0].id)
        if len(findings) > 1:
            host.flash(f"{len(findings)} are marked: one at a time, as each asks for a secret", "warn")
        elif row is None:
            host.flash(f"{findings[0].subject_name} is gone", "warn")
        else:
            mend(row, session, host, notes, agreed)
