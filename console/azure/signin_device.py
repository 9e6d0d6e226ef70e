"""A person's session by device code, in the sign-in child: the code is announced, and silent tokens follow until the session ends.

Where the machine can encrypt them, the session's tokens outlive the process (azure-identity's persistent cache), and the record of whose
they are lies in `record_file`; elsewhere they live in memory. Nobody is asked to sign in but by a request that is `interactive`.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from console import private_file
from console.azure.signin_errors import CodeNeededError

CACHE_NAME = "aml-console"
#: msal renews by itself what has less than this left (seconds); a token with more left comes from its cache.
MSAL_RENEWS_S = 300
IN_MEMORY = "This machine has no encrypted store for the sign-in: it lasts until the console ends."
Announce = Callable[[Mapping[str, Any]], None]


class Person:
    """Whoever signed in by device code. `connection` are the credential's arguments that say where Entra is and whom to trust."""

    def __init__(self, tenant: str | None, connection: Mapping[str, Any], record_file: str | None) -> None:
        self._connection = dict(connection) | {"tenant_id": tenant} if tenant else dict(connection)
        self._record_file = record_file
        self._kept = _encrypted_store() if record_file else None
        self._announce: Announce | None = None
        self._given: dict[tuple[str, str | None], str] = {}
        self._credential = self._new(_read_record(record_file) if record_file and self._kept is not None else None)

    def token(self, request: Mapping[str, Any], announce: Announce) -> Any:
        """A token for a request; `announce` is told of the code if that is interactive. Raises CodeNeededError where a person is needed."""
        scope, tenant, claims = str(request.get("scope")), request.get("tenant"), request.get("claims")
        if request.get("interactive"):
            self._sign_in(scope, tenant, claims, announce)
            claims = None  # the token that is held now was asked for with them
        found = self._silent(scope, tenant, claims)
        key = (scope, tenant)
        if request.get("fresh") and not claims and found.token == self._given.get(key) and found.expires_on - time.time() > MSAL_RENEWS_S:
            # Refused, though msal holds it to be good. What a challenge would ask for: one that is not older than now.
            found = self._silent(scope, tenant, json.dumps({"access_token": {"nbf": {"essential": True, "value": str(int(time.time()))}}}))
        self._given[key] = found.token
        return found

    def _sign_in(self, scope: str, tenant: str | None, claims: str | None, announce: Announce) -> None:
        # Anew, so that somebody else can sign in; the session that there is stays until then.
        credential, self._announce = self._new(None), announce
        record = credential.authenticate(scopes=[scope], claims=claims, tenant_id=tenant, enable_cae=True)
        self._credential = credential
        if self._kept is not None and self._record_file:
            _write_record(self._record_file, record.serialize())

    def _silent(self, scope: str, tenant: str | None, claims: str | None) -> Any:
        from azure.identity import AuthenticationRequiredError

        options = {"enable_cae": True, "tenant_id": tenant, "claims": claims}
        try:
            return self._credential.get_token_info(scope, options={key: value for key, value in options.items() if value})
        except AuthenticationRequiredError as error:
            raise CodeNeededError(_said(error)) from error

    def _new(self, record: Any) -> Any:
        from azure.identity import DeviceCodeCredential

        return DeviceCodeCredential(
            prompt_callback=self._prompt,
            disable_automatic_authentication=True,
            additionally_allowed_tenants=["*"],
            authentication_record=record,
            cache_persistence_options=self._kept,
            **self._connection,
        )

    def _prompt(self, address: str, code: str, expires: datetime) -> None:
        note = IN_MEMORY if self._record_file and self._kept is None else ""
        if self._announce is not None:
            self._announce({"address": address, "code": code, "expires_on": int(expires.timestamp()), "note": note})


def _said(error: Any) -> str:
    """Why Entra gave no token without a person; "" where nobody has signed in yet."""
    if error.response is None:
        return ""
    try:
        found = json.loads(error.response.text())
    except ValueError:
        return ""
    return str(found.get("error_description") or "") if isinstance(found, dict) else ""


def _encrypted_store() -> Any:
    """The options of a persistent cache, or None where this machine cannot encrypt one (no keyring, as in most SSH sessions)."""
    from azure.identity import TokenCachePersistenceOptions

    try:
        from msal_extensions import build_encrypted_persistence  # type: ignore[import-untyped]

        with tempfile.TemporaryDirectory() as folder:
            build_encrypted_persistence(os.path.join(folder, "trial"))
    except Exception:  # noqa: BLE001  (each platform fails in its own way; what follows is told to the user)
        return None
    return TokenCachePersistenceOptions(name=CACHE_NAME, allow_unencrypted_storage=False)


def _read_record(path: str) -> Any:
    """Whose session lies in the cache, if anybody's. The record names a person and holds no secret."""
    from azure.identity import AuthenticationRecord

    try:
        with open(path, encoding="utf-8") as file:
            return AuthenticationRecord.deserialize(file.read())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, AttributeError) as error:
        # To the log; whose session it was can be asked of a person only.
        print(f"sign-in: the record {path} cannot be read ({type(error).__name__})", file=sys.stderr, flush=True)
        return None


def _write_record(path: str, text: str) -> None:
    try:
        private_file.replace(Path(path), text.encode())
    except OSError as error:
        # To the log: it costs a code at the next start, nothing else.
        print(f"sign-in: the record {path} cannot be kept ({error.strerror})", file=sys.stderr, flush=True)


def forget(record_file: str | None) -> None:
    """Remove what is kept of whoever signed in: the record, and that account's tokens from the encrypted store. Raises OSError."""
    record = _read_record(record_file) if record_file else None
    if record_file:
        Path(record_file).unlink(missing_ok=True)
    options = _encrypted_store()
    if record is None or options is None:
        return
    # azure-identity has no public way to its store, and no sign-out.
    from azure.identity._persistent_cache import _load_persistent_cache

    for is_cae in (False, True):
        forget_account(_load_persistent_cache(options, is_cae), record.home_account_id)


def forget_account(cache: Any, home_account_id: str) -> None:
    """Remove all that an msal cache holds of one account; what it holds of others stays."""
    kinds = cache.CredentialType
    removals = (
        (kinds.REFRESH_TOKEN, cache.remove_rt),
        (kinds.ACCESS_TOKEN, cache.remove_at),
        (kinds.ID_TOKEN, cache.remove_idt),
        (kinds.ACCOUNT, cache.remove_account),
    )
    for kind, remove in removals:
        for entry in list(cache.search(kind, query={"home_account_id": home_account_id})):
            remove(entry)
