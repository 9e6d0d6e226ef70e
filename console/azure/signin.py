"""Sign-in as the console sees it: tokens by audience, cached, renewed early, got from a child process."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from console.azure.signin_process import DEFAULT, Child, ChildEndedError, DeviceCode, SignInConfig, Wanted
from console.domain.trouble import SIGNED_OUT, Kind, Trouble, TroubleError

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken as CoreToken
    from azure.core.credentials import AccessTokenInfo, TokenRequestOptions

RENEW_BEFORE_S = 300
RENEW_AGAIN_S = 30
DEADLINE_S = 120
#: Longer than this nobody waits for the child to forget, in seconds: the machine's keyring may ask somebody something.
FORGET_S = 10


__all__ = ["AccessToken", "AsyncCredential", "DeviceCode", "Identity", "SignIn", "SignInConfig", "identity_of"]


class AccessToken(msgspec.Struct, frozen=True):
    """A bearer token and its expiry in epoch seconds; its text is never in its repr."""

    token: str
    expires_on: int

    def __repr__(self) -> str:
        return f"AccessToken(expires_on={self.expires_on})"


class Identity(msgspec.Struct, frozen=True):
    """Who is signed in, as the token says (for display: nothing is verified). `kind` is Azure's principalType."""

    object_id: str
    tenant_id: str
    name: str
    kind: Literal["User", "ServicePrincipal"]


class _Held(msgspec.Struct):
    token: AccessToken
    renew_at: float
    expires_at: float


class SignIn:
    """Tokens for whoever asks: cached by audience and tenant, one request at a time for each, renewed before they expire.

    `launched` is a child that waits already to be told how to sign in. One that is `signed_out` asks nobody until it takes over an attempt.
    """

    def __init__(self, config: SignInConfig, launched: subprocess.Popen[bytes] | None = None, *, signed_out: bool = False) -> None:
        self.config = config
        self._signed_out = signed_out
        self._launched = launched
        self._child: Child | None = None
        self._closed = False
        self._held: dict[Wanted, _Held] = {}
        self._refused: set[Wanted] = set()
        self._flights: dict[Wanted, asyncio.Task[AccessToken]] = {}
        #: The claims of a challenge that no token could be had for: for the sign-in of a person, who may be able to prove them.
        self.unmet_claims: str | None = None

    @property
    def process_id(self) -> int | None:
        """The child's, while there is one."""
        return None if self._child is None or self._child.ended else self._child.process.pid

    def start(self) -> None:
        """Start the child and ask for ARM's token; needs no event loop, so that both are under way while the console loads."""
        if not self._signed_out:
            self._running().send_ahead(Wanted(self.config.audience))

    async def token(self, audience: str, *, tenant: str | None = None, claims: str | None = None) -> AccessToken:
        """A token for `audience` that has not expired; `claims` (of a challenge) always gets a new one. Raises TroubleError."""
        key = Wanted(audience, tenant)
        if claims:
            try:
                return await self._fly(Wanted(audience, tenant, claims), fresh=False)
            except TroubleError as error:
                if error.trouble.kind is Kind.SIGN_IN:
                    self.unmet_claims = claims
                raise
        held, now = self._held.get(key), time.monotonic()
        if held is None or now >= held.expires_at:
            return await self._fly(key, fresh=held is not None or key in self._refused)
        if now >= held.renew_at:
            held.renew_at = now + RENEW_AGAIN_S
            self._flight(key, fresh=True)
        return held.token

    def invalidate(self, audience: str, token: str | None = None) -> None:
        """Forget the tokens for `audience`: the service refused them. With `token`, only if that is still the one held."""
        for key, held in list(self._held.items()):
            if key.audience == audience and token in (None, held.token.token):
                del self._held[key]
                self._refused.add(key)

    async def who(self) -> Identity:
        """Who is signed in, read from ARM's token. Raises TroubleError."""
        identity = identity_of(await self.token(self.config.audience))
        # An emulator's tokens, like those of applications, carry no name, but its ready file gives one.
        return msgspec.structs.replace(identity, name=self.config.identity or "admin") if self.config.method == "emulator" else identity

    async def sign_in(self, show: Callable[[DeviceCode], None], *, claims: str | None = None) -> Identity:
        """Sign in, with a person if the method takes one: `show` is handed the code for them. Raises TroubleError.

        `claims` are what a challenge asked for; only a person can be asked to prove anything.
        """
        if self.config.method == "device-code":
            plain = Wanted(self.config.audience)
            try:
                # Without a deadline of its own: the code has one.
                reply = await self._running().ask(Wanted(self.config.audience, claims=claims), fresh=False, show=show)
            except ChildEndedError:
                sentence = "Sign-in failed: its process ended without an answer. Press r to try again, with --log-file to see why."
                raise TroubleError(Trouble(Kind.SIGN_IN, sentence)) from None
            if reply.error:
                raise TroubleError(reply.error)
            self._hold(plain, AccessToken(reply.token or "", reply.expires_on))
        return await self.who()

    def apart(self, config: SignInConfig) -> SignIn:
        """A sign-in for an attempt, which leaves this one as it is. A child that is of no use here goes along: another would load anew."""
        other = SignIn(config)
        if config == self.config and not self._held and not self._flights and self.process_id is not None:
            other._child, self._child = self._child, None
        return other

    async def take_over(self, other: SignIn) -> None:
        """Go on as `other`, which is spent by that: with its method, its child and its tokens. What is asked meanwhile is asked of that."""
        earlier, self._child, other._child = self._child, other._child, None
        self.config, self._held, other._held = other.config, other._held, {}
        self._refused.clear()
        # What is still under way lands nowhere: it would be a token of the earlier identity.
        self._flights = {}
        self.unmet_claims, self._signed_out = None, False
        if earlier is not None:
            await earlier.close()

    async def sign_out(self) -> None:
        """Forget every token, and what is kept of a person's session beyond the console's end; nothing can be asked afterwards.

        Raises TroubleError where that could not be removed.
        """
        self._signed_out = True
        for flight in self._flights.values():
            flight.cancel()
        self._held.clear()
        if self._child is None or self.config.record_file is None or self.config.method != "device-code":
            return
        try:
            async with asyncio.timeout(FORGET_S):
                reply = await self._child.forget()
        except (ChildEndedError, TimeoutError):
            sentence = f"Signed out, but {self.config.record_file} may still tell whose session is kept: remove it."
            raise TroubleError(Trouble(Kind.SIGN_IN, sentence, "NotForgotten")) from None
        if reply.error:
            raise TroubleError(reply.error)

    def after(self) -> SignIn:
        """The same way to sign in, with nobody signed in."""
        return SignIn(self.config, signed_out=True)

    async def close(self) -> None:
        """End the child and every request under way; nothing can be asked afterwards."""
        self._closed = True
        for flight in self._flights.values():
            flight.cancel()
        await asyncio.gather(*self._flights.values(), return_exceptions=True)
        if self._child is not None:
            await self._child.close()

    def _running(self) -> Child:
        if self._closed:
            raise TroubleError(Trouble(Kind.SIGN_IN, "Sign-in is closed: the console is ending."))
        if self._signed_out:
            raise TroubleError(Trouble(Kind.SIGN_IN, "Signed out: nothing is asked until somebody signs in (:login).", SIGNED_OUT))
        if self._child is None or self._child.ended:
            try:
                launched, self._launched = self._launched, None
                self._child = Child(self.config, launched)
            except OSError as error:
                sentence = f"Sign-in cannot start: {error.strerror}. Is there memory left, and may processes be started here?"
                raise TroubleError(Trouble(Kind.SIGN_IN, sentence, message=str(error))) from error
        return self._child

    async def _fly(self, key: Wanted, *, fresh: bool) -> AccessToken:
        # Shielded: whoever stops waiting does not take the token from the others.
        return await asyncio.shield(self._flight(key, fresh=fresh))

    def _flight(self, key: Wanted, *, fresh: bool) -> asyncio.Task[AccessToken]:
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = asyncio.create_task(self._fetch(key, fresh=fresh), name=f"token for {key.audience}")
            flight.add_done_callback(lambda done: self._land(key, done))
        return flight

    def _land(self, key: Wanted, flight: asyncio.Task[AccessToken]) -> None:
        ours = self._flights.get(key) is flight
        if ours:
            del self._flights[key]
        # A renewal in the background that fails is told when the old token has expired; until then that serves.
        if flight.cancelled() or flight.exception() is not None or not ours:
            return
        self._hold(Wanted(key.audience, key.tenant), flight.result())

    def _hold(self, key: Wanted, token: AccessToken) -> None:
        now, lifetime = time.monotonic(), token.expires_on - time.time()
        self._held[key] = _Held(token, renew_at=now + lifetime - min(RENEW_BEFORE_S, lifetime / 5), expires_at=now + lifetime)
        self._refused.discard(key)

    async def _fetch(self, key: Wanted, *, fresh: bool) -> AccessToken:
        for _ in range(2):
            child = self._running()
            try:
                async with asyncio.timeout(DEADLINE_S):
                    reply = await child.ask(key, fresh=fresh)
            except ChildEndedError:
                await child.close()
                continue
            except TimeoutError:
                child.process.kill()
                sentence = f"Sign-in gave no answer within {DEADLINE_S} s. Check the network; with az, try `az account get-access-token`."
                raise TroubleError(Trouble(Kind.UNREACHABLE, sentence)) from None
            if reply.error:
                raise TroubleError(reply.error)
            return AccessToken(reply.token or "", reply.expires_on)
        sentence = "Sign-in failed: its process ended twice without an answer. Start the console again, with --log-file to see why."
        raise TroubleError(Trouble(Kind.SIGN_IN, sentence))


def identity_of(token: AccessToken) -> Identity:
    """The identity in a token's claims, unverified; what it does not say is empty."""
    claims: dict[str, Any] = {}
    parts = token.token.split(".")
    if len(parts) == 3:
        try:
            found = msgspec.json.decode(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
            claims = found if isinstance(found, dict) else {}
        except (ValueError, msgspec.DecodeError):
            pass  # An opaque token is a token all the same.
    said = {key: value for key, value in claims.items() if isinstance(value, str)}
    user = next((said[key] for key in ("upn", "preferred_username", "unique_name", "email") if said.get(key)), "")
    application = said.get("idtyp") == "app" or not user
    # A managed identity is known by its resource, an application by its name or id.
    resource = said.get("xms_mirid", "").rpartition("/")[2]
    name = resource or said.get("app_displayname") or said.get("appid") or said.get("azp", "") if application else user
    return Identity(said.get("oid", ""), said.get("tid", ""), name, "ServicePrincipal" if application else "User")


class AsyncCredential:
    """A SignIn as azure-core's async credential."""

    def __init__(self, signin: SignIn) -> None:
        self._signin = signin

    async def get_token(
        self, *scopes: str, claims: str | None = None, tenant_id: str | None = None, enable_cae: bool = False, **_: Any
    ) -> CoreToken:
        """A token for the one scope that is given, as azure-core wants it. Raises TroubleError."""
        from azure.core.credentials import AccessToken as CoreToken

        token = await self._token(scopes, claims, tenant_id)
        return CoreToken(token.token, token.expires_on)

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """As `get_token`, with the options of azure-core's newer policies."""
        from azure.core.credentials import AccessTokenInfo

        told = options or {}
        token = await self._token(scopes, told.get("claims"), told.get("tenant_id"))
        return AccessTokenInfo(token.token, token.expires_on)

    async def _token(self, scopes: tuple[str, ...], claims: str | None, tenant: str | None) -> AccessToken:
        if len(scopes) != 1:
            raise ValueError("a token has exactly one scope")
        return await self._signin.token(scopes[0].removesuffix(DEFAULT), tenant=tenant, claims=claims)

    async def close(self) -> None:
        """Nothing: the SignIn belongs to whoever made it."""

    async def __aenter__(self) -> AsyncCredential:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None
