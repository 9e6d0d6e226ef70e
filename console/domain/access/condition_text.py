"""The text of a condition: what is wrong with one that was typed, as far as that can be told without Azure.

Source: "Azure role assignment condition format and syntax" (Microsoft Learn). Whether attributes and operators exist, Azure's dry run says.
"""

from __future__ import annotations

#: "Conditions can be up to 8 KB" (Azure RBAC limits).
LONGEST = 8_192
_CLOSES = {")": "(", "]": "[", "}": "{"}


def fault(text: str) -> str:
    """What is wrong ("" when nothing is): brackets and quotes that are not closed, or nothing that a condition consists of."""
    condition = text.strip()
    if not condition:
        return ""
    if len(condition.encode()) > LONGEST:
        return f"longer than {LONGEST:,} bytes"
    opened: list[str] = []
    quoted = False
    for place, letter in enumerate(condition, 1):
        if letter == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif letter in _CLOSES.values():
            opened.append(letter)
        elif letter in _CLOSES and (not opened or opened.pop() != _CLOSES[letter]):
            return f"'{letter}' at {place} closes nothing"
    if quoted:
        return "a quote ' is not closed"
    if opened:
        return f"'{opened[-1]}' is not closed"
    if "@" not in condition and "ActionMatches" not in condition:
        return "it names no attribute (@Resource[…], @Request[…], @Principal[…]) and no ActionMatches"
    return ""
