"""The credential of one Key Vault: the console's own tokens, as azure-core's policies ask for them, the newer ones and the older."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions

Give = Callable[[str, str, str | None], Awaitable["AccessTokenInfo"]]


class VaultCredential:
    """`give` gives a token of a scope, a tenant ("" where none was named) and claims. Raises what that raises."""

    def __init__(self, give: Give) -> None:
        self._give = give

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        (scope,) = scopes
        told = options or {}
        return await self._give(scope, str(told.get("tenant_id") or ""), told.get("claims"))

    async def get_token(
        self, *scopes: str, claims: str | None = None, tenant_id: str | None = None, enable_cae: bool = False, **_: Any
    ) -> AccessToken:
        """The same for callers of the older kind."""
        from azure.core.credentials import AccessToken

        (scope,) = scopes
        found = await self._give(scope, tenant_id or "", claims)
        return AccessToken(found.token, found.expires_on)

    async def close(self) -> None:
        """Nothing: tokens are the sign-in's."""

    async def __aenter__(self) -> VaultCredential:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None
