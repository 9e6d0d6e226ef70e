"""Fuzzy matching: how well a few typed letters fit a text, as fzf users expect it."""

from __future__ import annotations

from collections.abc import Sequence

#: A word that a text begins with, that a part of it begins with, that is somewhere in it, whose letters are in it in their order.
BEGINNING, PART, INSIDE, SCATTERED = 100, 80, 60, 20
BREAKS = "-_./· @="


def score(query: str, fields: Sequence[str]) -> int | None:
    """How well the words of `query` fit, more is better; None: one does not.

    Each must be in one of `fields`, of which the earlier count more, or its letters in the first of them, in their order.
    """
    total = 0
    for word in query.casefold().split():
        best = max((_fit(word, field.casefold()) * 4 // (4 + place) for place, field in enumerate(fields)), default=0)
        best = best or _scattered(word, fields[0].casefold() if fields else "")
        if not best:
            return None
        total += best
    return total


def _fit(word: str, text: str) -> int:
    """How well one word fits one text, both casefolded; 0: not at all."""
    at = text.find(word)
    if at == 0:
        return BEGINNING
    while at > 0:
        if text[at - 1] in BREAKS:
            return PART
        following = text.find(word, at + 1)
        if following < 0:
            return INSIDE
        at = following
    return 0


def _scattered(word: str, text: str) -> int:
    """Letters in their order with gaps between them: the closer the better."""
    first = place = text.find(word[0])
    for letter in word[1:]:
        if place < 0:
            break
        place = text.find(letter, place + 1)
    return 0 if first < 0 or place < 0 else max(1, SCATTERED - (place - first + 1 - len(word)))
