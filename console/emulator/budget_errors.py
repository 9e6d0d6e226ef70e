"""How Cost Management refuses: the body of its errors, and the reason why a budget is invalid.

Seen of Azure: the status as code, and the id of the request at the end of the message.
"""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

from console.emulator.routing import Reply

# The emulator's own; what is larger has no exact form on the wire.
_LARGEST = Decimal("1e15")


class InvalidBudgetError(ValueError):
    """A budget that is refused; the message is the sentence that tells why."""


def refusal(status: int, message: str) -> Reply:
    """An error of the budgets' and alerts' service."""
    body = {"error": {"code": str(status), "message": f"{message} (Request ID: {uuid.uuid4()})"}}
    return Reply(status, body, {"x-ms-failure-cause": "service"})


def number(told: Any, name: str) -> Decimal:
    """A JSON number of a request. Raises InvalidBudgetError."""
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise InvalidBudgetError(f"'{name}' must be a number, not {str(told)[:60]!r}.")
    found = Decimal(str(told))
    if not found.is_finite() or abs(found) > _LARGEST:
        raise InvalidBudgetError(f"'{name}' must be a number of {_LARGEST:e} at most.")
    return found


def texts(told: Any, name: str) -> list[str]:
    """A list of strings of a request; none where it says nothing. Raises InvalidBudgetError."""
    if told is None:
        return []
    if not isinstance(told, list) or not all(isinstance(one, str) for one in told):
        raise InvalidBudgetError(f"'{name}' must be a list of strings.")
    return told
