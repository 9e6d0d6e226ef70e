"""Revealing: a secret that is asked for is journaled like a change, and is in no journal, note or row."""

from __future__ import annotations

import json

import pytest

from console.azure.request import Request
from console.operations import entries
from console.operations.operation import Progress
from console.operations.plan import Plan, Step
from console.operations.revealing import reveal
from tests.gateway import workspace
from tests.operations.conftest import Bench


def plan_for(*requests: Request) -> Plan:
    steps = tuple(
        Step(target_id=each.path.rpartition("/")[0], target_name=each.path.split("/")[-2], request=each, permission="") for each in requests
    )
    return Plan(verb="reveal", title="Reveal", where="", steps=steps, reason="INC-7")


async def test_what_is_revealed_is_journaled_and_given_to_the_asker_alone(bench: Bench) -> None:
    place = workspace(bench.emulator)
    there = Request(method="POST", path=f"{place.id}/datastores/transactions/listSecrets", api_version="2024-10-01")
    gone = Request(method="POST", path=f"{place.id}/datastores/nobody/listSecrets", api_version="2024-10-01")
    operation, (answer, refused) = await reveal(bench.runner, plan_for(there, gone))
    assert answer is not None and refused is None, [run.trouble for run in operation.runs]
    secret = json.loads(answer.body)["key"]
    assert secret.startswith("canary")
    assert [run.progress for run in operation.runs] == [Progress.DONE, Progress.FAILED]

    written = b"".join(path.read_bytes() for path in bench.journal.path.parent.glob("*.jsonl"))
    assert secret.encode() not in written and b"canary" not in written
    told = entries.of_journals(bench.journal.path.parent, bench.emulator.base_url)
    assert sorted((each.what, each.target_name, each.result, each.reason) for each in told) == [
        ("reveal datastore", "nobody", "failed", "INC-7"),
        ("reveal datastore", "transactions", "done", "INC-7"),
    ]
    assert "canary" not in repr(operation)


async def test_nothing_but_a_reveal_is_revealed(bench: Bench) -> None:
    with pytest.raises(ValueError, match="not revealed"):
        await reveal(bench.runner, plan_for(Request(method="GET", path="/subscriptions/s/x")))
    assert bench.runner.operations == []
