"""An application that signs in with its secret, in the sign-in child: msal alone, which azure-identity would ask as well.

azure-identity takes twice as long to import as msal does; of what it adds, what a secret needs is here.
"""

from __future__ import annotations

import os
import re
import time
from typing import Any

import msal  # type: ignore[import-untyped]
import requests
from requests.adapters import HTTPAdapter

from console.azure.signin_errors import ConfigurationError

#: Seconds to connect, and to wait for an answer.
TIMEOUTS_S = (10, 30)
TENANT = re.compile(r"^[0-9A-Za-z.-]+$")
#: Where Entra is to be asked in a region of Azure (azure-identity's variable), and its words for finding that out.
REGION = "AZURE_REGIONAL_AUTHORITY_NAME"
FIND_OUT = frozenset({"tryautodetect", "true"})


class SecretRefusedError(Exception):
    """Entra's answer was no token; the message is in its words."""


class Application:
    """The tokens of one application. `discovers` is False where the authority is none of Microsoft's."""

    def __init__(
        self, tenant: str, client_id: str, secret: str, authority: str, *, ca_file: str | None = None, discovers: bool = True
    ) -> None:
        self._tenant, self._client_id, self._secret = tenant, client_id, secret
        self._authority, self._discovers = authority.rstrip("/"), discovers
        self._connection = _Connection(ca_file)
        self._applications: dict[str, msal.ConfidentialClientApplication] = {}

    def token(self, scope: str, tenant: str | None, claims: str | None) -> tuple[str, int]:
        """A token for a scope and its expiry (epoch seconds), in its own tenant or another. Raises what `explain` has words for."""
        asked = time.time()
        try:
            answer = self._application(tenant or self._tenant).acquire_token_for_client([scope], claims_challenge=claims)
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else "?"
            raise SecretRefusedError(f"HTTP Error: {status}") from error
        if "access_token" not in answer:
            raise SecretRefusedError(f"Authentication failed: {answer.get('error_description') or answer.get('error')}")
        return str(answer["access_token"]), int(asked + int(answer["expires_in"]))

    def _application(self, tenant: str) -> Any:
        if not TENANT.match(tenant):
            raise ConfigurationError(f"{tenant!r} is no tenant: it is named by its id or a domain of it")
        if tenant not in self._applications:
            region = os.environ.get(REGION)
            self._applications[tenant] = msal.ConfidentialClientApplication(
                self._client_id,
                client_credential=self._secret,
                authority=f"{self._authority}/{tenant}",
                client_capabilities=["CP1"],  # claims challenges are understood
                http_client=self._connection,
                instance_discovery=None if self._discovers else False,
                azure_region=msal.ConfidentialClientApplication.ATTEMPT_REGION_DISCOVERY if (region or "").lower() in FIND_OUT else region,
            )
        return self._applications[tenant]


class _Connection(requests.Session):
    """One that asks once more where no connection came about; with `ca_file` that authority alone is trusted, and no proxy asked."""

    def __init__(self, ca_file: str | None) -> None:
        super().__init__()
        self.mount("https://", HTTPAdapter(max_retries=1))
        if ca_file is not None:
            self.verify, self.trust_env = ca_file, False

    def request(self, *args: Any, **options: Any) -> requests.Response:
        options.setdefault("timeout", TIMEOUTS_S)
        return super().request(*args, **options)
