"""ARM: sends requests to a cloud's resource manager and reads its pages, long-running operations, throttling and errors."""

from __future__ import annotations

import base64
import math
import re
import time
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from functools import lru_cache
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec
from azure.core.exceptions import AzureError
from azure.core.pipeline import AsyncPipeline
from azure.core.pipeline.policies import UserAgentPolicy
from azure.core.rest import HttpRequest

from console import __version__
from console.azure import kept_secrets, sources
from console.azure.answer import Answer, OperationStatus
from console.azure.errors import (
    UNDECODABLE,
    UNSAID_WAIT_S,
    foreign_link,
    read_only,
    retry_after,
    trouble_of_answer,
    unreachable,
    unreadable,
)
from console.azure.links import own_link
from console.azure.request import Effect, Request, effect_of
from console.azure.slots import filled
from console.azure.sources import ConnectionSecret, DatastoreSecret, Source, StorageKey, StorageSas, VaultSecret
from console.azure.transport import UNPACKED, ReadOnlyRefusalError, Transport
from console.azure.unchanged import Known, Unchanged
from console.clock import ServerClock
from console.domain.readings import Reading
from console.domain.trouble import Kind, Trouble, TroubleError
from console.turns import Turn

T = TypeVar("T")
NO_HEADERS: Mapping[str, str] = {}
#: What has rate limits of its own: one that Cost Management refuses says nothing of the subscription's other requests.
METERED = re.compile(r"/providers/Microsoft\.CostManagement/(query|forecast|dimensions)/?$", re.IGNORECASE)
CLAIMS = re.compile(r'claims="([^"]+)"')
#: The version of the storage accounts' operations, as azure-mgmt-storage and the command line ask for keys.
STORAGE = "2023-05-01"
#: A list that goes on for longer than this is cut and says so: no workspace holds that many, a broken nextLink may.
MOST_PAGES = 2_000
#: A Location answers with the operation's own error where that failed; every other error tells of the asking, not of the operation.
ENDED_BADLY = frozenset({Kind.INVALID, Kind.CONFLICT, Kind.QUOTA})


class TokenSource(Protocol):
    """Where tokens come from (the sign-in child)."""

    async def token(self, audience: str, *, tenant: str | None = None, claims: str | None = None) -> Any: ...

    def invalidate(self, audience: str, token: str | None = None) -> None: ...


class Vaults(Protocol):
    """What sends to Key Vaults."""

    async def send(self, request: Request, *, request_id: str | None = None) -> Answer: ...

    async def follow(self, request: Request, link: str) -> Answer: ...

    async def secret(self, source: VaultSecret) -> str: ...


class _Key(msgspec.Struct):
    name: str = msgspec.field(name="keyName")
    value: str


class _Keys(msgspec.Struct):
    keys: list[_Key]


class _Page(msgspec.Struct):
    value: list[msgspec.Raw] | None = None
    nodes: list[msgspec.Raw] | None = None
    next_link: str | None = msgspec.field(name="nextLink", default=None)


class ArmClient:
    """Requests out, answers in. Every failure is raised as TroubleError with a sentence; nothing sleeps, nothing repeats a change."""

    def __init__(self, base_url: str, audience: str, tokens: TokenSource, transport: Transport, clock: ServerClock) -> None:
        self.base_url = base_url.rstrip("/")
        self.audience = audience
        self.clock = clock
        self.transport = transport
        self._tokens = tokens
        self._pipeline: AsyncPipeline[Any, Any] = AsyncPipeline(transport, policies=[UserAgentPolicy(f"aml-console/{__version__}")])
        self._held_until: dict[str, float] = {}
        #: Where requests to Key Vaults go; None until somebody says so.
        self.vaults: Vaults | None = None

    async def send(
        self, request: Request, *, request_id: str | None = None, audience: str | None = None, base_url: str | None = None
    ) -> Answer:
        """Send one request. Raises TroubleError.

        A change is sent at most once; only a 401, which proves that nothing happened, lets it be sent again with a new token. What its
        body names as held by Azure is read first: a secret that cannot be read leaves the request unsent.
        """
        body = await sources.filled(request.body, self._read_source)
        if request.vault:
            return await self._vaults(request).send(msgspec.structs.replace(request, body=body), request_id=request_id)
        base = (base_url or self.base_url).rstrip("/")
        url = self._own_url(base + request.url, base, request.method)
        return await self._send(request.method, url, body, request_id, audience, request.headers)

    def _vaults(self, request: Request) -> Vaults:
        if self.vaults is None:
            sentence = "This console knows no way to Key Vaults."
            raise TroubleError(Trouble(Kind.UNEXPECTED, sentence, "NoVaults", operation=f"{request.method} {request.path}"))
        return self.vaults

    async def _read_source(self, named: Source) -> Any:
        """The secret that Azure holds, for this one request."""
        if isinstance(named, VaultSecret):
            return await self._vaults(Request(method="GET", path=f"/secrets/{named.name}", vault=named.vault)).secret(named)
        if isinstance(named, StorageKey):
            return await self._storage_key(named)
        if isinstance(named, StorageSas):
            return await self._storage_sas(named)
        return await self._kept_secret(named)

    async def _kept_secret(self, named: DatastoreSecret | ConnectionSecret) -> Any:
        asked = kept_secrets.request(named)
        operation = f"{asked.method} {asked.path}"
        answer = await self.send(asked)
        try:
            value = kept_secrets.found(named, answer.body)
        except UNDECODABLE as error:
            raise unreadable(str(error), operation, self.clock.now()) from error
        if not value:
            raise unreadable("no secret", operation, self.clock.now())
        return value

    async def _storage_key(self, named: StorageKey) -> str:
        asked = Request(method="POST", path=f"{named.account_id}/listKeys", api_version=STORAGE)
        operation = f"{asked.method} {asked.path}"
        answer = await self.send(asked)
        value = next((key.value for key in self._decode(answer.body, _Keys, operation).keys if key.name == named.key), None)
        if value is None:
            raise unreadable(f"a list of keys without {named.key}", operation, self.clock.now())
        return value

    async def _storage_sas(self, named: StorageSas) -> str:
        from console.azure.shared_signatures import signed

        key = await self._storage_key(StorageKey(named.account_id, named.key))
        try:
            return signed(named, key)
        except ValueError as error:
            raise unreadable(str(error), f"POST {named.account_id}/listKeys", self.clock.now()) from error

    async def get_url(self, url: str, *, audience: str | None = None, base_url: str | None = None) -> Answer:
        """GET a URL that a service gave (a next page, an operation's status). Raises TroubleError.

        A URL on another host than the service's own (`base_url`, else the resource manager) is refused: the token would go there.
        """
        return await self._send("GET", self._own_url(url, base_url, "GET"), None, None, audience)

    async def get_public(self, url: str) -> Answer:
        """GET an absolute URL without a token. Raises TroubleError."""
        operation = f"GET {urlsplit(url).path}"
        answer = await self._once("GET", url, None, str(uuid.uuid4()), None, operation, {})
        if answer.status >= 300:
            raise TroubleError(trouble_of_answer(answer.status, answer.headers, answer.body, operation, self.clock.now()))
        return answer

    async def pages(
        self, request: Request, *, audience: str | None = None, base_url: str | None = None
    ) -> AsyncIterator[list[msgspec.Raw]]:
        """The items of each page, undecoded. Raises TroubleError, also in the middle of the pages."""
        answer = await self.send(request, audience=audience, base_url=base_url)
        operation = f"{request.method} {request.path}"
        followed: set[str] = set()
        for _ in range(MOST_PAGES):
            page = self._decode(answer.body, _Page, operation)
            items = page.value if page.value is not None else page.nodes
            if items is None:
                raise unreadable("a list without items", operation, self.clock.now())
            yield items
            if not page.next_link:
                return
            if page.next_link in followed:
                raise unreadable("its pages lead back to each other", operation, self.clock.now())
            followed.add(page.next_link)
            answer = await self.follow(request, page.next_link, audience=audience, base_url=base_url)
        raise unreadable(f"more than {MOST_PAGES} pages", operation, self.clock.now())

    async def read_all(
        self,
        request: Request,
        decode: Callable[[bytes], T],
        key: Callable[[T], str],
        *,
        before: Reading[T] | None = None,
        most: float = math.inf,
        audience: str | None = None,
        base_url: str | None = None,
    ) -> Reading[T]:
        """All items of a list, decoded page by page, each with its raw JSON; no page is asked for once there are `most`.

        An item whose JSON is byte for byte one of `before`, a reading by the same `decode` and `key`, *is* that item: it is not decoded.
        If a later page fails, what came before is given with `incomplete` saying why; if the first fails, TroubleError is raised.
        """
        unchanged = Unchanged(before)
        items: list[T] = []
        raw: dict[str, bytes] = {}
        incomplete = ""
        turn = Turn()
        try:
            async for page in self.pages(request, audience=audience, base_url=base_url):
                for element in page:
                    known = unchanged.find(element)
                    if known is None:
                        data = bytes(element)
                        item = decode(data)
                        known = Known(key(item), data, item)
                        if turn.over:
                            await turn.give()
                    items.append(known.item)
                    raw[known.key] = known.raw
                if len(items) >= most:
                    break
        except TroubleError as error:
            if not items:
                raise
            incomplete = error.trouble.sentence
        return Reading(tuple(items), raw, incomplete)

    async def operation_status(self, url: str) -> OperationStatus:
        """Ask how a long-running operation stands, in either of ARM's styles. Raises TroubleError when it cannot be asked."""
        try:
            answer = await self.get_url(url)
        except TroubleError as error:
            if error.trouble.kind in ENDED_BADLY:
                return OperationStatus(done=True, trouble=error.trouble)
            raise
        wait = retry_after(answer.headers)
        if answer.status == 202:
            return OperationStatus(done=False, wait=wait)
        if not answer.body:
            return OperationStatus(done=True, succeeded=True)
        data = self._decode(answer.body, dict[str, Any], "GET operation status")
        status = data.get("status")
        if not isinstance(status, str):
            return OperationStatus(done=True, succeeded=True)
        if status not in {"Succeeded", "Failed", "Canceled", "Cancelled"}:
            percent = data.get("percentComplete")
            return OperationStatus(done=False, percent=percent if isinstance(percent, int | float) else None, wait=wait)
        if status == "Succeeded":
            return OperationStatus(done=True, succeeded=True)
        failed = trouble_of_answer(400, answer.headers, answer.body, "operation", self.clock.now())
        return OperationStatus(done=True, trouble=msgspec.structs.replace(failed, status=200))

    def held_for(self, url: str) -> float:
        """Seconds for which this subscription's requests are held back because Azure asked so; 0 when free."""
        return max(0.0, self._held_until.get(_bucket(url), 0.0) - time.monotonic())

    async def follow(self, request: Request, link: str, *, audience: str | None = None, base_url: str | None = None) -> Answer:
        """The next page. Raises TroubleError.

        A list that was asked for by POST is followed by POST with the same body (Cost Management's rule).
        """
        if request.vault:
            return await self._vaults(request).follow(request, link)
        url = self._own_url(link, base_url, request.method)
        return await self._send(request.method, url, request.body, None, audience, request.headers)

    def _own_url(self, url: str, base_url: str | None, method: str) -> str:
        own = own_link(base_url or self.base_url, url)
        if own is None:
            raise foreign_link(url, method, self.clock.now())
        return own

    async def _send(
        self, method: str, url: str, body: Any, request_id: str | None, audience: str | None, more: Mapping[str, str] = NO_HEADERS
    ) -> Answer:
        operation = f"{method} {urlsplit(url).path}"
        reads = effect_of(method, urlsplit(url).path, body) is Effect.READ
        held = self.held_for(url)
        if held > 0 and reads:
            raise TroubleError(self._throttled(operation, held))
        request_id = request_id or str(uuid.uuid4())
        claims: str | None = None
        for attempt in (1, 2):
            token = await self._tokens.token(audience or self.audience, claims=claims)
            try:
                answer = await self._once(method, url, body, request_id, token.token, operation, more)
            except TroubleError as error:
                if attempt == 1 and reads and error.trouble.kind is Kind.UNREACHABLE and error.trouble.status == 0:
                    continue  # a kept connection that the server had closed; only reads are asked again
                raise
            if answer.status == 401 and attempt == 1:
                self._tokens.invalidate(audience or self.audience, token.token)
                found = CLAIMS.search(answer.headers.get("www-authenticate", ""))
                claims = _claims(found[1]) if found else None
                continue
            break
        if answer.status >= 300:
            self._hold(url, answer)
            raise TroubleError(trouble_of_answer(answer.status, answer.headers, answer.body, operation, self.clock.now()))
        return answer

    async def _once(
        self, method: str, url: str, body: Any, request_id: str, token: str | None, operation: str, more: Mapping[str, str]
    ) -> Answer:
        headers = {**more, "x-ms-client-request-id": request_id, "Accept": "application/json", "Accept-Encoding": UNPACKED}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = msgspec.json.encode(filled(body))
        request = HttpRequest(method, url, headers=headers, content=content)
        host = urlsplit(url).netloc
        try:
            result = await self._pipeline.run(request)
            response = result.http_response
            data: bytes = response.content
        except ReadOnlyRefusalError as refused:
            raise read_only(str(refused), operation) from refused
        except (AzureError, OSError, EOFError, zlib.error) as error:
            raise unreachable(_reason(error), host, operation, self.clock.now()) from error
        answer_headers = {name.lower(): value for name, value in response.headers.items()}
        self.clock.observe(host, answer_headers.get("date", ""), time.monotonic())
        return Answer(response.status_code, answer_headers, data, request_id)

    def _hold(self, url: str, answer: Answer) -> None:
        if answer.status == 429:
            wait = retry_after(answer.headers)
            self._held_until[_bucket(url)] = time.monotonic() + (UNSAID_WAIT_S if wait is None else wait)

    def _throttled(self, operation: str, held: float) -> Trouble:
        return Trouble(
            Kind.THROTTLED,
            f"Azure asked to slow down; the console asks again in {held:.0f} s by itself.",
            "429",
            status=429,
            operation=operation,
            at=self.clock.now(),
            retry_after=held,
        )

    def _decode(self, body: bytes, shape: type[T], operation: str) -> T:
        try:
            return msgspec.json.decode(body, type=shape)
        except UNDECODABLE as error:
            raise unreadable(str(error), operation, self.clock.now()) from error


def _claims(encoded: str) -> str:
    """The claims of a challenge, as the sign-in wants them: ARM sends them in base64, with or without padding."""
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_").decode()
    except ValueError:
        return encoded


@lru_cache(maxsize=256)  # every page of every poll asks
def _bucket(url: str) -> str:
    """Which rate limit a URL counts against: Cost Management's, which is the tenant's, or ARM's for the subscription, else for the host."""
    parts = urlsplit(url)
    if METERED.search(parts.path):
        return f"{parts.netloc}/costs"
    found = re.match(r"/subscriptions/([^/]+)", parts.path, re.IGNORECASE)
    return f"{parts.netloc}/{found[1].lower()}" if found else parts.netloc


def _reason(error: BaseException) -> str:
    """Why no answer came, in one short clause without Python's decoration."""
    text = str(error) or type(error).__name__
    return text.splitlines()[0][:200]
