"""Plans for quota, and what plans for computes say of cores."""

from __future__ import annotations

import pytest

from console.domain.compute import NodeCounts
from console.domain.quota import Delete, FamilyQuota, Place, Scale, Stop, Waiting
from console.domain.usages import Level, LimitRef, Usage
from console.operations import computes, quotas, scaling
from console.operations.computes import cores_told
from console.operations.plan import Concern, Danger
from tests.domain.test_quota import DSV2, HERE, SIZES, cluster, instance

QUOTA = Usage(
    id=f"{HERE.id}/quotas/Standard_DSv2_Family_Cluster_Dedicated_vCPUs",
    name="Standard DSv2 Family Cluster Dedicated vCPUs",
    subscription_id="s",
    region="westeurope",
    level=Level.WORKSPACE,
    about=HERE.id,
    limit=24,
)
ROW = FamilyQuota(place=Place("s", "westeurope", "standarddsv2family"), spelt=DSV2, used=20, limit=100, workspaces=(QUOTA,))


def test_a_limit_rests_on_the_one_before_and_undo_sets_it_again() -> None:
    plan = quotas.set_limit(QUOTA, 48, ROW)
    (step,) = plan.steps
    assert (plan.danger, step.permission) == (Danger.CONFIRM, "Microsoft.MachineLearningServices/locations/updateQuotas/action")
    assert (step.rests_on, step.settles.states) == ("24 cores", ("48 cores",))
    assert step.undo is not None and (step.undo.rests_on, step.undo.settles.states) == ("48 cores", ("24 cores",))
    assert [step.request.body["value"][0]["limit"], step.undo.request.body["value"][0]["limit"]] == [48, 24]
    assert LimitRef.parse(step.target_id) == LimitRef(HERE, "westeurope", QUOTA.id.rsplit("/", 1)[-1])
    assert LimitRef.parse(instance().id) is None
    assert step.az == "" and "100 cores" in step.effects[0].sentence


def test_a_quota_of_no_workspace_is_not_set() -> None:
    with pytest.raises(ValueError, match="no quota of a workspace"):
        quotas.set_limit(Usage(id="/q", name="q", subscription_id="s", region="r", level=Level.FAMILY), 1, ROW)
    assert quotas.can_set(ROW) == ""
    for place, total, workspaces in ((Place("s", "r", "f", True), False, (QUOTA,)), (ROW.place, True, ()), (ROW.place, False, ())):
        assert quotas.can_set(FamilyQuota(place=place, spelt="f", total=total, workspaces=workspaces))


def test_a_request_tells_every_figure_and_unknown_ones_as_such() -> None:
    waits = Waiting(cluster(), ROW.place, 48, "resizing")
    row = FamilyQuota(place=ROW.place, spelt=DSV2, used=None, limit=100, waiting=(waits,))
    text = quotas.increase_text(row, 148, "contoso")
    for line in ("Subscription: contoso (s)", "VM family: standardDSv2Family", "Current limit: 100", "In use: ?", "New limit wanted: 148"):
        assert line in text.splitlines()
    assert "Waiting for cores now: 48 (gpu)" in text


@pytest.mark.parametrize(
    ("compute", "change", "told"),
    [
        (instance(), Stop(), "the cores stay held: releaseQuotaOnStop is off"),
        (instance(release_quota_on_stop=True), Stop(), "frees 4 cores of standardDSv2Family in westeurope"),
        (instance(state="Stopped"), Delete(), "frees 4 cores of standardDSv2Family in westeurope"),
        (instance(size="Standard_Unheard_Of"), Delete(), "how many cores: ?"),
        (
            cluster(nodes=NodeCounts(idle=2)),
            Delete(),
            "frees 48 cores of StandardNCADSA100v4Family in westeurope, 96 with those that it could take",
        ),
        (cluster(least=2, nodes=NodeCounts(idle=2)), Scale(min_nodes=1), "frees 24 cores of StandardNCADSA100v4Family in westeurope"),
        (cluster(), Scale(max_nodes=6), "frees 0 cores of StandardNCADSA100v4Family in westeurope; it may take 48 more"),
        (cluster(), Scale(min_nodes=2), "takes 48 cores more of StandardNCADSA100v4Family in westeurope"),
    ],
)
def test_what_plans_say_of_cores(compute: object, change: object, told: str) -> None:
    assert cores_told(compute, SIZES, change).endswith(told)  # type: ignore[arg-type]


def test_a_delete_says_what_cores_it_frees() -> None:
    effects = computes.delete([cluster(nodes=NodeCounts(idle=1))], SIZES).steps[0].effects
    assert next(effect.sentence for effect in effects if effect.concern is Concern.CORES).startswith("frees 24 cores")


def test_a_scale_plan_says_what_cores_it_frees() -> None:
    plan = scaling.scale([cluster(least=2, nodes=NodeCounts(idle=2))], scaling.Scale(least=1), SIZES)
    told = [effect.sentence for effect in plan.steps[0].effects if effect.concern is Concern.CORES]
    assert told == ["frees 24 cores of StandardNCADSA100v4Family in westeurope"]
