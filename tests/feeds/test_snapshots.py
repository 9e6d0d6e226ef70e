"""Snapshots on disk: what comes back is what was kept, for the same eyes and the same form, or nothing."""

from __future__ import annotations

import os
import stat
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.compute import Compute, Kind, LastOperation, NodeCounts, VmSize
from console.domain.scopes import WorkspaceRef
from console.feeds import snapshots
from console.feeds.snapshots import Owner, Snapshots, Stored
from tests.properties import steady

OWNER = Owner("https://cloud", "tenant", "someone")
PLACE = WorkspaceRef("11111111-1111-1111-1111-111111111111", "rg", "ws")
NOW = datetime(2026, 11, 2, 8, 0, 0, 123456, tzinfo=UTC)
COMPUTE = Compute(
    id=f"{PLACE.id}/computes/nb",
    name="nb\x1b[2J",
    workspace=PLACE,
    kind=Kind.INSTANCE,
    state="Running",
    nodes=NodeCounts(1, 2, 3),
    last_operation=LastOperation("Start", "Succeeded", "User", datetime(1, 1, 1, tzinfo=UTC)),
    errors=("a", "b"),
    tags={"k": "v"},
    created_on=NOW,
)
SIZE = VmSize(name="S", dedicated=Decimal("0.290"), low_priority=None, memory_gb=3.5)


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    store = Snapshots(tmp_path / "new" / "folder", OWNER)
    store.save("computes", PLACE.id, (COMPUTE,), NOW)
    store.save("sizes", "s/westeurope", (SIZE,), NOW)
    again = Snapshots(tmp_path / "new" / "folder", OWNER)
    computes = again.load("computes", PLACE.id, Compute)
    assert computes is not None
    assert (computes.items, computes.taken_at) == ((COMPUTE,), NOW)
    sizes = again.load("sizes", "s/westeurope", VmSize)
    assert sizes is not None
    assert sizes.items == (SIZE,)


def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "snapshots"
    Snapshots(folder, OWNER).save("computes", "scope", (COMPUTE,), NOW)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(only_file(folder).stat().st_mode) == 0o600
    assert "scope" not in only_file(folder).name


@pytest.mark.parametrize(
    "other",
    [Owner("https://other", "tenant", "someone"), Owner("https://cloud", "other", "someone"), Owner("https://cloud", "tenant", "other")],
)
def test_other_eyes_see_nothing(tmp_path: Path, other: Owner) -> None:
    Snapshots(tmp_path, OWNER).save("computes", "scope", (COMPUTE,), NOW)
    strange = Snapshots(tmp_path, other)
    assert strange.load("computes", "scope", Compute) is None
    # Nor with the file moved to where theirs would be.
    only_file(tmp_path).rename(strange._path("computes", "scope"))
    assert strange.load("computes", "scope", Compute) is None


def test_another_scope_or_kind_sees_nothing(tmp_path: Path) -> None:
    store = Snapshots(tmp_path, OWNER)
    store.save("computes", "scope", (COMPUTE,), NOW)
    assert store.load("computes", "scope2", Compute) is None
    assert store.load("nodes", "scope", Compute) is None
    only_file(tmp_path).rename(store._path("computes", "scope2"))
    assert store.load("computes", "scope2", Compute) is None


def test_another_form_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Snapshots(tmp_path, OWNER)
    store.save("computes", "scope", (COMPUTE,), NOW)
    monkeypatch.setattr(snapshots, "FORM", snapshots.FORM + 1)
    assert store.load("computes", "scope", Compute) is None


def test_another_type_is_not_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = Snapshots(tmp_path, OWNER)
    store.save("computes", "scope", (COMPUTE,), NOW)
    assert store.load("computes", "scope", int) is None
    assert "not used" in caplog.text


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshots, Path, bytes]:
    store = Snapshots(tmp_path_factory.mktemp("snapshots"), OWNER)
    store.save("computes", "scope", (COMPUTE,), NOW)
    return store, only_file(store.folder), only_file(store.folder).read_bytes()


@steady
@given(st.integers(0, 600), st.binary(max_size=3), st.booleans())
def test_a_damaged_file_costs_the_warm_start_alone(whole: tuple[Snapshots, Path, bytes], at: int, noise: bytes, cut: bool) -> None:
    store, path, content = whole
    path.write_bytes(content[:at] + noise + (b"" if cut else content[at + len(noise) :]))
    stored = store.load("computes", "scope", Compute)
    assert stored is None or isinstance(stored, Stored)


@pytest.mark.parametrize("content", [b"", b"\x91" * 200_000, b"\xff" * 50, b"{}", b"\xc1"])
def test_the_worst_file_costs_the_warm_start_alone(tmp_path: Path, content: bytes) -> None:
    store = Snapshots(tmp_path, OWNER)
    store._path("computes", "scope").write_bytes(content)
    assert store.load("computes", "scope", Compute) is None


def test_a_folder_in_the_files_place_costs_the_warm_start_alone(tmp_path: Path) -> None:
    store = Snapshots(tmp_path, OWNER)
    store._path("computes", "scope").mkdir()
    assert store.load("computes", "scope", Compute) is None
    store.save("computes", "scope", (COMPUTE,), NOW)
    assert [path.name for path in tmp_path.iterdir()] == [store._path("computes", "scope").name], "no half-written file stays"


def test_a_crash_leaves_the_old_one(tmp_path: Path) -> None:
    store = Snapshots(tmp_path, OWNER)
    store.save("computes", "scope", (COMPUTE,), NOW)
    store.save("computes", "scope", (msgspec.structs.replace(COMPUTE, tags={"n": "\ud800"}),), NOW)
    stored = store.load("computes", "scope", Compute)
    assert stored is not None
    assert stored.items == (COMPUTE,)


def test_old_ones_are_forgotten(tmp_path: Path) -> None:
    store = Snapshots(tmp_path, OWNER)
    for scope in ("old", "new"):
        store.save("computes", scope, (COMPUTE,), NOW)
    long_ago = time.time() - (snapshots.KEPT_DAYS + 1) * 86_400
    os.utime(store._path("computes", "old"), (long_ago, long_ago))
    store.prune()
    assert store.load("computes", "old", Compute) is None
    assert store.load("computes", "new", Compute) is not None
    Snapshots(tmp_path / "none", OWNER).prune()
