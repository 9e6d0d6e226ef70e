"""A workspace with a thousand datastores and as many connections: each list is one list call in pages, and no secret is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.azure import connections, datastores
from tests.conftest import start_emulator, stop_emulator
from tests.gateway import EndpointTokens, client, workspace

#: Which makes a thousand of the connections of the story's first workspace, and twice as many of its datastores.
SCALE = 200


@pytest.mark.long
async def test_a_thousand_are_read_by_list_calls_alone(tmp_path: Path) -> None:
    emulator = start_emulator(tmp_path, "--speed", "0", "--scale", str(SCALE))
    arm = client(emulator, EndpointTokens(emulator))
    try:
        place = workspace(emulator)
        for kind, read in (("datastores", datastores.read), ("connections", connections.read)):
            before = len(emulator.calls())
            found = await read(arm, place)
            calls = emulator.calls()[before:]
            asked = [(call["method"], call["path"]) for call in calls if "/oauth2/" not in call["path"]]
            assert len(found.items) >= 1000 and not found.incomplete and not any(row.fault for row in found.items)
            assert set(asked) == {("GET", f"{place.id}/{kind}")} and len(asked) <= len(found.items) / 10, (kind, len(asked))
            again = len(emulator.calls())
            assert (await read(arm, place, found)).items == found.items
            assert len(emulator.calls()) - again == len(asked)
    finally:
        await arm.transport.close()
        assert stop_emulator(emulator) == 0
