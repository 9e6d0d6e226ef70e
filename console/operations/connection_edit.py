"""Edits of connections: what differs between two requests of azure-ai-ml, laid over all that a connection has; and the plan of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from console.azure.slots import filled
from console.domain.connection_kinds import SECRET_FIELDS
from console.domain.connections import LINKS, THERE, Connection
from console.operations.connection_changes import KEPT, USERS_UNKNOWN, replacing, where_of
from console.operations.plan import Concern, Effect, Plan, Settling
from console.text import HIDDEN, redact, redact_text

AUTH, CREDENTIALS, METADATA, TARGET = "authType", "credentials", "metadata", "target"
#: Fields of credentials whose change is another secret; `keys` are custom ones.
SECRETS = frozenset({*SECRET_FIELDS.values(), "keys"})
LOST = "What it was entered with before is not known afterwards: nothing brings that back."


def shown(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A connection's properties as they may stand in a file: what looks like a secret in target and metadata is hidden."""
    told = {name: value for name, value in (properties.get(METADATA) or {}).items() if value is not None}
    links = {name: redact_text(str(value)) for name, value in told.items() if name in LINKS}
    return {**properties, METADATA: {**redact(told), **links}, TARGET: redact_text(str(properties.get(TARGET) or ""))}


def change(row: Connection, there: Mapping[str, Any], was: Mapping[str, Any], now: Mapping[str, Any]) -> Plan | None:
    """The plan of a PUT with all that a connection has (`there`) and what differs between `was` and `now`; None where nothing does."""
    changed = [name for name in dict.fromkeys((*was, *now)) if filled(was.get(name)) != filled(now.get(name))]
    if not changed:
        return None
    # A null stands in metadata where azure-ai-ml knows of a field that nobody told.
    after = {**there, **{name: _without_nulls(now[name]) for name in changed if now.get(name) is not None}}
    for name in changed:
        if now.get(name) is None:
            after.pop(name, None)
    if METADATA in changed:
        after[METADATA] = _each_changed(there.get(METADATA) or {}, was.get(METADATA) or {}, now.get(METADATA) or {})
    if _another_secret(was, now):
        # It is not the one that the vault has.
        after[METADATA] = {name: value for name, value in (after.get(METADATA) or {}).items() if name not in LINKS}
    if not after.get(METADATA):
        after.pop(METADATA, None)
    step = replacing(row, there, after, tuple(_effects(was, now, changed, after)), Settling((THERE,)))
    undo = None
    if not {CREDENTIALS, AUTH} & set(changed) or CREDENTIALS not in there:
        undo = replacing(row, after, there, (), Settling((THERE,)))
    return Plan(
        verb="edit",
        title=f"Edit the connection {row.name}",
        where=where_of(row),
        steps=(msgspec.structs.replace(step, undo=undo),),
        undo_note=LOST if undo is None else "Undo puts back what it had.",
    )


def _effects(was: Mapping[str, Any], now: Mapping[str, Any], changed: list[str], after: Mapping[str, Any]) -> Iterator[Effect]:
    for name in changed:
        if name == CREDENTIALS:
            yield Effect(Concern.CHANGE, "another secret enters its target" if _another_secret(was, now) else "what it is entered with")
        else:
            yield Effect(Concern.CHANGE, f"{name}: {_said(name, was.get(name))} → {_said(name, now.get(name))}")
    if CREDENTIALS in after and CREDENTIALS not in changed:
        yield Effect(Concern.ACCESS, KEPT)
    yield Effect(Concern.UNCHECKED, USERS_UNKNOWN)


def _another_secret(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    before, after = was.get(CREDENTIALS) or {}, now.get(CREDENTIALS) or {}
    return any(filled(before.get(name)) != filled(after.get(name)) for name in SECRETS)


def _each_changed(there: Mapping[str, Any], was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata with what differs between `was` and `now`: what others wrote besides stays."""
    new = {name: value for name, value in there.items() if value is not None}
    for name in dict.fromkeys((*was, *now)):
        if filled(was.get(name)) != filled(now.get(name)):  # what looks like a secret stands in a slot
            new.pop(name, None)
            if now.get(name) is not None:
                new[name] = now[name]
    return new


def still_hidden(was: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The field of the YAML that was changed and has still something hidden in it ("" for none)."""
    old, new = filled(was.get(METADATA) or {}), filled(now.get(METADATA) or {})
    if any(value != old.get(name) and HIDDEN in str(value) for name, value in new.items()):
        return METADATA
    return "target" if now.get("target") != was.get("target") and HIDDEN in str(now.get("target")) else ""


def _without_nulls(value: Any) -> Any:
    return {name: inner for name, inner in value.items() if inner is not None} if isinstance(value, Mapping) else value


def _said(name: str, value: Any) -> str:
    if value is None or value == "" or value == {}:
        return "none"
    hidden = redact({name: value})[name]
    return hidden if isinstance(hidden, str) else msgspec.json.encode(hidden).decode()
