"""Pages of a list, with nextLinks that carry the emulator's own host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from console.emulator.errors import gateway_error
from console.emulator.routing import Call, Reply

Shape = Callable[[Any], dict[str, Any]]


def page(call: Call, items: Sequence[Any], size: int, key: str = "value", token: str = "$skip", shape: Shape | None = None) -> Reply:
    """The page of `items` that the call asks for. `token` is the query option that carries the position in this API's nextLink.

    `shape` makes of an item what goes over the wire; without it the items are that themselves.
    """
    asked = next((value for name, value in call.query.items() if name.lower() == token.lower()), "0")
    if not asked.isdecimal():
        return gateway_error(400, "InvalidQueryParameter", f"The value of the query parameter '{token}' is invalid.")
    start = int(asked)
    chosen = items[start : start + size]
    body: dict[str, Any] = {key: list(chosen) if shape is None else [shape(item) for item in chosen]}
    if start + size < len(items):
        body["nextLink"] = link(call, token, str(start + size))
    return Reply(200, body)


def link(call: Call, token: str, position: str) -> str:
    """Where the page at a position is: the call's own address, in which the query option `token` carries the position."""
    kept = {name: value for name, value in call.query.items() if name.lower() != token.lower()}
    return f"{call.base_url}{call.path}?{urlencode({**kept, token: position}, safe='$', quote_via=quote)}"
