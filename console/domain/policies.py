"""Policies: what Azure Policy says of something that is to be made, before it is made."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Objection(msgspec.Struct, frozen=True):
    """A policy against what is wanted: its assignment's name, where it is assigned, and why ("" where Azure gives no reason).

    `certain` says that Azure evaluated what was sent and would deny it as it is; else it only told of a restriction, or of a trouble.
    """

    policy: str
    place: str = ""
    reason: str = ""
    certain: bool = True

    @property
    def words(self) -> str:
        """The policy with its place and reason, in a line."""
        return f"policy {self.policy}{f' (assigned to {self.place})' if self.place else ''}{f': {self.reason}' if self.reason else ''}"


def refusal(objections: Iterable[Objection]) -> str:
    """Why policies will refuse it ("" where none is sure to)."""
    told = dict.fromkeys(each.words.rstrip(".") for each in objections if each.certain)
    return f"Azure would refuse it: {'; '.join(told)}. Change what it asks for, or ask for an exemption" if told else ""


def warnings(objections: Iterable[Objection]) -> tuple[str, ...]:
    """What policies may have against it, a line each."""
    return tuple(dict.fromkeys(each.words for each in objections if not each.certain))
