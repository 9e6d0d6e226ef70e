"""Custom roles as text: the JSON of `az role definition create`, read with what is wrong at its line, and written.

Limits: "Azure custom roles" (Microsoft Learn). As `az` does, fields may begin with a small letter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from console.domain.access.json_lines import JsonFlawError, read
from console.domain.access.json_lines import Read as Lines
from console.domain.access.known_operations import KnownOperations
from console.domain.access.roles import RoleDefinition
from console.domain.permissions import Permission

#: Letters of a name and of a description, at most.
LONGEST_NAME, LONGEST_DESCRIPTION = 512, 2048
LISTS = ("Actions", "NotActions", "DataActions", "NotDataActions")
#: All that the text has; those that Azure makes are heeded by nobody.
FIELDS = ("Name", "Description", *LISTS, "AssignableScopes", "Id", "IsCustom")
GROUPS = "/providers/microsoft.management/managementgroups/"


class RoleDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A custom role as it is to be."""

    name: str
    description: str = ""
    permission: Permission = Permission()
    assignable_scopes: tuple[str, ...] = ()


class Flaw(msgspec.Struct, frozen=True):
    """What is wrong with a field, or (a doubt) may be: `path` ("": the whole), `line` from 1, and a clause."""

    path: str
    line: int
    message: str


class ReadRole(NamedTuple):
    """A text that was read: the role (None where there are flaws), what is wrong with it, and what may be."""

    draft: RoleDraft | None
    flaws: tuple[Flaw, ...] = ()
    doubts: tuple[Flaw, ...] = ()


def draft_of(role: RoleDefinition) -> RoleDraft:
    """A role that is there, for a text. Raises ValueError with a clause where the text has no place for all of it."""
    if role.fault:
        raise ValueError(f"its definition could not be read: {role.fault}")
    if len(role.permissions) > 1:
        raise ValueError(f"it has {len(role.permissions)} blocks of permissions, and az's JSON has one")
    if any(block.condition for block in role.permissions):
        raise ValueError("its definition has a condition, and az's JSON has none")
    block = role.permissions[0] if role.permissions else Permission()
    return RoleDraft(name=role.name, description=role.description, permission=block, assignable_scopes=role.assignable_scopes)


def text_of(draft: RoleDraft) -> str:
    """A draft as it is edited: two blanks in, a value a line."""
    block = draft.permission
    lists = (block.actions, block.not_actions, block.data_actions, block.not_data_actions)
    told: dict[str, Any] = {"Name": draft.name, "IsCustom": True, "Description": draft.description}
    told |= {name: list(each) for name, each in zip(LISTS, lists, strict=True)}
    text = json.dumps({**told, "AssignableScopes": list(draft.assignable_scopes)}, indent=2, ensure_ascii=False)
    # What an editor would hand to the terminal as it is: escaped, as JSON can.
    return "".join(each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text) + "\n"


def read_role(text: str, known: KnownOperations, taken: Sequence[str] = ()) -> ReadRole:
    """A text as a role; `taken` are the names of the other roles that are known."""
    try:
        lines = read(text)
    except JsonFlawError as error:
        return ReadRole(None, (Flaw("", error.line, str(error)),))
    if not isinstance(lines.value, dict):
        return ReadRole(None, (Flaw("", 1, "it has to be one object, as `az role definition create` takes it"),))
    told = {f"{name[:1].upper()}{name[1:]}": (name, value) for name, value in lines.value.items()}
    flaws = [*_unknown(lines), *_of_texts(told, lines, taken), *_of_lists(told, lines, known), *_of_scopes(told, lines)]
    if flaws:
        return ReadRole(None, tuple(sorted(flaws, key=lambda flaw: flaw.line)))
    actions, but_not, data, but_no_data = (tuple(_list(told, name)) for name in LISTS)
    block = Permission(actions, but_not, data, but_no_data)
    draft = RoleDraft(
        name=told["Name"][1].strip(),
        description=str(told.get("Description", ("", ""))[1] or ""),
        permission=block,
        assignable_scopes=tuple(scope.rstrip("/") for scope in _list(told, "AssignableScopes")),
    )
    return ReadRole(draft, (), tuple(_doubts(told, lines, known)))


Told = Mapping[str, tuple[str, Any]]


def _unknown(lines: Lines) -> Iterator[Flaw]:
    for name in lines.value:
        if f"{name[:1].upper()}{name[1:]}" not in FIELDS:
            yield Flaw(name, lines.line((name,)), f"there is no such field; there are {', '.join(FIELDS)}")


def _of_texts(told: Told, lines: Lines, taken: Sequence[str]) -> Iterator[Flaw]:
    as_typed, name = told.get("Name", ("Name", ""))
    if not isinstance(name, str) or not name.strip():
        yield Flaw("Name", lines.line((as_typed,)), "a name is needed")
    elif len(name) > LONGEST_NAME:
        yield Flaw("Name", lines.line((as_typed,)), f"it has {len(name)} letters; {LONGEST_NAME} are the most")
    elif name.strip().lower() in {each.lower() for each in taken}:
        yield Flaw("Name", lines.line((as_typed,)), "another role has this name")
    as_typed, text = told.get("Description", ("Description", ""))
    if text is not None and not isinstance(text, str):
        yield Flaw("Description", lines.line((as_typed,)), "it has to be a text")
    elif text and len(text) > LONGEST_DESCRIPTION:
        yield Flaw("Description", lines.line((as_typed,)), f"it has {len(text)} letters; {LONGEST_DESCRIPTION:,} are the most")
    as_typed, custom = told.get("IsCustom", ("IsCustom", True))
    if custom is not True:
        yield Flaw("IsCustom", lines.line((as_typed,)), "only custom roles can be made, so it is true")


def _of_lists(told: Told, lines: Lines, known: KnownOperations) -> Iterator[Flaw]:
    for name in LISTS:
        as_typed, value = told.get(name, (name, []))
        if not _texts(value):
            yield Flaw(name, lines.line((as_typed,)), "it has to be a list of texts")
            continue
        for number, pattern in enumerate(value or ()):
            if fault := known.fault(pattern):
                yield Flaw(f"{name}[{number}]", lines.line((as_typed, number)), fault)
    if all(_texts(told.get(name, ("", []))[1]) for name in LISTS) and not _list(told, "Actions") and not _list(told, "DataActions"):
        yield Flaw(
            "Actions", lines.line((told.get("Actions", ("Actions", []))[0],)), "it grants nothing: Actions and DataActions are empty"
        )


def _of_scopes(told: Told, lines: Lines) -> Iterator[Flaw]:
    as_typed, value = told.get("AssignableScopes", ("AssignableScopes", []))
    if not _texts(value) or not value:
        yield Flaw("AssignableScopes", lines.line((as_typed,)), "a list of scopes is needed, where the role can be assigned")
        return
    groups = [number for number, scope in enumerate(value) if scope.lower().startswith(GROUPS)]
    for number, scope in enumerate(value):
        fault = _scope_fault(scope) or ("another management group is named before; there can be one" if number in groups[1:] else "")
        if not fault and scope.rstrip("/").lower() in {each.rstrip("/").lower() for each in value[:number]}:
            fault = "it is named before"
        if fault:
            yield Flaw(f"AssignableScopes[{number}]", lines.line((as_typed, number)), fault)


def _scope_fault(scope: str) -> str:
    parts = scope.strip("/").split("/")
    if scope.rstrip("/") == "":
        return "a custom role cannot be assignable at the root"
    if "*" in scope:
        return "a scope has no wildcard"
    if not scope.startswith("/") or not all(parts):
        return "this is no scope; one is like /subscriptions/ID or /subscriptions/ID/resourceGroups/NAME"
    lower = [part.lower() for part in parts]
    group = lower[:3] == ["providers", "microsoft.management", "managementgroups"] and len(parts) == 4
    subscription = lower[0] == "subscriptions" and len(parts) == 2
    resources = lower[0] == "subscriptions" and len(parts) == 4 and lower[2] == "resourcegroups"
    return "" if group or subscription or resources else "only a management group, a subscription or a resource group can be assignable"


def _doubts(told: Told, lines: Lines, known: KnownOperations) -> Iterator[Flaw]:
    for name in LISTS:
        as_typed = told.get(name, (name, []))[0]
        for number, pattern in enumerate(_list(told, name)):
            if doubt := known.doubt(pattern, data="Data" in name):
                yield Flaw(f"{name}[{number}] {pattern}", lines.line((as_typed, number)), doubt)
    as_typed = told["AssignableScopes"][0]
    for number, scope in enumerate(_list(told, "AssignableScopes")):
        if scope.lower().startswith(GROUPS) and _list(told, "DataActions"):
            line = lines.line((as_typed, number))
            yield Flaw(f"AssignableScopes[{number}]", line, "a role with DataActions cannot be assigned at the management group itself")


def _list(told: Told, name: str) -> list[str]:
    return list(told.get(name, (name, []))[1] or ())


def _texts(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(each, str) for each in value))
