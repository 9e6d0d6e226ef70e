"""The entrance: attempts to sign in, each with a child of its own, so that the session goes on as it is until one succeeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.signin_ways import Method

if TYPE_CHECKING:
    from console.azure.signin import Identity, SignIn


class Code(Protocol):
    """What a person has to do elsewhere: open `address` and type `code` before `expires_on` (epoch seconds); `note` is for them."""

    @property
    def address(self) -> str: ...

    @property
    def code(self) -> str: ...

    @property
    def expires_on(self) -> int: ...

    @property
    def note(self) -> str: ...


class Attempt:
    """One attempt to sign in by one method: `run` it, then `close` it or let the entrance `admit` it."""

    def __init__(self, method: Method, signin: SignIn, claims: str | None) -> None:
        self.method = method
        #: Who signed in; None before.
        self.identity: Identity | None = None
        self._signin = signin
        self._claims = claims

    async def run(self, show: Callable[[Code], None]) -> str:
        """Sign in and return who it is; `show` is handed the code where a person has to type one. Raises TroubleError."""
        self.identity = await self._signin.sign_in(show, claims=self._claims)
        return self.who

    @property
    def who(self) -> str:
        """The name of who signed in; "" before."""
        return self.identity.name if self.identity is not None else ""

    async def close(self) -> None:
        """Give up, also in the middle: the child ends."""
        await self._signin.close()

    async def admit_to(self, signin: SignIn) -> None:
        await signin.take_over(self._signin)


class Entrance:
    """Begins attempts, and makes one that succeeded the sign-in of the session."""

    def __init__(self, signin: SignIn) -> None:
        self._signin = signin
        self._open: Attempt | None = None

    @property
    def method(self) -> str:
        """How the session is signed in, or tries to be; "auto" for the first that works."""
        return self._signin.config.method

    async def begin(self, method: Method) -> Attempt:
        """An attempt by `method`; the one before is given up."""
        await self.close()
        signin = self._signin.apart(msgspec.structs.replace(self._signin.config, method=method))
        self._open = Attempt(method, signin, self._signin.unmet_claims)
        return self._open

    async def admit(self, attempt: Attempt) -> None:
        """Let the session go on as whoever the attempt signed in."""
        if attempt is self._open:
            self._open = None
        await attempt.admit_to(self._signin)
        await attempt.close()

    async def close(self) -> None:
        """Give up the attempt that is under way, if there is one."""
        if self._open is not None:
            attempt, self._open = self._open, None
            await attempt.close()
