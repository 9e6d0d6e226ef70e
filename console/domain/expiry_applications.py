"""What of applications expires: the secrets and certificates that datastores sign in with, and applications of which nothing is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from console.domain.applications import Application, Credential
from console.domain.datastores import Auth, Datastore
from console.domain.expiry import Expiring, Kind
from console.domain.expiry_rows import named
from console.domain.findings.finding import Source


def of_applications(
    datastores: Iterable[Datastore], tenant_id: str, known: Callable[[str], tuple[bool, Application | None]], trouble: str
) -> Iterator[Expiring]:
    """The secrets and certificates of the applications that datastores sign in as.

    `known` tells of a client id (lower case) whether the directory answered, and the application; `trouble` why it did not ("": not yet).
    """
    users: dict[str, list[Datastore]] = {}
    for each in datastores:
        if each.client_id and each.auth in {Auth.SERVICE_PRINCIPAL, Auth.CERTIFICATE} and not each.fault:
            users.setdefault(each.client_id.lower(), []).append(each)
    for client_id, rows in users.items():
        answered, application = known(client_id)
        elsewhere = tenant_id and all(each.tenant_id and each.tenant_id.lower() != tenant_id.lower() for each in rows)
        why = "" if application is None else application.fault
        if elsewhere:
            why = f"it is of another tenant ({rows[0].tenant_id}), whose directory tells"
        elif not answered:
            why = trouble or "the directory is being asked"
        elif application is None:
            why = "the tenant's directory has no such application: it was deleted, or is registered in another tenant"
        if why:
            yield _application(client_id, rows, why)
        elif application is not None:
            yield from (_credential(application, each, rows) for each in application.credentials)


def _application(client_id: str, rows: list[Datastore], why: str) -> Expiring:
    return Expiring(
        kind=Kind.APPLICATION,
        id=f"applications/{client_id}",
        subject_id=rows[0].id,
        name=client_id,
        where="directory",
        breaks=tuple(named("datastore", each) for each in rows),
        source=Source.DIRECTORY,
        why=why,
        tells="whoever may read applications in its directory (Application.Read.All; a member of the tenant may by default)",
    )


def _credential(application: Application, each: Credential, rows: list[Datastore]) -> Expiring:
    auth = Auth.CERTIFICATE if each.certificate else Auth.SERVICE_PRINCIPAL
    held = [row for row in rows if row.auth is auth and _is_same(row.thumbprint, each.thumbprint)]
    alike = sum(other.certificate == each.certificate for other in application.credentials)
    which = f"it has {alike} of them, and which one each holds is not told; " if alike > 1 and not each.thumbprint else ""
    return Expiring(
        kind=Kind.APP_CERTIFICATE if each.certificate else Kind.APP_SECRET,
        id=f"applications/{application.client_id}/{each.id}/{application.name}",
        subject_id=held[0].id if held else rows[0].id,
        name=application.name or application.client_id,
        where="directory",
        due=each.ends,
        since=each.starts,
        breaks=tuple(named("datastore", row) for row in held),
        unsure=f"{which}who else signs in as it: the sign-in logs of the directory tell",
        source=Source.DIRECTORY,
        why="" if each.ends is not None else "the directory does not tell when it ends",
        tells="" if each.ends is not None else "the application's page in Entra ID",
    )


def _is_same(held: str, thumbprint: str) -> bool:
    """Whether a datastore may hold the certificate of a thumbprint: where one of them is not told, it may."""
    return not (held and thumbprint) or held.upper() == thumbprint
