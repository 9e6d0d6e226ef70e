"""Reader links: as whom stored data is read where a datastore keeps no key, and whether a role lets that identity in.

Sources: azure-ai-ml and the published swagger (`serviceDataAccessAuthIdentity`) for as whom Azure ML itself reads; "Authorize access to
blobs using Microsoft Entra ID" and "Access Azure file shares using Microsoft Entra ID over REST" (Microsoft Learn) for operations and
roles; "Access control model in Azure Data Lake Storage" for access control lists, which let in without any role.
"""

from __future__ import annotations

from collections.abc import Iterator

from console.domain.access.facts import Facts, What
from console.domain.access.paths import Hold, Path, by_roles, denying_at, scope_words
from console.domain.access.places import At
from console.domain.access.reach import may_reach
from console.domain.access.verbs import Need
from console.domain.datastores import Auth, Datastore, Type
from console.domain.findings.finding import Source
from console.domain.reasons.chain import Lacking, Link, Part, Standing, Way
from console.domain.storage_accounts import StorageAccount

_STORAGE = "Microsoft.Storage/storageAccounts"
READ_BLOBS = f"{_STORAGE}/blobServices/containers/blobs/read"
READ_FILES = f"{_STORAGE}/fileServices/fileshares/files/read"
#: The narrowest built-in roles that read (Azure built-in roles, Microsoft Learn): GUID and name.
BLOB_READER = ("2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", "Storage Blob Data Reader")
FILE_READER = ("b8eda974-7b85-4f76-af95-65846b26df6d", "Storage File Data Privileged Reader")
#: `ServiceDataAccessAuthIdentity` of the swagger.
SYSTEM_IDENTITY, USER_IDENTITY = "WorkspaceSystemAssignedIdentity", "WorkspaceUserAssignedIdentity"
_ORDER = (Hold.GRANTED, Hold.CONDITIONAL, Hold.UNKNOWN, Hold.ELIGIBLE)


def reader_links(way: Way) -> Iterator[tuple[Link, Lacking | None]]:
    """Identity and role, each with what an assignment would have to give where a role is lacking."""
    row = way.datastore
    if row is None or row.type is Type.GEN1:
        return
    if row.auth in {Auth.KEY, Auth.SAS}:
        told = f"Nobody is asked: whoever uses the datastore goes in by its {row.auth.label}"
        yield Link(Part.IDENTITY, Standing.HOLDS, told, Source.ARM), None
        return
    if row.auth in {Auth.SERVICE_PRINCIPAL, Auth.CERTIFICATE}:
        yield from _application(way, row)
    elif row.auth is Auth.IDENTITY:
        yield from _service(way, row)
        yield from _user(way, row)


def _application(way: Way, row: Datastore) -> Iterator[tuple[Link, Lacking | None]]:
    known = way.facts.directory.principals.values() if way.facts is not None else ()
    found = next((each for each in known if each.app_id.lower() == row.client_id.lower() and row.client_id), None)
    if found is None:
        told = f"It is read as the application {row.client_id or '?'}, which the directory was not asked about"
        yield Link(Part.IDENTITY, Standing.TOLD, told, Source.ARM), None
        yield (
            Link(Part.ROLE, Standing.UNREAD, "What that application may read: it may be let in by an access control list", Source.ROLES),
            None,
        )
        return
    yield Link(Part.IDENTITY, Standing.HOLDS, f"It is read as the application {found.label}", Source.DIRECTORY), None
    yield _role(way, row, found.id, found.label)


def _service(way: Way, row: Datastore) -> Iterator[tuple[Link, Lacking | None]]:
    """As whom Azure ML itself reads: previews, profiles and the check of a datastore that is made."""
    if not row.service_identity:
        yield (
            Link(Part.IDENTITY, Standing.TOLD, "Azure ML itself reads nothing of it: previews are read as whoever looks", Source.ARM),
            None,
        )
        return
    workspace = way.workspace
    if workspace is None:
        yield Link(Part.IDENTITY, Standing.UNREAD, "Azure ML reads it as the workspace's identity, which is not read", Source.ARM), None
        return
    given = tuple(each for each in workspace.identities if each != workspace.own_identity)
    own = (workspace.own_identity,) if workspace.own_identity else ()
    mine = own if row.service_identity == SYSTEM_IDENTITY else given
    sort = "system-assigned" if row.service_identity == SYSTEM_IDENTITY else "user-assigned"
    if not mine:
        told = f"Azure ML would read it as the {sort} identity of {workspace.name}, which has none"
        yield Link(Part.IDENTITY, Standing.BROKEN, told, Source.ARM), None
        return
    told = f"Azure ML reads it (previews, checks) as the {sort} identity of {workspace.name}"
    yield Link(Part.IDENTITY, Standing.HOLDS, told, Source.ARM), None
    if len(mine) > 1:
        yield Link(Part.ROLE, Standing.UNREAD, f"{workspace.name} has {len(mine)} of them: as which it reads is not told", Source.ARM), None
    else:
        yield _role(way, row, mine[0], f"The identity of {workspace.name}")


def _user(way: Way, row: Datastore) -> Iterator[tuple[Link, Lacking | None]]:
    """What the user may read: studio, and jobs that run as the user."""
    if not way.me:
        return
    link, lacking = _role(way, row, way.me, "You")
    if link.standing is Standing.BROKEN:
        # Others may: it is the user's own way that is closed.
        link, lacking = Link(Part.ROLE, Standing.TOLD, f"{link.sentence} (your own previews, and jobs that run as you)", link.source), None
    elif link.standing is Standing.DOUBTFUL:
        link, lacking = Link(Part.ROLE, Standing.TOLD, link.sentence, link.source), None
    yield link, lacking


def scope_of(row: Datastore, account: StorageAccount) -> str:
    """The ARM id of the container or share that a datastore is on."""
    path = "fileServices/default/fileshares" if row.type is Type.FILE else "blobServices/default/containers"
    return f"{account.id}/{path}/{row.container}"


def _role(way: Way, row: Datastore, who: str, called: str) -> tuple[Link, Lacking | None]:
    account, facts = way.account, way.facts
    has, whom = ("have", "you") if called == "You" else ("has", "it")
    if account is None or account.fault:
        return Link(Part.ROLE, Standing.UNREAD, f"What {_inside(called)} may read: the account is not known", Source.ROLES), None
    if facts is None:
        told = f"What {_inside(called)} may read: the roles at {account.name} are not read"
        return Link(Part.ROLE, Standing.UNREAD, told, Source.ROLES), None
    guid, name = FILE_READER if row.type is Type.FILE else BLOB_READER
    need = Need(READ_FILES if row.type is Type.FILE else READ_BLOBS, At.STORAGE, data=True)
    scope = scope_of(row, account)
    if any(each.sure for each in denying_at(facts, scope, who, need)):
        return Link(Part.ROLE, Standing.BROKEN, f"A deny assignment keeps {_inside(called)} out of {account.name}", Source.ROLES), None
    found = sorted((each for each in by_roles(facts, who, need, scope) if each.hold in _ORDER), key=lambda each: _ORDER.index(each.hold))
    if found and found[0].hold is not Hold.ELIGIBLE:
        return _by(found[0], facts, called, has), None
    if gap := _gap(facts, scope):
        return Link(Part.ROLE, Standing.UNREAD, f"What {_inside(called)} may read: {gap}", Source.ROLES), None
    later = " until a role is activated" if found else ""
    told = f"{called} {has} no role that reads {row.container or '?'}{later}: {name} on {account.name} is lacking"
    lacking = Lacking(who, guid, name, account.id)
    if row.type is Type.FILE or account.hierarchical:
        return Link(Part.ROLE, Standing.DOUBTFUL, f"{told}, unless an access control list lets {whom} in", Source.ROLES), lacking
    return Link(Part.ROLE, Standing.BROKEN, told, Source.ROLES), lacking


def _by(path: Path, facts: Facts, called: str, has: str) -> Link:
    role = path.role.name if path.role is not None else path.role_guid or "?"
    via = f" through {', '.join(facts.name(each) for each in path.via)}" if path.via else ""
    told = f"{called} {has} {role} at {scope_words(path.scope)}{via}"
    if path.hold is Hold.GRANTED:
        return Link(Part.ROLE, Standing.HOLDS, told, Source.ROLES)
    if path.hold is Hold.CONDITIONAL:
        return Link(Part.ROLE, Standing.DOUBTFUL, f"{told}, under a condition that may keep it out", Source.ROLES)
    return Link(Part.ROLE, Standing.UNREAD, f"{told}, perhaps: {path.why}", Source.ROLES)


def _gap(facts: Facts, scope: str) -> str:
    """Why "no role" cannot be said of a scope: assignments that may hold there were not read."""
    return next((each.why for each in facts.unread if each.what is What.ASSIGNMENTS and may_reach(each.scope, scope)), "")


def _inside(called: str) -> str:
    """How somebody is called inside a sentence."""
    return called[:1].lower() + called[1:] if called.startswith(("The ", "You")) else called
