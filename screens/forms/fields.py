"""Fields of a form: what is asked, what is offered, and when what was typed is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from console.domain import until

#: Field names → what stands in them.
Values = dict[str, str]
MOST_DIGITS = 6


def nothing_wrong(_: str) -> str:
    return ""


@dataclass(frozen=True)
class Field:
    """One line of a form.

    `options` makes it a choice between a few words, else it is typed. `check` says what is wrong with a text ("" when nothing is).
    `lasting` marks what cannot be changed once the resource is there. `picks` names what a picker offers for it,
    `secret` masks it, `long` gives it the room that a list or an ARM id needs.
    """

    name: str
    label: str
    value: str = ""
    help: str = ""
    options: tuple[str, ...] = ()
    check: Callable[[str], str] = nothing_wrong
    lasting: bool = False
    picks: str = ""
    secret: bool = False
    long: bool = False


class FormError(Exception):
    """What was typed cannot become a plan: the field that is wrong ("" for none in particular) and the sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field, self.sentence = field, sentence


def needed(what: str) -> Callable[[str], str]:
    """A check that refuses an empty field."""
    return lambda text: "" if text.strip() else f"{what} is needed"


def moment(field: str, text: str, now: datetime) -> datetime | None:
    """The moment to come (UTC) that a field holds, None for an empty one. Raises FormError, also where it has passed since it was typed."""
    try:
        return until.parse(text, now)
    except ValueError as error:
        raise FormError(field, str(error)) from error


def number(text: str) -> int | None:
    """What a field of whole numbers holds; None where that is none, or longer than any that is asked for."""
    written = text.strip()
    return int(written) if written.isascii() and written.isdigit() and len(written) <= MOST_DIGITS else None


def whole(least: int, most: int, *, empty: bool = False) -> Callable[[str], str]:
    """A check for whole numbers in a range; `empty` lets nothing stand for "as it is"."""

    def check(text: str) -> str:
        written = text.strip()
        if not written and empty:
            return ""
        found = number(written)
        if found is None:
            return f"a whole number from {least} to {most:,}"
        return "" if least <= found <= most else f"{least} to {most:,}, not {found:,}"

    return check
