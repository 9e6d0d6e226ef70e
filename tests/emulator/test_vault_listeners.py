"""Key Vaults as Microsoft's own client meets them: a listener for each, the challenge, faults, the log of calls, the state file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.identity.aio import ClientSecretCredential as AsyncCredential
from azure.keyvault.secrets import SecretClient
from azure.keyvault.secrets.aio import SecretClient as AsyncSecretClient

from console.cloud import read_cloud
from console.emulator.connection_secrets import PREFIX
from console.emulator.listening import OURS, listen_for, port_of, read_ports, write_ports
from console.emulator.options import UsageError
from tests.conftest import EPOCH, Answer, Emulator, start_emulator, stop_emulator

FRAUD = "kv-fraud-prod"


def credential(emulator: Emulator, kind: Any = ClientSecretCredential, who: str = "admin") -> Any:
    known, tenant = emulator.identity(who), emulator.ready["tenant_id"]
    ca = {"connection_verify": emulator.ready["ca_file"]}
    return kind(tenant, known["client_id"], known["client_secret"], authority=emulator.base_url, disable_instance_discovery=True, **ca)


@pytest.fixture
def client(fresh_emulator: Emulator) -> Iterator[SecretClient]:
    with client_of(fresh_emulator) as made:
        yield made


def client_of(emulator: Emulator, vault: str = FRAUD) -> SecretClient:
    address, ca = emulator.ready["vaults"][vault], emulator.ready["ca_file"]
    return SecretClient(address, credential(emulator), verify_challenge_resource=False, connection_verify=ca, retry_total=0)


def told(emulator: Emulator, name: str, vault: str = FRAUD) -> dict[str, Any]:
    """What the lever tells of a secret."""
    found = next(one for one in emulator.control("GET", "vaults")["value"] if one["name"] == vault)
    return next(one for one in found["secrets"] if one["name"] == name)


def to_vault(emulator: Emulator, path: str, scope: str | None = "https://vault.azure.net") -> Answer:
    """A request to the vault on a connection of its own, with a token for `scope` (None: without)."""
    token = "" if scope is None else emulator.sign_in("admin", f"{scope}/.default").json()["access_token"]
    there = Emulator({**emulator.ready, "resource_manager": emulator.ready["vaults"][FRAUD]}, emulator.process)
    return there.send("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})


def test_the_whole_life_of_a_secret(client: SecretClient, fresh_emulator: Emulator) -> None:
    made = client.set_secret("new", "canary-1", content_type="token", tags={"owner": "risk"})
    assert made.id == f"{fresh_emulator.ready['vaults'][FRAUD]}/secrets/new/{made.properties.version}"
    second = client.set_secret("new", "canary-2")
    assert client.get_secret("new").value == "canary-2"
    assert client.get_secret("new", made.properties.version).value == "canary-1"
    assert {one.version for one in client.list_properties_of_secret_versions("new")} == {made.properties.version, second.properties.version}
    changed = client.update_secret_properties("new", made.properties.version, enabled=False)
    assert (changed.enabled, changed.tags) == (False, {"owner": "risk"})
    with pytest.raises(HttpResponseError, match="disabled secret"):
        client.get_secret("new", made.properties.version)
    deleted = client.begin_delete_secret("new").result()
    assert (deleted.recovery_id or "").endswith("/deletedsecrets/new")
    assert "new" in {one.name for one in client.list_deleted_secrets()}
    with pytest.raises(ResourceExistsError):
        client.set_secret("new", "canary-3")
    client.begin_recover_deleted_secret("new").wait()
    assert client.get_secret("new").value == "canary-2"
    client.begin_delete_secret("new").wait()
    client.purge_deleted_secret("new")
    with pytest.raises(ResourceNotFoundError):
        client.get_deleted_secret("new")


def test_the_asynchronous_client(fresh_emulator: Emulator) -> None:
    async def run() -> list[str]:
        address, ca = fresh_emulator.ready["vaults"][FRAUD], fresh_emulator.ready["ca_file"]
        async with (
            credential(fresh_emulator, AsyncCredential) as signed_in,
            AsyncSecretClient(address, signed_in, verify_challenge_resource=False, connection_verify=ca) as client,
        ):
            assert (await client.set_secret("new", "canary")).value == "canary"
            return [one.name or "" async for one in client.list_properties_of_secrets(max_page_size=2)]

    found = asyncio.run(run())
    assert len([name for name in found if not name.startswith(PREFIX)]) == 7 and "new" in found


def test_calls_are_logged_with_their_vault_and_reset_undoes_them(client: SecretClient, fresh_emulator: Emulator) -> None:
    assert to_vault(fresh_emulator, "/secrets/new?api-version=7.5", None).status == 401
    client.set_secret("new", "canary")
    mine = [call for call in fresh_emulator.calls() if call["path"].startswith("//")]
    told_of = [(call["method"], call["path"], call["status"], call["principal"], call["provenance"]) for call in mine]
    assert (told_of[0], told_of[-1]) == (
        ("GET", f"//{FRAUD}/secrets/new", 401, None, "recorded"),
        ("PUT", f"//{FRAUD}/secrets/new", 200, "admin", "recorded"),
    )
    assert len(told(fresh_emulator, "new")["versions"][0]["sha256"]) == 64
    assert "canary" not in str(fresh_emulator.control("GET", "vaults"))
    fresh_emulator.control("POST", "reset")
    with pytest.raises(ResourceNotFoundError):
        client.get_secret("new")


def test_every_vault_has_an_address_and_no_lever(fresh_emulator: Emulator) -> None:
    addresses = fresh_emulator.ready["vaults"]
    assert len({urlsplit(one).port for one in (*addresses.values(), fresh_emulator.base_url)}) == len(addresses) + 1 == 14
    assert to_vault(fresh_emulator, "/emulator/calls?api-version=7.5").status == 404
    assert to_vault(fresh_emulator, "/subscriptions?api-version=7.5").status == 404
    assert to_vault(fresh_emulator, "/secrets?api-version=7.5", "https://management.azure.com").status == 401
    # The emulator's own address has no secrets, however the path is written.
    assert fresh_emulator.request("GET", f"//{FRAUD}/secrets?api-version=7.5").status == 404


@pytest.mark.parametrize(
    ("rule", "status", "code"),
    [
        ({"kind": "429", "retry_after": 3}, 429, "Throttled"),
        ({"kind": "403"}, 403, "Forbidden"),
        ({"kind": "404"}, 404, "SecretNotFound"),
        ({"kind": "503"}, 503, "ServiceUnavailable"),
    ],
)
def test_faults_strike_one_vault(client: SecretClient, fresh_emulator: Emulator, rule: dict[str, Any], status: int, code: str) -> None:
    fresh_emulator.control("POST", "faults", [{"route": f"GET //{FRAUD}/secrets/alerts-webhook", **rule}])
    with pytest.raises(HttpResponseError) as raised:
        client.get_secret("alerts-webhook")
    error = raised.value
    assert (error.status_code, error.error.code if error.error else None) == (status, code)
    assert error.response is not None
    # What stands before the service answers without its headers.
    assert error.response.headers.get("x-ms-keyvault-region") == (None if status == 503 else "westeurope")
    assert error.response.headers.get("Retry-After") == ("3" if status == 429 else None)
    assert client.get_secret("payments-gateway-key").value


def test_a_fault_refuses_in_the_words_of_what_decides_in_the_vault(fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "//kv-", "kind": "403"}])
    for vault, words in ((FRAUD, "does not have secrets set permission"), ("kv-pricing-prod", "vaults/secrets/setSecret/action'")):
        with client_of(fresh_emulator, vault) as client, pytest.raises(HttpResponseError, match=words):
            client.set_secret("new", "canary")


def test_a_claims_challenge_is_answered_and_stale_reads_show_what_was(client: SecretClient, fresh_emulator: Emulator) -> None:
    client.get_secret("alerts-webhook")
    fresh_emulator.control("POST", "faults", [{"route": "//", "kind": "401", "claims": True}])
    assert client.get_secret("alerts-webhook").value
    fresh_emulator.control("POST", "faults", [{"route": "GET //", "kind": "stale-reads"}])
    before = client.get_secret("alerts-webhook").value
    client.set_secret("alerts-webhook", "canary-new")
    assert client.get_secret("alerts-webhook").value == before
    fresh_emulator.control("POST", "faults", {})
    assert client.get_secret("alerts-webhook").value == "canary-new"


def test_a_deleted_vault_has_no_address_until_it_is_recovered(client: SecretClient, fresh_emulator: Emulator) -> None:
    known = next(one for one in fresh_emulator.ready["workspaces"] if one["name"] == "fraud-prod")
    group = f"/subscriptions/{known['subscription_id']}/resourceGroups/{known['resource_group']}"
    path = f"{group}/providers/Microsoft.KeyVault/vaults/{FRAUD}?api-version=2023-07-01"
    assert fresh_emulator.request("DELETE", path).status == 200
    with pytest.raises(Exception, match=r"Remote end closed|[Cc]onnection|aborted"):
        client.get_secret("alerts-webhook")
    assert fresh_emulator.request("PUT", path, {"location": "westeurope", "properties": {"createMode": "recover"}}).status == 200
    assert client.get_secret("alerts-webhook").value


def test_secrets_outlive_the_process_at_the_same_addresses_and_none_is_in_the_file(tmp_path: Path) -> None:
    flags = ("--speed", "0", "--epoch", EPOCH, "--state", str(tmp_path / "state"))
    emulator = start_emulator(tmp_path, *flags)
    client = client_of(emulator)
    older = client.get_secret("payments-gateway-key", next(iter(client.list_properties_of_secret_versions("payments-gateway-key"))).version)
    client.set_secret("payments-gateway-key", str(older.value))
    client.set_secret("typed", "canary-typed-by-somebody", tags={"owner": "risk"})
    client.set_secret("application", emulator.identity("reader")["client_secret"])
    with pytest.raises(HttpResponseError):
        client.set_secret("long", "canary-long" * 3000)
    client.begin_delete_secret("alerts-webhook").wait()
    client.update_secret_properties("openai-key", enabled=True)
    # One that was deleted before the story began is reached once it is recovered, one that is made by the next process.
    group = next(one for one in emulator.ready["workspaces"] if one["name"] == "fraud-dev")
    path = f"/subscriptions/{group['subscription_id']}/resourceGroups/{group['resource_group']}/providers/Microsoft.KeyVault/vaults"
    for name, mode, status in (("kv-fraud-poc", "recover", 200), ("kv-new", "default", 201)):
        body = {"location": "westeurope", "properties": {"createMode": mode}}
        assert emulator.request("PUT", f"{path}/{name}?api-version=2023-07-01", body).status == status
    with pytest.raises(HttpResponseError, match="does not have secrets get permission"):
        client_of(emulator, "kv-fraud-poc").get_secret("payments-key")
    before = {one["name"]: one for one in emulator.control("GET", "vaults")["value"] if one["name"] == FRAUD}[FRAUD]["secrets"]
    assert stop_emulator(emulator) == 0
    written = b"".join(one.read_bytes() for one in tmp_path.iterdir() if one.name.startswith("state") and one.is_file())
    secret = emulator.identity("reader")["client_secret"].encode()
    assert b"payments-gateway-key" in written and b"canary" not in written and secret not in written
    again = start_emulator(tmp_path, *flags)
    try:
        cloud = read_cloud(tmp_path / "ready.json")
        assert {name: address for name, address in cloud.vaults.items() if name != "kv-new"} == emulator.ready["vaults"]
        with pytest.raises(HttpResponseError, match="does not have secrets get permission"):
            client_of(again, "kv-new").get_secret("anything")
        after = {one["name"]: one for one in again.control("GET", "vaults")["value"] if one["name"] == FRAUD}[FRAUD]["secrets"]
        # What somebody typed is known by nobody any more; all the rest is what it was.
        differing = [one["name"] for one, other in zip(before, after, strict=True) if one != other]
        assert differing == ["typed"]
        assert client_of(again).get_secret("payments-gateway-key").value == older.value
    finally:
        assert stop_emulator(again) == 0
    assert (tmp_path / "emulator.err").read_text("utf-8") == ""


def test_ports_are_kept_and_one_that_is_taken_is_told() -> None:
    first = listen_for(("kv-one", "kv-two"), {})
    try:
        ports = read_ports(write_ports(first), "a")
        assert ports == {name: port_of(listener) for name, listener in first.items()}
        with pytest.raises(UsageError, match=f"Port {ports['kv-two']} of 127.0.0.1 cannot be used"):
            listen_for(("kv-new", "kv-two"), ports)
    finally:
        for listener in first.values():
            listener.close()
    again = listen_for(("kv-two",), ports)["kv-two"]
    assert port_of(again) == ports["kv-two"]
    again.close()
    # One that the system gives to whoever connects would often be taken at the next start.
    assert set(ports.values()) <= set(OURS)
    for damaged in ("[", "[]", '{"kv-one": "x"}'):
        with pytest.raises(UsageError, match="damaged"):
            read_ports(damaged, "a")
