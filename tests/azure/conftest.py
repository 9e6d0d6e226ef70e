"""A sign-in that the tests of a module share, and gateways on top of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from console.azure.arm import ArmClient
from console.azure.signin import SignIn, SignInConfig
from tests.conftest import Emulator
from tests.gateway import client

Connect = Callable[..., ArmClient]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signin(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SignIn]:
    """The real sign-in child, as the emulator's admin."""
    cloud_file = tmp_path_factory.mktemp("cloud") / "cloud.json"
    cloud_file.write_text(json.dumps(emulator.ready))
    shared = SignIn(
        SignInConfig(
            method="emulator",
            audience=emulator.base_url,
            authority=emulator.base_url,
            tenant=emulator.ready["tenant_id"],
            cloud_file=cloud_file,
        )
    )
    shared.start()
    await shared.token(emulator.base_url)
    yield shared
    await shared.close()


@pytest_asyncio.fixture(loop_scope="module")
async def connect(fresh_emulator: Emulator, signin: SignIn) -> AsyncIterator[Connect]:
    """Opens gateways to the emulator as at its start; `write` says whether they may change things."""
    opened: list[ArmClient] = []

    def one(*, write: bool = False) -> ArmClient:
        opened.append(client(fresh_emulator, signin, write=write))
        return opened[-1]

    yield one
    for arm in opened:
        await arm.transport.close()
