"""What is found of datastores and of data assets: their rules over what is read of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from console.clock import ServerClock
from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Datastore
from console.domain.findings.data import breaking, retired, signed
from console.domain.findings.finding import Finding, subject_of
from console.domain.reasons.chain import Chain
from console.domain.scopes import key
from console.feeds.feed import Feed


class DatastoreFindings:
    """Finds nothing before datastores are read."""

    about = "datastores"

    def __init__(self, datastores: Feed[Datastore], chain: Callable[[Datastore], Chain], known: Callable[[Datastore], bool]) -> None:
        """`chain` tells whether one can be read through; `known` whether all is read that this rests on."""
        self._datastores, self._chain, self._known = datastores, chain, known

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return (self._datastores,)

    def changed(self) -> None:
        """Nothing is kept of them here."""

    def every(self) -> Iterator[Finding]:
        for row in self._datastores.items:
            yield from self.of(row)

    def of(self, row: Datastore) -> tuple[Finding, ...]:
        """What is found of a datastore."""
        if row.fault:
            return ()
        found = retired(row) or (breaking(row, self._chain(row)) if self._known(row) else None)
        return (found,) if found is not None else ()

    def subject(self, finding_id: str) -> Datastore | None:
        """The datastore that a finding is about, as it is now; None when it is gone."""
        wanted = subject_of(finding_id)
        return next((row for row in self._datastores.items if key(row.id) == wanted), None)


class DataFindings:
    """Finds nothing of a data asset before its newest version is read."""

    about = "data"

    def __init__(self, assets: Feed[DataAsset], version: Callable[[DataAsset], DataVersion | None], clock: ServerClock) -> None:
        self._assets, self._version, self._clock = assets, version, clock

    @property
    def feeds(self) -> Sequence[Feed[Any]]:
        return (self._assets,)

    def changed(self) -> None:
        """Nothing is kept of them here."""

    def every(self) -> Iterator[Finding]:
        for row in self._assets.items:
            yield from self.of(row)

    def of(self, row: DataAsset) -> tuple[Finding, ...]:
        """What is found of a data asset."""
        version = self._version(row)
        found = signed(row, version, self._clock.now()) if version is not None else None
        return (found,) if found is not None else ()

    def subject(self, finding_id: str) -> DataAsset | None:
        """The data asset that a finding is about, as it is now; None when it is gone."""
        wanted = subject_of(finding_id)
        return next((row for row in self._assets.items if key(row.id) == wanted), None)
