"""Faults: each kind does on the wire what it says, as often as it says; bad rules are named."""

from __future__ import annotations

import base64
import http.client
import json
import random
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from console.emulator.distortions import HOSTILE, UNSEEN
from console.emulator.faults import KINDS, Faults, FaultsError, parse, parse_text
from console.emulator.server import main
from console.emulator.staleness import snapshot
from console.emulator.world import World
from tests.conftest import Answer, Emulator
from tests.emulator.test_computes import versioned, workspace_path

URL = "/subscriptions?api-version=2022-12-01"


def struck(emulator: Emulator, kind: str, **more: Any) -> Answer:
    """The answer to one request with one rule in force."""
    emulator.control("POST", "faults", [{"route": "^GET /subscriptions$", "kind": kind, **more}])
    return emulator.request("GET", URL)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("429", 429, "TooManyRequests"),
        ("500", 500, "InternalServerError"),
        ("502", 502, "BadGateway"),
        ("503", 503, "ServiceUnavailable"),
        ("504", 504, "GatewayTimeout"),
        ("401", 401, "InvalidAuthenticationToken"),
        ("403", 403, "AuthorizationFailed"),
        ("404", 404, "NotFound"),
    ],
)
def test_refusals_look_like_arms(fresh_emulator: Emulator, kind: str, status: int, code: str) -> None:
    answer = struck(fresh_emulator, kind)
    assert (answer.status, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers["x-ms-request-id"]
    record = fresh_emulator.calls()[-1]
    assert (record["status"], record["faults"], record["principal"], record["route"]) == (status, [kind], "admin", None)


def test_429_waits_in_the_header_or_only_in_costs_own(fresh_emulator: Emulator) -> None:
    assert struck(fresh_emulator, "429", retry_after=7).headers["Retry-After"] == "7"
    silent = struck(fresh_emulator, "429-no-retry-after", retry_after=9)
    assert (silent.status, silent.headers["Retry-After"]) == (429, None)
    assert silent.headers["x-ms-ratelimit-microsoft.costmanagement-qpu-retry-after"] == "9"
    assert struck(fresh_emulator, "503", retry_after=3).headers["Retry-After"] == "3"
    assert struck(fresh_emulator, "503").headers["Retry-After"] is None


def test_a_401_can_ask_for_claims(fresh_emulator: Emulator) -> None:
    assert 'error="insufficient_claims", claims="' in struck(fresh_emulator, "401", claims=True).headers["WWW-Authenticate"]
    assert "claims" not in struck(fresh_emulator, "401").headers["WWW-Authenticate"]


def test_latency_delays_and_then_answers(fresh_emulator: Emulator) -> None:
    started = time.monotonic()
    answer = struck(fresh_emulator, "latency", seconds=0.3)
    assert answer.status == 200
    assert time.monotonic() - started >= 0.3


def test_a_reset_before_keeps_the_handler_from_running_and_one_after_does_not(fresh_emulator: Emulator) -> None:
    for kind, route in (("reset-before", None), ("reset-after", "/subscriptions")):
        with pytest.raises(OSError):
            struck(fresh_emulator, kind)
        record = fresh_emulator.calls()[-1]
        assert (record["status"], record["route"]) == (0, route)


def test_a_truncated_body_ends_early(fresh_emulator: Emulator) -> None:
    with pytest.raises(http.client.IncompleteRead) as caught:
        struck(fresh_emulator, "truncated")
    assert caught.value.partial.startswith(b'{"value":')


def test_malformed_and_html_are_no_json(fresh_emulator: Emulator) -> None:
    malformed = struck(fresh_emulator, "malformed")
    assert malformed.headers["Content-Type"] == "application/json; charset=utf-8"
    with pytest.raises(json.JSONDecodeError):
        malformed.json()
    page = struck(fresh_emulator, "html")
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.content.startswith(b"<!DOCTYPE html>")


def test_unknown_enum_values_in_state_fields_only(fresh_emulator: Emulator) -> None:
    honest = fresh_emulator.request("GET", URL).json()["value"][0]
    spoilt = struck(fresh_emulator, "unknown-enum").json()["value"][0]
    assert spoilt == {**honest, "state": UNSEEN}
    chosen = struck(fresh_emulator, "unknown-enum", fields=["authorizationSource"]).json()["value"][0]
    assert chosen == {**honest, "authorizationSource": UNSEEN}


def test_wrong_types_in_properties_or_the_named_fields(fresh_emulator: Emulator) -> None:
    subscription = fresh_emulator.ready["subscriptions"][0]["id"]
    url = f"/subscriptions/{subscription}/resourcegroups?api-version=2021-04-01"
    fresh_emulator.control("POST", "faults", [{"route": "resourcegroups", "kind": "wrong-types"}])
    group = fresh_emulator.request("GET", url).json()["value"][0]
    assert group["properties"] == {"provisioningState": 12345}
    assert isinstance(group["name"], str)
    assert struck(fresh_emulator, "wrong-types", fields=["value"]).json()["value"] == {"unexpected": "object"}


def test_hostile_text_in_names_but_not_in_ids(fresh_emulator: Emulator) -> None:
    honest = fresh_emulator.request("GET", URL).json()["value"]
    once = struck(fresh_emulator, "hostile-text").json()["value"]
    again = fresh_emulator.request("GET", URL).json()["value"]
    assert once == again
    for before, after in zip(honest, once, strict=True):
        assert after["displayName"] in {hostile + before["displayName"] for hostile in HOSTILE}
        same = ("id", "subscriptionId", "tenantId", "state")
        assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert len({item["displayName"] for item in once}) == len(once)


def test_an_operation_can_fail_or_never_end(fresh_emulator: Emulator) -> None:
    place = next(known for known in fresh_emulator.ready["workspaces"])
    base = f"/subscriptions/{place['subscription_id']}/resourceGroups/{place['resource_group']}/providers/Microsoft.MachineLearningServices"
    computes = fresh_emulator.request("GET", f"{base}/workspaces/{place['name']}/computes?api-version=2023-08-01-preview").json()["value"]
    running = next(c for c in computes if (c["properties"].get("properties") or {}).get("state") == "Running")
    started = fresh_emulator.request("POST", f"{running['id']}/stop?api-version=2023-08-01-preview")
    assert started.status == 202
    url = started.headers["Azure-AsyncOperation"]
    fresh_emulator.control("POST", "faults", [{"route": "computeOperationsStatus", "kind": "lro-fails", "count": 1}])
    failed = fresh_emulator.request("GET", url).json()
    assert (failed["status"], failed["error"]["code"]) == ("Failed", "InternalServerError")
    fresh_emulator.control("POST", "clock", {"advance": 86_400})
    fresh_emulator.control("POST", "faults", [{"route": "computeOperationsStatus", "kind": "lro-never-ends", "count": 1}])
    assert fresh_emulator.request("GET", url).json() == {"status": "InProgress"}
    assert fresh_emulator.request("GET", url).json()["status"] == "Succeeded"


def test_an_operation_can_lose_its_url(fresh_emulator: Emulator) -> None:
    started = fresh_emulator.request("POST", versioned(f"{workspace_path(fresh_emulator)}/computes/nb-noah/stop"))
    url = started.headers["Azure-AsyncOperation"]
    fresh_emulator.control("POST", "faults", [{"route": "OperationsStatus", "kind": "lro-loses-url", "seconds": 50}])
    assert fresh_emulator.request("GET", url).json() == {"status": "InProgress"}
    fresh_emulator.control("POST", "clock", {"advance": 50})
    lost = fresh_emulator.request("GET", url)
    assert (lost.status, lost.json()["error"]["code"]) == (404, "NotFound")
    assert fresh_emulator.calls()[-1]["faults"] == ["lro-loses-url"]
    fresh_emulator.control("POST", "clock", {"advance": 600})
    fresh_emulator.control("POST", "faults", {})
    assert fresh_emulator.request("GET", url).json()["status"] == "Succeeded"


def test_reads_can_be_behind_a_write(fresh_emulator: Emulator) -> None:
    path = f"{workspace_path(fresh_emulator)}/computes"

    def states() -> tuple[str, str]:
        one = fresh_emulator.request("GET", versioned(f"{path}/nb-noah")).json()
        listed = fresh_emulator.request("GET", versioned(path)).json()["value"]
        other = next(compute for compute in listed if compute["name"] == "nb-noah")
        return one["properties"]["properties"]["state"], other["properties"]["properties"]["state"]

    fresh_emulator.control("POST", "faults", [{"route": "^GET .*/computes", "kind": "stale-reads", "seconds": 40}])
    assert states() == ("Running", "Running")
    assert fresh_emulator.calls()[-1]["faults"] == []
    stopped = fresh_emulator.request("POST", versioned(f"{path}/nb-noah/stop"))
    assert stopped.status == 202
    assert fresh_emulator.request("POST", versioned(f"{path}/gpu-train/listNodes")).status == 200
    assert states() == ("Running", "Running")
    assert fresh_emulator.calls()[-1]["faults"] == ["stale-reads"]
    # What is asked for is judged by what is so, not by what reads say.
    assert fresh_emulator.request("POST", versioned(f"{path}/nb-noah/stop")).status == 409
    assert fresh_emulator.request("GET", stopped.headers["Azure-AsyncOperation"]).json() == {"status": "InProgress"}
    fresh_emulator.control("POST", "clock", {"advance": 39})
    assert states() == ("Running", "Running")
    fresh_emulator.control("POST", "clock", {"advance": 1})
    assert states() == ("Stopping", "Stopping")


def test_the_clock_can_be_wrong(fresh_emulator: Emulator) -> None:
    rules = [{"route": ".", "kind": "clock-skew", "seconds": -7200}, {"route": ".", "kind": "500"}]
    fresh_emulator.control("POST", "faults", rules)
    answer = fresh_emulator.request("GET", URL)
    assert (answer.status, answer.headers["Date"]) == (500, "Mon, 02 Nov 2026 06:00:00 GMT")
    assert fresh_emulator.calls()[-1]["faults"] == ["clock-skew", "500"]
    assert struck(fresh_emulator, "clock-skew").headers["Date"] == "Mon, 02 Nov 2026 08:05:00 GMT"


def test_a_later_page_can_be_missing(fresh_emulator: Emulator) -> None:
    url = versioned(f"/subscriptions/{fresh_emulator.ready['subscriptions'][0]['id']}/resourcegroups?$top=1", "2021-04-01")
    fresh_emulator.control("POST", "faults", [{"route": "resourcegroups", "kind": "404-next-page", "count": 1}])
    first = fresh_emulator.request("GET", url)
    assert first.status == 200
    assert fresh_emulator.request("GET", first.json()["nextLink"]).status == 404
    assert fresh_emulator.request("GET", first.json()["nextLink"]).status == 200


def test_a_token_asked_for_with_the_claims_is_let_through(fresh_emulator: Emulator) -> None:
    def asked_for() -> str:
        challenge = struck(fresh_emulator, "401", claims=True).headers["WWW-Authenticate"]
        assert challenge.startswith("Bearer ") and 'error="insufficient_claims"' in challenge
        return base64.b64decode(challenge.partition('claims="')[2].partition('"')[0]).decode()

    def status(claims: str) -> int:
        token = fresh_emulator.sign_in("admin", claims=claims).json()["access_token"]
        return fresh_emulator.request("GET", URL, identity=None, Authorization=f"Bearer {token}").status

    claims = asked_for()
    assert fresh_emulator.request("GET", URL).status == 401
    # As MSAL sends it, with what the client is capable of.
    assert status(json.dumps({"access_token": {**json.loads(claims)["access_token"], "xms_cc": {"values": ["CP1"]}}})) == 200
    assert status('{"access_token":{"xms_cc":{"values":["CP1"]}}}') == 401
    later = asked_for()
    assert later != claims
    assert (status(claims), status(later)) == (401, 200)
    refused = fresh_emulator.sign_in("admin", claims="{")
    assert (refused.status, refused.json()["error"]) == (400, "invalid_request")


def test_the_sdk_answers_the_challenge_by_itself(fresh_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.identity import ClientSecretCredential
    from azure.mgmt.authorization import AuthorizationManagementClient

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", fresh_emulator.ready["ca_file"])
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    base, known = fresh_emulator.base_url, fresh_emulator.identity("reader")
    credential = ClientSecretCredential(
        fresh_emulator.ready["tenant_id"], known["client_id"], known["client_secret"], authority=base, disable_instance_discovery=True
    )
    subscription = fresh_emulator.ready["subscriptions"][0]["id"]
    client = AuthorizationManagementClient(credential, subscription, base_url=base, credential_scopes=[f"{base}/.default"])
    assert list(client.role_assignments.list_for_subscription())
    fresh_emulator.control("POST", "faults", [{"route": "roleAssignments", "kind": "401", "claims": True}])
    fresh_emulator.control("DELETE", "calls")
    assert list(client.role_assignments.list_for_subscription())
    assert [call["status"] for call in fresh_emulator.calls() if "roleAssignments" in call["path"]] == [401, 200]


def test_what_requests_change_stays_as_it_was_for_reads_that_lag_behind(world: World) -> None:
    before = snapshot(world.estate)
    changing = ("custom_roles", "activations", "lapsing", "workspace_limits", "role_assignments", "vaults", "deleted_vaults", "connections")
    assert [name for name in changing if getattr(before, name) is getattr(world.estate, name)] == []


def test_a_count_runs_out_and_clearing_clears(fresh_emulator: Emulator) -> None:
    statuses = [struck(fresh_emulator, "500", count=2).status, *(fresh_emulator.request("GET", URL).status for _ in range(2))]
    assert statuses == [500, 500, 200]
    assert struck(fresh_emulator, "500").status == 500
    fresh_emulator.control("POST", "faults", {})
    assert fresh_emulator.request("GET", URL).status == 200


def test_the_route_is_a_pattern_on_method_and_path(fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "^POST ", "kind": "500"}])
    assert fresh_emulator.request("GET", URL).status == 200
    assert fresh_emulator.request("POST", "/v1.0/directoryObjects/getByIds", {"ids": []}).status == 500


def test_chance_follows_the_seed_and_its_probability() -> None:
    def strikes(seed: int) -> list[bool]:
        faults = Faults(parse([{"route": ".", "kind": "500", "probability": 0.5}]), random.Random(seed))
        return [bool(faults.strike("GET", "/x")) for _ in range(200)]

    assert strikes(1) == strikes(1) != strikes(2)
    assert 60 < sum(strikes(1)) < 140
    never = Faults(parse([{"route": ".", "kind": "500", "probability": 0}]), random.Random(1))
    assert not any(never.strike("GET", "/x") for _ in range(100))


def test_latency_adds_to_one_other_trouble() -> None:
    rules = parse([{"route": ".", "kind": kind} for kind in ("500", "latency", "429", "latency")])
    assert [rule.kind for rule in Faults(rules, random.Random(1)).strike("GET", "/x")] == ["500", "latency", "latency"]


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ("text", "not an object"),
        ({"kind": "500"}, "'route'"),
        ({"route": "(", "kind": "500"}, "'route'"),
        ({"route": "."}, "kind"),
        ({"route": ".", "kind": "teapot"}, "'teapot'"),
        ({"route": ".", "kind": "500", "cuont": 1}, "'cuont'"),
        ({"route": ".", "kind": "500", "count": -1}, "'count'"),
        ({"route": ".", "kind": "500", "count": 1.5}, "'count'"),
        ({"route": ".", "kind": "500", "probability": 2}, "'probability'"),
        ({"route": ".", "kind": "latency", "seconds": "1"}, "'seconds'"),
        ({"route": ".", "kind": "500", "fields": "name"}, "'fields'"),
        ({"route": ".", "kind": "401", "claims": 1}, "'claims'"),
        ({"route": ".", "kind": "stale-reads", "seconds": -1}, "'seconds'"),
        ({"route": ".", "kind": "clock-skew", "seconds": True}, "'seconds'"),
        ({"route": ".", "kind": "clock-skew", "seconds": 1e12}, "'seconds'"),
    ],
)
def test_a_bad_entry_is_named(entry: object, named: str) -> None:
    good = {"route": ".", "kind": "500"}
    with pytest.raises(FaultsError) as caught:
        parse([good, entry])
    assert str(caught.value).startswith("Entry 2 ")
    assert named in str(caught.value)


def test_a_bad_file_is_named_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "faults.json"
    for text, place in (("[{]", "line 1, column 3"), ('{"route": "."}', "list"), ('[{"route": ".", "kind": "x"}]', "Entry 1")):
        file.write_text(text)
        assert main(["--faults", str(file)]) == 2
        error = capsys.readouterr().err
        assert str(file) in error and place in error and error.count("\n") == 1


def test_a_reset_breaks_the_connection_that_it_is_about_and_no_other_from_the_same_port(fresh_emulator: Emulator) -> None:
    context, ours, opened = fresh_emulator.context, ("127.0.0.1", 0), []
    # A client may use one port of its own for connections to several of the emulator's.
    for port in (urlsplit(url).port or 0 for url in (fresh_emulator.base_url, fresh_emulator.ready["vaults"]["kv-fraud-dev"])):
        plain = socket.socket()
        plain.settimeout(5)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        plain.bind(ours)
        plain.connect(("127.0.0.1", port))
        ours = plain.getsockname()
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=5)
        connection.sock = context.wrap_socket(plain, server_hostname="127.0.0.1")
        opened.append(connection)
    fresh_emulator.control("POST", "faults", [{"route": "GET //", "kind": "reset-before"}])
    with closing(opened[0]), closing(opened[1]):
        opened[1].request("GET", "/secrets?api-version=7.5")
        with pytest.raises(ConnectionError):
            opened[1].getresponse()
        opened[0].request("GET", "/metadata/endpoints?api-version=2022-09-01")
        assert opened[0].getresponse().status == 200


def test_every_kind_can_be_written() -> None:
    assert len(parse_text(json.dumps([{"route": ".", "kind": kind} for kind in sorted(KINDS)]), "x")) == len(KINDS)
    assert parse([{"route": ".", "kind": 500}])[0].kind == "500"


def test_bad_rules_leave_the_old_ones_in_force(fresh_emulator: Emulator) -> None:
    assert struck(fresh_emulator, "500").status == 500
    token = fresh_emulator.ready["control_token"]
    refused = fresh_emulator.request("POST", "/emulator/faults", [{"kind": "x"}], None, Authorization=f"Bearer {token}")
    assert (refused.status, "Entry 1" in refused.json()["error"]["message"]) == (400, True)
    assert fresh_emulator.request("GET", URL).status == 500
