"""What principals can do by running jobs as managed identities."""

from __future__ import annotations

import pytest

from console.domain.access.evaluation import evaluate
from console.domain.access.explanation import explain
from console.domain.access.facts import Facts, Unread, What
from console.domain.access.principals import Principal, PrincipalKind
from console.domain.access.verbs import BY_KEY
from console.domain.access.verdicts import Cell, Verdict
from tests.domain.access.estate import ADA, GROUP, PLACE, WORKSPACE, denied, directory, facts, held

UAI = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-train"
CLUSTER = f"{WORKSPACE.id}/computes/cpu"
OTHER = f"{GROUP}/providers/Microsoft.Web/sites/app"


def known(resource_id: str, *more: str, scope: str = GROUP, **rest: object) -> Facts:
    kind = PrincipalKind.SERVICE_PRINCIPAL
    identity = Principal(id="identity", kind=kind, name="id-train", service="ManagedIdentity", resource_id=resource_id)
    assignments = [held("identity", "Key Vault Secrets User", PLACE.vault), *(held(ADA, role, scope) for role in more)]
    return facts(*assignments, directory=directory(principals={"identity": identity}), **rest)


def cell(found: Facts) -> Cell:
    return evaluate(found, PLACE).cell(ADA, BY_KEY["vault-secrets"])


SUBMITS = ("AzureML Data Scientist", "AzureML Compute Operator")


@pytest.mark.parametrize(
    ("resource", "roles", "expected"),
    [
        (UAI, (*SUBMITS, "Managed Identity Operator"), Verdict.ONESELF),
        (UAI, ("Contributor",), Verdict.ONESELF),
        (UAI, SUBMITS, Verdict.NO),
        (UAI, ("AzureML Data Scientist", "Managed Identity Operator"), Verdict.NO),
        (CLUSTER, ("AzureML Data Scientist",), Verdict.CONDITIONAL),
        (CLUSTER, ("Reader",), Verdict.NO),
        (OTHER, ("Contributor",), Verdict.NO),
        ("", ("Contributor",), Verdict.UNKNOWN),
        ("", SUBMITS, Verdict.NO),
    ],
)
def test_who_can_run_jobs_as_an_identity_can_do_what_it_can(resource: str, roles: tuple[str, ...], expected: Verdict) -> None:
    found = cell(known(resource, *roles))
    assert found.verdict is expected
    assert found.through == (() if expected is Verdict.NO else ("identity",))


@pytest.mark.parametrize(
    ("resource", "roles", "words"),
    [
        (UAI, ("Contributor",), "which can read Key Vault secrets: by assigning it to a cluster."),
        (CLUSTER, ("AzureML Data Scientist",), "where compute cpu, workspace ws-ml is a cluster."),
        ("", ("Contributor",), "its resource is not known."),
    ],
)
def test_the_identity_is_told(resource: str, roles: tuple[str, ...], words: str) -> None:
    found = known(resource, *roles)
    (sentence,) = explain(found, evaluate(found, PLACE), ADA, BY_KEY["vault-secrets"]).through
    assert sentence.text.startswith("user-ada can run a job as the managed identity id-train")
    assert sentence.text.endswith(words)


def test_where_the_identitys_assignments_were_not_read_it_is_unknown() -> None:
    elsewhere = "/subscriptions/44444444-4444-4444-4444-444444444444"
    resource = f"{elsewhere}/resourceGroups/rg/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id"
    unread = Unread(What.ASSIGNMENTS, elsewhere, "AuthorizationFailed")
    assert cell(known(resource, *SUBMITS)).verdict is Verdict.NO
    assert cell(known(resource, *SUBMITS, unread=(unread,))).verdict is Verdict.UNKNOWN


def test_a_denied_assignment_of_the_identity_counts() -> None:
    deny = denied([ADA], "Microsoft.ManagedIdentity/*")
    assert cell(known(UAI, "Contributor", denies=(deny,))).verdict is Verdict.NO


def test_the_identity_itself_is_left_as_it_is() -> None:
    row = evaluate(known(UAI, "Contributor"), PLACE).cell("identity", BY_KEY["vault-secrets"])
    assert (row.verdict, row.through) == (Verdict.YES, ())
