"""How an action pattern of a role covers an operation."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=16_384)
def _compiled(pattern: str) -> re.Pattern[str]:
    # A `/*/` also stands for no segment at all: `workspaces/*/read` covers `workspaces/read`.
    parts = (".*".join(re.escape(piece) for piece in part.split("*")) for part in pattern.split("/*/"))
    spread = "/(?:.*/)?".join(parts)
    return re.compile(f"^{spread}$", re.IGNORECASE)


@lru_cache(maxsize=65_536)
def matches(pattern: str, operation: str) -> bool:
    """Whether a role's action pattern covers an operation; `*` may span segments, case does not count."""
    return _compiled(pattern).match(operation) is not None
