"""The emulator's route table: what each route is, what it needs, and where its shape is known from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote

if TYPE_CHECKING:
    from console.emulator.world import World

Provenance = Literal["recorded", "schema", "sdk", "inferred", "emulator"]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer on its way out. `body` is JSON-ready (dict, list), text, bytes, or None for an empty body."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """One request that passed the front: authenticated, authorised, its path matched."""

    world: World
    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    principal_id: str
    base_url: str

    def param(self, name: str) -> str:
        return self.params[name]


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path template (`{name}` is one segment) with its rules.

    `action` is the ARM operation that RBAC checks (None: any signed-in principal; templates as in path are not expanded).
    `scope_of` picks the ARM scope the check runs at, from the path parameters; None means: the resource that the path names, or,
    for a list or an action, what it is under. A route that `filters_itself` is refused only to who holds `action` nowhere beneath
    that scope either. `attributes_of` tells what the conditions of the caller's roles can ask about a request.
    A `dry` route changes nothing whatever its method, and the activity log does not tell of it.
    """

    method: str
    template: str
    handler: Handler
    provenance: Provenance
    action: str | None = None
    api_versions: frozenset[str] = frozenset()
    anonymous: bool = False
    scope_of: Callable[[Mapping[str, str]], str] | None = None
    filters_itself: bool = False
    attributes_of: Callable[[Call], Mapping[str, str]] | None = None
    dry: bool = False
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        escaped = re.escape(self.template).replace(r"\{", "{").replace(r"\}", "}")
        regex = re.sub(r"\{scope\}", r"(?P<scope>.*?)", escaped)
        regex = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", regex)
        object.__setattr__(self, "pattern", re.compile(f"^{regex}/?$", re.IGNORECASE))

    def match(self, path: str) -> Mapping[str, str] | None:
        found = self.pattern.match(path)
        return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


class RouteTable:
    """Routes in the order they were added; the first match wins."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self._by_method: dict[str, list[Route]] = {}

    def add(self, routes: Iterable[Route]) -> None:
        for route in routes:
            self.routes.append(route)
            self._by_method.setdefault(route.method, []).append(route)

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
        for route in self._by_method.get(method, ()):
            params = route.match(path)
            if params is not None:
                return route, params
        return None
