"""Findable: what somebody may paste to find a resource by, and whether a resource has it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

import msgspec

from console.domain import scopes, uris
from console.domain.uris import DatastorePlace, StoragePlace

GUID = re.compile(r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
EMAIL = re.compile(r"^[^\s@/]+@[^\s@/]+\.[^\s@/]+$")
QUOTES = "\"'`“”‘’«»<>"
#: Hosts of storage services: the account's name comes first (blob, dfs, file, table, queue; also OneLake's and the sovereign clouds').
STORAGE_HOST = re.compile(r"^([a-z0-9]{3,24})\.(?:z\d+\.)?(?:blob|dfs|file|table|queue|web)\.", re.IGNORECASE)


class Query(msgspec.Struct, frozen=True):
    """What was pasted, cleaned: `words` is the whole, `kind` what it looks like, `parts` the names in it (an account, a job …).

    `places` are what a URI of stored data means, the narrowest first: what has one of them makes the wider ones, and `parts`, needless.
    """

    words: str
    kind: str
    parts: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


class Findable(msgspec.Struct, frozen=True):
    """One resource: where a screen has it (`view`, `key`; `below` a row of its drill-down), and its texts, each with what it is."""

    what: str
    name: str
    view: str
    key: str
    texts: tuple[tuple[str, str], ...]
    below: str = ""


class Hit(msgspec.Struct, frozen=True):
    """A resource with the text of it that matched; `exact` where that is all of the text."""

    found: Findable
    matched: str
    text: str
    exact: bool


class Searched(msgspec.Struct, frozen=True):
    """What a kind of resource has to search, and sentences on what of it is not loaded."""

    what: str
    findables: tuple[Findable, ...] = ()
    missing: tuple[str, ...] = ()


def query(text: str) -> Query:
    """Read what was pasted: with quotes or line breaks around or inside, an ARM id in any case, an e-mail, a GUID, a URI, or a name."""
    words = " ".join(text.split()).strip(QUOTES + " ,;")
    if "/" in words and (words.startswith("/") or "://" in words):
        words = words.replace(" ", "")  # neither an id nor a URI has spaces: a terminal broke the line
    if words.startswith("/"):
        return Query(words.rstrip("/"), "ARM id" if words.lower().startswith("/subscriptions/") else "path")
    if re.match(r"^[a-z][a-z0-9+.-]*://", words, re.IGNORECASE):
        words = uris.without_query(words)
        return Query(words, "URI", _uri_parts(words), _places(words))
    if GUID.match(words):
        return Query(words, "GUID")
    return Query(words, "e-mail" if EMAIL.match(words) else "name")


def search(asked: Query, findables: Iterable[Findable]) -> list[Hit]:
    """Where what was asked for is all of a text; if nowhere, where it is a part of one. Of each resource the best match, in their order."""
    findables = tuple(findables)
    for word in (asked.words, *asked.places) if asked.places else ():
        narrow = [hit for each in findables if (hit := _match(each, Query(word, asked.kind))) is not None and hit.exact]
        if narrow:
            return narrow
    hits = [hit for each in findables if (hit := _match(each, asked)) is not None]
    exact = [hit for hit in hits if hit.exact]
    return exact or hits


def _match(each: Findable, asked: Query) -> Hit | None:
    """The best of a resource; names out of a URI have to be all of a text: as a part, they are in everything."""
    part: Hit | None = None
    for word in (asked.words, *asked.parts):
        needle = scopes.key(word) if word.startswith("/") else word.casefold()
        for label, text in each.texts:
            have = scopes.key(text) if text.startswith("/") else text.casefold()
            if needle == have:
                return Hit(each, label, text, True)
            if part is None and word is asked.words and needle in have:
                part = Hit(each, label, text, False)
    return part


def _places(uri: str) -> tuple[str, ...]:
    """What a URI of stored data means: the path, its container; or the datastore that it names, where it tells in which workspace."""
    place = uris.parse(uri)
    if isinstance(place, StoragePlace):
        return tuple(dict.fromkeys((place.key, place.container_key)))
    if isinstance(place, DatastorePlace):
        return (
            (f"{place.workspace.id}/datastores/{place.datastore}", place.datastore) if place.workspace is not None else (place.datastore,)
        )
    return ()


def _uri_parts(uri: str) -> tuple[str, ...]:
    """Names in a URI: the storage account, the datastore, data asset or job of an azureml:// path, or what a link of studio shows."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return ()  # brackets that are no IPv6 address: whatever it is, it names nothing
    host = parts.netloc.rpartition("@")[2].partition(":")[0]
    if parts.scheme.lower() == "azureml":
        named = scopes.segments(f"{parts.netloc}{parts.path}".partition("/paths/")[0])
        return tuple(named[kind] for kind in ("datastores", "data", "jobs") if kind in named)
    account = STORAGE_HOST.match(f"{host}.")
    if account is not None:
        return (account[1],)
    # Links of studio and portal carry ids: `wsid=/subscriptions/…`, `#@/resource/subscriptions/…/overview`.
    linked = re.search(r"/subscriptions/[^?&#]+", unquote(f"{parts.path}?{parts.query}#{parts.fragment}"), re.IGNORECASE)
    compute = re.match(r"^/compute/([^/]+)", parts.path)
    names = (compute[1],) if compute is not None else ()
    return (*names, linked[0].removesuffix("/overview")) if linked is not None else names
