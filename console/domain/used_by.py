"""Used by: which data assets are on which datastore, as far as their newest versions are known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from console.domain import uris
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Datastore
from console.domain.scopes import key
from console.domain.uris import StoragePlace


class Via(StrEnum):
    """How a data asset comes to a datastore's data: by its name, or by the address of its container, past the datastore."""

    DATASTORE = "datastore"
    ADDRESS = "address"


class Use(msgspec.Struct, frozen=True):
    """A data asset whose newest version is on a datastore, or where that stores."""

    asset: DataAsset
    version: DataVersion
    via: Via


def uses(datastores: Sequence[Datastore], assets: Iterable[DataAsset], versions: Mapping[str, DataVersion]) -> dict[str, tuple[Use, ...]]:
    """Key of a datastore → the data assets on it, and the tables that are made of data on it.

    `versions` are those that are known, by the ARM id of each.
    """
    by_container: dict[str, list[str]] = defaultdict(list)
    for each in datastores:
        place = each.place()
        if place is not None:
            by_container[place.container_key].append(key(each.id))
    found: dict[str, list[Use]] = defaultdict(list)
    for asset in assets:
        version = versions.get(asset.latest_id)
        if version is None or version.fault:
            continue
        via: dict[str, Via] = {}
        for uri in (version.uri, *version.referenced):
            stored = uris.parse(uri)
            if named := version.datastore_of(uri):
                via[named] = Via.DATASTORE
            for datastore in by_container.get(stored.container_key, ()) if isinstance(stored, StoragePlace) else ():
                via.setdefault(datastore, Via.ADDRESS)
        for datastore, how in via.items():
            found[datastore].append(Use(asset, version, how))
    return {datastore: tuple(each) for datastore, each in found.items()}
