"""The sign-in child's process: the pipes to it and the requests that it has not answered."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from console.azure.child_launch import end, launch
from console.domain.trouble import Trouble

if TYPE_CHECKING:
    from console.settings import Cloud, Settings

LONGEST_LINE = 1 << 20
DEFAULT = "/.default"


class SignInConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How to sign in. `audience` is ARM's, asked for at once; `environ` replaces the child's environment.

    `record_file` tells whose session by device code is kept encrypted; None: none is kept.
    """

    method: Literal["auto", "az", "environment", "managed-identity", "device-code", "emulator"]
    audience: str = "https://management.azure.com"
    authority: str = "https://login.microsoftonline.com"
    tenant: str | None = None
    cloud_file: Path | None = None
    identity: str | None = None
    log_file: Path | None = None
    environ: Mapping[str, str] | None = None
    record_file: Path | None = None

    @classmethod
    def of(cls, settings: Settings, cloud: Cloud) -> SignInConfig:
        """The sign-in that these settings ask for, at this cloud."""
        return cls(
            method=settings.signin,
            audience=cloud.arm_audience,
            authority=cloud.authority,
            tenant=settings.tenant or cloud.tenant_id,
            cloud_file=settings.cloud_file,
            identity=settings.identity,
            log_file=settings.log_file if settings.log_file.parent.is_dir() else None,
            record_file=None if cloud.emulated else settings.cache_dir / f"device-code-{settings.tenant or 'any'}.json",
        )


class Wanted(msgspec.Struct, frozen=True):
    """What a token is wanted for; also the key of cache and flights."""

    audience: str
    tenant: str | None = None
    claims: str | None = None


class DeviceCode(msgspec.Struct, frozen=True):
    """What a person has to do elsewhere: open `address` and type `code` there before `expires_on` (epoch seconds). `note` is for them.

    Whoever has the code can sign somebody in here: it is never in the repr, as it must not reach a log.
    """

    address: str
    code: str
    expires_on: int
    note: str = ""

    def __repr__(self) -> str:
        return f"DeviceCode(address={self.address!r}, expires_on={self.expires_on})"


class Reply(msgspec.Struct):
    """The child's answer: a token with its expiry (epoch seconds), or what went wrong; before it, perhaps, a code to show.

    `done` answers what asks for no token.
    """

    id: int | None = None
    token: str | None = None
    expires_on: int = 0
    error: Trouble | None = None
    device_code: DeviceCode | None = None
    done: bool = False


class ChildEndedError(Exception):
    """The child went away before it answered."""


class Child:
    """One child process, which may have been launched before, and the requests that it has not answered."""

    def __init__(self, config: SignInConfig, launched: subprocess.Popen[bytes] | None = None) -> None:
        self.process = launched or launch("signin_child", config.log_file, config.environ)
        self.ended = False
        self._ids = count(1)
        self._ahead: dict[Wanted, int] = {}
        self._early: dict[int | None, Reply] = {}
        self._waiting: dict[int | None, asyncio.Future[Reply]] = {}
        self._shows: dict[int | None, Callable[[DeviceCode], None]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._write(
            {
                "method": config.method,
                "authority": config.authority,
                "tenant": config.tenant,
                "cloud_file": str(config.cloud_file) if config.cloud_file else None,
                "identity": config.identity,
                "record_file": str(config.record_file) if config.record_file else None,
            }
        )

    def send_ahead(self, wanted: Wanted) -> None:
        """Ask without an event loop; the answer waits in the pipe for the `ask` to come."""
        self._ahead[wanted] = self._send(wanted, fresh=False)

    async def ask(self, wanted: Wanted, *, fresh: bool, show: Callable[[DeviceCode], None] | None = None) -> Reply:
        """The answer for `wanted`, got anew from the service if `fresh`; ChildEndedError if the child ends before it.

        With `show` a person may be asked for, by a code that is handed to it; without, nobody is.
        """
        self._listen()
        number = self._ahead.pop(wanted, None)
        early = self._early.pop(number, None)
        if early is not None:
            return early
        if number is None:
            number = self._send(wanted, fresh=fresh, interactive=show is not None)
        if show is not None:
            self._shows[number] = show
        return await self._answer(number)

    async def forget(self) -> Reply:
        """Have removed what the child keeps of a person's session beyond its end; ChildEndedError if it ends before it has."""
        self._listen()
        number = next(self._ids)
        self._write({"id": number, "forget": True})
        return await self._answer(number)

    def _listen(self) -> None:
        if self._reading is None:
            self._reading = asyncio.create_task(self._read(), name="sign-in child")

    async def _answer(self, number: int) -> Reply:
        if self.ended:
            self._shows.pop(number, None)
            raise ChildEndedError
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            return await answer
        finally:
            del self._waiting[number]
            self._shows.pop(number, None)

    def _send(self, wanted: Wanted, *, fresh: bool, interactive: bool = False) -> int:
        number = next(self._ids)
        asked = {"id": number, "scope": wanted.audience + DEFAULT, "tenant": wanted.tenant, "claims": wanted.claims}
        self._write(asked | {"fresh": fresh, "interactive": interactive})
        return number

    def _write(self, message: Mapping[str, object]) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(msgspec.json.encode(message) + b"\n")
        except (OSError, ValueError):
            self.ended = True

    async def _read(self) -> None:
        reader = asyncio.StreamReader(limit=LONGEST_LINE)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), self.process.stdout)
        try:
            while line := await reader.readline():
                reply = msgspec.json.decode(line, type=Reply)
                if reply.device_code and (show := self._shows.get(reply.id)):
                    show(reply.device_code)
                if reply.error or reply.token or reply.done:
                    self._deliver(reply)
        except (ValueError, msgspec.DecodeError):
            self.process.kill()
        finally:
            self.ended = True
            transport.close()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ChildEndedError())

    def _deliver(self, reply: Reply) -> None:
        waiting = self._waiting.get(reply.id)
        if waiting is None and reply.id in self._ahead.values():
            self._early[reply.id] = reply
        elif waiting is not None and not waiting.done():
            waiting.set_result(reply)

    async def close(self) -> None:
        """End the child: by closing its stdin, by force where it does not heed that."""
        await end(self.process)
        if self._reading is not None:
            await self._reading
        elif self.process.stdout is not None:
            self.process.stdout.close()
