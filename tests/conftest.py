"""One real emulator for the whole run, with a client of it that needs nothing but the standard library, and one compiler."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import pytest_asyncio

from console.azure.compiler import Compiler
from tests import long_runs

EPOCH = "2026-11-02T08:00:00Z"
# xdist's workers have a size in their environment, which would hide the terminals' own from the processes that tests start.
for variable in ("COLUMNS", "LINES"):
    os.environ.pop(variable, None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before the mark is looked at."""
    long_runs.mark(items)


@dataclass(frozen=True)
class Answer:
    """What came back. `headers` are looked up without regard to case."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Emulator:
    """A running emulator: `ready` is its ready line."""

    ready: dict[str, Any] = field(repr=False)
    process: subprocess.Popen[str]
    _tokens: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.base_url: str = self.ready["resource_manager"]
        self.context = ssl.create_default_context(cafile=self.ready["ca_file"])

    def send(self, method: str, url: str, content: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """One request on a connection of its own; `url` is a path or starts with the base URL."""
        parts = urlsplit(self.base_url)
        connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, context=self.context, timeout=60)
        try:
            connection.request(method, url.removeprefix(self.base_url), content, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def identity(self, name: str) -> dict[str, str]:
        return next(known for known in self.ready["identities"] if known["name"] == name)

    def sign_in(self, name: str, scope: str | None = None, **changed: str) -> Answer:
        """The token endpoint's answer; `changed` overrides fields of the form, `tenant` the tenant."""
        known = self.identity(name)
        form = {
            "grant_type": "client_credentials",
            "client_id": known["client_id"],
            "client_secret": known["client_secret"],
            "scope": scope or f"{self.base_url}/.default",
        }
        tenant = changed.pop("tenant", self.ready["tenant_id"])
        content = urlencode({**form, **changed}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", f"/{tenant}/oauth2/v2.0/token", content, headers)

    def token(self, identity: str = "admin") -> str:
        """An access token for the resource manager; the same one as long as it is good."""
        if identity not in self._tokens:
            answer = self.sign_in(identity).json()
            if answer["expires_in"] < 3000:
                return str(answer["access_token"])
            self._tokens[identity] = answer["access_token"]
        return self._tokens[identity]

    def request(self, method: str, url: str, json_body: Any = None, identity: str | None = "admin", **headers: str) -> Answer:
        """A request as one of the identities (None: without a token). Header names are given with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if identity is not None:
            sent.setdefault("Authorization", f"Bearer {self.token(identity)}")
        content = None
        if json_body is not None:
            content = json.dumps(json_body).encode()
            sent.setdefault("Content-Type", "application/json")
        return self.send(method, url, content, sent)

    def control(self, method: str, path: str, json_body: Any = None) -> Any:
        """Pull a lever, e.g. `control("POST", "clock", {"advance": 60})`, and return its JSON answer (None when empty)."""
        content = None if json_body is None else json.dumps(json_body).encode()
        headers = {"Authorization": f"Bearer {self.ready['control_token']}"}
        answer = self.send(method, f"/emulator/{path.removeprefix('/emulator/')}", content, headers)
        assert answer.status < 300, answer.content
        return answer.json() if answer.content else None

    def calls(self) -> list[dict[str, Any]]:
        """Every request since the last reset, the oldest first."""
        found: list[dict[str, Any]] = self.control("GET", "calls")["value"]
        return found


def start_emulator(folder: Path, *flags: str) -> Emulator:
    """Start an emulator whose certificate lives in `folder`. Its standard input is a pipe: closing that ends it."""
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    command = [sys.executable, "-m", "console.emulator", "--ready-file", str(folder / "ready.json"), "--until-stdin-closes", *flags]
    with open(folder / "emulator.err", "w", encoding="utf-8") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        process.wait()
        raise RuntimeError(f"The emulator did not start: {(folder / 'emulator.err').read_text('utf-8')}")
    return Emulator(json.loads(line), process)


def stop_emulator(emulator: Emulator) -> int:
    """Close the emulator's standard input and return its exit code."""
    assert emulator.process.stdin is not None and emulator.process.stdout is not None
    emulator.process.stdin.close()
    code = emulator.process.wait(timeout=60)
    emulator.process.stdout.close()
    return code


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The emulator of this run, its clock frozen. Use `fresh_emulator` unless the test neither changes nor counts anything."""
    folder = tmp_path_factory.mktemp("emulator")
    running = start_emulator(folder, "--speed", "0", "--epoch", EPOCH)
    yield running
    assert stop_emulator(running) == 0
    # Whatever a handler raised is told there; no test would see it otherwise.
    assert (folder / "emulator.err").read_text("utf-8") == ""


@pytest.fixture
def fresh_emulator(emulator: Emulator) -> Iterator[Emulator]:
    """The emulator as at its start: no faults, no calls, the first moment of its story; left so for the next test."""
    emulator.control("POST", "reset")
    yield emulator
    emulator.control("POST", "reset")


class SharedCompiler(Compiler):
    """A compiler that outlives the sessions which use it."""

    async def close(self) -> None:
        """Not yet."""

    async def end(self) -> None:
        await super().close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def compiler() -> AsyncIterator[Compiler]:
    """The compiler of this run, as importing azure-ai-ml takes seconds. What asks it runs in the session's loop: `loop_scope="session"`."""
    shared = SharedCompiler()
    yield shared
    await shared.end()
