"""Plans of which Azure Policy is asked: once for requests that are alike, and nobody is held up where it cannot be asked."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from console.azure import computes, policies
from console.azure.request import Request
from console.domain.policies import Objection
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations import policy_check
from console.operations.plan import Concern, Effect, Plan, Step
from tests.gateway import sent, workspace
from tests.operations.conftest import Bench

PLACE = WorkspaceRef("s", "g", "w")


def put(place: WorkspaceRef, name: str, size: str, person: str = "", tag: str = "") -> Step:
    inner = {"vmSize": size, "personalComputeInstanceSettings": {"assignedUser": {"objectId": person}}}
    body = {"location": "westeurope", "tags": {"t": tag}, "properties": {"computeType": "ComputeInstance", "properties": inner}}
    request = computes.put(f"{place.id}/computes/{name}", body)
    return Step(target_id=request.path, target_name=name, request=request, permission="x", effects=(Effect(Concern.CHANGE, name),))


def plan(*steps: Step) -> Plan:
    return Plan(verb="create", title="Create", where="w", steps=steps)


def told(made: Plan) -> list[list[tuple[Concern, str]]]:
    return [[(each.concern, each.sentence) for each in step.effects if each.concern is not Concern.CHANGE] for step in made.steps]


async def test_alike_ones_are_asked_about_once(bench: Bench) -> None:
    place = workspace(bench.emulator)
    many = [put(place, f"nb-p{number}", "Standard_DS3_v2", f"person-{number}") for number in range(12)]
    other = put(place, "nb-wide", "Standard_DS4_v2", "person-1")
    stop = msgspec.structs.replace(other, request=computes.stop(f"{place.id}/computes/nb-grace"))

    async def ask(request: Request) -> Sequence[Objection]:
        return await policies.check(bench.arm, request)

    made = await policy_check.checked(plan(*many, other, stop), ask)
    assert len(sent(bench.emulator, "POST", "/checkPolicyRestrictions")) == 2
    assert told(made) == [[(Concern.POLICY, "none forbids it, Azure says")]] * 13 + [[]]
    assert made.refused == "" and [step.request for step in made.steps] == [step.request for step in (*many, other, stop)]


async def test_one_that_is_sure_to_be_refused_refuses_the_plan() -> None:
    async def ask(request: Request) -> Sequence[Objection]:
        if request.path.endswith("/a"):
            return (Objection("no-big", "g", "too big"),)
        if request.path.endswith("/b"):
            return (Objection("tags", "g", "tags.x is required", certain=False),)
        sentence = "You need something on g."
        raise TroubleError(Trouble(Kind.PERMISSION, sentence, "AuthorizationFailed"))

    made = await policy_check.checked(plan(put(PLACE, "a", "A"), put(PLACE, "b", "B"), put(PLACE, "c", "C")), ask)
    assert made.refused.startswith("Azure would refuse it: policy no-big (assigned to g): too big.")
    assert told(made) == [
        [],
        [(Concern.POLICY, "it may be refused: policy tags (assigned to g): tags.x is required")],
        [(Concern.UNCHECKED, "policies could not be checked: You need something on g.")],
    ]
    fine = await policy_check.checked(plan(put(PLACE, "b", "B")), ask)
    assert fine.refused == ""


@pytest.mark.parametrize(("one", "other", "calls"), [(("x", "1"), ("x", "2"), 2), (("x", "1"), ("x", "1"), 1), (("x", "1"), ("y", "1"), 2)])
async def test_what_policies_may_tell_apart_is_asked_apart(one: tuple[str, str], other: tuple[str, str], calls: int) -> None:
    asked: list[str] = []

    async def ask(request: Request) -> Sequence[Objection]:
        asked.append(request.path)
        return ()

    steps = (put(PLACE, "a", one[0], "p", one[1]), put(PLACE, "b", other[0], "q", other[1]))
    await policy_check.checked(plan(*steps), ask)
    assert len(asked) == calls
