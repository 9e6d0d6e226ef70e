"""Connection links: which link of a connection is named, one broken at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.domain.connection_kinds import Auth
from console.domain.connections import VAULT_SECRET, VAULT_VERSION, Connection
from console.domain.reasons.chain import Chain, Part, Standing, Way
from console.domain.reasons.connection_links import Tried, leading, stored_at
from console.domain.scopes import WorkspaceRef
from console.domain.secret_state import SecretState
from console.domain.storage_accounts import StorageAccount
from console.domain.vault_secrets import Secret

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
PLACE = WorkspaceRef("s", "rg", "ws")
SECRET = "https://kv.vault.azure.net/secrets/openai"


def connection(**more: Any) -> Connection:
    told: dict[str, Any] = {"category": "AzureOpenAI", "auth": Auth.API_KEY, "target": "https://openai.example", "modified_on": NOW}
    return Connection(id=f"{PLACE.id}/connections/c", name="c", workspace=PLACE, **(told | more))


def behind(version: str = "1") -> Connection:
    return connection(secret_id=SECRET, secret_version=version, metadata={VAULT_SECRET: SECRET, VAULT_VERSION: version})


def secret(version: str, **more: Any) -> Secret:
    told: dict[str, Any] = {"enabled": True, "created": NOW - timedelta(days=int(version == "1"))}
    return Secret(id=f"/kv/secrets/openai/{version}", vault="https://kv.vault.azure.net", name="openai", version=version, **(told | more))


def chain(row: Connection, state: SecretState | None = None, tried: Tried | None = None, **more: Any) -> Chain:
    return leading(row, Way(datastore=stored_at(row), now=NOW, **more), state, tried)


def test_without_a_test_nothing_is_claimed_of_the_target() -> None:
    found = chain(connection())
    assert [(link.part, link.standing) for link in found.links] == [(Part.CONNECTION, Standing.HOLDS)]
    assert any("a test (T)" in each for each in found.unseen)


@pytest.mark.parametrize(
    ("row", "state", "tried", "part", "standing", "said"),
    [
        (connection(error="expired"), None, None, Part.CONNECTION, Standing.BROKEN, "Azure says of it: expired"),
        (connection(expires=NOW), None, None, Part.SECRET, Standing.DOUBTFUL, "that is over"),
        (behind(), SecretState.of([secret("1"), secret("2")]), None, Part.VAULT, Standing.DOUBTFUL, "an earlier version of kv/openai"),
        (behind(), SecretState.of([secret("1", enabled=False)]), None, Part.VAULT, Standing.DOUBTFUL, "the copy that the connection keeps"),
        (behind(), SecretState(fault="you may not list it"), None, Part.VAULT, Standing.UNREAD, "you may not list it"),
        (behind(), None, None, Part.VAULT, Standing.UNREAD, "it is being read"),
        (connection(), None, Tried(False, NOW, "401"), Part.TARGET, Standing.BROKEN, "A test failed: 401"),
        (connection(), None, Tried(None, NOW), Part.TARGET, Standing.UNREAD, "A test did not tell"),
        (connection(), None, Tried(True, NOW - timedelta(hours=1)), Part.TARGET, Standing.UNREAD, "changed since"),
    ],
)
def test_the_link_that_breaks_is_named(
    row: Connection, state: SecretState | None, tried: Tried | None, part: Part, standing: Standing, said: str
) -> None:
    found = next(link for link in chain(row, state, tried).links if link.part is part and link.standing is not Standing.HOLDS)
    assert found.standing is standing and said in found.sentence


def test_what_holds_is_told_with_when() -> None:
    found = chain(behind(), SecretState.of([secret("1")]), Tried(True, NOW))
    assert {link.standing for link in found.links} == {Standing.HOLDS}
    assert found.conclusion == "Every link that can be looked at from here holds."


def test_into_azure_storage_the_links_of_stored_data_follow() -> None:
    row = connection(category="AzureBlob", auth=Auth.ACCOUNT_KEY, target="https://data.blob.core.windows.net/raw")
    keys = {name: NOW + timedelta(hours=1) for name in ("key1", "key2")}
    account = StorageAccount(id="/subscriptions/s/x", name="data", location="westeurope", public="Enabled", keys=keys)
    found = chain(row, account=account)
    assert [link.part for link in found.links] == [Part.CONNECTION, Part.STORAGE, Part.NETWORK, Part.SECRET, Part.IDENTITY]
    assert found.breaks is not None and found.breaks.part is Part.SECRET and "opens nothing" in found.breaks.sentence
    assert stored_at(connection(target="https://data.blob.core.windows.net/raw")) is None  # an API key opens no storage
