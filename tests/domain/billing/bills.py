"""Bills to read: a subscription with two workspaces, their computes and companions, written the way Cost Management answers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from console.domain.billing.bill import Bill, Charge
from console.domain.billing.questions import METER, RESOURCE, Grouping, Question
from console.domain.billing.windows import DAY, number
from console.domain.scopes import WorkspaceRef
from console.domain.workspaces import Workspace

SUBSCRIPTION = "/subscriptions/5f0c"
ASKED = datetime(2026, 8, 31, 12, tzinfo=UTC)
FIRST, LAST = date(2026, 8, 1), date(2026, 8, 31)
BY_RESOURCE = (RESOURCE, METER)


def ref(name: str, group: str = "rg-ml") -> WorkspaceRef:
    return WorkspaceRef("5f0c", group, name)


def resource(kind: str, name: str, group: str = "rg-ml") -> str:
    return f"{SUBSCRIPTION}/resourceGroups/{group}/providers/{kind}/{name}"


STORE = resource("Microsoft.Storage/storageAccounts", "mlstore")
OWN_STORE = resource("Microsoft.Storage/storageAccounts", "visionstore")
INSIGHTS = resource("Microsoft.Insights/components", "vision-insights")
NLP = Workspace(id=ref("nlp").id, ref=ref("nlp"), name="nlp", storage=STORE)
VISION = Workspace(id=ref("vision").id, ref=ref("vision"), name="vision", storage=OWN_STORE, insights=INSIGHTS)
ROBOT = Workspace(id=ref("robot").id, ref=ref("robot"), name="robot", storage=STORE.upper())
WORKSPACES = (NLP, VISION, ROBOT)
A100 = f"{NLP.id}/computes/a100".lower()


def charge(cost: str | int, *keys: str, day: date | None = None, currency: str = "USD", forecast: bool = False) -> Charge:
    return Charge(Decimal(cost), currency, number(day) if day else number(FIRST), keys, forecast)


def bill(charges: Iterable[Charge], groupings: tuple[Grouping, ...] = BY_RESOURCE, scope: str = SUBSCRIPTION) -> Bill:
    return Bill(
        question=Question(scope=scope, first=FIRST, last=LAST, groupings=groupings),
        charges=tuple(charges),
        asked=ASKED,
    )


def daily(costs: Iterable[str | int], *keys: str, first: date = FIRST, currency: str = "USD") -> list[Charge]:
    """A charge a day from `first` on; a day of "" has none."""
    return [charge(cost, *keys, day=first + index * DAY, currency=currency) for index, cost in enumerate(costs) if cost != ""]
