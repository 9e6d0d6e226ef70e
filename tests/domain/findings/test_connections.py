"""What is found of connections: ends that come, newer secrets in the vault, and secrets that everybody reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.domain.connection_kinds import Auth
from console.domain.connections import Connection
from console.domain.findings import connections as rules
from console.domain.findings.finding import Severity
from console.domain.scopes import WorkspaceRef
from console.domain.secret_state import SecretState
from console.domain.vault_secrets import Secret

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
PLACE = WorkspaceRef("s", "rg", "fraud")


def connection(**more: object) -> Connection:
    return Connection(id=f"{PLACE.id}/connections/c", name="c", workspace=PLACE, category="Git", auth=Auth.PAT, **more)  # type: ignore[arg-type]


def found(row: Connection, secret: SecretState | None = None) -> list[tuple[str, str, int]]:
    return [(each.rule, each.what, each.severity) for each in rules.of(row, secret, NOW)]


def version(name: str, days: int, **more: object) -> Secret:
    return Secret(id=name, name="a", vault="", version=name, created=NOW - timedelta(days=days), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (None, []),
        (timedelta(days=15), []),
        (timedelta(days=14), [("connection-expires", "expires in 14d", Severity.WARNING)]),
        (timedelta(days=3), [("connection-expires", "expires in 3d", Severity.SERIOUS)]),
        (timedelta(0), [("connection-expires", "expired", Severity.SERIOUS)]),
    ],
)
def test_an_end_is_told_before_it_comes(left: timedelta | None, told: list[tuple[str, str, int]]) -> None:
    assert found(connection(expires=NOW + left if left is not None else None)) == told


def test_the_vault_tells_of_newer_and_of_unusable_versions() -> None:
    row = connection(secret_id="https://kv-team.vault.azure.net/secrets/a", secret_version="1")
    assert found(row) == found(row, SecretState((version("1", 5),))) == []
    newer = SecretState.of((version("1", 5), version("2", 1)))
    assert found(row, newer) == [("newer-secret", "newer secret in vault", Severity.WARNING)]
    (told,) = rules.of(row, newer, NOW)
    assert told.remedy == "update" and "an earlier version" in told.claim
    unusable = SecretState.of((version("2", 1, enabled=False), version("1", 5, expires=NOW)))
    assert [each[0] for each in found(row, unusable)] == ["newer-secret", "vault-secret-unusable"]
    assert next(rules.of(row, unusable, NOW)).remedy == ""
    (elsewhere,) = rules.of(row, SecretState((version("3", 1),)), NOW)
    assert "another version" in elsewhere.claim


def test_what_could_not_be_read_is_no_finding() -> None:
    row = connection(secret_id="https://kv-team.vault.azure.net/secrets/a", secret_version="1")
    assert found(row, SecretState(fault="denied")) == found(row, SecretState((version("2", 1),), "not all")) == []
    assert found(connection(fault="no JSON", hidden=("key",), error="no")) == []


def test_secrets_that_everybody_reads_and_errors_of_azure() -> None:
    assert [each[0] for each in found(connection(hidden=("key",), error="gone"))] == ["secret-in-metadata", "connection-error"]
