"""Questions of cost and budgets as the console sees them: they become requests; a child has azure-mgmt-costmanagement do it.

    request = await compiler.question(Question(scope=…, first=…, last=…, groupings=(RESOURCE, METER)))

Nothing is sent from here.
"""

from __future__ import annotations

from typing import Any

import msgspec

from console.azure.request import Request
from console.azure.request_compiler import RequestCompiler
from console.domain.billing.budgets import Budget
from console.domain.billing.questions import Question


class CostCompiler(RequestCompiler):
    """azure-mgmt-costmanagement in a child. Every method raises TroubleError."""

    child = "cost_child"
    sdk = "azure-mgmt-costmanagement"
    requirement = "azure-mgmt-costmanagement>=5.0.0"
    needed_for = "Asking what things cost"
    flaw_code = "CostFlaw"

    async def question(self, question: Question) -> Request:
        """The POST that asks a question of cost, or of a forecast."""
        fields = {
            "scope": question.scope,
            "type": question.type.value,
            "first": question.first.isoformat(),
            "last": question.last.isoformat(),
            "grain": question.grain.value,
            "groupings": [{"type": each.type, "name": each.name} for each in question.groupings],
        }
        return await self._compiled("forecast" if question.forecast else "query", fields)

    async def budget(self, budget: Budget, before: bytes = b"", *, guarded: bool = True) -> Request:
        """The PUT that makes a budget, or makes another of the one that Azure sent as `before` (its JSON).

        What `budget` does not tell goes back as it was. `guarded`: with the eTag of `before`, so that Azure refuses where somebody else
        has changed it meanwhile.
        """
        fields: dict[str, Any] = {
            "scope": budget.scope,
            "name": budget.name,
            "category": budget.category,
            "amount": str(budget.amount),
            "grain": budget.grain,
            "start": budget.start.isoformat() if budget.start is not None else "",
            "end": budget.end.isoformat() if budget.end is not None else "",
            "filter": msgspec.json.decode(budget.filter_raw) if budget.filter_raw else None,
            "notifications": [_notification(each) for each in budget.notifications],
            "before": msgspec.json.decode(before) if before else None,
            "guarded": guarded,
        }
        return await self._compiled("budget", fields)

    async def budget_removal(self, budget: Budget) -> Request:
        """The DELETE of a budget."""
        return await self._compiled("budget-removal", {"scope": budget.scope, "name": budget.name})


def _notification(notification: Any) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.structs.asdict(notification)
    return fields | {"threshold": str(notification.threshold)}
