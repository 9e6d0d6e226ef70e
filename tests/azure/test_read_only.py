"""The read-only guard: no change and no reveal leaves the process, however its address is spelt."""

from __future__ import annotations

import json
from urllib.parse import unquote, urlsplit

import pytest
from azure.core.rest import HttpRequest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from console.azure import computes
from console.azure.request import Effect, Request, effect_of
from console.azure.transport import ReadOnlyRefusalError
from console.domain.trouble import Kind
from tests.azure.conftest import Connect
from tests.conftest import Emulator
from tests.gateway import trouble_of, workspace
from tests.properties import steady

C = (
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg"
    "/providers/Microsoft.MachineLearningServices/workspaces/ws/computes/nb"
)
W = C.rpartition("/computes")[0]
READS = [
    ("GET", "/secrets"),
    ("GET", "/secrets/"),
    ("GET", "/secrets/db/versions"),
    ("GET", "/secrets/db/versions/"),
    ("GET", "/deletedsecrets"),
    ("GET", "/deletedsecrets/db"),
    ("GET", C),
    ("get", C),
    ("HEAD", C),
    ("POST", f"{C}/listNodes"),
    ("post", f"{C}/LISTNODES"),
    ("POST", f"{C}/listnodes/"),
    ("POST", "/subscriptions/s/providers/Microsoft.CostManagement/query"),
    ("POST", "/providers/Microsoft.ResourceGraph/resources"),
    ("POST", "/v1.0/directoryObjects/getByIds"),
    ("POST", f"{C}/providers/Microsoft.Authorization/roleAssignments/x/validate"),
    ("POST", "/subscriptions/s/resourceGroups/g/providers/Microsoft.PolicyInsights/checkPolicyRestrictions"),
]
REVEALS = [
    ("GET", "/secrets/db"),
    ("GET", "/secrets/db/"),
    ("get", "/SECRETS/db"),
    ("GET", "/secrets/versions"),
    ("GET", "/secrets/db/0123456789abcdef0123456789abcdef"),
    ("GET", "//secrets//db//"),
    ("GET", "/%73ecrets/db"),
    ("POST", f"{W}/listKeys"),
    ("POST", f"{W}/LISTKEYS/"),
    ("POST", f"{W}/datastores/d/listSecrets"),
    ("POST", f"{W}/connections/c/listsecrets"),
    ("POST", f"{W}/listStorageAccountKeys"),
    ("POST", f"{W}/listNotebookAccessToken"),
]
CHANGES = [
    ("PUT", "/secrets/db"),
    ("PATCH", "/secrets/db/0123456789abcdef0123456789abcdef"),
    ("DELETE", "/secrets/db"),
    ("POST", "/secrets/db/backup"),
    ("POST", "/deletedsecrets/db/recover"),
    ("DELETE", "/deletedsecrets/db"),
    ("POST", f"{C}/stop"),
    ("POST", f"{C}/stop/"),
    ("POST", f"{C}//stop"),
    ("Post", f"{C}/StOp"),
    ("POST", f"{C}/start"),
    ("POST", f"{C}/restart"),
    ("POST", f"{C}/updateIdleShutdownSetting"),
    ("POST", f"{C}/resize"),
    ("POST", f"{C}/neverSeenBefore"),
    ("POST", "/subscriptions/s/providers/Microsoft.PolicyInsights/policyStates/latest/triggerEvaluation"),
    ("POST", "/subscriptions/s/providers/Microsoft.PolicyInsights/checkPolicyRestrictions/stop"),
    ("POST", f"{C}/listNodesAndStop"),
    ("POST", f"{C}/xlistNodes"),
    ("POST", f"{C}/listNodes/stop"),
    ("POST", f"{C}/listNodes/../stop"),
    ("POST", f"{C}/listNodes/%2e%2e/stop"),
    ("POST", f"{C}/listNodes/.."),
    ("POST", f"{C}/listNodes/."),
    ("POST", f"{C}/listNodes//"),
    ("POST", f"{C}/stop?/listNodes"),
    ("POST", f"{C}/stop?x=/listNodes"),
    ("POST", f"{C}/stop#/listNodes"),
    ("POST", f"{C}/stop%2FlistNodes"),
    ("POST", f"{C}/stop%3F/listNode"),
    ("POST", f"{C}/%73top"),
    ("POST", f"{C}/%6cistNodes"),
    ("POST", f"{W}/%6cistKeys"),
    ("POST", f"{W}/listKeys%20"),
    ("POST", f"{W}/list%4Beys"),
    ("PUT", C),
    ("PATCH", C),
    ("DELETE", C),
    ("delete", C),
    ("DELETE", f"{C}/listNodes"),
    ("PUT", f"{C}/listNodes"),
    ("POST", "/providers/Microsoft.ResourceGraph/resourcesHistory"),
    ("POST", "/subscriptions/s/providers/Evil.CostManagement/query"),
    ("POST", "/subscriptions/s/providers/MicrosoftXCostManagement/query"),
    ("POST", "/"),
    ("POST", ""),
    ("", C),
    ("GET ", C),
    ("MOVE", C),
    ("OPTIONS", C),
    ("CONNECT", C),
]


@pytest.mark.parametrize(
    ("effect", "method", "path"),
    [
        *((Effect.READ, *each) for each in READS),
        *((Effect.REVEAL, *each) for each in REVEALS),
        *((Effect.CHANGE, *each) for each in CHANGES),
    ],
)
def test_what_a_request_does(effect: Effect, method: str, path: str) -> None:
    assert effect_of(method, urlsplit(f"https://host{path}").path) is effect
    assert Request(method=method, path=path.partition("?")[0].partition("#")[0]).effect in {effect, Effect.CHANGE}


@pytest.mark.parametrize(("method", "path"), [*REVEALS, *CHANGES])
@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_but_reading_leaves_the_process(connect: Connect, emulator: Emulator, method: str, path: str) -> None:
    arm = connect(write=False)
    request = HttpRequest(method, f"{emulator.base_url}{path}", headers={"Authorization": "Bearer good-for-nothing"})
    with pytest.raises(ReadOnlyRefusalError):
        await arm.transport.send(request)
    assert not arm.transport.calls
    assert emulator.calls() == []


@pytest.mark.asyncio(loop_scope="module")
async def test_the_refusal_is_a_sentence_that_names_the_way_out(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect(write=False)
    place = workspace(fresh_emulator)
    for request in (
        computes.stop(f"{place.id}/computes/nb-ivan"),
        computes.delete(f"{place.id}/computes/nb-ivan"),
        Request(method="POST", path=f"{place.id}/listKeys", api_version=computes.API),
    ):
        trouble = await trouble_of(arm.send(request))
        assert (trouble.kind, trouble.code, trouble.status) == (Kind.PERMISSION, "ReadOnly", 0)
        assert ":write" in trouble.sentence
    changing = [call for call in fresh_emulator.calls() if call["method"] != "GET" and "oauth2" not in call["path"]]
    assert changing == []
    assert (await computes.read_nodes(arm, f"{place.id}/computes/gpu-train")).items, "a POST that reads goes through"


@pytest.mark.asyncio(loop_scope="module")
async def test_the_mode_is_asked_at_the_last_moment(connect: Connect, fresh_emulator: Emulator) -> None:
    arm = connect(write=True)
    stop = computes.stop(f"{workspace(fresh_emulator).id}/computes/nb-ivan")
    arm.transport._may_change = lambda: False
    assert (await trouble_of(arm.send(stop))).code == "ReadOnly"
    arm.transport._may_change = lambda: True
    assert (await arm.send(stop)).status == 202


BATCH = "/v1.0/$batch"
READ_OF_GROUP = {"id": "1", "method": "GET", "url": "/groups/x/transitiveMembers"}
WRITE_OF_GROUP = {"id": "2", "method": "DELETE", "url": "/groups/x"}


@pytest.mark.parametrize(
    ("effect", "body"),
    [
        (Effect.READ, {"requests": [READ_OF_GROUP]}),
        (Effect.CHANGE, {"requests": [READ_OF_GROUP, WRITE_OF_GROUP]}),
        (Effect.CHANGE, {"requests": [{**READ_OF_GROUP, "method": "get "}]}),
        (Effect.CHANGE, {"requests": []}),
        (Effect.CHANGE, {"requests": ["GET"]}),
        (Effect.CHANGE, ["GET"]),
        (Effect.CHANGE, None),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_batch_does_what_is_in_it(connect: Connect, emulator: Emulator, effect: Effect, body: object) -> None:
    assert effect_of("POST", BATCH, body) is effect
    assert effect_of("POST", BATCH, json.dumps(body).encode()) is effect
    assert effect_of("POST", f"/v1.0/users{BATCH}", body) is Effect.CHANGE
    if effect is not Effect.READ:
        arm = connect(write=False)
        request = HttpRequest("POST", f"{emulator.base_url}{BATCH}", content=json.dumps(body).encode())
        with pytest.raises(ReadOnlyRefusalError):
            await arm.transport.send(request)
        assert emulator.calls() == []


def test_a_batch_that_cannot_be_read_is_a_change() -> None:
    assert effect_of("POST", BATCH, b'{"requests": [') is Effect.CHANGE
    assert effect_of("POST", BATCH, b"\xff") is Effect.CHANGE


WORDS = ["stop", "start", "listNodes", "listKeys", "query", "/providers/Microsoft.CostManagement/query", "é"]
SIGNS = ["..", ".", "/", "//", ";", "?", "#", ":", "@", "&", "=", "+", "%", "\\", "\t", "\n", "\u2028"]
ENCODED = ["%2e%2e", "%2E", "%2F", "%3F", "%23", "%6c", "%0a", "%00", "%E2%80%A8"]
pieces = st.sampled_from([*WORDS, *SIGNS, *ENCODED])


@steady
@given(st.lists(pieces, max_size=8).map("".join), st.booleans())
def test_what_is_judged_is_what_is_sent(tail: str, slash: bool) -> None:
    """aiohttp rewrites an address before it sends it: what was judged to read must still read then."""
    url = f"https://host{C}{'/' if slash else ''}{tail}"
    if effect_of("POST", urlsplit(url).path) is not Effect.READ:
        return
    on_the_wire = URL(url).raw_path
    assert effect_of("POST", on_the_wire) is Effect.READ
    last = unquote(on_the_wire).rstrip("/").rpartition("/")[2]
    assert last.lower() in {"listnodes", "query"}


@steady
@given(st.text(max_size=30), st.sampled_from(["GET", "POST", "DELETE"]))
def test_a_name_in_a_path_stays_one_name(name: str, method: str) -> None:
    """What a compute is called cannot turn one request into another."""
    request = Request(method=method, path=f"{C}{name.replace('/', '')}/stop", api_version="2023-08-01-preview")
    sent = URL(f"https://host{request.url}")
    if ".." in name or sent.raw_path.count("/") != f"{C}/stop".count("/"):
        assert effect_of("POST", sent.raw_path) is Effect.CHANGE
    else:
        assert sent.raw_path.endswith("/stop")
    assert sent.query_string == "api-version=2023-08-01-preview"
    assert sent.host == "host"
