"""Sign-in as Azure's clients do it, and the ways in which it is refused."""

from __future__ import annotations

import base64
import json

import pytest

from tests.conftest import Emulator


def claims_of(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def test_the_openid_configuration_points_back_here(emulator: Emulator) -> None:
    tenant = emulator.ready["tenant_id"]
    found = emulator.send("GET", f"/{tenant}/v2.0/.well-known/openid-configuration").json()
    assert found["token_endpoint"] == f"{emulator.base_url}/{tenant}/oauth2/v2.0/token"
    assert all(found[key].startswith(emulator.base_url) for key in ("issuer", "authorization_endpoint", "device_authorization_endpoint"))


def test_an_unknown_tenant_is_refused_in_both_places(emulator: Emulator) -> None:
    stranger = "00000000-0000-0000-0000-00000000dead"
    for answer in (emulator.send("GET", f"/{stranger}/v2.0/.well-known/openid-configuration"), emulator.sign_in("admin", tenant=stranger)):
        assert answer.status == 400
        assert answer.json()["error_codes"] == [90002]


def test_a_token_says_who_it_is_for(emulator: Emulator) -> None:
    known = emulator.identity("operator")
    answer = emulator.sign_in("operator").json()
    claims = claims_of(answer["access_token"])
    assert (claims["oid"], claims["appid"], claims["tid"]) == (known["object_id"], known["client_id"], emulator.ready["tenant_id"])
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3599)
    assert claims["aud"] == emulator.base_url


@pytest.mark.parametrize(
    ("scope", "audience"),
    [
        ("https://management.azure.com/.default", "https://management.azure.com"),
        ("https://management.core.windows.net//.default", "https://management.core.windows.net"),
        ("https://graph.microsoft.com/.default", "https://graph.microsoft.com"),
        ("https://ml.azure.com/.default", "https://ml.azure.com"),
        ("https://vault.azure.net/.default", "https://vault.azure.net"),
    ],
)
def test_tokens_for_azures_own_resources(emulator: Emulator, scope: str, audience: str) -> None:
    assert claims_of(emulator.sign_in("reader", scope).json()["access_token"])["aud"] == audience


@pytest.mark.parametrize(
    ("changed", "status", "error", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": "00000000-0000-0000-0000-00000000dead"}, 400, "unauthorized_client", 700016),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"scope": "https://nobody.example/.default"}, 400, "invalid_resource", 500011),
    ],
)
def test_refusals_carry_entras_codes(emulator: Emulator, changed: dict[str, str], status: int, error: str, code: int) -> None:
    answer = emulator.sign_in("admin", changed.pop("scope", None), **changed)
    body = answer.json()
    assert (answer.status, body["error"], body["error_codes"]) == (status, error, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")


def test_a_wrong_secret_is_not_repeated(emulator: Emulator) -> None:
    assert b"my-guess" not in emulator.sign_in("admin", client_secret="my-guess").content


def test_tokens_of_others_are_refused(emulator: Emulator) -> None:
    head, _, signature = emulator.token("reader").rpartition(".")
    admin = emulator.token("admin").rpartition(".")[0]
    for forged in (f"{admin}.{signature}", f"{head}.", "nonsense", f"{head}.{signature}x", "Ünïcode.a.b"):
        answer = emulator.request("GET", "/subscriptions?api-version=2022-12-01", identity=None, Authorization=f"Bearer {forged}")
        assert (answer.status, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")


def test_a_token_opens_only_what_it_was_asked_for(emulator: Emulator) -> None:
    def statuses(scope: str) -> tuple[int, int]:
        bearer = f"Bearer {emulator.sign_in('admin', scope).json()['access_token']}"
        arm = emulator.request("GET", "/subscriptions?api-version=2022-12-01", identity=None, Authorization=bearer)
        graph = emulator.request("GET", "/v1.0/users", identity=None, Authorization=bearer)
        return arm.status, graph.status

    assert statuses("https://management.azure.com/.default") == (200, 401)
    assert statuses("https://management.core.windows.net//.default") == (200, 401)
    assert statuses("https://graph.microsoft.com/.default") == (401, 200)
    assert statuses("https://vault.azure.net/.default") == (401, 401)
    assert statuses(f"{emulator.base_url}/.default") == (200, 200)


def test_the_sdk_signs_in_and_reads_access(fresh_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.identity import ClientSecretCredential
    from azure.mgmt.authorization import AuthorizationManagementClient

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", fresh_emulator.ready["ca_file"])
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    base, known, place = fresh_emulator.base_url, fresh_emulator.identity("data-scientist"), fresh_emulator.ready["workspaces"][0]
    owner = fresh_emulator.identity("admin")

    def client(identity: dict[str, str]) -> AuthorizationManagementClient:
        credential = ClientSecretCredential(
            fresh_emulator.ready["tenant_id"],
            identity["client_id"],
            identity["client_secret"],
            authority=base,
            disable_instance_discovery=True,
        )
        return AuthorizationManagementClient(credential, place["subscription_id"], base_url=base, credential_scopes=[f"{base}/.default"])

    workspace = ("Microsoft.MachineLearningServices", "", "workspaces", place["name"])
    blocks = list(client(known).permissions.list_for_resource(place["resource_group"], *workspace))
    assert any("Microsoft.MachineLearningServices/workspaces/*/read" in (block.actions or []) for block in blocks)
    scope = f"/subscriptions/{place['subscription_id']}"
    direct = list(client(owner).role_assignments.list_for_scope(scope, filter=f"principalId eq '{owner['object_id']}'"))
    assert [held.principal_id for held in direct] == [owner["object_id"]]
    roles = list(client(owner).role_definitions.list(scope, filter="roleName eq 'AzureML Data Scientist'"))
    assert [role.name for role in roles] == ["f6c7c914-8db3-469d-8ca1-694a8f32e121"]
