"""Interleaved rounds: every case once in each round, so that a busy moment of the machine meets all of them alike."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping

ROUNDS = 15
Found = dict[str, dict[str, list[float]]]


def asked_rounds() -> int:
    """The number of rounds on the command line."""
    return int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS


def interleaved(cases: Mapping[str, Callable[[], Mapping[str, float]]], rounds: int) -> Found:
    """What each case measured in each round, by case and figure; one round before is not counted (it compiles, it fills caches)."""
    for case in cases.values():
        case()
    found: Found = {name: {} for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            for figure, value in case().items():
                found[name].setdefault(figure, []).append(value)
    return found


def report(title: str, found: Found, over: str | None = None) -> None:
    """Print minima and medians in milliseconds, and the minima's ratios to the case `over`."""
    rounds = len(next(iter(next(iter(found.values())).values())))
    print(f"{title} ({rounds} rounds; minimum, median, ratio of the minima)")
    for name, figures in found.items():
        print(f"  {name:36}" + "".join(_told(figure, values, found[over] if over else {}) for figure, values in figures.items()))


def _told(figure: str, values: list[float], floor: Mapping[str, list[float]]) -> str:
    ratio = f" {min(values) / min(floor[figure]):5.2f} x" if figure in floor else ""
    return f"   {figure} {min(values):8.1f} {statistics.median(values):8.1f}{ratio}"
