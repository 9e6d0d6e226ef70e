"""Every key of config.toml, once: its kind, its words, what it means; the reader, the JSON Schema and the help come from this table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

Mode = Literal["read-only", "write"]
SignInMethod = Literal["auto", "az", "environment", "managed-identity", "device-code"]
CloudName = Literal["public", "china", "usgov"]
ClipboardMode = Literal["auto", "osc52", "tmux", "file", "off"]
SshProfile = Literal["auto", "on", "off"]

#: What a key holds: a text, a list of texts, true or false, a whole number, or a table.
Kind = Literal["text", "texts", "flag", "number", "table"]
WORDS: dict[Kind, str] = {
    "text": "a text in quotes",
    "texts": "a list of texts",
    "flag": "true or false",
    "number": "a whole number",
    "table": "a table",
}
DRAFT = "https://json-schema.org/draft/2020-12/schema"


class ConfigKey(NamedTuple):
    """A key: `says` is one clause; `choices` are all that it may be, where they are limited; a number is one of `within`, both included."""

    says: str
    kind: Kind = "text"
    choices: tuple[str, ...] = ()
    within: tuple[int, int] = (0, 0)


#: Keys that stand at the top and in each `[contexts.NAME]`.
PLACE: dict[str, ConfigKey] = {
    "subscription": ConfigKey("subscription, by id or by the name that az knows"),
    "resource_group": ConfigKey("resource group"),
    "workspace": ConfigKey("workspace"),
    "tenant": ConfigKey("tenant, by id or domain"),
    "cloud": ConfigKey("which Azure; china and usgov were never seen, only read about", choices=get_args(CloudName)),
    "identity": ConfigKey("client id of the user-assigned managed identity to sign in as"),
    "mode": ConfigKey("whether changes are allowed", choices=get_args(Mode)),
    "signin": ConfigKey("how to sign in", choices=get_args(SignInMethod)),
    "protected": ConfigKey("names of workspaces where a change asks for the workspace's name", "texts"),
    "required_tags": ConfigKey("tags that whatever is made here must have", "texts"),
}
CONTEXT: dict[str, ConfigKey] = PLACE | {
    "colour": ConfigKey("the colour of the context's name"),
    "cloud_file": ConfigKey("the ready file of an emulator to open on"),
}
TOP: dict[str, ConfigKey] = PLACE | {
    "context": ConfigKey("the context that is used unless another is named"),
    "contexts": ConfigKey("named places: a table each, [contexts.NAME]", "table"),
    "view": ConfigKey("the screen to open"),
    "theme": ConfigKey("a theme of Textual's; ansi-dark and ansi-light use the terminal's own 16 colours"),
    "ascii": ConfigKey("draw with ASCII alone; unless told, so where the locale is not UTF-8", "flag"),
    "clipboard": ConfigKey("where c and Y copy to", choices=get_args(ClipboardMode)),
    "ssh": ConfigKey("no animation and few frames a second; auto: where SSH_CONNECTION is set", choices=get_args(SshProfile)),
    "keys": ConfigKey('other keys: id = "key,key"; `aml-console config keys` lists the ids', "table"),
    "kits": ConfigKey("roles that are given together: a table each, [kits.NAME]; one of the console's own name takes its place", "table"),
    "cost": ConfigKey("how costs are asked for", "table"),
    "log_file": ConfigKey("where the log goes"),
}
#: Keys of `[cost]`. A tenant has 600 query units an hour (Manage costs with automation, Microsoft Learn).
COST: dict[str, ConfigKey] = {
    "qpu_per_hour": ConfigKey(
        "query units of Cost Management that the console may use in an hour; they are the tenant's", "number", (), (1, 600)
    ),
    "tag": ConfigKey("the tag whose values costs are summed by"),
    "alarm_per_hour": ConfigKey(
        "from how many dollars an hour on the console rings the bell; unless told, never", "number", (), (1, 1_000_000)
    ),
}
#: Keys of each `[kits.NAME]`: beside `says` the places of roles, each with names or GUIDs of roles.
KIT: dict[str, ConfigKey] = {
    "says": ConfigKey("whom the kit is for, in a few words"),
    "workspace": ConfigKey("roles at the workspace", "texts"),
    "storage": ConfigKey("roles at its storage account", "texts"),
    "vault": ConfigKey("roles at its Key Vault", "texts"),
    "registry": ConfigKey("roles at its container registry, where there is one", "texts"),
    "group": ConfigKey("roles at its resource group", "texts"),
    "subscription": ConfigKey("roles at its subscription", "texts"),
}
#: What a kit may be called: it is typed.
KIT_NAME = r"^[A-Za-z0-9_-]+$"


def fault(key: ConfigKey, name: str, value: object) -> str:
    """What is wrong with a value of a key ("" when nothing): one clause that names the key by its whole `name`."""
    fits = {
        "text": isinstance(value, str),
        "texts": isinstance(value, list) and all(isinstance(each, str) for each in value),
        "flag": isinstance(value, bool),
        "number": isinstance(value, int) and not isinstance(value, bool),
        "table": isinstance(value, dict),
    }
    if not fits[key.kind]:
        return f"`{name}` is to be {WORDS[key.kind]}"
    if key.choices and value not in key.choices:
        return f"`{name}` is {value!r}; it is to be one of {', '.join(key.choices)}"
    if key.kind == "number" and isinstance(value, int) and not key.within[0] <= value <= key.within[1]:
        return f"`{name}` is {value}; it is to be from {key.within[0]} to {key.within[1]}"
    return ""


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of config.toml."""
    return {"$schema": DRAFT, "title": "aml-console's config.toml", **_table(TOP)}


def _table(keys: Mapping[str, ConfigKey]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"description": key.says, **_value(name, key)} for name, key in keys.items()},
    }


def _value(name: str, key: ConfigKey) -> dict[str, Any]:
    if name == "contexts":
        return {"type": "object", "additionalProperties": _table(CONTEXT)}
    if name == "cost":
        return _table(COST)
    if name == "kits":
        kit = {**_table(KIT), "anyOf": [{"required": [place], "properties": {place: {"minItems": 1}}} for place in KIT if place != "says"]}
        kit["properties"] = {each: {**told, **_filled(told)} for each, told in kit["properties"].items()}
        return {"type": "object", "propertyNames": {"pattern": KIT_NAME}, "additionalProperties": kit}
    if name == "keys":
        # TOML reads `compute.stop = "x"` as a table in a table; in quotes it is one name. Both mean the same.
        deeper = {"type": "object", "additionalProperties": {"$ref": "#/properties/keys/additionalProperties"}}
        return {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, deeper]}}
    if key.kind == "texts":
        return {"type": "array", "items": {"type": "string"}}
    if key.kind == "flag":
        return {"type": "boolean"}
    if key.kind == "number":
        return {"type": "integer", "minimum": key.within[0], "maximum": key.within[1]}
    return {"type": "string", **({"enum": list(key.choices)} if key.choices else {})}


def _filled(told: Mapping[str, Any]) -> dict[str, Any]:
    """Roles have names."""
    return {"items": {"type": "string", "pattern": r"\S"}} if told["type"] == "array" else {}
