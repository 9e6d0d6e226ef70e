"""The compiler child with the real azure-ai-ml: requests, flaws with their lines, secrets, and the life of its process."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.azure import slots
from console.azure.compiler import Compiled, Compiler, Flaw, State
from console.azure.request import Request
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import TroubleError

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLACE = WorkspaceRef("00000000-0000-0000-0000-000000000001", "rg-ml", "fraud-prod")
REGION = "westeurope"
SUBNET = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/s"
CLUSTER = """\
# what the team trains on
$schema: https://azuremlschemas.azureedge.net/latest/amlCompute.schema.json
name: gpu-new
type: amlcompute
size: Standard_NC6s_v3
min_instances: 0
max_instances: 4
"""
INSTANCE = """\
name: nb-new
type: computeinstance
size: Standard_DS3_v2
"""


async def until(condition: Callable[[], object]) -> None:
    while True:
        if condition():
            return
        await asyncio.sleep(0.001)


def environment_of(process_id: int) -> str:
    """What a process was told of its parent's environment; "" where the system does not tell."""
    place = Path(f"/proc/{process_id}/environ")
    return place.read_text("utf-8", "replace") if place.exists() else ""


async def compiled(compiler: Compiler, text: str) -> Compiled:
    return await compiler.compile(PLACE, REGION, yaml=text)


async def inner(compiler: Compiler, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The body of a YAML's request and its innermost properties."""
    result = await compiled(compiler, text)
    assert result.request is not None, result.flaws
    return result.request.body, result.request.body["properties"]["properties"]


async def flaws(compiler: Compiler, text: str) -> tuple[Flaw, ...]:
    result = await compiled(compiler, text)
    assert result.request is None
    assert result.flaws
    return result.flaws


async def test_a_cluster_s_yaml_becomes_its_put(compiler: Compiler) -> None:
    result = await compiled(compiler, CLUSTER)
    assert result.request == Request(
        method="PUT",
        path=f"{PLACE.id}/computes/gpu-new",
        api_version="2023-08-01-preview",
        body={
            "location": REGION,
            "properties": {
                "computeType": "AmlCompute",
                "disableLocalAuth": True,
                "properties": {
                    "vmSize": "Standard_NC6s_v3",
                    "scaleSettings": {"minNodeCount": 0, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT2M"},
                    "remoteLoginPortPublicAccess": "NotSpecified",
                    "enableNodePublicIp": True,
                    "osType": "Linux",
                },
            },
        },
    )
    assert (result.kind, result.notes, result.flaws) == ("amlcompute", (), ())


async def test_fields_give_the_same_request_as_yaml(compiler: Compiler) -> None:
    fields = {"name": "gpu-new", "type": "amlcompute", "size": "Standard_NC6s_v3", "min_instances": 0, "max_instances": 4}
    nothing = {"tags": {}, "tier": None, "identity": {"type": None}}
    from_fields = await compiler.compile(PLACE, REGION, fields=fields | nothing)
    assert from_fields.request == (await compiled(compiler, CLUSTER)).request


async def test_a_cluster_with_all_that_a_form_can_say(compiler: Compiler) -> None:
    body, properties = await inner(
        compiler,
        CLUSTER
        + f"""\
tier: low_priority
location: northeurope
idle_time_before_scale_down: 900
network_settings:
  subnet: {SUBNET}
enable_node_public_ip: false
identity:
  type: user_assigned
  user_assigned_identities:
    - resource_id: /subscriptions/x/resourceGroups/y/providers/Microsoft.ManagedIdentity/userAssignedIdentities/z
tags: {{costcenter: CC-1}}
""",
    )
    assert body["location"] == "northeurope"
    assert body["tags"] == {"costcenter": "CC-1"}
    assert body["identity"]["type"] == "UserAssigned"
    assert properties["vmPriority"] == "LowPriority"
    assert properties["subnet"] == {"id": SUBNET}
    assert properties["enableNodePublicIp"] is False
    assert properties["scaleSettings"]["nodeIdleTimeBeforeScaleDown"] == "PT15M"


async def test_an_instance_with_all_that_a_form_can_say(compiler: Compiler) -> None:
    _, properties = await inner(
        compiler,
        INSTANCE
        + """\
idle_time_before_shutdown_minutes: 60
create_on_behalf_of:
  user_tenant_id: t
  user_object_id: o
network_settings:
  vnet_name: v
  subnet: s
ssh_public_access_enabled: true
ssh_settings:
  ssh_key_value: ssh-rsa AAAA
identity: {type: system_assigned}
release_quota_on_stop: true
setup_scripts:
  creation_script: {path: Users/grace/setup.sh, command: run, timeout_minutes: 20}
schedules:
  compute_start_stop:
    - action: stop
      trigger: {type: cron, expression: 0 18 * * 1-5, time_zone: UTC, start_time: "2026-01-01T00:00:00"}
""",
    )
    assert properties["idleTimeBeforeShutdown"] == "PT60M"
    assert properties["personalComputeInstanceSettings"] == {"assignedUser": {"objectId": "o", "tenantId": "t"}}
    assert properties["subnet"]["id"].endswith("/virtualNetworks/v/subnets/s")
    assert properties["sshSettings"] == {"sshPublicAccess": "Enabled", "adminPublicKey": "ssh-rsa AAAA"}
    assert properties["releaseQuotaOnStop"] is True
    assert properties["setupScripts"]["scripts"]["creationScript"]["scriptData"] == "Users/grace/setup.sh"
    assert properties["schedules"]["computeStartStop"][0]["cron"]["expression"] == "0 18 * * 1-5"


async def test_a_type_is_taken_in_any_case_as_az_takes_it(compiler: Compiler) -> None:
    result = await compiled(compiler, CLUSTER.replace("type: amlcompute", "type: AmlCompute"))
    assert (result.kind, result.flaws) == ("amlcompute", ())


async def test_kubernetes_is_attached(compiler: Compiler) -> None:
    body, properties = await inner(compiler, f"name: k8s-new\ntype: kubernetes\nresource_id: {SUBNET}\nnamespace: ml\n")
    assert body["properties"]["computeType"] == "Kubernetes"
    assert body["properties"]["resourceId"] == SUBNET
    assert properties == {"namespace": "ml"}


async def test_a_region_that_an_instance_cannot_have_is_told(compiler: Compiler) -> None:
    result = await compiled(compiler, INSTANCE + "location: eastus\n")
    assert result.request is not None
    assert result.request.body["location"] == REGION
    assert result.notes and "eastus" in result.notes[0]


@pytest.mark.parametrize(
    ("text", "path", "line", "words"),
    [
        (CLUSTER + "max_nodes: 4\n", "max_nodes", 8, "no such field; did you mean `max_instances`"),
        (CLUSTER.replace("max_instances: 4", "max_instances: many"), "max_instances", 7, "integer"),
        (CLUSTER + "ssh_settings:\n  admin_usernam: x\n", "ssh_settings.admin_usernam", 9, "did you mean `admin_username`"),
        (CLUSTER.replace("min_instances: 0", "min_instances: 9"), "min_instances", 6, "above `max_instances`"),
        (CLUSTER.replace("min_instances: 0", "min_instances: -1"), "min_instances", 6, "below 0"),
        (CLUSTER.replace("size: Standard_NC6s_v3\n", ""), "size", 2, "missing"),
        (CLUSTER.replace("gpu-new", "gpu-7"), "name", 3, "hyphen and digits"),
        (CLUSTER.replace("gpu-new", "/subscriptions/a/computes/b"), "name", 3, "3 to 24"),
        (CLUSTER + "size: Standard_DS3_v2\n", "size", 8, "twice, first on line 5"),
        (CLUSTER + "tags: [a]\n", "tags", 8, "mapping"),
        (CLUSTER + "network_settings:\n", "network_settings", 8, "no value"),
        (CLUSTER + "network_settings:\n  vnet_name: v\n", "network_settings.subnet", 8, "missing"),
        (CLUSTER + " x: y\n", "", 8, "no YAML"),
        (CLUSTER + "tags: &a\n  b: *a\n", "tags.b", 8, "refers to itself"),
        (INSTANCE + "idle_time_before_shutdown_minutes: 5\n", "idle_time_before_shutdown_minutes", 4, "15 minutes to 3 days"),
        (
            INSTANCE + "schedules:\n  compute_start_stop:\n    - action: halt\n      trigger: {type: cron, expression: 0 1 * * *}\n",
            "schedules.compute_start_stop[0].action",
            6,
            "not in set",
        ),
        (
            INSTANCE + "schedules:\n  compute_start_stop:\n    - action: stop\n      trigger:\n        type: cron\n        expresion: a\n",
            "schedules.compute_start_stop[0].trigger.expresion",
            9,
            "no such field",
        ),
        (
            INSTANCE + "schedules:\n  compute_start_stop:\n    - action: stop\n      trigger: {type: cron, expression: 0 25 * * *}\n",
            "schedules.compute_start_stop[0].trigger.expression",
            7,
            "hour",
        ),
        ("name: vm-new\ntype: virtualmachine\nresource_id: /x\n", "ssh_settings.admin_username", 1, "missing"),
        ("type: command\ncommand: echo\n", "type", 1, "no type of a compute"),
        ("type: pipeline\njobs: {}\n", "type", 1, "no type of a compute"),
        (
            "# a\n$schema: https://azuremlschemas.azureedge.net/latest/commandJob.schema.json\ncommand: x\n",
            "$schema",
            2,
            "another kind (commandJob)",
        ),
        ("name: x\n", "", 1, "`type` is missing"),
        ("type: 5\n", "type", 1, "no type of a compute"),
        ("- a\n", "", 1, "name: value"),
        ("", "", 1, "nothing in it"),
        ("a: \x07\n", "", 1, "no YAML"),
        pytest.param("a: " + "[" * 900, "", 1, "nested too deeply", id="deep"),
    ],
)
async def test_what_is_wrong_is_told_with_its_line(compiler: Compiler, text: str, path: str, line: int, words: str) -> None:
    found = await flaws(compiler, text)
    fitting = [flaw for flaw in found if flaw.path == path and words in flaw.message]
    assert fitting, found
    assert fitting[0].line == line
    assert all(each.message and "\n" not in each.message for each in found)


async def test_every_flaw_is_told_at_once(compiler: Compiler) -> None:
    text = CLUSTER.replace("gpu-new", "gpu-7").replace("min_instances: 0", "min_instances: 9").replace("size: Standard_NC6s_v3\n", "")
    assert [flaw.path for flaw in await flaws(compiler, text)] == ["name", "size", "min_instances"]


async def test_aliases_cannot_make_a_short_text_long(compiler: Compiler) -> None:
    layers = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9)]
    found = await flaws(compiler, CLUSTER + "\n".join(["l0: &l0 [a]", *layers]) + "\n")
    assert "too large" in found[0].message


async def test_a_secret_becomes_a_slot_and_is_in_no_text(compiler: Compiler, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n")
    vm = "name: vm-new\ntype: virtualmachine\nresource_id: /x\nssh_settings:\n  admin_username: me\n  "
    clusters = "ssh_settings:\n  admin_username: me\n  admin_password: hush-hush\n  ssh_key_value: ssh-rsa AAAA\n"
    app = (
        "custom_applications:\n  - name: app\n    type: docker\n    image: {reference: x}\n    environment_variables: {TOKEN: hush-hush}\n"
    )
    for text, secret in [
        (CLUSTER + clusters, "hush-hush"),
        (vm + "admin_password: hush-hush\n", "hush-hush"),
        (vm + "ssh_private_key_file: key\n", key.read_text()),
        (INSTANCE + app + "    endpoints: [{target: 8787, published: 8787}]\n", "hush-hush"),
    ]:
        result = await compiler.compile(PLACE, REGION, yaml=text.replace("_file: key", f"_file: {key}"))
        assert result.request is not None, result.flaws
        shown = msgspec.json.encode(result).decode()
        assert "hush" not in shown
        assert "hush" not in repr(result)
        sent = json.dumps(slots.filled(result.request.body))
        assert json.dumps(secret) in sent
        assert "ssh-rsa" not in text or "ssh-rsa AAAA" in shown


async def test_no_error_repeats_a_secret(compiler: Compiler) -> None:
    found = await flaws(compiler, CLUSTER + "ssh_settings:\n  admin_username: me\n  admin_password: [hush]\n  admin_pasword: hush\n")
    assert {flaw.path for flaw in found} == {"ssh_settings.admin_password", "ssh_settings.admin_pasword"}
    assert "hush" not in repr(found)


async def test_a_slot_of_another_process_is_refused_before_sending() -> None:
    _, text = slots.name_slot("ssh_settings.admin_password")
    with pytest.raises(TroubleError, match=r"ssh_settings\.admin_password is no longer known"):
        slots.filled({"a": [text]})


CLUSTER_JSON: dict[str, Any] = {
    "id": f"{PLACE.id}/computes/gpu-idle",
    "name": "gpu-idle",
    "type": "Microsoft.MachineLearningServices/workspaces/computes",
    "location": REGION,
    "tags": {"team": "fraud"},
    "identity": {"type": "SystemAssigned", "principalId": "p", "tenantId": "t"},
    "properties": {
        "computeType": "AmlCompute",
        "computeLocation": REGION,
        "provisioningState": "Succeeded",
        "description": "two\nlines",
        "createdOn": "2026-01-02T03:04:05Z",
        "disableLocalAuth": True,
        "properties": {
            "vmSize": "STANDARD_NC6S_V3",
            "vmPriority": "Dedicated",
            "osType": "Linux",
            "scaleSettings": {"minNodeCount": 2, "maxNodeCount": 4, "nodeIdleTimeBeforeScaleDown": "PT1800S"},
            "subnet": {"id": SUBNET},
            "enableNodePublicIp": True,
            "remoteLoginPortPublicAccess": "Disabled",
            "nodeStateCounts": {"idleNodeCount": 2},
            "aFieldOfTomorrow": {"kept": True},
        },
    },
}


async def test_a_compute_is_told_in_yaml_that_compiles_to_itself(compiler: Compiler) -> None:
    told = await compiler.dump(PLACE, REGION, CLUSTER_JSON)
    head = [line for line in told.yaml.splitlines() if line.startswith("#")]
    assert f"# id: {CLUSTER_JSON['id']}" in head
    assert "# provisioning_state: Succeeded" in head
    assert told.fields["idle_time_before_scale_down"] == 1800
    assert list(told.fields)[:2] == ["name", "type"]
    again = await compiled(compiler, told.yaml)
    assert again.request is not None, again.flaws
    properties = again.request.body["properties"]
    assert again.request.path == CLUSTER_JSON["id"]
    assert properties["description"] == "two\nlines"
    assert properties["properties"]["scaleSettings"] == {
        "minNodeCount": 2,
        "maxNodeCount": 4,
        "nodeIdleTimeBeforeScaleDown": "PT30M",  # the same half hour as Azure's PT1800S
    }
    assert properties["properties"]["subnet"] == {"id": SUBNET}


async def test_without_a_network_none_is_made_up(compiler: Compiler) -> None:
    raw = msgspec.json.decode(msgspec.json.encode(CLUSTER_JSON))
    del raw["properties"]["properties"]["subnet"]
    told = await compiler.dump(PLACE, REGION, raw)
    assert "network_settings" not in told.fields
    _, properties = await inner(compiler, told.yaml)
    assert "subnet" not in properties


async def test_fields_below_hold_where_the_text_says_nothing(compiler: Compiler) -> None:
    told = await compiler.dump(PLACE, REGION, CLUSTER_JSON)
    result = await compiler.compile(PLACE, REGION, yaml="name: gpu-idle\ntype: amlcompute\nmax_instances: 6\n", over=told.fields)
    assert result.request is not None, result.flaws
    assert result.request.body["tags"] == {"team": "fraud"}
    assert result.request.body["properties"]["properties"]["scaleSettings"] == {
        "minNodeCount": 2,
        "maxNodeCount": 6,
        "nodeIdleTimeBeforeScaleDown": "PT30M",
    }


async def test_questions_at_once_get_each_its_own_answer(compiler: Compiler) -> None:
    names = [f"gpu-{letter}" for letter in "abcdefgh"]
    answers = await asyncio.gather(*(compiled(compiler, CLUSTER.replace("gpu-new", name)) for name in names))
    assert [answer.request.path.rsplit("/", 1)[-1] for answer in answers if answer.request] == names


async def test_it_is_started_again_when_it_died_or_was_given_up_and_goes_when_idle(tmp_path: Path) -> None:
    states: list[State] = []
    own = Compiler(tmp_path / "log", idle=3600)
    own.changed = lambda: states.append(own.state)
    try:
        own.warm()
        own.warm()
        await until(lambda: own.state is State.READY)
        first = own.process_id
        assert first is not None
        assert not re.search(r"AML_CONSOLE|AZURE_|_PROXY", environment_of(first), re.IGNORECASE)
        os.kill(first, signal.SIGKILL)
        assert (await compiled(own, CLUSTER)).request is not None
        second = own.process_id
        assert second not in (None, first)
        # Its answer must not be taken for that of the next question.
        asking = asyncio.create_task(compiled(own, CLUSTER))
        await asyncio.sleep(0)
        assert own._turn.locked()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        own._idle = 0.0
        assert (await compiled(own, INSTANCE)).kind == "computeinstance"
        assert own._child is not None
        last = own._child.process
        await until(lambda: states[-1] is State.OFF)
        # It ended by itself, as its pipe closed.
        assert last.poll() == 0
        assert states[0] is State.LOADING and State.READY in states
        assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
    finally:
        await own.close()
    with pytest.raises(TroubleError, match="ending"):
        await compiled(own, CLUSTER)


async def test_without_azure_ai_ml_one_sentence_says_how_to_get_it(tmp_path: Path) -> None:
    python = tmp_path / "python"
    # The real interpreter, in which that one import fails: it is called as `python -P -c PROGRAM FOLDER`.
    lacking = "import sys; sys.modules['azure.ai.ml'] = None"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -P -c "{lacking}; $3" "$4"\n')
    python.chmod(0o700)
    own = Compiler(python=str(python))
    try:
        with pytest.raises(TroubleError, match=r"azure-ai-ml, which is not installed here .* pip install 'azure-ai-ml"):
            await compiled(own, CLUSTER)
        assert own.state is State.OFF
    finally:
        await own.close()
