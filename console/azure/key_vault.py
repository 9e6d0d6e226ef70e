"""Key Vault's data plane: sends to vaults by azure-keyvault-secrets, over the console's own transport and tokens.

The client is used for its challenge alone: a vault says first which tenant's token it takes, and for what. A token goes to an address
that is a vault's own, for Key Vault alone, and of the tenant that is signed in to; to nothing else.
"""

from __future__ import annotations

import asyncio
import re
import time
import uuid
import zlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import msgspec

from console import __version__
from console.azure.answer import Answer
from console.azure.errors import foreign_link, read_only, unreachable, unreadable
from console.azure.links import own_link
from console.azure.request import Effect, Request, effect_of
from console.azure.slots import filled
from console.azure.sources import VaultSecret
from console.azure.transport import UNPACKED, ReadOnlyRefusalError, Transport
from console.azure.vault_credential import VaultCredential
from console.azure.vault_errors import no_such_vault, no_vault, other_audience, other_tenant, trouble_of_vault
from console.azure.vault_secrets import value_in
from console.clock import ServerClock
from console.cloud import Cloud
from console.domain.trouble import Kind, TroubleError

if TYPE_CHECKING:
    from azure.core.credentials import AccessTokenInfo
    from azure.keyvault.secrets.aio import SecretClient

    from console.azure.arm import TokenSource

#: The newest version of the data plane whose schema is published (azure-rest-api-specs, keyvault/data-plane/stable).
API = "7.5"
#: How vaults may be called (Microsoft.KeyVault/vaults, `vaultName` of the published swagger).
NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]")


class KeyVaults:
    """Implements `console.azure.arm.Vaults`. Every failure is raised as TroubleError with a sentence; nothing repeats a change.

    `tenant` tells the id of the tenant that is signed in to ("" where the token did not tell).
    """

    def __init__(self, cloud: Cloud, tokens: TokenSource, transport: Transport, clock: ServerClock, tenant: Callable[[], str]) -> None:
        self._cloud, self._tokens, self._transport, self._clock, self._tenant = cloud, tokens, transport, clock, tenant
        self._emulated = {name.lower(): address for name, address in cloud.vaults.items()}
        self._clients: dict[str, SecretClient] = {}
        self._loading = asyncio.Lock()

    async def send(self, request: Request, *, request_id: str | None = None) -> Answer:
        """Send one request to the vault that it names. Raises TroubleError.

        A change is sent at most once; only a 401, which proves that nothing happened, lets it be sent again with a new token.
        """
        return await self._send(request, request.url, request_id)

    async def follow(self, request: Request, link: str) -> Answer:
        """The next page of a list, which the vault gave. Raises TroubleError: it has to lead to the vault itself."""
        name = self._name(request)
        for base in (request.vault, self._address(name, request)):
            if (own := own_link(base, link)) is not None:
                parts = urlsplit(own)
                return await self._send(request, f"{parts.path}?{parts.query}" if parts.query else parts.path, None)
        raise foreign_link(link, request.method, self._clock.now())

    async def secret(self, source: VaultSecret) -> str:
        """The value of a secret, read now. Raises TroubleError."""
        asked = Request(method="GET", path=f"/secrets/{source.name}/{source.version}", vault=source.vault)
        answer = await self.send(asked)
        try:
            return value_in(answer)
        except ValueError as error:
            raise unreadable(str(error), _operation(asked), self._clock.now()) from None

    def forget(self) -> None:
        """Somebody else asks from now on."""
        self._clients.clear()

    # Where to

    def _name(self, request: Request) -> str:
        """The vault's name in lower case, of an address that can be a vault's alone. Raises TroubleError."""
        try:
            parts = urlsplit(request.vault)
            name, _, domain = (parts.hostname or "").partition(".")
            plain = parts.scheme == "https" and parts.netloc.lower() == parts.hostname and parts.path in {"", "/"} and not parts.query
        except ValueError:
            plain, name, domain = False, "", ""
        # An emulator calls its vaults as it likes: they are known by their names, and are on loopback.
        if not plain or not (domain == self._cloud.vault_domain or self._cloud.emulated) or not NAME.fullmatch(name):
            raise no_vault(request.vault, self._cloud.vault_domain, _operation(request))
        return name

    def _address(self, name: str, request: Request) -> str:
        """Where the vault answers: an emulator's answer on ports of their own."""
        if not self._cloud.emulated:
            return f"https://{name}.{self._cloud.vault_domain}"
        if (address := self._emulated.get(name)) is None:
            raise no_such_vault(name, _operation(request))
        return address

    async def _client(self, name: str, address: str) -> SecretClient:
        if (client := self._clients.get(name)) is None:
            async with self._loading:
                made = await asyncio.to_thread(_load)
            client = self._clients[name] = made(
                vault_url=address,
                credential=VaultCredential(partial(self.token, name)),
                transport=self._transport,
                api_version=API,
                # What verifies it compares the vault's host with what the token is for, which no emulator can be; the credential does too.
                verify_challenge_resource=not self._cloud.emulated,
                retry_total=0,
                permit_redirects=False,
                user_agent=f"aml-console/{__version__}",
            )
        return client

    # Sending

    async def _send(self, request: Request, target: str, request_id: str | None) -> Answer:
        """`target` is path and query."""
        name = self._name(request)
        address, operation = self._address(name, request), _operation(request)
        content = None if request.body is None else msgspec.json.encode(filled(request.body))
        request_id = request_id or str(uuid.uuid4())
        reads = effect_of(request.method, request.path, request.body) is Effect.READ
        for attempt in (1, 2):
            client = await self._client(name, address)
            try:
                answer = await self._once(client, request, target, content, request_id, operation, f"Key Vault {name}")
            except TroubleError as error:
                if attempt == 1 and reads and error.trouble.kind is Kind.UNREACHABLE and error.trouble.status == 0:
                    continue  # a kept connection that the server had closed; only reads are asked again
                raise
            if answer.status == 401 and attempt == 1:
                self._tokens.invalidate(self.audience)
                self._clients.pop(name, None)
                continue
            break
        if answer.status >= 300:
            raise TroubleError(trouble_of_vault(answer.status, answer.headers, answer.body, operation, name, self._clock.now()))
        return answer

    async def _once(
        self, client: SecretClient, request: Request, target: str, content: bytes | None, request_id: str, operation: str, host: str
    ) -> Answer:
        from azure.core.exceptions import AzureError, DecodeError
        from azure.core.rest import HttpRequest

        headers = {
            **request.headers,
            "x-ms-client-request-id": request_id,
            "Accept": "application/json",
            "Accept-Encoding": UNPACKED,
        }
        if content is not None:
            headers["Content-Type"] = "application/json"
        try:
            response = await client.send_request(HttpRequest(request.method, target, headers=headers, content=content))
            data: bytes = response.content
        except ReadOnlyRefusalError as refused:
            raise read_only(str(refused), operation) from refused
        except DecodeError as error:
            if effect_of(request.method, request.path) is not Effect.CHANGE:
                raise unreadable(_reason(error), operation, self._clock.now()) from None
            # Whether a change happened is to be found out: its answer tells no more than none.
            raise unreachable("its answer could not be read", host, operation, self._clock.now()) from None
        except (AzureError, OSError, EOFError, ValueError, zlib.error) as error:
            raise unreachable(_reason(error), host, operation, self._clock.now()) from error
        told = {name.lower(): value for name, value in response.headers.items()}
        self._clock.observe(urlsplit(client.vault_url).netloc, told.get("date", ""), time.monotonic())
        return Answer(response.status_code, told, data, request_id)

    # Tokens

    @property
    def audience(self) -> str:
        """What tokens for vaults are for."""
        return f"https://{self._cloud.vault_domain}"

    async def token(self, name: str, scope: str, tenant: str, claims: str | None) -> AccessTokenInfo:
        """A token for a vault that asked for one of `scope` and `tenant`. Raises TroubleError where that is not what it may have."""
        from azure.core.credentials import AccessTokenInfo

        own = self._tenant()
        if scope.removesuffix("/.default").rstrip("/") != self.audience:
            raise other_audience(name, scope)
        if tenant and own and tenant.lower() != own.lower():
            raise other_tenant(name, tenant, own)
        found = await self._tokens.token(self.audience, claims=claims)
        return AccessTokenInfo(found.token, found.expires_on)


def _operation(request: Request) -> str:
    return f"{request.method} {request.vault}{quote(request.path, safe='/')}"


def _load() -> type[SecretClient]:
    from azure.keyvault.secrets.aio import SecretClient

    return SecretClient


def _reason(error: BaseException) -> str:
    """Why no answer came, in one short clause without Python's decoration."""
    return (str(error) or type(error).__name__).splitlines()[0][:200]
