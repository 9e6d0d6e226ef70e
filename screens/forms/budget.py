"""The form of a budget: for a workspace, its group or its subscription; how much, how often, and who hears at which thresholds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date
from decimal import Decimal

from msgspec.structs import replace

from console.domain import scopes
from console.domain.access.naming import scope_words
from console.domain.billing import alert_text
from console.domain.billing.amounts import money
from console.domain.billing.budget_choice import RESOURCE_ID
from console.domain.billing.budget_draft import Draft, drafted, texts
from console.domain.billing.budget_outlook import counted_by_day
from console.domain.billing.budget_rules import EMAIL, period_start
from console.domain.billing.budgets import Budget, BudgetFilter, id_of
from console.domain.scopes import WorkspaceRef
from console.operations.plan import Plan
from console.session import Session
from screens import budget_cells as cells
from screens.forms.fields import Field, FormError, Values
from screens.forms.form import Form, Judgement
from screens.plan_keys import refusal_of
from screens.widgets.facts import Fact

GRAINS = ("Monthly", "Quarterly", "Annually")
WORKSPACE, GROUP, SUBSCRIPTION = "workspace", "group", "subscription"
AS_IT_IS, OF_NOW = "as it is", "computes of now"


class BudgetForm(Form):
    """`held` is the budget that is edited, `like` one that a new one begins with; `at` the scope that it begins with."""

    kind = "budget"

    def __init__(
        self,
        session: Session,
        place: WorkspaceRef | None,
        *,
        held: Budget | None = None,
        like: Budget | None = None,
        at: str = "",
        done: Callable[[], None] | None = None,
    ) -> None:
        self.place, self.held, self.like, self.at = place, held, like, at
        self._today = session.clock.now().astimezone(UTC).date()
        about = f"edit {held.id}" if held is not None else f"new {place.id if place else ''} {like.id if like is not None else ''}"
        super().__init__(session, about, session.context.reading_only, (), done)
        self._billed: tuple[object, tuple[Fact, ...]] = (None, ())

    def on_mount(self) -> None:
        self.session.costs.budget_desk.warm()
        for scope in {self.held.scope} if self.held is not None else {self._scope(each) for each in self._options()}:
            self.session.want_allowance(scope)

    def heading(self) -> str:
        if self.held is not None:
            return f"Edit budget {self.held.name} on {scope_words(self.held.scope, self.session.context.subscription_names)}"
        return f"A budget for {self.place.name if self.place is not None else '?'}"

    def fields(self) -> Sequence[Field]:
        begun = self._texts()
        grains = GRAINS if begun["grain"] in GRAINS else (*GRAINS, begun["grain"])
        every: list[Field] = []
        if self.held is None:
            every += [
                Field("scope", "for", self._option(), options=self._options(), help="What it counts the costs of.", lasting=True),
                Field("name", "name", begun["name"], help="Letters, digits, - and _, at most 63.", lasting=True),
            ]
        elif self._missing():
            every.append(Field("counts", "counts", AS_IT_IS, options=(AS_IT_IS, OF_NOW), help="Computes made since are not in its filter."))
        every += [
            Field("amount", "amount", begun["amount"], help="In the currency of the bill, for each period."),
            Field("grain", "each", begun["grain"], options=grains, help="When it begins anew."),
        ]
        if self.held is None:
            every.append(Field("start", "from", begun["start"], help="The first of a month, as 2026-12-01.", lasting=True))
        every += [
            Field("end", "until", begun["end"], help="A day like 2027-12-31; empty: ten years on."),
            Field("actual", "alerts at %", begun["actual"], long=True, help=_thresholds("what is billed")),
            Field("forecasted", "forecast at %", begun["forecasted"], long=True, help=_thresholds("the forecast")),
            Field("emails", "e-mails", begun["emails"], long=True, help="Who hears, where a threshold names nobody of its own."),
        ]
        return every

    def judge(self, values: Values) -> Judgement:
        draft = self._draft(values)
        # A form says what is wrong beside its fields: what is about none of them is told at the amount.
        faults = {name if name in values else "amount": fault for name, fault in draft.faults.items()}
        notes: dict[str, str] = {}
        facts: list[Fact] = []
        if self.held is None and (twin := self._twin(values)):
            faults.setdefault("name", twin)
        budget = draft.budget
        if self.held is None:
            facts.append(Fact("on", scope_words(self._scope(values["scope"]), self.session.context.subscription_names)))
            facts += self._counts(values["scope"])
        facts += self._costs(values)
        if budget is not None:
            per = cells.PER.get(budget.grain, budget.grain)
            notes["amount"] = f"{money(budget.amount, self._currency)} a {per}"
            said = [Fact("alert", cells.alert_words(each, _in(budget, self._currency))) for each in budget.notifications]
            facts += said or [Fact("alert", "none: it tells nobody", "warn")]
            facts.append(Fact("stops", "nothing: a budget tells, it limits no spending", "muted"))
        return Judgement(faults, notes, facts)

    async def plan(self, values: Values) -> Plan:
        budget = self._draft(values).budget
        if budget is None:
            raise FormError("", "Something of it cannot be read.")
        desk = self.session.costs.budget_desk
        if self.held is None:
            plan = await desk.create(budget)
        elif budget.aspect("") == self.held.aspect(""):
            raise FormError("amount", "Nothing is changed: this is what it is set to.")
        else:
            plan = await desk.edit(self.held, budget)
        self.refusal = refusal_of(self.session, plan)
        return plan

    # What stands in the fields

    def _texts(self) -> Mapping[str, str]:
        """What the fields begin with."""
        if self.held is not None:
            return texts(self.held)
        start = period_start("Monthly", self._today).isoformat()
        if self.like is not None:
            return {**texts(self.like), "name": f"{self.like.name}-copy"[:63], "start": start, "end": ""}
        who = self.session.context.who
        return {
            "name": f"{self.place.name}-monthly"[:63] if self.place is not None else "",
            "amount": "",
            "grain": "Monthly",
            "start": start,
            "end": "",
            "actual": alert_text.ACTUAL,
            "forecasted": alert_text.FORECASTED,
            "emails": who if EMAIL.match(who or "") else "",
        }

    def _draft(self, values: Values) -> Draft:
        if self.held is not None:
            return drafted(values, self.held.scope, self._wanted_filters(values.get("counts", AS_IT_IS)), self._today, self.held)
        option = values["scope"]
        return drafted(values, self._scope(option), self._wanted_filters(option), self._today)

    def _options(self) -> tuple[str, ...]:
        return (WORKSPACE, GROUP, SUBSCRIPTION)

    def _option(self) -> str:
        """What is chosen first."""
        if self.like is not None and any(each.name.lower() == RESOURCE_ID.lower() for each in self.like.filters):
            return WORKSPACE
        if self.place is None or not self.at:
            return WORKSPACE
        return GROUP if scopes.same_id(self.at, self.place.group_id) else SUBSCRIPTION

    def _scope(self, option: str) -> str:
        """The ARM id at which it is set: Azure has budgets of groups and subscriptions, a workspace's is one of its group."""
        if self.place is None:
            return self.held.scope if self.held is not None else ""
        return f"/subscriptions/{self.place.subscription_id}" if option == SUBSCRIPTION else self.place.group_id

    def _filters(self, option: str) -> tuple[BudgetFilter, ...]:
        """A workspace's budget counts what is billed under its own id and under those of its computes."""
        if option != WORKSPACE or self.place is None:
            return ()
        return (BudgetFilter(RESOURCE_ID, (self.place.id, *self._compute_ids())),)

    def _compute_ids(self) -> tuple[str, ...]:
        reading = self.session.computes.reading(self.place.id) if self.place is not None else None
        return tuple(sorted(each.id for each in reading.items if not each.fault)) if reading is not None else ()

    def _missing(self) -> tuple[str, ...]:
        """Computes of the workspace that the filter of a workspace's own budget does not name."""
        if self.held is None or self.place is None:
            return ()
        named = {scopes.key(value) for each in self.held.filters if each.name.lower() == RESOURCE_ID.lower() for value in each.values}
        if scopes.key(self.place.id) not in named:
            return ()
        return tuple(each for each in self._compute_ids() if scopes.key(each) not in named)

    def _twin(self, values: Values) -> str:
        """A budget of this name that is there already: Azure would overwrite it."""
        wanted = id_of(self._scope(values["scope"]), values["name"].strip())
        same = any(scopes.same_id(each.id, wanted) for each in self.session.costs.now.budgets.items)
        return "there is one of this name already; e on it edits it" if same else ""

    # What is said of it

    def _counts(self, option: str) -> list[Fact]:
        if option != WORKSPACE or self.place is None:
            return []
        found = len(self._compute_ids())
        told = f"{self.place.name} and its {found} computes of now; one that is made later is counted once the budget is edited"
        return [Fact("counts", told, "muted")]

    def _costs(self, values: Values) -> tuple[Fact, ...]:
        """What the same costs came to, worked out once for the same scope and bills."""
        bills = self.session.costs.now.billed
        option = values.get("scope", values.get("counts", ""))
        key = (option, *map(id, bills))
        if self._billed[0] != key:
            scope = self.held.scope if self.held is not None else self._scope(option)
            probe = Budget(id="", name="", scope=scope, filters=self._wanted_filters(option), filter_raw=self._raw_filter(option))
            days = counted_by_day(probe, bills) if bills else None
            self._billed = (key, tuple(self._told(days)))
        return self._billed[1]

    def _wanted_filters(self, option: str) -> tuple[BudgetFilter, ...]:
        """The filter that an option of the first field makes."""
        if self.held is None:
            return self._filters(option)
        return self._filters(WORKSPACE) if option == OF_NOW else self.held.filters

    def _raw_filter(self, option: str) -> bytes:
        return self.held.filter_raw if self.held is not None and option != OF_NOW else b""

    def _told(self, days: Mapping[date, Decimal] | None) -> list[Fact]:
        if days is None:
            return []
        first = self._today.replace(day=1)
        now = sum((cost for day, cost in days.items() if day >= first), Decimal(0))
        before = sum((cost for day, cost in days.items() if day < first), Decimal(0))
        asked = cells.as_of(self.session.costs.now.asked)
        return [Fact("costs", f"{money(before, self._currency)} last month, {money(now, self._currency)} so far in this (billed: {asked})")]

    @property
    def _currency(self) -> str:
        """That of the bill, where it is in one."""
        if self.held is not None and self.held.currency:
            return self.held.currency
        codes = {charge.currency for bill in self.session.costs.now.billed for charge in bill.charges[:1]}
        return next(iter(codes)) if len(codes) == 1 else ""


def _thresholds(what: str) -> str:
    return f"Per cents of the amount at which {what} is told, five at most: 50, 80, 100; addresses behind one are its own."


def _in(budget: Budget, currency: str) -> Budget:
    """The same budget, its amounts told in a currency."""
    return replace(budget, currency=currency)
