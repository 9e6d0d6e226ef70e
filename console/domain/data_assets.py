"""Data assets: names and versions of stored data. Published swagger, machineLearningServices.json (`DataContainer`, `DataVersionBase`)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from console.domain import uris
from console.domain.scopes import WorkspaceRef, key, same_id
from console.domain.uris import DatastorePlace, Signed


class Type(StrEnum):
    """`DataType` of the swagger; older examples write it in another way."""

    FILE = "uri_file"
    FOLDER = "uri_folder"
    TABLE = "mltable"
    UNKNOWN = "?"


class DataAsset(msgspec.Struct, frozen=True, kw_only=True):
    """One data asset, as a list gives it: the number of its newest version, but not where that is. `fault`: why it could not be read."""

    id: str
    name: str
    workspace: WorkspaceRef
    type: Type = Type.UNKNOWN
    type_word: str = ""
    latest: str = ""
    archived: bool = False
    tags: dict[str, str] = {}
    description: str = ""
    created_on: datetime | None = None
    created_by: str = ""
    modified_on: datetime | None = None
    modified_by: str = ""
    fault: str = ""

    @property
    def latest_id(self) -> str:
        """The ARM id of its newest version; "" where the list does not tell which that is."""
        return f"{self.id}/versions/{self.latest}" if self.latest else ""


class DataVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a data asset: where its data is. Signatures in `uri` and `referenced` (what a table is made of) are hidden."""

    id: str
    name: str
    uri: str = ""
    referenced: tuple[str, ...] = ()
    archived: bool = False
    tags: dict[str, str] = {}
    description: str = ""
    created_on: datetime | None = None
    created_by: str = ""
    fault: str = ""

    @property
    def signed(self) -> tuple[Signed, ...]:
        """What the shared access signatures in its URIs tell of themselves."""
        return tuple(found for uri in (self.uri, *self.referenced) if (found := uris.signed(uri)) is not None)

    @property
    def where(self) -> str:
        """Its datastore by name, else the account and container of its address; "" where neither is told."""
        place = uris.parse(self.uri)
        if isinstance(place, DatastorePlace):
            return place.datastore
        return f"{place.account}/{place.container}".rstrip("/") if place is not None else ""

    @property
    def short_uri(self) -> str:
        """Its URI, in the short form where it is on a datastore of its own workspace."""
        place = uris.parse(self.uri)
        if (
            not isinstance(place, DatastorePlace)
            or place.workspace is None
            or not same_id(place.workspace.id, WorkspaceRef.parse(self.id).id)
        ):
            return self.uri
        return uris.azureml_short(place.datastore, place.path)

    @property
    def datastore_id(self) -> str:
        """The ARM id, in lower case, of the datastore that it is on; "" where it is on none."""
        return self.datastore_of(self.uri)

    def datastore_of(self, uri: str) -> str:
        """The ARM id, in lower case, of the datastore that one of its URIs goes by; "" where that goes by none."""
        place = uris.parse(uri)
        if not isinstance(place, DatastorePlace):
            return ""
        workspace = place.workspace or WorkspaceRef.parse(self.id)
        return key(f"{workspace.id}/datastores/{place.datastore}")
