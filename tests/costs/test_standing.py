"""Registries and online deployments of a session: read seldom and only on demand, and told on the lines that they are billed to."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from console.azure import online_deployments, registries
from console.costs.standing_lines import with_standing
from console.domain.billing.lines import REST, Dimension, Live
from console.domain.billing.standing import Kind, Standing, cost
from console.domain.scopes import WorkspaceRef
from console.feeds.answers import answered
from tests.conftest import Emulator
from tests.costs.sessions import looking_at
from tests.domain.billing.spans import PRICES, at, cluster
from tests.gateway import until
from tests.nets import rule

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORKSPACE = WorkspaceRef("s", "g", "w")
REGISTRY = Standing(id="/r", name="acr", kind=Kind.REGISTRY, billed_to="/r", tier="Standard")
SERVED = Standing(id="/d", name="e/d", kind=Kind.DEPLOYMENT, billed_to="/w", region=cluster().region, vm_size=cluster().vm_size, count=2)


def listed(emulator: Emulator) -> list[str]:
    paths = [call["path"] for call in emulator.calls()]
    return [path.rsplit("/", 1)[-1] for path in paths if "onlineEndpoints" in path or path.endswith("/registries")]


async def test_they_are_read_once_asked_for_and_are_those_of_the_open_workspaces(fresh_emulator: Emulator, tmp_path: Path) -> None:
    async with looking_at(fresh_emulator, tmp_path / "home", "fraud-prod", "sandbox") as session:
        session.visible.enumerate()
        await until(lambda: session.workspaces.loaded, "workspaces")
        standing = session.costs.standing
        assert standing.rate is None and listed(fresh_emulator) == [], "nobody has asked"
        standing.begin()
        await answered(standing.feeds)
        assert sorted(listed(fresh_emulator)) == ["deployments", "onlineEndpoints", "onlineEndpoints", "registries", "registries"]
        assert standing.loaded and not standing.troubles
        found = {each.name: each for each in standing.items}
        assert {name for name, each in found.items() if each.kind is Kind.DEPLOYMENT} == {"fraud-scorer/blue", "fraud-scorer/green"}
        assert [each.tier for each in found.values() if each.kind is Kind.REGISTRY] == ["Premium"]
        rate = standing.rate
        assert rate is not None and rate.value is not None and not rate.missing
        assert rate.value.quantize(Decimal("0.0001")) == (2 * Decimal("0.2702") + Decimal("0.1345") + Decimal("1.667") / 24).quantize(
            Decimal("0.0001")
        )


async def test_what_may_not_be_read_is_told_and_missing_in_the_figures(fresh_emulator: Emulator, tmp_path: Path) -> None:
    fresh_emulator.control("POST", "faults", [rule("403", r"^GET .*/onlineEndpoints")])
    async with looking_at(fresh_emulator, tmp_path / "home", "fraud-prod") as session:
        session.visible.enumerate()
        await until(lambda: session.workspaces.loaded, "workspaces")
        standing = session.costs.standing
        standing.begin()
        await answered(standing.feeds)
        assert standing.loaded and len(standing.lacking) == 1
        rate = standing.rate
        assert rate is not None and rate.missing == 1 and rate.value == Decimal("1.667") / 24, "the registry alone"


def with_both(dimension: Dimension, live: dict[str, Live], *, told: bool) -> dict[str, Live]:
    label = {Dimension.COMPUTE: lambda _: REST}.get(dimension, lambda value: value)
    return with_standing(live, dimension, [REGISTRY, SERVED], PRICES, label, (at(0), at(12)), told=told, compared=not told)


async def test_their_cost_is_on_the_line_that_it_is_billed_to() -> None:
    billed = with_both(Dimension.RESOURCE, {}, told=True)
    assert billed["/r"].estimated == cost(REGISTRY, PRICES, at(0), at(12)), "its tier is all that it is billed"
    assert billed["/w"].now is not None and billed["/w"].estimated is None, "the bill has more of a workspace than its deployments"
    today = with_both(Dimension.RESOURCE, {}, told=False)
    assert today["/w"].estimated is not None and today["/w"].estimated.missing == 1 and today["/w"].before is not None
    rest = with_both(Dimension.COMPUTE, {"/c": Live()}, told=False)
    assert rest.keys() == {"/c", REST} and rest["/c"] == Live() and rest[REST].estimated is not None and rest[REST].estimated.missing == 1
    before = with_both(Dimension.COMPUTE, {}, told=False)[REST]
    assert before.now == rest[REST].now
    for unknown in (Dimension.METER, Dimension.TAG, Dimension.USER):
        assert with_both(unknown, {}, told=True) == {}


@pytest.mark.parametrize("raw", [b"[]", b'{"id": 7}', b'"text"', b'{"id": "/x", "sku": []}'])
async def test_what_does_not_fit_the_schema_is_of_unknown_cost(raw: bytes) -> None:
    for found in (online_deployments.decode(raw, WORKSPACE), registries.decode(raw, "/subscriptions/s")):
        assert found.fault and found.count is None and not found.tier


@pytest.mark.parametrize("strange", ["", "https://elsewhere/x", "/subscriptions/s/resourceGroups/g/providers/x/y/z"])
async def test_an_endpoint_outside_of_its_workspace_is_not_asked_for(strange: str) -> None:
    assert online_deployments.endpoint_id(f'{{"id": "{strange}"}}'.encode(), WORKSPACE) == ""
    own = f"{WORKSPACE.id}/onlineEndpoints/e"
    assert online_deployments.endpoint_id(f'{{"id": "{own}"}}'.encode(), WORKSPACE) == own
