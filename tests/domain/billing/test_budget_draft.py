"""Budgets as they are typed: read field by field, refused in the field that is wrong, and the same again when nothing was changed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace

from console.domain.billing import alert_text
from console.domain.billing.budget_draft import drafted, texts
from console.domain.billing.budgets import Budget, BudgetFilter, Notification
from tests.domain.billing.bills import NLP, SUBSCRIPTION

TODAY = date(2026, 8, 20)
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-ml"
TYPED = {
    "name": "nlp-monthly",
    "amount": "$1,500.50",
    "grain": "Monthly",
    "start": "2026-08-01",
    "end": "",
    "actual": "50, 80% ops@contoso.com boss@contoso.com, 100",
    "forecasted": "100",
    "emails": "ada@contoso.com; bob@contoso.com",
}
ONCALL = f"{GROUP}/providers/microsoft.insights/actionGroups/oncall"


def made(**typed: str) -> Budget:
    draft = drafted({**TYPED, **typed}, GROUP, (), TODAY)
    assert draft.budget is not None, draft.faults
    return draft.budget


def test_all_that_is_typed_is_in_the_budget() -> None:
    found = made()
    assert (found.amount, found.grain, found.start, found.end) == (Decimal("1500.50"), "Monthly", date(2026, 8, 1), None)
    assert found.id == f"{GROUP}/providers/Microsoft.CostManagement/budgets/nlp-monthly"
    everybody = ("ada@contoso.com", "bob@contoso.com")
    assert [(each.kind, each.threshold, each.emails) for each in found.notifications] == [
        ("Actual", 50, everybody),
        ("Actual", 80, ("ops@contoso.com", "boss@contoso.com")),
        ("Actual", 100, everybody),
        ("Forecasted", 100, everybody),
    ]
    assert len({each.name for each in found.notifications}) == 4


@pytest.mark.parametrize(
    ("field", "text", "told"),
    [
        ("name", "", "needs a name"),
        ("name", "a b", "letters"),
        ("name", "x" * 64, "at most 63"),
        ("amount", "", "needs an amount"),
        ("amount", "0", "more than 0"),
        ("amount", "12e5", "is no amount"),
        ("grain", "Weekly", "none of these"),
        ("start", "2026-08-02", "first of a month"),
        ("start", "soon", "is no day"),
        ("start", "2026-07-01", "current period"),
        ("start", "2027-09-01", "within 12 months"),
        ("end", "2026-08-01", "ends after"),
        ("end", "31.12.2026", "is no day"),
        ("actual", "50, x", "'x' is no threshold"),
        ("actual", "50, 50", "there twice"),
        ("actual", "1001", "0 to 1000"),
        ("actual", "50.125", "at most 2 decimals"),
        ("actual", "1,2,3,4,5,6", "at most 5"),
        ("actual", "50 nobody", "is no e-mail address"),
        ("forecasted", "1,2,3,4,5,6", "at most 5"),
        ("emails", "ada", "is no e-mail address"),
        ("emails", "", "at least one"),
    ],
)
def test_every_rule_is_told_in_its_field(field: str, text: str, told: str) -> None:
    draft = drafted({**TYPED, field: text}, GROUP, (), TODAY)
    assert draft.budget is None
    assert told in draft.faults[field]


def test_a_quarterly_budget_may_start_within_its_quarter() -> None:
    assert made(grain="Quarterly", start="2026-07-01").start == date(2026, 7, 1)


def test_no_alert_is_a_budget_as_well() -> None:
    assert made(actual="", forecasted="", emails="").notifications == ()


def test_what_is_opened_and_left_alone_is_the_same_budget() -> None:
    kept = (
        Notification(name="b", threshold=Decimal("80.0"), operator="GreaterThan", emails=("ada@contoso.com",), roles=("Owner",)),
        Notification(name="a", threshold=Decimal(80), enabled=False, emails=("ada@contoso.com",)),
        Notification(name="c", threshold=Decimal(90), groups=(ONCALL,)),
        Notification(name="d", threshold=Decimal(110), kind="Forecasted", emails=("bob@contoso.com",)),
    )
    held = replace(
        made(), start=date(2025, 1, 1), end=date(2030, 1, 1), notifications=kept, filters=(BudgetFilter("ResourceId", (NLP.id,)),)
    )
    draft = drafted(texts(held), "ignored", held.filters, TODAY, held)
    assert draft.faults == {} and draft.budget is not None
    assert draft.budget.aspect("") == held.aspect("")


def test_an_edit_keeps_name_scope_and_start() -> None:
    held = replace(made(), start=date(2025, 1, 1))
    draft = drafted({**texts(held), "name": "other", "start": "2026-08-01", "amount": "2"}, SUBSCRIPTION, (), TODAY, held)
    assert draft.budget == replace(held, amount=Decimal(2))


def test_a_filter_is_written_as_azure_takes_it() -> None:
    own, grouped = BudgetFilter("ResourceId", (NLP.id,)), BudgetFilter("team", ("risk",), tag=True)
    one = drafted(TYPED, GROUP, (own,), TODAY).budget
    both = drafted(TYPED, GROUP, (own, grouped), TODAY).budget
    assert one is not None and both is not None
    told = {"dimensions": {"name": "ResourceId", "operator": "In", "values": [NLP.id]}}
    assert json.loads(one.filter_raw) == told
    assert json.loads(both.filter_raw) == {"and": [told, {"tags": {"name": "team", "operator": "In", "values": ["risk"]}}]}
    edited = drafted(texts(one), GROUP, (grouped,), TODAY, one).budget
    assert edited is not None and json.loads(edited.filter_raw) == {"tags": {"name": "team", "operator": "In", "values": ["risk"]}}
    assert made().filter_raw == b""


def test_what_a_filter_says_beside_its_conditions_goes_back_as_it_was() -> None:
    held = replace(made(), start=date(2025, 1, 1), filters=(BudgetFilter("ResourceId", (NLP.id,)),), filter_raw=b'{"x": 1}')
    draft = drafted({**texts(held), "amount": "2"}, GROUP, held.filters, TODAY, held)
    assert draft.budget is not None and draft.budget.filter_raw == held.filter_raw


def test_addresses_are_split_at_whatever_is_between_them() -> None:
    assert alert_text.addresses(" a@b.co,c@d.co;a@b.co\te@f.co ") == ("a@b.co", "c@d.co", "e@f.co")
