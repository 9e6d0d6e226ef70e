"""View memory: what the user chose for a screen (its order and groups), kept over restarts (0600)."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from console import private_file

log = logging.getLogger(__name__)


class Order(msgspec.Struct, frozen=True):
    """The column that orders a list, whether descending, and the tags or columns `by` which it is grouped."""

    column: str
    reverse: bool
    by: tuple[str, ...] = ()


class ViewMemory:
    """Screen name → order. A file that cannot be read or written costs the memory, nothing else: it is logged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._orders: dict[str, Order] | None = None

    def order(self, kind: str) -> Order | None:
        return self._read().get(kind)

    def keep(self, kind: str, order: Order) -> None:
        """Remember the order of a screen."""
        remembered, self._orders = self._orders or {}, None
        orders = self._read()  # another console may have written since; what it could not keep is only here
        for name, each in remembered.items():
            orders.setdefault(name, each)
        if orders.get(kind) == order:
            return
        orders[kind] = order
        try:
            private_file.replace(self._path, msgspec.json.encode(orders))
        except OSError as error:
            log.warning("the chosen order is not kept: %s", error)

    def _read(self) -> dict[str, Order]:
        if self._orders is None:
            try:
                self._orders = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Order])
            except FileNotFoundError:
                self._orders = {}
            except (OSError, msgspec.DecodeError) as error:
                log.warning("the chosen orders are not read: %s", error)
                self._orders = {}
        return self._orders
