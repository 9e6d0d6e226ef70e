"""Scans of signatures: journaled, and nothing of a signature is left but its end and what it allows."""

from __future__ import annotations

import pytest

from console.domain.datastores import Auth, Datastore
from console.domain.scopes import key
from console.operations import signature_scan
from console.operations.operation import Progress
from tests.gateway import workspace
from tests.operations.conftest import Bench


async def test_each_is_read_once_and_what_cannot_be_told_is_said(bench: Bench) -> None:
    place = workspace(bench.emulator)
    names = ("partner_feed", "transactions", "nobody")
    rows = [Datastore(id=f"{place.id}/datastores/{name}", name=name, workspace=place, auth=Auth.SAS) for name in names]
    operation, (found,), failed = await signature_scan.read(bench.runner, signature_scan.scan(rows), rows)
    assert (found.id, found.permissions, found.policy) == (key(rows[0].id), "rl", False)
    assert found.expires is not None and 2 <= (found.expires - found.read_at).days <= 3
    assert [run.progress for run in operation.runs] == [Progress.DONE, Progress.DONE, Progress.FAILED]
    assert failed[0] == "transactions: what it keeps is no shared access signature" and failed[1].startswith("nobody: ")

    written = b"".join(path.read_bytes() for path in bench.journal.path.parent.glob("*.jsonl"))
    assert b"scan signatures" in written and b"canary" not in written and b"sig=" not in written


def test_nothing_is_no_scan() -> None:
    with pytest.raises(ValueError, match="nothing"):
        signature_scan.scan([])
