"""How datastores and data assets are written: cells, and the pages with all that is known of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from console.data_now import Users
from console.domain import uris
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.data_assets import Type as DataType
from console.domain.datastores import Auth, Datastore, can_delete
from console.domain.datastores import Type as DatastoreType
from console.domain.findable import GUID
from console.domain.findings.finding import Source
from console.domain.uris import DatastorePlace, StoragePlace
from console.domain.used_by import Via
from console.session import Session
from screens.compute import length
from screens.reasons import age_of, utc
from screens.widgets.facts import Fact

#: What a datastore without a credential means for who reads.
IDENTITY = "identity: nothing is kept here, whoever reads (a person, a compute) needs a data role on the account"
JOBS_UNREAD = "jobs: ? (their inputs are not read)"


def type_text(row: Datastore) -> str:
    """The type; one that the console does not know as Azure writes it."""
    return "" if row.fault else row.type.label if row.type is not DatastoreType.UNKNOWN else row.type_word or "?"


def auth_cell(row: Datastore) -> str:
    """What a narrow column has room for."""
    return auth_text(row).removeprefix("service ")


def auth_text(row: Datastore) -> str:
    return "" if row.fault else row.auth.label if row.auth is not Auth.UNKNOWN else row.auth_word or "?"


def data_type_text(row: DataAsset) -> str:
    return "" if row.fault else row.type.value if row.type is not DataType.UNKNOWN else row.type_word or "?"


def users_text(users: Users) -> str:
    """How many data assets are on it: `3+?` where others are not read, `?` where nothing is known."""
    return "?" if users.through is None else f"{users.through}{'+?' if users.unread else ''}"


def age_text(moment: datetime | None, session: Session) -> str:
    return "?" if moment is None else length(session.clock.age(moment).total_seconds())


def creator_text(who: str) -> str:
    """Who made something: a person by name; an application, which Azure tells by its id, by the begin of that."""
    return who[:8] if GUID.match(who) else who


def uri_text(row: DataAsset, session: Session) -> str:
    """Where the newest version is; `?` where that cannot be read, nothing while it is to be."""
    if row.fault:
        return ""
    version = session.data.now.version(row)
    if version is None:
        return "" if row.latest and session.data.now.versions.trouble is None else "?"
    return version.short_uri or "?"


def where_text(row: DataAsset, session: Session) -> str:
    """On which datastore the newest version is, or at which address."""
    version = session.data.now.version(row)
    return version.where if version is not None else ""


def where_style(row: DataAsset, session: Session) -> str:
    """An address goes past the datastores, with all that they look after."""
    version = session.data.now.version(row)
    return "warn" if version is not None and version.where and not version.datastore_id else ""


def datastore_facts(row: Datastore, session: Session) -> list[Fact]:
    """All that is known of a datastore, with every spelling of its root."""
    lines = [
        ("name", row.name),
        ("workspace", session.context.label(row.workspace)),
        ("type", f"{type_text(row)}{' (retired: its service has ended)' if row.retired else ''}"),
        ("target", row.target),
        ("auth", IDENTITY if row.auth is Auth.IDENTITY else auth_text(row)),
        ("client id", row.client_id),
        ("tenant", row.tenant_id),
        ("authority", row.authority),
        ("thumbprint", row.thumbprint),
        ("previews by", "" if row.fault else row.service_identity or "whoever looks at them in studio"),
        ("account is in", "/".join(each for each in (row.storage_subscription, row.storage_group) if each)),
        ("default", "yes: jobs without a place for their output write here" if row.default else ""),
        ("system", "came with its workspace" if row.system else ""),
        ("keeps", f"cannot be deleted: {why}" if (why := can_delete(row)) else ""),
        *_made(row),
        ("ARM id", row.id),
    ]
    facts = [Fact(name, text) for name, text in lines if text]
    if row.fault:
        return [*facts, Fact("unreadable", row.fault, "bad", "bad")]
    facts += [Fact("", ""), *(Fact(label, uri) for label, uri in row.spellings())]
    if row.type is DatastoreType.BLOB:
        facts.append(Fact("", f"abfss is for accounts with a hierarchical namespace: {_namespace(row, session)}.", "muted"))
    return [*facts, Fact("", ""), *_used_by(session.data.now.users(row))]


def _namespace(row: Datastore, session: Session) -> str:
    account = session.data.storage.account(row)
    if account is None or account.fault:
        return "whether this is one is not read"
    return "this is one" if account.hierarchical else "this is none"


def _used_by(users: Users) -> list[Fact]:
    through = [use for use in users.known if use.via is Via.DATASTORE]
    past = len(users.known) - len(through)
    told = f"{users_text(users)} data assets, by their newest versions"
    facts = [Fact("used by", told), *(Fact("", f"  {use.asset.name} {use.version.name}") for use in through)]
    if past:
        facts.append(Fact("past it", f"{past} more have an address in its container, and do not go through it"))
    if users.unread:
        facts.append(Fact("not read", f"where {users.unread} more data assets are", "muted"))
    return [*facts, Fact("", JOBS_UNREAD, "muted")]


def asset_facts(row: DataAsset, session: Session) -> list[Fact]:
    """All that is known of a data asset and its newest version."""
    version = session.data.now.version(row)
    lines = [
        ("name", row.name),
        ("workspace", session.context.label(row.workspace)),
        ("type", data_type_text(row)),
        ("newest version", row.latest or "?"),
        ("URI", (version.uri if version is not None else uri_text(row, session)) or "? (not read yet)"),
        ("stored at", _stored_at(version.uri, version.datastore_id, session) if version is not None else ""),
        *(("made of", each) for each in (version.referenced if version is not None else ())),
        ("version made", f"{utc(version.created_on)} by {version.created_by or '?'}" if version is not None else ""),
        *_made(row),
        ("ARM id", row.id),
    ]
    facts = [Fact(name, text) for name, text in lines if text]
    fault = row.fault or (version.fault if version is not None else "")
    return [*facts, Fact("unreadable", fault, "bad", "bad")] if fault else facts


def spellings(version: DataVersion, session: Session) -> Mapping[str, str]:
    """Every way to write where a version is, by what it is called: as it is registered, and by what is read of its datastore."""
    place = uris.parse(version.uri)
    on = next((each for each in session.data.now.datastores.items if each.id.lower() == version.datastore_id), None)
    found = on.spellings(place.path) if on is not None and isinstance(place, DatastorePlace) else ()
    return {"as registered": version.uri, **{spelling.label: spelling.uri for spelling in found if spelling.uri != version.uri}}


def _stored_at(uri: str, datastore_id: str, session: Session) -> str:
    """The address behind a URI that goes by a datastore; "" where it is an address itself, or the datastore is not read."""
    place = stored_place(uri, datastore_id, session)
    return (uris.abfss(place) or uris.https(place) or uris.adl(place)) if place is not None and datastore_id else ""


def stored_place(uri: str, datastore_id: str, session: Session) -> StoragePlace | None:
    """Where a URI's data is stored, as far as the datastore that it names is read."""
    place = uris.parse(uri)
    if not isinstance(place, DatastorePlace):
        return place
    found = next((each for each in session.data.now.datastores.items if each.id.lower() == datastore_id), None)
    return found.place(place.path) if found is not None else None


def _made(row: Datastore | DataAsset) -> list[tuple[str, str]]:
    return [
        ("description", row.description),
        ("tags", ", ".join(f"{name}={value}" for name, value in row.tags.items()) or "none"),
        ("made", f"{utc(row.created_on)} by {row.created_by or '?'}"),
        ("changed", f"{utc(row.modified_on)} by {row.modified_by or '?'}"),
    ]


def data_ages(session: Session) -> Callable[[Source], str]:
    """How long ago what findings about datastores and data assets rest on was read."""
    return lambda _source: age_of(
        session.data.now.datastores.age if session.data.now.datastores.age is not None else session.data.now.assets.age
    )
