"""Every way in which Azure may fail, on the wire: each becomes one kind of trouble with a sentence, and no change is sent twice."""

from __future__ import annotations

import time
from typing import Any

import pytest

from console.azure import computes
from console.azure.arm import ArmClient
from console.domain.compute import Kind as ComputeKind
from console.domain.trouble import Kind, Trouble
from tests.azure.conftest import Connect
from tests.conftest import Emulator
from tests.gateway import sent, trouble_of, workspace

pytestmark = pytest.mark.asyncio(loop_scope="module")
COMPUTES = "GET .*/computes$"


def strike(emulator: Emulator, kind: str, route: str = COMPUTES, **more: Any) -> None:
    emulator.control("POST", "faults", [{"route": route, "kind": kind, **more}])


def assert_told(trouble: Trouble, operation: str) -> None:
    """A trouble is for people: a sentence on one line, and where it happened."""
    assert trouble.sentence.strip().endswith((".", ")")), trouble.sentence
    assert trouble.sentence.isprintable()
    assert operation in trouble.operation
    assert trouble.at is not None
    assert trouble.code


FAILURES = [
    ("429", Kind.THROTTLED, 429, 1),
    ("429-no-retry-after", Kind.THROTTLED, 429, 1),
    ("500", Kind.UNREACHABLE, 500, 1),
    ("502", Kind.UNREACHABLE, 502, 1),
    ("503", Kind.UNREACHABLE, 503, 1),
    ("504", Kind.UNREACHABLE, 504, 1),
    ("403", Kind.PERMISSION, 403, 1),
    ("404", Kind.NOT_FOUND, 404, 1),
    ("401", Kind.SIGN_IN, 401, 2),
    ("html", Kind.UNEXPECTED, 0, 1),
    ("malformed", Kind.UNEXPECTED, 0, 1),
    ("truncated", Kind.UNREACHABLE, 0, 2),
    ("reset-before", Kind.UNREACHABLE, 0, 2),
    ("reset-after", Kind.UNREACHABLE, 0, 2),
]


@pytest.mark.parametrize(("fault", "kind", "status", "asked"), FAILURES)
async def test_a_failing_read_is_one_kind_of_trouble(
    connect: Connect, fresh_emulator: Emulator, fault: str, kind: Kind, status: int, asked: int
) -> None:
    strike(fresh_emulator, fault)
    trouble = await trouble_of(computes.read(connect(), workspace(fresh_emulator)))
    assert (trouble.kind, trouble.status) == (kind, status)
    assert_told(trouble, "/computes")
    assert len(sent(fresh_emulator, "GET", "/computes")) == asked
    if status:
        assert trouble.correlation_id
        assert trouble.request_id


@pytest.mark.parametrize("fault", ["truncated", "reset-before", "reset-after", "401"])
async def test_a_read_is_asked_again_once(connect: Connect, fresh_emulator: Emulator, fault: str) -> None:
    strike(fresh_emulator, fault, count=1)
    reading = await computes.read(connect(), workspace(fresh_emulator))
    assert len(reading.items) > 10
    assert len(sent(fresh_emulator, "GET", "/computes")) == 2


async def test_a_challenge_with_claims_is_answered(connect: Connect, fresh_emulator: Emulator) -> None:
    strike(fresh_emulator, "401", count=1, claims=True)
    assert (await computes.read(connect(), workspace(fresh_emulator))).items
    assert len(sent(fresh_emulator, "POST", "/oauth2/v2.0/token")) == 1


async def test_tokens_that_expire_in_the_middle_are_renewed(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect()
    assert (await computes.read(arm, workspace(fresh_emulator))).items
    strike(fresh_emulator, "401", count=1)
    assert (await computes.read(arm, workspace(fresh_emulator))).items
    statuses = [call["status"] for call in sent(fresh_emulator, "GET", "/computes")]
    assert statuses == [200, 401, 200]


@pytest.mark.parametrize(
    ("fault", "header", "held"), [("429", 40, 40.0), ("429-no-retry-after", 50, 50.0), ("429-no-retry-after", 1, 45.0)]
)
async def test_after_a_429_nothing_is_read_until_the_time_is_over(
    connect: Connect, fresh_emulator: Emulator, fault: str, header: int, held: float
) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    strike(fresh_emulator, fault, count=1, retry_after=header)
    first = await trouble_of(computes.read(arm, place))
    assert first.retry_after == held
    began = time.monotonic()
    assert held - 20 < arm.held_for(arm.base_url + place.id) <= held
    second = await trouble_of(computes.read(arm, place))
    assert time.monotonic() - began < held / 2, "nothing sleeps"
    assert second.kind is Kind.THROTTLED
    assert second.retry_after is not None
    assert 0 < second.retry_after <= held
    assert_told(second, "/computes")
    assert len(sent(fresh_emulator, "GET", "/computes")) == 1
    other = workspace(fresh_emulator, "sandbox")
    assert other.subscription_id != place.subscription_id
    assert (await computes.read(arm, other)).items, "another subscription has a budget of its own"


async def test_a_429_that_asks_for_nothing_holds_nothing(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    strike(fresh_emulator, "429", count=1, retry_after=0)
    assert (await trouble_of(computes.read(arm, place))).retry_after == 0
    assert (await computes.read(arm, place)).items


# What a distortion does to rows, never to the list


async def test_wrong_types_cost_the_row_not_the_list(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    before = {item.id for item in (await computes.read(arm, place)).items}
    strike(fresh_emulator, "wrong-types")
    reading = await computes.read(arm, place)
    assert {item.id for item in reading.items} == before, "rows keep their id, so the cursor keeps its row"
    assert {item.kind for item in reading.items} == {ComputeKind.UNREADABLE}
    assert all(item.fault and item.name and item.shown_state == "unreadable" for item in reading.items)
    assert all(reading.raw[item.id.lower()] for item in reading.items), "the raw JSON stays within reach"


async def test_unknown_words_are_shown_as_they_are(connect: Connect, fresh_emulator: Emulator) -> None:
    strike(fresh_emulator, "unknown-enum")
    items = (await computes.read(connect(), workspace(fresh_emulator))).items
    assert {item.kind for item in items} == {ComputeKind.UNKNOWN}
    assert {item.kind_word for item in items} == {"Quiescing"}
    assert all(not item.fault and item.shown_state == "Quiescing" and item.billed_nodes is None for item in items)


async def test_an_unknown_state_is_neither_billed_nor_free(connect: Connect, fresh_emulator: Emulator) -> None:
    strike(fresh_emulator, "unknown-enum", fields=["state"])
    items = (await computes.read(connect(), workspace(fresh_emulator))).items
    instances = [item for item in items if item.kind is ComputeKind.INSTANCE]
    assert instances
    assert all(item.billed_nodes is None and not item.passing for item in instances if item.provisioning_state == "Succeeded")


async def test_hostile_text_is_data(connect: Connect, fresh_emulator: Emulator) -> None:
    arm, place = connect(), workspace(fresh_emulator)
    before = [item.id for item in (await computes.read(arm, place)).items]
    strike(fresh_emulator, "hostile-text")
    items = (await computes.read(arm, place)).items
    assert [item.id for item in items] == before
    assert not [item.fault for item in items if item.fault]
    assert any("\x1b" in item.name for item in items)
    assert any(len(item.name) > 9_000 for item in items)


async def test_hostile_sentences_stay_inert(connect: Connect, fresh_emulator: Emulator) -> None:
    trouble = await trouble_of(computes.read_one(connect(), f"{workspace(fresh_emulator).id}/computes/no-such"))
    assert trouble.kind is Kind.NOT_FOUND
    assert "no-such" in trouble.message
    assert trouble.message in trouble.sentence


async def test_a_list_that_is_none_is_not_an_empty_list(connect: Connect, fresh_emulator: Emulator) -> None:
    strike(fresh_emulator, "wrong-types", fields=["value"])
    trouble = await trouble_of(computes.read(connect(), workspace(fresh_emulator)))
    assert trouble.kind is Kind.UNEXPECTED


# Changes: sent once


CHANGES = [
    ("reset-before", Kind.UNREACHABLE, 1),
    ("reset-after", Kind.UNREACHABLE, 1),
    ("500", Kind.UNREACHABLE, 1),
    ("502", Kind.UNREACHABLE, 1),
    ("503", Kind.UNREACHABLE, 1),
    ("504", Kind.UNREACHABLE, 1),
    ("429", Kind.THROTTLED, 1),
    ("429-no-retry-after", Kind.THROTTLED, 1),
    ("403", Kind.PERMISSION, 1),
    ("404", Kind.NOT_FOUND, 1),
    ("401", Kind.SIGN_IN, 2),
]


async def warmed(connect: Connect, emulator: Emulator) -> ArmClient:
    """A gateway with a kept connection: that is where a library would be tempted to try again."""
    arm = connect(write=True)
    await computes.read(arm, workspace(emulator))
    return arm


@pytest.mark.parametrize(("fault", "kind", "posts"), CHANGES)
@pytest.mark.parametrize("verb", ["stop", "delete"])
async def test_a_change_is_never_repeated(
    connect: Connect, fresh_emulator: Emulator, fault: str, kind: Kind, posts: int, verb: str
) -> None:
    arm = await warmed(connect, fresh_emulator)
    compute_id = f"{workspace(fresh_emulator).id}/computes/nb-ivan"
    request = computes.stop(compute_id) if verb == "stop" else computes.delete(compute_id)
    strike(fresh_emulator, fault, f"{request.method} .*nb-ivan", retry_after=30)
    trouble = await trouble_of(arm.send(request, request_id="77777777-7777-7777-7777-777777777777"))
    assert trouble.kind is kind
    assert_told(trouble, "nb-ivan")
    calls = sent(fresh_emulator, request.method, request.path)
    assert len(calls) == posts
    assert {call["client_request_id"] for call in calls} == {"77777777-7777-7777-7777-777777777777"}
    if posts == 2:
        assert [call["status"] for call in calls] == [401, 401], "only what proves that nothing happened is asked again"


async def test_a_change_that_was_not_let_in_goes_through_with_a_new_token(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = await warmed(connect, fresh_emulator)
    strike(fresh_emulator, "401", "POST .*/stop", count=1)
    answer = await arm.send(computes.stop(f"{workspace(fresh_emulator).id}/computes/nb-ivan"))
    assert answer.status == 202
    assert [call["status"] for call in sent(fresh_emulator, "POST", "/stop")] == [401, 202]


async def test_a_cut_answer_to_a_change_is_not_asked_for_again(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = await warmed(connect, fresh_emulator)
    strike(fresh_emulator, "truncated", "POST .*/start")
    running = f"{workspace(fresh_emulator).id}/computes/nb-ivan"
    trouble = await trouble_of(arm.send(computes.start(running)))
    assert trouble.kind is Kind.UNREACHABLE
    assert len(sent(fresh_emulator, "POST", "/start")) == 1


async def test_nobody_listens(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect()
    arm.base_url = "https://127.0.0.1:1"
    trouble = await trouble_of(computes.read(arm, workspace(fresh_emulator)))
    assert trouble.kind is Kind.UNREACHABLE
    assert "127.0.0.1:1" in trouble.sentence
    assert_told(trouble, "/computes")


async def test_a_certificate_of_a_stranger_is_refused(connect: Connect, fresh_emulator: Emulator) -> None:
    from console.azure.transport import Transport, trust_for

    arm = connect()
    await arm.transport.close()
    arm.transport = Transport(trust_for(None), loopback=True, may_change=lambda: False)
    stranger = ArmClient(arm.base_url, arm.audience, arm._tokens, arm.transport, arm.clock)
    trouble = await trouble_of(computes.read(stranger, workspace(fresh_emulator)))
    assert trouble.kind is Kind.UNREACHABLE
    assert "certificate" in trouble.sentence.lower()
    assert not sent(fresh_emulator, "GET", "/computes")
