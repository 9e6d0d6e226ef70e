"""Pre-flight: what is asked before a compute is made: the sizes of its region, cores, locks; people, networks, policies."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal

from console.domain.compute import VmSize
from console.domain.cost import PriceList, by_name, region_key
from console.domain.creation import Lock, Person
from console.domain.networks import Network, network_of
from console.domain.policies import Objection
from console.domain.scopes import WorkspaceRef, key
from console.domain.trouble import Trouble, TroubleError
from console.domain.usages import Usage, quota_left
from console.readers import Readers


class Preflight:
    """Asks once for one workspace and region ("": the workspace's own, asked first); each answer, or why there is none, as soon as it came.

    `sizes`, `usages` and `locks` are None until they are read; `troubles` holds by their names what could not be.
    """

    def __init__(self, readers: Readers, place: WorkspaceRef, region: str, sizes: PriceList | None) -> None:
        self.place, self.region = place, region
        self.sizes = sizes
        self.usages: Sequence[Usage] | None = None
        self.locks: Sequence[Lock] | None = None
        self.troubles: dict[str, Trouble] = {}
        self._readers = readers
        self._people: dict[str, Person] = {}
        self._networks: dict[str, Network | Trouble] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    @property
    def prices(self) -> Mapping[str, PriceList]:
        """Region → its sizes, as far as they are read."""
        return {} if self.sizes is None else {region_key(self.region): self.sizes}

    def cores_left(self, size: VmSize, *, low_priority: bool) -> Decimal | None:
        """Cores that the quota leaves for machines of a size; None where Azure did not tell."""
        if self.usages is None:
            return None
        place = self.place
        left = quota_left(self.usages, size.family, self.region, low_priority, subscription_id=place.subscription_id, workspace_id=place.id)
        return left.value if left is not None else None

    async def ask(self, changed: Callable[[], None]) -> None:
        """Ask for everything in parallel; `changed` hears of each answer."""
        if not self.region:
            await self._one("region", self._ask_region(), changed)
        if not self.region:
            return
        await asyncio.gather(
            self._one("sizes", self._ask_sizes(), changed),
            self._one("quota", self._ask_usages(), changed),
            self._one("locks", self._ask_locks(), changed),
        )

    async def people(self, words: Sequence[str]) -> dict[str, Person]:
        """Object ids or user principal names → who they are; who is not found is left out. Raises TroubleError."""
        missing = [word for word in words if word not in self._people]
        if missing:
            found = await self._readers.users(missing)
            self._people |= {word: Person(*who) for word, who in found.items()}
        return {word: self._people[word] for word in words if word in self._people}

    def network(self, subnet_id: str) -> Network | Trouble | None:
        """The network of a subnet, or why it could not be read; None before anybody asked, and until the answer is there."""
        return self._networks.get(key(network_of(subnet_id)))

    async def ask_network(self, subnet_id: str, changed: Callable[[], None]) -> None:
        """Ask for the network of a subnet, once; what could not be read is asked for again."""
        network_id = network_of(subnet_id)
        where = key(network_id)
        # Who leaves the field by the button that makes the plan asks twice at once.
        async with self._asking.setdefault(where, asyncio.Lock()):
            if isinstance(self._networks.get(where), Network):
                return
            try:
                self._networks[where] = await self._readers.network(network_id)
            except TroubleError as error:
                self._networks[where] = error.trouble
        changed()

    @property
    def policies(self) -> Callable[..., Awaitable[Sequence[Objection]]]:
        """Asks what policies have against a request that is planned; raises TroubleError."""
        return self._readers.policies

    async def _one(self, name: str, asked: Awaitable[None], changed: Callable[[], None]) -> None:
        try:
            await asked
        except TroubleError as error:
            self.troubles[name] = error.trouble
        changed()

    async def _ask_region(self) -> None:
        self.region = await self._readers.region(self.place)

    async def _ask_sizes(self) -> None:
        if self.sizes is None:
            reading = await self._readers.prices(f"{self.place.subscription_id}/{region_key(self.region)}")
            self.sizes = by_name(reading.items)

    async def _ask_usages(self) -> None:
        self.usages = (await self._readers.usages(f"{self.place.subscription_id}/{region_key(self.region)}")).items

    async def _ask_locks(self) -> None:
        self.locks = await self._readers.locks(self.place.id)
