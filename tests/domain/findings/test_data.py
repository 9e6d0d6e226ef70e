"""What is found of datastores and data assets: what has ended, and signatures in addresses, never the signature itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.domain.data_assets import DataAsset, DataVersion
from console.domain.datastores import Datastore, Type
from console.domain.findings import data
from console.domain.findings.finding import Severity
from console.domain.scopes import WorkspaceRef

PLACE = WorkspaceRef("s", "rg", "fraud")
NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
ASSET = DataAsset(id=f"{PLACE.id}/data/feed", name="feed", workspace=PLACE, latest="3")


def test_gen1_is_told_as_ended() -> None:
    row = Datastore(id=f"{PLACE.id}/datastores/old", name="old", workspace=PLACE, type=Type.GEN1, account="store")
    found = data.retired(row)
    assert found is not None and "2024-02-29" in found.claim and found.severity is Severity.WARNING
    assert data.retired(Datastore(id="x", name="x", workspace=PLACE, type=Type.GEN2)) is None


@pytest.mark.parametrize(
    ("query", "severity", "evidence"),
    [
        ("sp=rl&se=2026-11-05T08:00:00Z&sig=•••", Severity.SERIOUS, "good until 2026-11-05 08:00 UTC, permissions rl"),
        ("sp=r&sig=•••", Severity.SERIOUS, "it does not tell until when, permissions r"),
        ("se=2026-11-02T08:00:00Z&sig=•••", Severity.WARNING, "ended 2026-11-02 08:00 UTC, permissions ?"),
    ],
)
def test_a_signature_in_an_address(query: str, severity: Severity, evidence: str) -> None:
    version = DataVersion(id=ASSET.latest_id, name="3", uri=f"https://a.blob.core.windows.net/c/x?{query}")
    found = data.signed(ASSET, version, NOW)
    assert found is not None and found.severity is severity
    assert evidence in found.evidence[0].sentence
    assert "•" not in found.claim + found.evidence[0].sentence, "not even where it stood"


def test_no_signature_is_no_finding() -> None:
    version = DataVersion(id=ASSET.latest_id, name="3", uri="azureml://datastores/a/paths/x", referenced=("./sig=x",))
    assert data.signed(ASSET, version, NOW) is None
