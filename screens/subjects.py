"""Subjects: what findings are about, by kind; what the panel says of one besides the finding itself, and what `f` does about several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from console.domain import scopes
from console.domain.billing.budgets import is_budget
from console.domain.compute import Compute
from console.domain.findings.finding import Finding, Remedy, Source
from console.domain.scopes import WorkspaceRef
from console.session import Session
from screens import grants
from screens.access_cells import facts as grant_facts
from screens.answers import answer_facts
from screens.budget_cells import budget_ages, budget_facts
from screens.compute import ComputeScreen
from screens.connection_cells import connection_ages, connection_facts
from screens.data_cells import asset_facts, data_ages, datastore_facts
from screens.expiry_acts import Expiry
from screens.host import Host
from screens.quota_cells import facts as quota_facts
from screens.quota_cells import quota_ages
from screens.reasons import GAP, ages, compute_facts
from screens.remedies import Case, mend, plan_line
from screens.storage_cells import account_facts
from screens.vault_cells import secret_facts, vault_ages, vault_facts
from screens.widgets.facts import Fact


class SubjectKind(Protocol):
    """How findings about one kind of resource are explained and mended."""

    def workspace_of(self, finding: Finding) -> WorkspaceRef | None:
        """The workspace that the subject is in, where it is in one."""

    def plan(self, finding: Finding, session: Session) -> str:
        """What `f` would do, in a sentence."""

    def age(self, finding: Finding, session: Session) -> Callable[[Source], str]:
        """How long ago each source was read."""

    def facts(self, finding: Finding, session: Session) -> list[Fact]:
        """What else is known of the subject."""

    def mend(
        self, findings: Sequence[Finding], session: Session, host: Host, notes: Sequence[str], agreed: Callable[[], None] | None
    ) -> None:
        """Show the plan that mends findings of this kind, or what else mends them."""


class Computes:
    """Their findings are mended by the actions of their screen."""

    def workspace_of(self, finding: Finding) -> WorkspaceRef | None:
        return WorkspaceRef.parse(finding.subject_id)

    def plan(self, finding: Finding, session: Session) -> str:
        return plan_line(finding, session.compute_findings.subject(finding.id), ComputeScreen.actions, session)

    def age(self, finding: Finding, session: Session) -> Callable[[Source], str]:
        return ages(session, session.compute_findings.subject(finding.id))

    def facts(self, finding: Finding, session: Session) -> list[Fact]:
        compute = session.compute_findings.subject(finding.id)
        if compute is None:
            return []
        return [GAP, *answer_facts(compute, session), *compute_facts(compute, session, ages(session, compute))]

    def mend(
        self, findings: Sequence[Finding], session: Session, host: Host, notes: Sequence[str], agreed: Callable[[], None] | None
    ) -> None:
        cases = [
            Case(each.subject_name, session.compute_findings.subject(each.id), session.findings.open_among((each,))) for each in findings
        ]
        mend(cases, ComputeScreen.actions, session, host, notes, agreed)


class Quotas:
    """What mends them is chosen on their own screen: who gives back, whose limit changes, what Azure is asked for."""

    def workspace_of(self, finding: Finding) -> WorkspaceRef | None:
        return None

    def plan(self, finding: Finding, session: Session) -> str:
        return "f shows it among the quotas, where its holders, its limits and a request for more are a key away."

    def age(self, finding: Finding, session: Session) -> Callable[[Source], str]:
        return quota_ages(session)

    def facts(self, finding: Finding, session: Session) -> list[Fact]:
        row = session.quota_findings.subject(finding.id)
        return [GAP, *quota_facts(row, session.quota.families.items, session)] if row is not None else []

    def mend(
        self, findings: Sequence[Finding], session: Session, host: Host, notes: Sequence[str], agreed: Callable[[], None] | None
    ) -> None:
        if cleared := host.go_to("quota").show_row(findings[0].subject_id):
            host.flash(f"{cleared} is cleared, so that it can be seen")


class Costs:
    """Budgets are made and changed where they are listed; what a spike came of is looked at where it ran."""

    def workspace_of(self, finding: Finding) -> WorkspaceRef | None:
        try:
            return WorkspaceRef.parse(finding.subject_id)
        except ValueError:
            return None

    def plan(self, finding: Finding, session: Session) -> str:
        if finding.remedy is Remedy.BUDGET:
            return "f opens the form of a budget for it."
        if _of_budget(finding):
            return "f shows it among the budgets, where e changes it and A lists its alerts."
        return "f shows the compute." if self._compute(finding, session) else ""

    def age(self, finding: Finding, session: Session) -> Callable[[Source], str]:
        return budget_ages(session)

    def facts(self, finding: Finding, session: Session) -> list[Fact]:
        row = next((row for row in session.costs.budgets().items if scopes.same_id(row.id, finding.subject_id)), None)
        if row is not None and (_of_budget(finding) or finding.remedy is Remedy.BUDGET):
            return [GAP, *budget_facts(row, session)]
        compute = self._compute(finding, session)
        return [GAP, *compute_facts(compute, session, ages(session, compute))] if compute is not None else []

    def mend(
        self, findings: Sequence[Finding], session: Session, host: Host, notes: Sequence[str], agreed: Callable[[], None] | None
    ) -> None:
        first = findings[0]
        if len(findings) > 1:
            host.flash(f"{len(findings)} are marked: what is found of costs is looked at one at a time", "warn")
        elif first.remedy is Remedy.BUDGET and (workspace := self.workspace_of(first)) is not None:
            from screens.forms.budget import BudgetForm

            host.open_screen(BudgetForm(session, workspace, done=agreed))
        elif (compute := self._compute(first, session)) is not None or _of_budget(first):
            # A bill spells ids in lower case; a row is held by its own.
            screen, key = ("compute", compute.id) if compute is not None else ("budgets", first.subject_id)
            if cleared := host.go_to(screen).show_row(key):
                host.flash(f"{cleared} is cleared, so that it can be seen")
        else:
            host.flash(first.advice, "warn")

    def _compute(self, finding: Finding, session: Session) -> Compute | None:
        return next((each for each in session.computes.items if scopes.same_id(each.id, finding.subject_id)), None)


def _of_budget(finding: Finding) -> bool:
    return is_budget(finding.subject_id)


class Grants:
    """What mends them is to take them away."""

    def workspace_of(self, finding: Finding) -> WorkspaceRef | None:
        try:
            return WorkspaceRef.parse(finding.subject_id)
        except ValueError:
            return None

    def plan(self, finding: Finding, session: Session) -> str:
        return grants.plan_of(finding, session.access.findings.subject(finding.id), session)

    def age(self, finding: Finding, session: Session) -> Callable[[Source], str]:
        return grants.grant_ages(session)

    def facts(self, finding: Finding, session: Session) -> list[Fact]:
        grant = session.access.findings.subject(finding.id)
        return [GAP, *grant_facts(grant, session)] if grant is not None else []

    def mend(
        self, findings: Sequence[Finding], session: Session, host: Host, notes: Sequence[str], agreed: Callable[[], None] | None
    ) -> None:
        rows = [grant for each in findings if (grant := session.access.findings.subject(each.id)) is not None]
        grants.mend(rows, session, host, notes, agreed)


class OfData:
    """Datastores, data assets or storage accounts: what mends them is not done from here (yet), and it is said where they are shown."""

    def __init__(
        self,
        view: str,
        called: str,
        facts: Callable[[Session, str], list[Fact]],
        ages: Callable[[Session], Callable[[Source], str]] = data_ages,
    ) -> None:
        """`facts` are those of what a finding (by its id) is about; none where it is gone. `ages` tell when their sources were read."""
        self._view, self._called, self._facts, self._ages = view, called, facts, ages

    def workspace_of(self, finding: Finding) -> WorkspaceRef | None:
        """None for a storage account: it is in no workspace."""
        try:
            return WorkspaceRef.parse(finding.subject_id)
        except ValueError:
            return None

    def plan(self, finding: Finding, session: Session) -> str:
        return f"f shows it among the {self._called}."

    def age(self, finding: Finding, session: Session) -> Callable[[Source], str]:
        return self._ages(session)

    def facts(self, finding: Finding, session: Session) -> list[Fact]:
        found = self._facts(session, finding.id)
        return [GAP, *found] if found else []

    def mend(
        self, findings: Sequence[Finding], session: Session, host: Host, notes: Sequence[str], agreed: Callable[[], None] | None
    ) -> None:
        if cleared := host.go_to(self._view).show_row(findings[0].subject_id):
            host.flash(f"{cleared} is cleared, so that it can be seen")


class OfVaults(OfData):
    """Key Vaults, or secrets in them; a vault may serve several workspaces."""

    def workspace_of(self, finding: Finding) -> WorkspaceRef | None:
        return None

    def age(self, finding: Finding, session: Session) -> Callable[[Source], str]:
        return vault_ages(session)


def _vault_facts(session: Session, finding_id: str) -> list[Fact]:
    row = session.data.vault_findings.subject(finding_id)
    return vault_facts(row, session) if row is not None else []


def _secret_facts(session: Session, finding_id: str) -> list[Fact]:
    row = session.data.secret_findings.subject(finding_id)
    return secret_facts(row, session) if row is not None else []


def _datastore_facts(session: Session, finding_id: str) -> list[Fact]:
    row = session.data.datastore_findings.subject(finding_id)
    return datastore_facts(row, session) if row is not None else []


def _connection_facts(session: Session, finding_id: str) -> list[Fact]:
    row = session.data.connection_findings.subject(finding_id)
    return connection_facts(row, session) if row is not None else []


def _asset_facts(session: Session, finding_id: str) -> list[Fact]:
    row = session.data.asset_findings.subject(finding_id)
    return asset_facts(row, session) if row is not None else []


def _account_facts(session: Session, finding_id: str) -> list[Fact]:
    row = session.data.storage_findings.subject(finding_id)
    return account_facts(row, session) if row is not None else []


SUBJECTS: Mapping[str, SubjectKind] = {
    "compute": Computes(),
    "quota": Quotas(),
    "access": Grants(),
    "cost": Costs(),
    "datastores": OfData("datastores", "datastores", _datastore_facts),
    "connections": OfData("connections", "connections", _connection_facts, connection_ages),
    "data": OfData("data", "data assets", _asset_facts),
    "storage": OfData("storage", "storage accounts", _account_facts),
    "vaults": OfVaults("vaults", "Key Vaults", _vault_facts),
    "expiry": Expiry(),
    "secrets": OfVaults("secrets", "secrets of Key Vaults", _secret_facts),
}
