"""How property tests run here: the same examples in every run, and no deadline that a busy machine could miss."""

from __future__ import annotations

from hypothesis import settings

steady = settings(deadline=None, derandomize=True, database=None, max_examples=150)
