"""Reaching: whether stored data can be read, from a data asset or a datastore to the role that lets somebody in."""

from __future__ import annotations

from collections.abc import Iterator

from console.domain import uris
from console.domain.datastores import Auth, Type
from console.domain.findings.finding import Source
from console.domain.reasons.chain import Chain, Link, Part, Standing, Way, concluded
from console.domain.reasons.reader_links import reader_links
from console.domain.reasons.storage_links import storage_links
from console.domain.uris import DatastorePlace

JOBS_UNSEEN = "As whom a job reads: as the identity of its compute, or as who submitted it; each of these needs a data role of its own."
CONTAINER_UNSEEN = "Whether the container is there, and what is in it."
SUBNET_UNSEEN = "Whether the subnet of a compute reaches the account."


def reaching(way: Way) -> Chain:
    """The chain of a datastore, or of a data asset where the way has one."""
    links = [*_asset(way), *_datastore(way), *storage_links(way)]
    readers = list(reader_links(way))
    links += [link for link, _ in readers]
    told = tuple(links)
    lacking = next((found for _, found in readers if found is not None), None)
    unseen = []
    if way.datastore is not None and way.datastore.type is not Type.GEN1:
        unseen.append(CONTAINER_UNSEEN)
        if way.datastore.auth is Auth.IDENTITY:
            unseen.append(JOBS_UNSEEN)
        if way.account is not None and (way.account.closed or way.account.selected):
            unseen.append(SUBNET_UNSEEN)
    return Chain(concluded(told), told, tuple(unseen), lacking)


def _asset(way: Way) -> Iterator[Link]:
    asset, version = way.asset, way.version
    if asset is None:
        return
    fault = asset.fault or (version.fault if version is not None else "")
    if fault or version is None:
        yield Link(Part.ASSET, Standing.UNREAD, f"Where {asset.name} is{f': {fault}' if fault else ''}", Source.ARM)
        return
    ended = [each for each in version.signed if each.expires is not None and each.expires <= way.now]
    place = uris.parse(version.uri)
    if ended:
        told = f"The signature in the URI of version {version.name} ended on {min(each.expires for each in ended if each.expires):%Y-%m-%d}"
        yield Link(Part.ASSET, Standing.BROKEN, told, Source.ARM, version.created_on)
    elif version.signed:
        told = f"Version {version.name} is read by the signature in its URI, past every datastore"
        yield Link(Part.ASSET, Standing.HOLDS, told, Source.ARM, version.created_on)
    elif isinstance(place, DatastorePlace):
        yield Link(
            Part.ASSET, Standing.HOLDS, f"Version {version.name} is on the datastore {place.datastore}", Source.ARM, version.created_on
        )
        if way.datastore is None:
            yield Link(Part.DATASTORE, Standing.BROKEN, f"There is no datastore {place.datastore} where it should be", Source.ARM)
    elif place is not None:
        told = f"Version {version.name} has an address of its own ({version.where}): it is read as whoever reads, past every datastore"
        yield Link(Part.ASSET, Standing.TOLD, told, Source.ARM, version.created_on)
    else:
        yield Link(Part.ASSET, Standing.UNREAD, f"What the URI of version {version.name} means is not known here", Source.ARM)


def _datastore(way: Way) -> Iterator[Link]:
    row = way.datastore
    if row is None or not row.name:  # an address goes by none
        return
    if row.fault:
        yield Link(Part.DATASTORE, Standing.UNREAD, f"{row.name} cannot be read: {row.fault}", Source.ARM)
        return
    told = f"{row.name} is on {row.target} ({row.type.label}), by {row.auth.label}"
    yield Link(Part.DATASTORE, Standing.HOLDS, told, Source.ARM, row.modified_on or row.created_on)
