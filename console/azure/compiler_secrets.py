"""Secrets in fields: taken out before azure-ai-ml sees them, so that no body, log or error text of it holds one.

Part of the compiler child. What is taken out goes to the console beside the request, by the numbers of the slots that stand for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.azure.compiler_yaml import Path, path_text
from console.azure.slots import SLOT, name_slot
from console.azure.sources import source
from console.text import redact

#: Names in the wire's body whose value is a secret that azure-ai-ml read itself, from a file that a field names.
READ_FROM_FILES = frozenset({"privateKeyData"})
#: Fields that `redact` hides by their name and that hold none: public keys, and the path of a file.
PUBLIC = frozenset({"ssh_key_value", "ssh_private_key_file"})


def taken_out(data: Any, found: dict[str, str], path: Path = ()) -> Any:
    """The fields with a slot for each secret; the secrets are put into `found`, by their slots' numbers.

    What is a secret is told by its name or its form, as `console.text.redact` tells it, below any name but a public key's. What stands for
    one already, a slot or a source, stays.
    """
    return _without(data, redact(data), found, path)


def taken_out_of_body(body: Any, found: dict[str, str], path: Path = ()) -> Any:
    """The request's body with a slot for each secret that azure-ai-ml read from a file."""
    if isinstance(body, Mapping):
        return {
            name: _slot(value, found, (*path, name))
            if name in READ_FROM_FILES and isinstance(value, str) and not SLOT.fullmatch(value)
            else taken_out_of_body(value, found, (*path, name))
            for name, value in body.items()
        }
    if isinstance(body, list):
        return [taken_out_of_body(item, found, (*path, index)) for index, item in enumerate(body)]
    return body


def _without(data: Any, hidden: Any, found: dict[str, str], path: Path) -> Any:
    if isinstance(data, Mapping):
        return {
            name: value if name in PUBLIC else _without(value, hidden.get(name), found, (*path, str(name))) for name, value in data.items()
        }
    if isinstance(data, list):
        return [_without(item, hidden[index], found, (*path, index)) for index, item in enumerate(data)]
    if isinstance(data, str) and data != hidden and not SLOT.fullmatch(data) and source(data) is None:
        return _slot(data, found, path)
    return data


def _slot(secret: str, found: dict[str, str], path: Path) -> str:
    number, text = name_slot(path_text(path))
    found[number] = secret
    return text
