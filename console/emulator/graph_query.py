"""A collection of directory objects as Graph answers it: `$filter`, `$search`, `$select`, `$orderby`, `$top`, `$count` and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from console.emulator import directory, registrations
from console.emulator.directory import COLLECTIONS, Entry
from console.emulator.estate import Group, Identity, Person
from console.emulator.graph_errors import bad_request, unsupported
from console.emulator.graph_filter import Condition, Test, UnreadableError, read_filter, read_search
from console.emulator.paging import link
from console.emulator.routing import Call, Reply

PAGE, MOST = 100, 999
#: What `$filter` and `$search` look at (Graph reference, properties of user, group, servicePrincipal and application).
FILTERED = frozenset(
    {"accountEnabled", "appId", "createdDateTime", "description", "displayName", "givenName", "id", "mail", "mailEnabled", "mailNickname"}
    | {"securityEnabled", "servicePrincipalNames", "alternativeNames", "servicePrincipalType", "surname", "userPrincipalName", "userType"}
)
SEARCHED = frozenset({"appId", "description", "displayName", "givenName", "mail", "mailNickname", "surname", "userPrincipalName"})


@dataclass(frozen=True, slots=True)
class Asked:
    """The query options of a call, read and checked."""

    select: tuple[str, ...] = ()
    test: Test | None = None
    search: Test | None = None
    order: tuple[str, bool] | None = None
    top: int = PAGE
    start: int = 0
    count: bool = False

    def keeps(self, entry: Entry) -> bool:
        return (self.test is None or self.test.holds(entry.get)) and (self.search is None or self.search.holds(entry.get))


@cache
def properties(kind: str | None) -> Mapping[str, str]:
    """The properties of a kind (None: of any) by their names in lower case."""
    nobody = directory.NOBODY
    examples = (
        directory.user(Person(nobody, "", "")),
        directory.group(Group(nobody, "")),
        directory.application(Identity("", nobody, nobody, "", ""), nobody),
        registrations.example(),
    )
    return {name.lower(): name for one in examples if kind in (None, one.kind) for name in (*one.form, *one.more)}


def eventual(call: Call) -> bool:
    """Whether the caller is content with an index that may lag, as advanced queries want it."""
    return call.headers.get("consistencylevel", "").lower() == "eventual"


def asked(call: Call, kind: str | None) -> Asked | Reply:
    """The query options of a call on a collection of that kind (None: directory objects of any), or how Graph refuses them."""
    options = {name.lower(): value for name, value in call.query.items()}
    try:
        counting = options.get("$count", "").lower() == "true"
        found = Asked(
            select=_selected(options.get("$select", ""), kind),
            test=_resolved(read_filter(options["$filter"]), kind, FILTERED) if options.get("$filter", "").strip() else None,
            search=_resolved(read_search(options["$search"]), kind, SEARCHED) if options.get("$search", "").strip() else None,
            order=_order(options.get("$orderby", ""), kind),
            top=_number(options.get("$top"), "$top", PAGE, MOST),
            start=_number(options.get("$skiptoken"), "$skiptoken", 0, None),
            count=counting and eventual(call),
        )
    except UnreadableError as trouble:
        return bad_request(call, str(trouble))
    except LookupError as trouble:
        return unsupported(call, str(trouble.args[0]))
    return _advanced(call, found) or found


def _advanced(call: Call, found: Asked) -> Reply | None:
    """What needs the header and, but for `$search`, the count too."""
    if found.search is not None and not eventual(call):
        header = "with a special request header: 'ConsistencyLevel: eventual'"
        message = f"Request with $search query parameter only works through MSGraph {header}"
        return unsupported(call, message)
    advanced = found.test is not None and any(one.advanced for one in found.test.conditions)
    sorted_too = found.order is not None and (found.test is not None or found.search is not None)
    if (advanced or sorted_too) and not found.count:
        return unsupported(call, "Unsupported Query.")
    return None


def _name(name: str, kind: str | None) -> str:
    known = properties(kind).get(name.lower())
    if known is None:
        raise UnreadableError(f"Could not find a property named '{name}' on type 'microsoft.graph.{kind or 'directoryObject'}'.")
    return known


def _selected(text: str, kind: str | None) -> tuple[str, ...]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if kind is None:  # what one type of object has another may lack
        return tuple(known for name in names if (known := properties(None).get(name.lower())) is not None)
    return tuple(dict.fromkeys(_name(name, kind) for name in names))


def _resolved(test: Test, kind: str | None, allowed: frozenset[str]) -> Test:
    def resolve(one: Condition) -> Condition:
        name = _name(one.name, kind)
        if name not in allowed:
            resource = "" if kind is None else f" of resource '{kind[0].upper()}{kind[1:]}'"
            raise LookupError(f"Unsupported or invalid query filter clause specified for property '{one.name}'{resource}.")
        return replace(one, name=name)

    return Test(tuple(tuple(resolve(one) for one in together) for together in test.alternatives))


def _order(text: str, kind: str | None) -> tuple[str, bool] | None:
    name, _, direction = text.strip().partition(" ")
    if not name:
        return None
    if name.lower() not in ("displayname", "userprincipalname"):
        raise LookupError("Unsupported Query.")
    return _name(name, kind), direction.strip().lower() == "desc"


def _number(text: str | None, option: str, default: int, most: int | None) -> int:
    if text is None:
        return default
    if not text.isdecimal() or (most is not None and not 1 <= int(text) <= most):
        allowed = "" if most is None else f" It must be between 1 and {most}."
        raise UnreadableError(f"Invalid value '{text}' for the query option '{option}'.{allowed}")
    return int(text)


def context(call: Call, of: str, select: Sequence[str] = (), entity: bool = False) -> str:
    chosen = f"({','.join(select)})" if select else ""
    return f"{call.base_url}/v1.0/$metadata#{of}{chosen}{'/$entity' if entity else ''}"


def shown(entry: Entry, select: Sequence[str], typed: bool) -> dict[str, Any]:
    """An object as it is told; in a collection of several kinds (`typed`) with its type."""
    form = {name: entry.get(name) for name in select if entry.known(name)} if select else dict(entry.form)
    return {"@odata.type": f"#microsoft.graph.{entry.kind}", **form} if typed else form


def collection(call: Call, entries: Iterable[Entry], kind: str | None) -> Reply:
    """The page of a collection that the call asks for."""
    options = asked(call, kind)
    if isinstance(options, Reply):
        return options
    found = [entry for entry in entries if options.keeps(entry)]
    if options.order is not None:
        name, down = options.order
        found.sort(key=lambda entry: str(entry.get(name) or "").lower(), reverse=down)
    body: dict[str, Any] = {"@odata.context": context(call, "directoryObjects" if kind is None else COLLECTIONS[kind], options.select)}
    if options.count:
        body["@odata.count"] = len(found)
    end = options.start + options.top
    if end < len(found):
        body["@odata.nextLink"] = link(call, "$skiptoken", str(end))
    body["value"] = [shown(entry, options.select, kind is None) for entry in found[options.start : end]]
    return Reply(200, body)


def entity(call: Call, entry: Entry, typed: bool = False) -> Reply:
    """One object."""
    options = asked(call, None if typed else entry.kind)
    if isinstance(options, Reply):
        return options
    of = context(call, "directoryObjects" if typed else COLLECTIONS[entry.kind], options.select, entity=True)
    return Reply(200, {"@odata.context": of, **shown(entry, options.select, typed)})


def number(call: Call, entries: Iterable[Entry], kind: str | None) -> Reply:
    """How many there are, as text: what `/$count` behind a collection answers."""
    if not eventual(call):
        return unsupported(call, "$count is not currently supported.")
    options = asked(call, kind)
    return options if isinstance(options, Reply) else Reply(200, str(sum(options.keeps(entry) for entry in entries)))
