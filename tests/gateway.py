"""What tests of the gateway and of all above it share: token sources, clients, and a wait for a condition."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from console.azure.arm import ArmClient
from console.azure.signin import AccessToken
from console.azure.transport import Transport, trust_for
from console.clock import ServerClock
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Trouble, TroubleError
from tests.conftest import Emulator

DEADLINE_S = 60.0


class EndpointTokens:
    """Tokens straight from the emulator's token endpoint, one for each audience; `asked` remembers audience and claims."""

    def __init__(self, emulator: Emulator, identity: str = "admin") -> None:
        self.asked: list[tuple[str, str | None]] = []
        self._emulator = emulator
        self._identity = identity
        self._held: dict[str, AccessToken] = {}

    async def token(self, audience: str, *, tenant: str | None = None, claims: str | None = None) -> AccessToken:
        self.asked.append((audience, claims))
        if claims or audience not in self._held:
            answer = await asyncio.to_thread(self._emulator.sign_in, self._identity, f"{audience}/.default")
            body = answer.json()
            self._held[audience] = AccessToken(body["access_token"], int(time.time()) + body["expires_in"])
        return self._held[audience]

    def invalidate(self, audience: str, token: str | None = None) -> None:
        self._held.pop(audience, None)


def client(emulator: Emulator, tokens: Any, *, write: bool = True) -> ArmClient:
    """A gateway to the emulator with a connection pool of its own; close its transport."""
    transport = Transport(trust_for(emulator.ready["ca_file"]), loopback=True, may_change=lambda: write)
    return ArmClient(emulator.base_url, emulator.base_url, tokens, transport, ServerClock())


def workspace(emulator: Emulator, name: str = "fraud-prod") -> WorkspaceRef:
    """A workspace of the story by its name."""
    found = next(each for each in emulator.ready["workspaces"] if each["name"] == name)
    return WorkspaceRef(found["subscription_id"], found["resource_group"], found["name"])


async def until(condition: Callable[[], bool], what: str = "what was waited for") -> None:
    """Come back once the condition holds; fail when it never does."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not happen"
        await asyncio.sleep(0.005)


async def trouble_of(work: Awaitable[Any]) -> Trouble:
    """The trouble that some work ends in."""
    try:
        result = await work
    except TroubleError as error:
        return error.trouble
    raise AssertionError(f"no trouble, but {result!r:.200}")


def sent(emulator: Emulator, method: str, ending: str = "") -> list[dict[str, Any]]:
    """The emulator's record of the requests of a method whose path ends so."""
    return [call for call in emulator.calls() if call["method"] == method and call["path"].endswith(ending)]
