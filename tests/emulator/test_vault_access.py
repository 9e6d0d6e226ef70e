"""Who gets into a Key Vault: the challenge, the audience, roles, access policies, and the network."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.emulator import arm, vault_front
from console.emulator.access_story import VAULT_READER, VAULT_SECRETS_USER
from console.emulator.estate import RoleAssignment
from console.emulator.routing import Reply
from console.emulator.world import World
from tests.emulator.vault_asking import EPOCH, TABLE, ask, fresh, token_of, vault, why

PRICING = "kv-pricing-prod"
GUID = "0f0f0f0f-0000-4000-8000-00000000000b"
RBAC, POLICY = (403, "Forbidden", "ForbiddenByRbac"), (403, "Forbidden", "ForbiddenByPolicy")


@pytest.fixture
def lived() -> World:
    return fresh()


def bare(world: World, authorization: str | None) -> Reply:
    headers = {} if authorization is None else {"authorization": authorization}
    request = arm.Request("GET", "//kv-fraud-prod/secrets", {"api-version": "7.5"}, headers, b"", "")
    return vault_front.answer(world, TABLE, request)


def assign(world: World, role: str, who: str, scope: str) -> None:
    principal = world.estate.identities[who].object_id
    made = RoleAssignment(GUID, scope, role, principal, "ServicePrincipal", EPOCH - timedelta(days=1), principal)
    world.estate.role_assignments[made.id.lower()] = made


def test_who_comes_without_a_token_is_told_where_to_get_one(world: World) -> None:
    tenant = f"{world.base_url}/{world.estate.tenant_id}"
    for authorization in (None, "Basic YTpi", "Bearer", "Bearer nonsense"):
        reply = bare(world, authorization)
        assert (reply.status, reply.body["error"]["code"]) == (401, "Unauthorized")
        assert reply.headers["WWW-Authenticate"] == f'Bearer authorization="{tenant}", resource="https://vault.azure.net"'
        assert reply.headers["x-ms-keyvault-region"] == "westeurope"
    assert reply.body["error"]["message"].startswith("AKV10000")


def test_a_token_for_something_else_opens_no_vault(lived: World) -> None:
    reply = bare(lived, f"Bearer {token_of(lived, 'admin', 'https://management.azure.com')}")
    assert (reply.status, reply.body["error"]["message"]) == (
        401,
        "AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://management.azure.com.",
    )
    lived.tokens.lifetime = -1
    assert "TokenExpired" in bare(lived, f"Bearer {token_of(lived, 'admin')}").body["error"]["message"]


def test_roles_decide_in_a_vault_of_roles(lived: World) -> None:
    # Owning the subscription is no leave to read what is in its vaults.
    refused = ask(lived, "/secrets/erp-password", of=PRICING)
    assert why(refused) == RBAC
    message = refused.body["error"]["message"]
    assert "Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\n" in message
    assert "/providers/microsoft.keyvault/vaults/kv-pricing-prod/secrets/erp-password'\r\nAssignment: (not found)\r\n" in message
    assert "Vault: kv-pricing-prod;location=westeurope\r\n" in message
    assert ask(lived, "/secrets/erp-password", who="Jonas Berg", of=PRICING).status == 200
    assert ask(lived, "/secrets", who="Jonas Berg", of=PRICING).status == 200
    for method, what, body in (
        ("PUT", "/secrets/erp-password", {"value": "canary"}),
        ("PATCH", "/secrets/erp-password", {}),
        ("DELETE", "/secrets/erp-password", None),
        ("POST", "/deletedsecrets/erp-password/recover", None),
        ("DELETE", "/deletedsecrets/erp-password", None),
    ):
        assert why(ask(lived, what, method, body, "Jonas Berg", PRICING)) == RBAC
    # Through a group, at the vault: Officers do all of it.
    assert ask(lived, "/secrets/new", "PUT", {"value": "canary"}, "Wei Zhang", "kv-nlp-research").status == 200
    assert ask(lived, "/secrets/new", "DELETE", None, "Wei Zhang", "kv-nlp-research").status == 200
    assert ask(lived, "/deletedsecrets/new", "DELETE", None, "Wei Zhang", "kv-nlp-research").status == 204


def test_a_role_on_one_secret_opens_that_one_and_no_list(lived: World) -> None:
    assign(lived, VAULT_SECRETS_USER, "reader", f"{vault(lived, PRICING).id}/secrets/erp-password")
    assert ask(lived, "/secrets/erp-password", who="reader", of=PRICING).status == 200
    assert why(ask(lived, "/secrets/competitor-feed-key", who="reader", of=PRICING)) == RBAC
    assert why(ask(lived, "/secrets", who="reader", of=PRICING)) == RBAC


def test_who_reads_metadata_sees_names_and_no_value(lived: World) -> None:
    assign(lived, VAULT_READER, "reader", vault(lived, PRICING).id)
    assert ask(lived, "/secrets", who="reader", of=PRICING).status == 200
    assert ask(lived, "/secrets/erp-password/versions", who="reader", of=PRICING).status == 200
    assert why(ask(lived, "/secrets/erp-password", who="reader", of=PRICING)) == RBAC


def test_policies_decide_in_a_vault_of_policies(lived: World) -> None:
    refused = ask(lived, "/secrets/alerts-webhook", who="reader")
    assert why(refused) == POLICY
    assert "does not have secrets get permission on key vault 'kv-fraud-prod;location=westeurope'" in refused.body["error"]["message"]
    # He is in a group that is in a group that a policy names.
    assert ask(lived, "/secrets/alerts-webhook", who="Noah Weber").status == 200
    assert why(ask(lived, "/secrets/alerts-webhook", "PUT", {"value": "canary"}, "Noah Weber")) == POLICY
    assert ask(lived, "/secrets/alerts-webhook", "DELETE", who="Priya Raman").status == 200
    assert why(ask(lived, "/deletedsecrets/alerts-webhook", "DELETE", who="Priya Raman")) == POLICY
    assert ask(lived, "/deletedsecrets/alerts-webhook/recover", "POST", who="Priya Raman").status == 200
    # Roles are ignored there.
    assign(lived, VAULT_SECRETS_USER, "reader", vault(lived).id)
    assert why(ask(lived, "/secrets/alerts-webhook", who="reader")) == POLICY


def test_a_policy_for_an_application_on_somebodys_behalf(lived: World) -> None:
    known = lived.estate.identities["reader"]
    policy = {"tenantId": lived.estate.tenant_id, "objectId": known.object_id, "permissions": {"secrets": ["Get"]}}
    vault(lived).body["accessPolicies"].append({**policy, "applicationId": GUID})
    assert why(ask(lived, "/secrets/alerts-webhook", who="reader")) == POLICY
    vault(lived).body["accessPolicies"].append(policy)
    assert ask(lived, "/secrets/alerts-webhook", who="reader").status == 200


def test_who_decides_can_be_changed_and_everybody_is_locked_out(lived: World) -> None:
    vault(lived).body["enableRbacAuthorization"] = True
    assert why(ask(lived, "/secrets/alerts-webhook")) == RBAC


def test_a_vault_without_public_access_lets_nobody_in_from_outside(world: World) -> None:
    refused = ask(world, "/secrets", of="kv-vision-research")
    assert why(refused) == (403, "Forbidden", "ForbiddenByConnection")
    # The emulator's clients sit in a network with a private endpoint of this one.
    assert vault(world).body["publicNetworkAccess"] == "Disabled"
    assert ask(world, "/secrets").status == 200


def test_a_firewall(lived: World) -> None:
    held = vault(lived, "kv-nlp-research")
    held.body["networkAcls"] = {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.7/32"}]}
    refused = ask(lived, "/secrets", who="Wei Zhang", of="kv-nlp-research")
    assert why(refused) == (403, "Forbidden", "ForbiddenByFirewall") and "127.0.0.1" in refused.body["error"]["message"]
    for ours in ("127.0.0.1", "127.0.0.1/32", "127.0.0.0/8"):
        held.body["networkAcls"]["ipRules"] = [{"value": "203.0.113.7/32"}, {"value": ours}]
        assert ask(lived, "/secrets", who="Wei Zhang", of="kv-nlp-research").status == 200
