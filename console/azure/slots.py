"""Slots: what stands in a request's body for a secret, until the moment it is sent.

A plan is shown, compared, journaled and perhaps kept on disk; the secret is in this process's memory alone.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from console.domain.trouble import Kind, Trouble, TroubleError

#: A slot as text: its number is random, so that nobody can name another's; its label says what belongs in it.
SLOT = re.compile(r"\{\{secret:([0-9a-f]{32}):([\w.\-\[\]]{1,120})\}\}")

_held: dict[str, str] = {}


def name_slot(label: str) -> tuple[str, str]:
    """A new slot for what `label` names (a field's path): its number, and the text that stands in the body."""
    number = secrets.token_hex(16)
    told = re.sub(r"[^\w.\-\[\]]", "_", label)[:120] or "value"
    return number, f"{{{{secret:{number}:{told}}}}}"


def hold(found: Mapping[str, str]) -> None:
    """Remember the secrets of slots, by their numbers, as long as this process lives."""
    _held.update(found)


def filled(body: Any) -> Any:
    """The body with its secrets in their slots; the same object where it has none.

    Raises TroubleError where a secret is no longer known: a console that has ended has forgotten it.
    """
    if isinstance(body, str):
        slot = SLOT.fullmatch(body)
        if slot is None:
            return body
        if slot[1] not in _held:
            sentence = f"The secret for {slot[2]} is no longer known: it lives only in the console that it was given to. Plan it again."
            raise TroubleError(Trouble(Kind.INVALID, sentence, "SecretForgotten"))
        return _held[slot[1]]
    if isinstance(body, Mapping):
        new = {key: filled(value) for key, value in body.items()}
        return new if any(new[key] is not value for key, value in body.items()) else body
    if isinstance(body, list | tuple):
        items = [filled(item) for item in body]
        return items if any(one is not other for one, other in zip(items, body, strict=True)) else body
    return body
