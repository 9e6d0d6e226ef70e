"""A world of the emulator inside the test's own process, its clock frozen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from console.emulator.world import Options, World, build_world
from tests.emulator.asking import BASE


@pytest.fixture(scope="module")
def world() -> World:
    return build_world(Options(seed=7, scale=1, speed=0, epoch=datetime(2026, 11, 2, 8, tzinfo=UTC)), BASE)
