"""A person signs in by device code, and stays signed in by refresh tokens."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from console.emulator.device_code import DeviceCodes
from tests.conftest import Answer, Emulator
from tests.emulator.test_entra import claims_of

SCRIPT = Path(__file__).with_name("device_code_client.py")
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
GRAPH = "https://graph.microsoft.com/.default"
ADA = "ada.lindqvist@contoso.com"


def post(emulator: Emulator, path: str, **form: str) -> Answer:
    """A form to the endpoint of no tenant in particular, as DeviceCodeCredential sends it when it is given none."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return emulator.send("POST", f"/organizations/oauth2/v2.0/{path}", urlencode({"client_id": AZURE_CLI, **form}).encode(), headers)


def begin(emulator: Emulator, scope: str | None = None) -> dict[str, Any]:
    answer = post(emulator, "devicecode", scope=f"{scope or f'{emulator.base_url}/.default'} offline_access openid profile")
    assert answer.status == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def poll(emulator: Emulator, begun: dict[str, Any], **more: str) -> Answer:
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": begun["device_code"], "client_info": "1"}
    return post(emulator, "token", **{**form, **more})


def approve(emulator: Emulator, begun: dict[str, Any], who: str = "ada@contoso.com") -> None:
    emulator.control("POST", "approve", {"user_code": begun["user_code"], "as": who})


def signed_in(emulator: Emulator, who: str = "ada@contoso.com") -> dict[str, Any]:
    begun = begin(emulator)
    approve(emulator, begun, who)
    answer = poll(emulator, begun)
    assert answer.status == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def refresh(emulator: Emulator, token: str, **more: str) -> Answer:
    scope = f"{emulator.base_url}/.default offline_access openid profile"
    return post(emulator, "token", **{"grant_type": "refresh_token", "refresh_token": token, "scope": scope, **more})


def test_the_real_credential_signs_in_and_asks_other_audiences_silently(fresh_emulator: Emulator, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.touch(mode=0o600)
    ready.write_text(json.dumps(fresh_emulator.ready))
    environment = {
        **os.environ,
        "REQUESTS_CA_BUNDLE": fresh_emulator.ready["ca_file"],
        "NO_PROXY": "127.0.0.1,localhost",
        "HOME": str(tmp_path),
    }
    command = [sys.executable, str(SCRIPT), str(ready), "ada@contoso.com"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)
    assert found["shown"] == [f"{fresh_emulator.base_url}/devicelogin"]
    assert found["username"] == ADA
    assert found["tenant"] == fresh_emulator.ready["tenant_id"]
    assert found["assignments"] > 0 and found["people"] > 0
    asked = [call for call in fresh_emulator.calls() if "roleAssignments" in call["path"] or call["path"] == "/v1.0/users"]
    assert {(call["principal"], call["status"]) for call in asked} == {(ADA, 200)}
    assert found["account"] == f"{asked[0]['principal_id']}.{fresh_emulator.ready['tenant_id']}"


def test_waiting_hurrying_and_being_approved(fresh_emulator: Emulator) -> None:
    begun = begin(fresh_emulator)
    assert (begun["expires_in"], begun["interval"]) == (900, 5)
    assert begun["user_code"] in begun["message"] and begun["verification_uri"] in begun["message"]
    for error in ("authorization_pending", "slow_down"):
        answer = poll(fresh_emulator, begun)
        assert (answer.status, answer.json()["error"]) == (400, error)
    approve(fresh_emulator, begun)
    answer = poll(fresh_emulator, begun)
    assert answer.status == 200
    # A code is good for one sign-in.
    assert poll(fresh_emulator, begun).json()["error"] == "bad_verification_code"


def test_who_the_tokens_speak_for(fresh_emulator: Emulator) -> None:
    found = signed_in(fresh_emulator)
    access, identity = claims_of(found["access_token"]), claims_of(found["id_token"])
    assert (access["upn"], access["idtyp"], access["scp"], access["appid"]) == (ADA, "user", "user_impersonation", AZURE_CLI)
    assert access["aud"] == fresh_emulator.base_url
    assert (identity["preferred_username"], identity["aud"], identity["oid"]) == (ADA, AZURE_CLI, access["oid"])
    client_info = json.loads(base64.urlsafe_b64decode(found["client_info"] + "=="))
    assert client_info == {"uid": access["oid"], "utid": fresh_emulator.ready["tenant_id"]}
    assert f"{fresh_emulator.base_url}/.default" in found["scope"].split()


def test_a_person_may_what_their_roles_allow(fresh_emulator: Emulator) -> None:
    place = fresh_emulator.ready["workspaces"][0]
    path = f"/subscriptions/{place['subscription_id']}/resourceGroups/{place['resource_group']}/providers/"
    stop = f"{path}Microsoft.MachineLearningServices/workspaces/{place['name']}/computes/nb-noah/stop?api-version=2024-10-01-preview"

    def status(who: str) -> tuple[int, str]:
        bearer = f"Bearer {signed_in(fresh_emulator, who)['access_token']}"
        answer = fresh_emulator.request("POST", stop, identity=None, Authorization=bearer)
        return answer.status, answer.content.decode()

    code, text = status("carl.jacobsen@contoso.com")
    assert code == 403 and "The client 'carl.jacobsen@contoso.com' with object id" in text
    assert status("tomasz.nowak@contoso.com")[0] == 202


def test_a_refresh_token_opens_other_audiences(fresh_emulator: Emulator) -> None:
    found = signed_in(fresh_emulator)
    answer = refresh(fresh_emulator, found["refresh_token"], scope=f"{GRAPH} offline_access").json()
    assert claims_of(answer["access_token"])["aud"] == "https://graph.microsoft.com"
    assert claims_of(answer["access_token"])["upn"] == ADA
    assert refresh(fresh_emulator, answer["refresh_token"]).status == 200


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"refresh_token": "nonsense"}, "invalid_grant", 9002313),
        ({"client_id": "1950a258-227b-4e31-a9cf-717495945fc2"}, "invalid_grant", 700005),
        ({"scope": "https://nobody.example/.default"}, "invalid_resource", 500011),
        ({"claims": "{"}, "invalid_request", 90014),
    ],
)
def test_refresh_tokens_are_refused(fresh_emulator: Emulator, change: dict[str, str], error: str, code: int) -> None:
    token = change.pop("refresh_token", None) or signed_in(fresh_emulator)["refresh_token"]
    body = refresh(fresh_emulator, token, **change).json()
    assert (body["error"], body["error_codes"]) == (error, [code])


def test_no_token_stands_for_another_kind(fresh_emulator: Emulator) -> None:
    found = signed_in(fresh_emulator)
    assert refresh(fresh_emulator, found["access_token"]).json()["error_codes"] == [9002313]
    for token in (found["refresh_token"], found["id_token"]):
        bearer = f"Bearer {token}"
        assert fresh_emulator.request("GET", "/subscriptions?api-version=2022-12-01", identity=None, Authorization=bearer).status == 401


def test_a_revoked_session_must_sign_in_again(fresh_emulator: Emulator) -> None:
    token = signed_in(fresh_emulator)["refresh_token"]
    fresh_emulator.control("POST", "tokens", {"revoke": True})
    body = refresh(fresh_emulator, token).json()
    assert (body["error"], body["error_codes"]) == ("invalid_grant", [50173])
    assert refresh(fresh_emulator, signed_in(fresh_emulator)["refresh_token"]).status == 200


def test_claims_are_met_by_a_refresh(fresh_emulator: Emulator) -> None:
    found = signed_in(fresh_emulator)
    fresh_emulator.control("POST", "faults", [{"route": "^GET /subscriptions$", "kind": "401", "claims": True}])

    def asked(token: str) -> Answer:
        return fresh_emulator.request("GET", "/subscriptions?api-version=2022-12-01", identity=None, Authorization=f"Bearer {token}")

    challenge = asked(found["access_token"]).headers["WWW-Authenticate"]
    claims = base64.b64decode(challenge.partition('claims="')[2].partition('"')[0]).decode()
    again = refresh(fresh_emulator, found["refresh_token"], claims=claims).json()
    assert (asked(found["access_token"]).status, asked(again["access_token"]).status) == (401, 200)


def test_a_code_expires(fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "tokens", {"device_code_lifetime": 0})
    begun = begin(fresh_emulator)
    assert begun["expires_in"] == 0
    assert poll(fresh_emulator, begun).json()["error"] == "expired_token"
    bearer = f"Bearer {fresh_emulator.ready['control_token']}"
    late = fresh_emulator.request(
        "POST", "/emulator/approve", {"user_code": begun["user_code"], "as": "ada@contoso.com"}, None, Authorization=bearer
    )
    assert late.status == 400


def test_asking_at_the_told_pace_is_not_too_soon() -> None:
    now = [1000.0]
    codes = DeviceCodes(lambda: now[0])
    pending = codes.begin(AZURE_CLI, GRAPH)
    found = []
    for wait in (0, 5, 2, 5, 900):
        now[0] += wait
        found.append((codes.too_soon(pending), codes.expired(pending)))
    assert found == [(False, False), (False, False), (True, False), (False, False), (False, True)]


def test_the_pace_is_a_lever_and_reset_puts_it_back(fresh_emulator: Emulator) -> None:
    assert begin(fresh_emulator)["interval"] == 5
    told = fresh_emulator.control("POST", "tokens", {"device_code_interval": 1})
    assert told["device_code_interval"] == begin(fresh_emulator)["interval"] == 1
    assert fresh_emulator.control("POST", "tokens", {"device_code_interval": 0})["device_code_interval"] == 1, "0 would be without a pause"
    fresh_emulator.control("POST", "reset")
    assert begin(fresh_emulator)["interval"] == 5


def test_a_declined_code(fresh_emulator: Emulator) -> None:
    begun = begin(fresh_emulator)
    fresh_emulator.control("POST", "approve", {"user_code": begun["user_code"], "decline": True})
    assert poll(fresh_emulator, begun).json()["error"] == "authorization_declined"


def test_an_address_is_enough_to_approve(fresh_emulator: Emulator) -> None:
    begun = begin(fresh_emulator)
    url = f"{begun['verification_uri']}?user_code={begun['user_code'].lower()}&as={quote(ADA)}"
    answer = fresh_emulator.send("GET", url)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert b"Ada Lindqvist" in answer.content
    assert poll(fresh_emulator, begun).status == 200
    assert fresh_emulator.send("GET", begun["verification_uri"]).status == 400


@pytest.mark.parametrize(
    ("who", "named"), [("nobody@contoso.com", "Nobody"), ("ulrich@contoso.com", "disabled"), ("", "Nobody"), ("@", "@")]
)
def test_who_cannot_sign_in(fresh_emulator: Emulator, who: str, named: str) -> None:
    begun = begin(fresh_emulator)
    bearer = f"Bearer {fresh_emulator.ready['control_token']}"
    answer = fresh_emulator.request("POST", "/emulator/approve", {"user_code": begun["user_code"], "as": who}, None, Authorization=bearer)
    assert answer.status == 400 and named in answer.json()["error"]["message"]
    assert poll(fresh_emulator, begun).json()["error"] == "authorization_pending"


@pytest.mark.parametrize("body", [{}, [], {"user_code": "X"}, {"user_code": 1, "as": "ada@contoso.com"}, {"user_code": "X", "as": ADA}])
def test_bad_approvals_are_refused(fresh_emulator: Emulator, body: Any) -> None:
    bearer = f"Bearer {fresh_emulator.ready['control_token']}"
    answer = fresh_emulator.request("POST", "/emulator/approve", body, None, Authorization=bearer)
    assert (answer.status, answer.json()["error"]["code"]) == (400, "InvalidControlRequest")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"client_id": "00000000-0000-0000-0000-00000000dead", "scope": GRAPH}, 700016),
        ({"scope": "https://nobody.example/.default"}, 500011),
    ],
)
def test_devices_are_refused(emulator: Emulator, form: dict[str, str], code: int) -> None:
    answer = post(emulator, "devicecode", **form)
    assert (answer.status, answer.json()["error_codes"]) == (400, [code])


def test_only_people_sign_in_without_naming_the_tenant(emulator: Emulator) -> None:
    assert emulator.sign_in("admin", tenant="organizations").json()["error_codes"] == [90002]
    stranger = "/00000000-0000-0000-0000-00000000dead/oauth2/v2.0/devicecode"
    assert emulator.send("POST", stranger, b"", {"Content-Type": "application/x-www-form-urlencoded"}).json()["error_codes"] == [90002]
