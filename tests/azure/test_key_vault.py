"""Key Vaults by the real client over the console's own transport: where tokens go, what refusals mean, and the whole life of a secret."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec.structs import replace

from console.azure import slots, vault_secrets, vaults
from console.azure.arm import ArmClient
from console.azure.key_vault import KeyVaults
from console.azure.request import Request
from console.azure.sources import VaultSecret
from console.cloud import AZURE, Cloud, read_cloud
from console.domain.key_vaults import KeyVault
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind
from console.domain.vault_secrets import SecretRef
from console.settings import SettingsError
from tests.conftest import Emulator
from tests.gateway import EndpointTokens, client, trouble_of, workspace

Opened = Callable[..., ArmClient]
CANARY = "canary-typed-by-hand"


@pytest.fixture
def cloud(fresh_emulator: Emulator, tmp_path: Path) -> Cloud:
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps(fresh_emulator.ready), "utf-8")
    return read_cloud(ready)


@pytest_asyncio.fixture
async def open_vaults(fresh_emulator: Emulator, cloud: Cloud) -> AsyncIterator[Opened]:
    """Opens gateways that know the way to vaults, as one of the identities."""
    opened: list[ArmClient] = []

    def one(
        identity: str = "admin", *, write: bool = True, tenant: str = "", to: Cloud | None = None, tokens: EndpointTokens | None = None
    ) -> ArmClient:
        tokens = tokens or EndpointTokens(fresh_emulator, identity)
        arm = client(fresh_emulator, tokens, write=write)
        arm.vaults = KeyVaults(to or cloud, tokens, arm.transport, arm.clock, lambda: tenant or fresh_emulator.ready["tenant_id"])
        opened.append(arm)
        return arm

    yield one
    for arm in opened:
        await arm.transport.close()


async def vault_of(arm: ArmClient, place: WorkspaceRef) -> KeyVault:
    answer = await arm.send(Request(method="GET", path=place.id, api_version="2024-10-01"))
    identifier = json.loads(answer.body)["properties"]["keyVault"]
    return (await vaults.read_whole(arm, identifier, place)).items[0]


def typed(value: str) -> str:
    """A slot with a value in it, as a form makes one."""
    number, text = slots.name_slot("value")
    slots.hold({number: value})
    return text


async def test_a_vault_tells_its_model_and_what_protects_what_is_deleted(fresh_emulator: Emulator, open_vaults: Opened) -> None:
    arm = open_vaults()
    by_policy = await vault_of(arm, workspace(fresh_emulator, "fraud-prod"))
    assert by_policy.model == "access policies" and by_policy.policies
    assert by_policy.address.startswith(f"https://{by_policy.name}.vault.")
    assert by_policy.tenant_id == fresh_emulator.ready["tenant_id"]


async def test_a_secret_lives_and_dies(fresh_emulator: Emulator, open_vaults: Opened) -> None:
    """Set, listed, read, disabled, deleted, its name refused, recovered, deleted and purged; every list without its value."""
    arm = open_vaults()
    vault = await vault_of(arm, workspace(fresh_emulator, "fraud-prod"))
    ref = SecretRef(vault.id, "of-this-test")
    expires = datetime(2027, 3, 1, tzinfo=UTC)
    await arm.send(vault_secrets.set_request(vault.address, ref.name, typed(CANARY), content_type="text/plain", expires=expires))

    made = await vault_secrets.read_one(arm, ref, vault.address)
    assert (made.id, made.state, made.expires, made.content_type) == (ref.id, "enabled", expires, "text/plain")
    listed = await vault_secrets.read(arm, vault.id, vault.address)
    assert ref.id in {each.id for each in listed.items}
    assert all(CANARY.encode() not in raw for raw in listed.raw.values())
    assert arm.vaults is not None and await arm.vaults.secret(VaultSecret(vault.address, ref.name)) == CANARY

    await arm.send(vault_secrets.attributes_request(vault.address, ref.name, made.version, {"enabled": False}))
    assert (await vault_secrets.read_one(arm, ref, vault.address)).state == "disabled"
    disabled = await trouble_of(arm.vaults.secret(VaultSecret(vault.address, ref.name)))
    assert (disabled.code, disabled.kind) == ("SecretDisabled", Kind.CONFLICT)

    await arm.send(vault_secrets.delete_request(vault.address, ref.name))
    gone = await vault_secrets.read_one(arm, ref, vault.address)
    assert gone.state == "deleted" and gone.purge_on is not None
    again = await trouble_of(arm.send(vault_secrets.set_request(vault.address, ref.name, typed(CANARY))))
    assert again.kind is Kind.CONFLICT and "recover it, or purge it" in again.sentence

    await arm.send(vault_secrets.recover_request(vault.address, ref.name))
    assert (await vault_secrets.read_one(arm, ref, vault.address)).state == "disabled"


async def test_the_pages_of_a_vault_are_followed(fresh_emulator: Emulator, open_vaults: Opened) -> None:
    arm = open_vaults()
    vault = await vault_of(arm, workspace(fresh_emulator, "fraud-prod"))
    before = len((await vault_secrets.read(arm, vault.id, vault.address)).items)
    for number in range(30):
        await arm.send(vault_secrets.set_request(vault.address, f"many-{number}", typed(CANARY)))
    listed = await vault_secrets.read(arm, vault.id, vault.address)
    assert len(listed.items) == before + 30 and not listed.incomplete


async def test_who_may_not_is_told_what_it_needs(fresh_emulator: Emulator, open_vaults: Opened) -> None:
    """By roles with the operation on data, by policies as such; a list is refused as a value is."""
    admin = open_vaults()
    by_policy = await vault_of(admin, workspace(fresh_emulator, "fraud-prod"))
    scientist = open_vaults("data-scientist")
    refused = await trouble_of(vault_secrets.read(scientist, by_policy.id, by_policy.address))
    assert (refused.kind, refused.code) == (Kind.PERMISSION, "ForbiddenByPolicy")
    place = next(
        WorkspaceRef(each["subscription_id"], each["resource_group"], each["name"])
        for each in fresh_emulator.ready["workspaces"]
        if each["name"] not in {"fraud-prod", "fraud-dev", "sandbox"}
    )
    by_roles = await vault_of(admin, place)
    assert by_roles.rbac
    refused = await trouble_of(vault_secrets.read(scientist, by_roles.id, by_roles.address))
    assert refused.code in {"ForbiddenByRbac", "ForbiddenByConnection"}
    if refused.code == "ForbiddenByRbac":
        assert "Microsoft.KeyVault/vaults/secrets/readMetadata/action" in refused.sentence


async def test_a_token_goes_to_no_other_tenants_vault(fresh_emulator: Emulator, open_vaults: Opened) -> None:
    tokens = EndpointTokens(fresh_emulator)
    arm = open_vaults(tenant="11111111-2222-3333-4444-555555555555", tokens=tokens)
    vault = await vault_of(arm, workspace(fresh_emulator, "fraud-prod"))
    refused = await trouble_of(vault_secrets.read(arm, vault.id, vault.address))
    assert refused.code == "OtherTenant" and fresh_emulator.ready["tenant_id"] in refused.sentence
    assert all("vault" not in audience for audience, _ in tokens.asked)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/kv.vault.azure.net",
        "http://kvfraudprod.vault.azure.net",
        "https://user@kvfraudprod.vault.azure.net",
        "https://kvfraudprod.vault.azure.net:8443",
        "https://[kvfraudprod.vault.azure.net",
    ],
)
async def test_a_token_goes_to_vaults_alone(open_vaults: Opened, fresh_emulator: Emulator, address: str) -> None:
    tokens = EndpointTokens(fresh_emulator)
    refused = await trouble_of(open_vaults(tokens=tokens).send(Request(method="GET", path="/secrets", vault=address)))
    assert refused.code == "NoVaultAddress" and not tokens.asked


@pytest.mark.parametrize("address", ["https://kv.vault.azure.net.evil.example", "https://a.b.vault.azure.net", "https://kv.vault.azure.cn"])
async def test_on_azure_a_vault_is_where_its_cloud_has_them(open_vaults: Opened, fresh_emulator: Emulator, address: str) -> None:
    tokens = EndpointTokens(fresh_emulator)
    refused = await trouble_of(open_vaults(tokens=tokens, to=AZURE).send(Request(method="GET", path="/secrets", vault=address)))
    assert refused.code == "NoVaultAddress" and not tokens.asked


async def test_a_link_to_elsewhere_is_not_followed(fresh_emulator: Emulator, open_vaults: Opened) -> None:
    arm = open_vaults()
    vault = await vault_of(arm, workspace(fresh_emulator, "fraud-prod"))
    asked = Request(method="GET", path="/secrets", vault=vault.address)
    for link in ("https://evil.example/secrets?api-version=7.5", fresh_emulator.base_url + "/secrets"):
        assert (await trouble_of(arm.follow(asked, link))).code == "ForeignLink"


async def test_a_vault_that_the_emulator_lacks_is_told_by_name(open_vaults: Opened) -> None:
    refused = await trouble_of(open_vaults().send(Request(method="GET", path="/secrets", vault="https://nobody-has-it.vault.azure.net")))
    assert refused.code == "NoSuchVault" and "nobody-has-it" in refused.sentence


async def test_an_unreachable_vault_is_told_by_its_own_name(
    fresh_emulator: Emulator, open_vaults: Opened, cloud: Cloud, unused_tcp_port: int
) -> None:
    dead = replace(cloud, vaults={"dead": f"https://127.0.0.1:{unused_tcp_port}"})
    refused = await trouble_of(open_vaults(to=dead).send(Request(method="GET", path="/secrets", vault="https://dead.vault.azure.net")))
    assert refused.kind is Kind.UNREACHABLE and refused.sentence.startswith("dead.vault.azure.net could not be reached")


async def test_read_only_neither_reveals_nor_changes(fresh_emulator: Emulator, open_vaults: Opened) -> None:
    arm = open_vaults(write=False)
    vault = await vault_of(arm, workspace(fresh_emulator, "fraud-prod"))
    name = (await vault_secrets.read(arm, vault.id, vault.address)).items[0].name
    for asked in (
        vault_secrets.reveal_request(vault.address, name),
        vault_secrets.delete_request(vault.address, name),
        vault_secrets.set_request(vault.address, name, "no secret"),
    ):
        assert (await trouble_of(arm.send(asked))).code == "ReadOnly"
    assert all("/secrets/" not in call["path"] or call["method"] == "GET" for call in fresh_emulator.calls())


async def test_a_refused_token_is_asked_for_anew_once(fresh_emulator: Emulator, open_vaults: Opened) -> None:
    tokens = EndpointTokens(fresh_emulator)
    arm = open_vaults(tokens=tokens)
    vault = await vault_of(arm, workspace(fresh_emulator, "fraud-prod"))
    await vault_secrets.read(arm, vault.id, vault.address)
    tokens.asked.clear()
    fresh_emulator.control("POST", "faults", [{"route": f"^GET //{vault.name}/secrets", "kind": "401", "count": 3}])
    await vault_secrets.read(arm, vault.id, vault.address)
    assert tokens.asked and all(audience == "https://vault.azure.net" for audience, _ in tokens.asked)


def test_a_ready_file_names_vaults_on_loopback_alone(fresh_emulator: Emulator, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps({**fresh_emulator.ready, "vaults": {"kv": "https://kv.vault.azure.net"}}), "utf-8")
    with pytest.raises(SettingsError, match=r"vaults\.kv"):
        read_cloud(ready)
