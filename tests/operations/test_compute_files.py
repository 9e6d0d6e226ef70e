"""Plans from YAML over the real compiler and the emulator: an edit changes what was edited, sends the least, and loses nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from console.azure import computes, workspaces
from console.azure.compiler import Compiler
from console.domain.compute import Compute
from console.domain.cost import PriceList
from console.domain.scopes import WorkspaceRef
from console.operations.compute_files import ComputeFiles, Opened, can_edit
from console.operations.journal import Journal
from console.operations.operation import Progress, undo_of
from console.operations.plan import Concern, Plan
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, workspace
from tests.operations.conftest import Bench

pytestmark = pytest.mark.asyncio(loop_scope="session")

GPU = """\
# of the team
name: gpu-new
type: amlcompute
size: Standard_NC6s_v3
max_instances: 4
ssh_settings: {admin_username: me, admin_password: hush-hush}
"""


class Files(Bench):
    """A bench with plans from YAML."""

    compiler: Compiler

    @property
    def place(self) -> WorkspaceRef:
        return workspace(self.emulator)

    @property
    def files(self) -> ComputeFiles:
        async def read(compute_id: str) -> bytes:
            return (await self.arm.send(computes.get_request(compute_id))).body

        async def region(place: WorkspaceRef) -> str:
            return (await workspaces.read_one(self.arm, place)).location

        async def prices(_compute: Compute) -> Mapping[str, PriceList]:
            return self.price_lists

        return ComputeFiles(lambda: self.compiler, read, region, prices)

    def id(self, name: str) -> str:
        return f"{self.place.id}/computes/{name}"

    def raw(self, name: str) -> dict[str, Any]:
        """A compute as anybody is told of it, without what time changes."""
        body = self.emulator.request("GET", f"{self.id(name)}?api-version={computes.API}").json()
        body["properties"].pop("modifiedOn")
        return dict(body)

    async def edit(self, name: str, *replaced: tuple[str, str], more: str = "") -> tuple[Opened, str, Plan]:
        """The plan of an edit that replaces texts."""
        opened = await self.files.open(self.id(name))
        text = opened.text + more
        for old, new in replaced:
            assert old in text, text
            text = text.replace(old, new)
        planned = await self.files.edited(opened, text)
        assert planned.plan is not None, planned.flaws
        return opened, text, planned.plan

    async def refused(self, name: str, *replaced: tuple[str, str], more: str = "") -> tuple[str, list[tuple[str, int, str]]]:
        """The text of an edit that is refused, and its flaws."""
        opened = await self.files.open(self.id(name))
        text = opened.text + more
        for old, new in replaced:
            assert old in text, text
            text = text.replace(old, new)
        planned = await self.files.edited(opened, text)
        assert planned.plan is None and planned.flaws
        return text, [(flaw.path, flaw.line, flaw.message) for flaw in planned.flaws]


@pytest_asyncio.fixture(loop_scope="session")
async def bench(fresh_emulator: Emulator, compiler: Compiler, tmp_path: Path) -> AsyncIterator[Files]:
    arm = client(fresh_emulator, EndpointTokens(fresh_emulator))
    made = Files(fresh_emulator, arm, Journal(tmp_path / "journal"))
    made.compiler = compiler
    await made.look()
    yield made
    await made.runner.close()
    await arm.transport.close()


def line_of(text: str, field: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if line.startswith(f"{field}:"))


async def test_what_was_not_edited_makes_no_plan(bench: Files) -> None:
    read = 0
    for item in bench.items.values():
        if not can_edit(item):
            opened = await bench.files.open(item.id)
            planned = await bench.files.edited(opened, opened.text + "# a comment\n")
            assert (planned.plan, planned.flaws) == (None, ()), item.name
            read += 1
    assert read > 12
    assert not [call for call in bench.emulator.calls() if call["method"] in {"PUT", "PATCH"}]


async def test_scale_alone_is_a_patch_of_the_scale(bench: Files) -> None:
    before = bench.raw("gpu-idle")
    _, _, plan = await bench.edit("gpu-idle", ("max_instances: 4", "max_instances: 6"), ("min_instances: 2", "min_instances: 0"))
    request = plan.steps[0].request
    settings = {"minNodeCount": 0, "maxNodeCount": 6, "nodeIdleTimeBeforeScaleDown": "PT30M"}
    assert (request.method, request.body) == ("PATCH", {"properties": {"properties": {"scaleSettings": settings}}})
    shown = plan.steps[0].effects[0]
    assert shown.concern is Concern.CHANGE
    assert "-max_instances: 4" in shown.sentence and "+max_instances: 6" in shown.sentence
    run = await bench.carry_out(plan)
    assert run.progress is Progress.DONE, run.note
    assert bench.raw("gpu-idle")["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 6
    undo = undo_of(bench.runner.operations[-1])
    assert undo is not None
    assert (await bench.carry_out(undo)).progress is Progress.DONE
    scale = before["properties"]["properties"]["scaleSettings"]
    after = bench.raw("gpu-idle")["properties"]["properties"]["scaleSettings"]
    assert (after["minNodeCount"], after["maxNodeCount"]) == (scale["minNodeCount"], scale["maxNodeCount"])


async def test_idle_shutdown_alone_is_its_own_call(bench: Files) -> None:
    _, _, plan = await bench.edit("nb-noah", more="idle_time_before_shutdown_minutes: 45\n")
    request = plan.steps[0].request
    assert (request.method, request.body) == ("POST", {"idleTimeBeforeShutdown": "PT45M"})
    assert request.path == f"{bench.id('nb-noah')}/updateIdleShutdownSetting"
    assert (await bench.carry_out(plan)).progress is Progress.DONE
    assert bench.raw("nb-noah")["properties"]["properties"]["idleTimeBeforeShutdown"] == "PT45M"


async def test_anything_else_is_a_put_that_loses_nothing(bench: Files) -> None:
    before = bench.raw("gpu-idle")
    _, _, plan = await bench.edit("gpu-idle", more="tags: {ticket: CHG-1}\n")
    assert plan.steps[0].request.method == "PUT"
    run = await bench.carry_out(plan)
    assert run.progress is Progress.DONE, run.note
    after = bench.raw("gpu-idle")
    assert after.pop("tags") == {"ticket": "CHG-1"}
    tags = before.pop("tags")
    assert after == before
    undo = undo_of(bench.runner.operations[-1])
    assert undo is not None
    assert (await bench.carry_out(undo)).progress is Progress.DONE
    assert bench.raw("gpu-idle")["tags"] == tags


async def test_what_others_changed_meanwhile_stays_theirs(bench: Files) -> None:
    opened = await bench.files.open(bench.id("gpu-idle"))
    theirs = {"properties": {"properties": {"scaleSettings": {"maxNodeCount": 9, "minNodeCount": 2}}}}
    bench.emulator.request("PATCH", f"{bench.id('gpu-idle')}?api-version={computes.API}", theirs)
    await bench.advance()
    planned = await bench.files.edited(opened, opened.text + "tags: {ticket: CHG-1}\n")
    assert planned.plan is not None, planned.flaws
    assert planned.plan.steps[0].request.body["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 9


async def test_a_schedule_that_stays_keeps_its_id(bench: Files) -> None:
    first = """\
schedules:
  compute_start_stop:
  - action: stop
    trigger: {type: cron, expression: 0 18 * * 1-5}
"""
    _, _, plan = await bench.edit("nb-grace", more=first)
    assert (await bench.carry_out(plan)).progress is Progress.DONE
    kept = bench.raw("nb-grace")["properties"]["properties"]["schedules"]["computeStartStop"]
    assert kept[0]["id"]
    opened = await bench.files.open(bench.id("nb-grace"))
    second = "  - action: start\n    trigger: {type: cron, expression: 0 8 * * 1-5}\n"
    head, _, tail = opened.text.partition("  compute_start_stop:\n")
    planned = await bench.files.edited(opened, f"{head}  compute_start_stop:\n{second}{tail}")
    assert planned.plan is not None, planned.flaws
    sent = planned.plan.steps[0].request.body["properties"]["properties"]["schedules"]["computeStartStop"]
    assert [each["action"].lower() for each in sent] == ["start", "stop"]
    assert sent[1] == kept[0] and "id" not in sent[0]


@pytest.mark.parametrize(
    ("name", "old", "new", "field"),
    [
        ("gpu-idle", "size: STANDARD_NC24ADS_A100_V4", "size: Standard_DS3_v2", "size"),
        ("gpu-idle", "tier: dedicated", "tier: low_priority", "tier"),
        ("gpu-idle", "location: westeurope", "location: eastus", "location"),
        ("gpu-idle", "enable_node_public_ip: true", "enable_node_public_ip: false", "enable_node_public_ip"),
        ("gpu-idle", "type: amlcompute", "type: amlcompute\nssh_settings: {admin_username: me}", "ssh_settings"),
        ("gpu-idle", "name: gpu-idle", "name: gpu-other", "name"),
        ("nb-grace", "size: STANDARD_DS12_V2", "size: Standard_DS3_v2", "size"),
        ("nb-grace", "enable_root_access: true", "enable_root_access: false", "enable_root_access"),
        ("k8s-fraud", "namespace: ", "namespace: an-", "namespace"),
    ],
)
async def test_what_cannot_change_is_refused_at_its_line(bench: Files, name: str, old: str, new: str, field: str) -> None:
    text, told = await bench.refused(name, (old, new))
    found = {path: (line, message) for path, line, message in told}
    assert field in found, told
    assert found[field][0] == line_of(text, field)
    assert "not change" in found[field][1] or "cannot" in found[field][1]
    assert not [call for call in bench.emulator.calls() if call["method"] in {"PUT", "PATCH"}]


async def test_an_idle_shutdown_is_not_taken_away_and_not_out_of_range(bench: Files) -> None:
    _, _, plan = await bench.edit("nb-noah", more="idle_time_before_shutdown_minutes: 45\n")
    await bench.carry_out(plan)
    _, told = await bench.refused("nb-noah", ("idle_time_before_shutdown_minutes: 45\n", ""))
    assert "takes an idle shutdown away" in told[0][2]
    text, told = await bench.refused("nb-noah", ("idle_time_before_shutdown_minutes: 45", "idle_time_before_shutdown: PT5M"))
    assert "15 minutes to 3 days" in told[0][2] and told[0][1] >= 1
    assert "PT5M" in text


async def test_a_file_makes_a_compute_once(bench: Files) -> None:
    planned = await bench.files.applied(bench.place, GPU)
    assert planned.plan is not None, planned.flaws
    step = planned.plan.steps[0]
    assert (planned.plan.verb, step.request.method, step.target_id) == ("create", "PUT", bench.id("gpu-new"))
    assert any("$3.61/h a node" in effect.sentence for effect in step.effects if effect.concern is Concern.MONEY)
    assert "hush" not in repr(planned)
    run = await bench.carry_out(planned.plan)
    assert run.progress is Progress.DONE, run.note
    journal = "".join(path.read_text() for path in bench.journal.folder.glob("*"))
    assert "gpu-new" in journal and "hush" not in journal and "secret:" not in journal
    assert bench.raw("gpu-new")["properties"]["properties"]["userAccountCredentials"]["adminUserName"] == "me"
    again = await bench.files.applied(bench.place, GPU)
    assert (again.plan, again.flaws) == (None, ())
    assert any("Azure never gives it back" in note for note in again.notes)
    more = await bench.files.applied(bench.place, GPU.replace("max_instances: 4", "max_instances: 5"))
    assert more.plan is not None and more.plan.steps[0].request.method == "PATCH"
    undo = undo_of(bench.runner.operations[-1])
    assert undo is not None and undo.steps[0].request.method == "DELETE"


async def test_what_a_file_does_not_say_stays(bench: Files) -> None:
    planned = await bench.files.applied(bench.place, "name: gpu-idle\ntype: amlcompute\nidle_time_before_scale_down: 600\n")
    assert planned.plan is not None, planned.flaws
    scale = planned.plan.steps[0].request.body["properties"]["properties"]["scaleSettings"]
    assert scale == {"minNodeCount": 2, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT10M"}
    assert any("stays as it is" in note for note in planned.notes)


async def test_a_file_for_a_compute_of_another_type_is_refused(bench: Files) -> None:
    planned = await bench.files.applied(bench.place, "name: nb-grace\ntype: amlcompute\nsize: Standard_DS12_v2\n")
    assert [(flaw.path, flaw.line) for flaw in planned.flaws] == [("type", 2)]
    assert "computeinstance" in planned.flaws[0].message


async def test_a_taken_name_is_not_overwritten(bench: Files) -> None:
    planned = await bench.files.applied(bench.place, GPU)
    assert planned.plan is not None
    body = json.loads(json.dumps({"location": "westeurope", "properties": {"computeType": "AmlCompute", "properties": {}}}))
    body["properties"]["properties"] = {"vmSize": "STANDARD_DS3_V2", "scaleSettings": {"maxNodeCount": 1, "minNodeCount": 0}}
    bench.emulator.request("PUT", f"{bench.id('gpu-new')}?api-version={computes.API}", body)
    run = await bench.carry_out(planned.plan)
    assert run.progress is Progress.STOPPED
    assert "there was none when the plan was made" in run.note
