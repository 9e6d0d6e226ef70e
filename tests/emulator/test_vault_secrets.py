"""Secrets of Key Vaults over the wire: what a secret goes through, how each request is refused, and what is in the story."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.emulator.connection_secrets import PREFIX
from console.emulator.routing import Reply
from console.emulator.staleness import changed_something, snapshot
from console.emulator.vault_bodies import seconds
from console.emulator.vault_secrets import LARGEST_VALUE, value_of, vault_of
from console.emulator.world import World
from tests.emulator.vault_asking import EPOCH, ask, fresh, names, vault, why


@pytest.fixture
def lived() -> World:
    return fresh()


# The story.


def test_the_secrets_of_fraud_prod(world: World) -> None:
    told = {one["id"].rpartition("/")[2]: one for one in ask(world, "/secrets").body["value"]}
    left = {name: one["attributes"].get("exp", 0) - seconds(EPOCH) for name, one in told.items()}
    assert 3 * 86400 < left["feature-store-password"] < 4 * 86400
    assert left["sanctions-api-key"] == -12 * 86400
    assert [name for name, one in told.items() if not one["attributes"]["enabled"]] == ["openai-key"]
    assert told["scoring-token-2027"]["attributes"]["nbf"] > seconds(EPOCH)
    assert len(ask(world, "/secrets/payments-gateway-key/versions").body["value"]) == 4
    assert names(ask(world, "/deletedsecrets")) == ["chargeback-sftp-password"]
    assert all("value" not in one for one in told.values())


def test_every_value_of_the_story_is_a_canary_and_follows_from_the_seed() -> None:
    def values(world: World) -> list[tuple[str, str, str, str]]:
        vaults = (*world.estate.vaults.values(), *world.estate.deleted_vaults.values())
        return [
            (one.name, kept.name, held.version, held.value) for one in vaults for kept in one.secrets.values() for held in kept.versions
        ]

    all_of_them = values(fresh())
    assert all_of_them == values(fresh())
    # Connections hold the same values as each other, and signatures.
    found = [told for told in all_of_them if not told[1].startswith(PREFIX)]
    assert len({value for *_, value in found}) == len(found) > 25
    assert all(value.startswith("canary") for *_, value in found)


def test_what_is_behind_a_connection_is_read_as_azure_does(lived: World) -> None:
    workspace = next(one for one in lived.estate.workspaces.values() if one.name == "fraud-prod")
    held = vault_of(lived.estate, workspace)
    assert held is vault(lived)
    assert value_of(held, "OpenAI-key") is None
    ask(lived, "/secrets/openai-key", "PATCH", {"attributes": {"enabled": True}})
    assert str(value_of(held, "OpenAI-key")).startswith("canary")
    # Neither the end of its time nor its beginning keeps anybody from reading it.
    assert value_of(held, "sanctions-api-key") and value_of(held, "scoring-token-2027")
    assert value_of(held, "chargeback-sftp-password") is None and value_of(held, "nothing") is None


# What a secret goes through.


def test_a_secret_is_set_changed_deleted_recovered_and_purged(lived: World) -> None:
    until = seconds(EPOCH + timedelta(days=90))
    given = {"value": "canary-1", "contentType": "token", "tags": {"owner": "risk"}, "attributes": {"exp": until, "nbf": 5}}
    first = ask(lived, "/secrets/New", "PUT", given).body
    assert (first["value"], first["contentType"], first["tags"]) == ("canary-1", "token", {"owner": "risk"})
    dates = {"nbf": 5, "exp": until, "created": seconds(EPOCH), "updated": seconds(EPOCH)}
    assert first["attributes"] == {"enabled": True, "recoveryLevel": "Recoverable+Purgeable", "recoverableDays": 90, **dates}
    lived.clock.advance(60)
    second = ask(lived, "/secrets/new", "PUT", {"value": "canary-2"}).body
    assert second["attributes"]["created"] == seconds(EPOCH) + 60 and "tags" not in second and "exp" not in second["attributes"]
    assert ask(lived, "/secrets/new/").body == second
    old = first["id"].rpartition("/")[2]
    assert ask(lived, f"/secrets/new/{old}").body["value"] == "canary-1"
    lived.clock.advance(60)
    changed = ask(lived, f"/secrets/new/{old}", "PATCH", {"attributes": {"enabled": False}, "tags": {}}).body
    assert (changed["attributes"]["enabled"], changed["attributes"]["exp"], changed["tags"]) == (False, until, {})
    assert changed["attributes"]["updated"] == seconds(EPOCH) + 120 and "value" not in changed
    assert ask(lived, "/secrets/new").body["value"] == "canary-2"
    assert sorted(names(ask(lived, "/secrets/new/versions"))) == sorted([old, second["id"].rpartition("/")[2]])
    gone = ask(lived, "/secrets/new", "DELETE").body
    assert gone["scheduledPurgeDate"] - gone["deletedDate"] == 90 * 86400 and "value" not in gone
    assert ask(lived, "/deletedsecrets/new").body == gone
    assert "New" not in names(ask(lived, "/secrets"))
    assert names(ask(lived, "/secrets/new/versions")) == []
    assert ask(lived, "/deletedsecrets/new/recover", "POST").body["id"] == second["id"]
    assert ask(lived, "/secrets/new").body == second
    ask(lived, "/secrets/new", "DELETE")
    assert ask(lived, "/deletedsecrets/new", "DELETE").status == 204
    assert why(ask(lived, "/deletedsecrets/new")) == (404, "SecretNotFound", None)
    again = ask(lived, "/secrets/new", "PUT", {"value": "canary-3"}).body
    assert again["id"] not in (first["id"], second["id"])
    assert len(ask(lived, "/secrets/new/versions").body["value"]) == 1


def test_what_is_deleted_keeps_its_name_until_its_time_is_over(lived: World) -> None:
    refused = ask(lived, "/secrets/chargeback-sftp-password", "PUT", {"value": "canary"})
    assert why(refused) == (409, "Conflict", "ObjectIsDeletedButRecoverable")
    vault(lived).secrets["chargeback-sftp-password"].deleted = EPOCH - timedelta(days=90)
    assert names(ask(lived, "/deletedsecrets")) == []
    assert why(ask(lived, "/deletedsecrets/chargeback-sftp-password/recover", "POST")) == (404, "SecretNotFound", None)
    assert ask(lived, "/secrets/chargeback-sftp-password", "PUT", {"value": "canary"}).status == 200
    assert len(ask(lived, "/secrets/chargeback-sftp-password/versions").body["value"]) == 1


def test_protection_against_purging(lived: World) -> None:
    vault(lived).body |= {"enablePurgeProtection": True, "softDeleteRetentionInDays": 7}
    gone = ask(lived, "/secrets/alerts-webhook", "DELETE").body
    assert (gone["attributes"]["recoveryLevel"], gone["scheduledPurgeDate"] - gone["deletedDate"]) == ("CustomizedRecoverable", 7 * 86400)
    refused = ask(lived, "/deletedsecrets/alerts-webhook", "DELETE")
    assert why(refused) == (403, "Forbidden", "ForbiddenByPolicy") and "purge protection" in refused.body["error"]["message"]
    assert ask(lived, "/deletedsecrets/alerts-webhook/recover", "POST").status == 200


def test_reads_that_lag_behind_do_not_know_of_a_recovery(lived: World) -> None:
    before = snapshot(lived.estate)
    assert not changed_something("POST", Reply(200), before, lived.estate)
    back = ask(lived, "/deletedsecrets/chargeback-sftp-password/recover", "POST")
    assert changed_something("POST", back, before, lived.estate)


# Refusals.


@pytest.mark.parametrize(
    ("method", "what", "body", "expected"),
    [
        ("GET", "/secrets/openai-key", None, (403, "Forbidden", "SecretDisabled")),
        ("GET", "/secrets/none", None, (404, "SecretNotFound", None)),
        ("GET", "/secrets/alerts-webhook/0123", None, (404, "SecretNotFound", None)),
        ("GET", "/secrets/chargeback-sftp-password", None, (404, "SecretNotFound", None)),
        ("PATCH", "/secrets/none", {}, (404, "SecretNotFound", None)),
        ("DELETE", "/secrets/none", None, (404, "SecretNotFound", None)),
        ("DELETE", "/deletedsecrets/alerts-webhook", None, (404, "SecretNotFound", None)),
        ("PUT", "/secrets/a_b", {"value": "canary"}, (400, "BadParameter", None)),
        ("PUT", f"/secrets/{'a' * 128}", {"value": "canary"}, (400, "BadParameter", None)),
        ("PUT", "/secrets/ok", None, (400, "BadParameter", None)),
        ("PUT", "/secrets/ok", {"value": 7}, (400, "BadParameter", None)),
        ("PUT", "/secrets/ok", {"value": "é" * (LARGEST_VALUE // 2 + 1)}, (400, "BadParameter", None)),
        ("PUT", "/secrets/ok", {"value": "half \ud800"}, (400, "BadParameter", None)),
        ("PUT", "/secrets/ok", {"value": "canary", "tags": {"a": 1}}, (400, "BadParameter", None)),
        ("PUT", "/secrets/ok", {"value": "canary", "attributes": {"exp": "soon"}}, (400, "BadParameter", None)),
        ("PUT", "/secrets/ok", {"value": "canary", "attributes": {"exp": 10**30}}, (400, "BadParameter", None)),
        ("PATCH", "/secrets/alerts-webhook", {"attributes": {"enabled": "no"}}, (400, "BadParameter", None)),
        ("GET", "/secrets?maxresults=26", None, (400, "BadParameter", None)),
        ("GET", "/secrets?maxresults=0", None, (400, "BadParameter", None)),
        ("POST", "/secrets/alerts-webhook/backup", None, (404, "NotFound", None)),
        ("GET", "/keys", None, (404, "NotFound", None)),
        ("GET", "/emulator/calls", None, (404, "NotFound", None)),
    ],
)
def test_refusals(world: World, method: str, what: str, body: object, expected: tuple[int, str, str | None]) -> None:
    assert why(ask(world, what, method, body)) == expected
    assert "ok" not in vault(world).secrets


def test_the_longest_value_and_name_are_taken(lived: World) -> None:
    assert ask(lived, f"/secrets/{'a' * 127}", "PUT", {"value": "v" * LARGEST_VALUE}).status == 200


def test_versions_of_the_api(world: World) -> None:
    assert {ask(world, "/secrets", version=one).status for one in ("7.4", "7.5", "7.6", "2025-07-01", "2026-04-01")} == {200}
    refused = ask(world, "/secrets", version="9.9")
    assert why(refused) == (400, "BadParameter", None) and "2026-04-01" in refused.body["error"]["message"]


def test_lists_come_in_pages(lived: World) -> None:
    for number in range(60):
        ask(lived, f"/secrets/more-{number:02d}", "PUT", {"value": "canary"})
    found: list[str] = []
    reply: Reply = ask(lived, "/secrets")
    assert len(reply.body["value"]) == 25
    pages = 1
    while True:
        found += names(reply)
        link = reply.body["nextLink"]
        if link is None:
            break
        assert link.startswith("https://kv-fraud-prod.") and "api-version=7.5" in link
        reply = ask(lived, f"/secrets?{link.partition('?')[2]}")
        pages += 1
    assert len(found) == len(set(found)) and pages == 3
    assert len([name for name in found if not name.startswith(PREFIX)]) == 66
    assert len(ask(lived, "/secrets?maxresults=2").body["value"]) == 2
