"""The sign-in child: the only process that imports azure-identity and msal; it answers token requests in JSON lines.

In, first line: {"method", "authority", "tenant", "cloud_file", "identity", "record_file"}; then {"id", "scope", "tenant", "claims",
"fresh", "interactive"}, or {"id", "forget"}. Out: {"id", "token", "expires_on"}, {"id", "done"} or {"id", "error": {"kind", "sentence",
"code", "message"}}; before the answer to an interactive request {"id", "device_code": {"address", "code", "expires_on", "note"}}. Times are
epoch seconds. It ends when stdin closes.
Little is imported beside it: every millisecond delays the first token.
"""

from __future__ import annotations

import gc
import json
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

from console.azure.child_streams import say, take_over
from console.azure.signin_errors import (
    AZ_TIMEOUT_S,
    IN_A_CHAIN,
    CodeNeededError,
    ConfigurationError,
    NobodyError,
    RefusedError,
    explain,
    trouble,
)

CHAIN = ("az", "environment", "managed-identity")
#: What names an application and its secret in the environment.
APPLICATION = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
SECRET_VARIABLES = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD")
NETWORK = {"connection_timeout": 10, "read_timeout": 30, "retry_total": 1}


def main() -> None:
    requests, answers = take_over()
    answer = _Answer(answers)
    broken: dict[str, str] | None = None
    try:
        import msal  # type: ignore[import-untyped]  # noqa: F401  (of what every method needs the slowest part, under way before the configuration arrives)

        credentials = Credentials(_json_object(requests.readline()))
        credentials.load()
    except ImportError as error:
        broken = trouble("unexpected", f"Sign-in cannot start: azure-identity cannot be imported ({error}). Install aml-console anew.")
    except ConfigurationError as error:
        broken = trouble("invalid", f"Sign-in was started with a damaged configuration: {error}.")
    gc.freeze()
    gc.enable()
    workers = ThreadPoolExecutor(max_workers=4)
    for line in requests:
        try:
            request = _json_object(line)
        except ConfigurationError as error:
            answer({"id": None, "error": trouble("invalid", f"Sign-in was asked something that is no request: {error}.")})
            continue
        if broken:
            answer({"id": request.get("id"), "error": broken})
        else:
            workers.submit(_serve, credentials, request, answer)
    # The console has gone: nobody waits for what az may still be doing.
    os._exit(0)


class _Answer:
    """Writes one answer as one line, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, answer: Mapping[str, Any]) -> None:
        with self._lock:
            say(self._stream, answer)


def _json_object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    if not isinstance(found, dict):
        raise ConfigurationError("not a JSON object")
    return found


def _serve(credentials: Credentials, request: Mapping[str, Any], answer: _Answer) -> None:
    try:
        if request.get("forget"):
            credentials.forget()
            answer({"id": request.get("id"), "done": True})
            return
        token, expires_on = credentials.token(request, lambda code: answer({"id": request.get("id"), "device_code": code}))
    except Exception as error:  # noqa: BLE001  (whatever a credential raises is answered, never lost)
        answer({"id": request.get("id"), "error": credentials.explain(error)})
    else:
        answer({"id": request.get("id"), "token": token, "expires_on": expires_on})


class Credentials:
    """The credentials of one method, or of the chain of them: built at first need, kept until a fresh token is asked for."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        method = config.get("method", "auto")
        self._methods: tuple[str, ...] = CHAIN if method == "auto" else (str(method),)
        #: Whether the one method is that of an application with a secret.
        self._by_secret = method == "emulator" or (method == "environment" and all(map(os.environ.get, APPLICATION)))
        self._built: dict[str, Any] = {}
        # Of two persons made at once, one would lose the session of the other.
        self._lock = threading.Lock()
        self._secrets = [os.environ[name] for name in SECRET_VARIABLES if os.environ.get(name)]

    def load(self) -> None:
        """Import what the methods need: the slow part."""
        if self._by_secret:
            from console.azure import signin_secret  # noqa: F401
        else:
            import azure.identity  # noqa: F401

    def token(self, request: Mapping[str, Any], announce: Callable[[Mapping[str, Any]], None]) -> tuple[str, int]:
        """Token and expiry (epoch seconds) for a request; the method that first succeeds is kept. `announce` is told of a device code."""
        if self._methods == ("device-code",):
            return self._of_a_person(request, announce)
        if self._by_secret:
            return self._of_an_application(request)
        from azure.identity import CredentialUnavailableError

        options = {"enable_cae": True, "tenant_id": request.get("tenant"), "claims": request.get("claims")}
        unavailable: dict[str, Exception] = {}
        for method in self._methods:
            try:
                if request.get("fresh"):
                    # msal would hand out the refused or expiring token again.
                    self._built.pop(method, None)
                credential = self._built.get(method) or self._built.setdefault(method, self._build(method))
                found = credential.get_token_info(str(request.get("scope")), options={k: v for k, v in options.items() if v})
            except CredentialUnavailableError as error:
                unavailable[method] = error
            except Exception as error:
                if not IN_A_CHAIN.search(str(error)):
                    raise RefusedError(method) from error
                unavailable[method] = error
            else:
                self._methods = (method,)
                return found.token, found.expires_on
        raise NobodyError(unavailable)

    def _of_an_application(self, request: Mapping[str, Any]) -> tuple[str, int]:
        (method,) = self._methods
        try:
            with self._lock:
                if request.get("fresh"):
                    self._built.pop(method, None)
                application = self._built.get(method) or self._built.setdefault(method, self._build(method))
            token: str
            token, expires_on = application.token(str(request.get("scope")), request.get("tenant"), request.get("claims"))
        except Exception as error:
            raise RefusedError(method) from error
        return token, expires_on

    def _of_a_person(self, request: Mapping[str, Any], announce: Callable[[Mapping[str, Any]], None]) -> tuple[str, int]:
        try:
            with self._lock:
                person = self._built.get("device-code") or self._built.setdefault("device-code", self._person())
            found = person.token(request, announce)
        except CodeNeededError:
            raise
        except Exception as error:
            raise RefusedError("device-code") from error
        return found.token, found.expires_on

    def forget(self) -> None:
        """Remove what outlives this process of a person's session; what az keeps is az's."""
        from console.azure.signin_device import forget

        with self._lock:
            self._built.clear()
            forget(self._config.get("record_file") if self._methods == ("device-code",) else None)

    def explain(self, error: Exception) -> dict[str, str]:
        """One clear sentence about an error, with the service's own code and message beside it."""
        return {key: self._without_secrets(value) for key, value in explain(error, str(self._config.get("tenant") or "")).items()}

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def _build(self, method: str) -> Any:
        builders: dict[str, Callable[[], Any]] = {
            "az": self._az,
            "environment": self._environment,
            "managed-identity": self._managed_identity,
            "emulator": self._emulator,
        }
        if method not in builders:
            raise ConfigurationError(f"there is no sign-in method {method!r}")
        return builders[method]()

    def _az(self) -> Any:
        from azure.identity import AzureCliCredential

        return AzureCliCredential(
            tenant_id=self._config.get("tenant") or "", additionally_allowed_tenants=["*"], process_timeout=AZ_TIMEOUT_S
        )

    def _environment(self) -> Any:
        _trust_more()
        if self._by_secret:
            from console.azure.signin_secret import Application

            tenant, client_id, secret = (os.environ[name] for name in APPLICATION)
            return Application(tenant, client_id, secret, str(self._config.get("authority")))
        from azure.identity import EnvironmentCredential

        return EnvironmentCredential(authority=self._config.get("authority"), additionally_allowed_tenants=["*"], **NETWORK)

    def _managed_identity(self) -> Any:
        from azure.identity import ChainedTokenCredential, ManagedIdentityCredential

        client_id = self._config.get("identity") or os.environ.get("AZURE_CLIENT_ID")
        # In a chain it asks first whether there is an endpoint at all; alone it would wait for minutes on a machine without one.
        return ChainedTokenCredential(ManagedIdentityCredential(client_id=client_id))

    def _person(self) -> Any:
        from console.azure.signin_device import Person

        if self._config.get("cloud_file"):
            cloud, _ = _identity_of(str(self._config.get("cloud_file")), None)
            # An emulator is gone with its sessions.
            return Person(self._config.get("tenant") or cloud["tenant_id"], _connection_to(cloud), None)
        _trust_more()
        connection = {"authority": self._config.get("authority"), **NETWORK}
        return Person(self._config.get("tenant"), connection, self._config.get("record_file"))

    def _emulator(self) -> Any:
        from console.azure.signin_secret import Application

        cloud, who = _identity_of(str(self._config.get("cloud_file")), self._config.get("identity") or "admin")
        self._secrets.append(who["client_secret"])
        tenant = self._config.get("tenant") or cloud["tenant_id"]
        return Application(tenant, who["client_id"], who["client_secret"], cloud["authority"], ca_file=cloud["ca_file"], discovers=False)


def _trust_more() -> None:
    # requests knows one variable for extra trust, the console two.
    if os.environ.get("SSL_CERT_FILE"):
        os.environ.setdefault("REQUESTS_CA_BUNDLE", os.environ["SSL_CERT_FILE"])


def _connection_to(cloud: Mapping[str, Any]) -> dict[str, Any]:
    """Where an emulator's Entra is and whom to trust there, as arguments of a credential."""
    from azure.core.pipeline.transport import RequestsTransport

    transport = RequestsTransport(
        connection_verify=cloud["ca_file"], use_env_settings=False, connection_timeout=NETWORK["connection_timeout"]
    )
    return {
        "authority": cloud["authority"],
        "disable_instance_discovery": True,
        "transport": transport,
        "retry_total": NETWORK["retry_total"],
    }


def _identity_of(cloud_file: str, name: str | None) -> tuple[dict[str, Any], dict[str, str]]:
    """The cloud of a ready file, its CA's path made absolute, and the identity called `name` in it (None: none is wanted)."""
    try:
        with open(cloud_file, "rb") as file:
            cloud = _json_object(file.read())
        identities = {each["name"]: each for each in cloud["identities"]}
        for key in ("ca_file", "tenant_id", "authority"):
            if not isinstance(cloud[key], str):
                raise ConfigurationError(f"`{key}` is not a text")
        if name is not None and name not in identities:
            raise ConfigurationError(f"there is no identity {name!r}; there are {', '.join(identities)}")
        who = {key: str(identities[name][key]) for key in ("client_id", "client_secret")} if name is not None else {}
    except OSError as error:
        raise ConfigurationError(f"{cloud_file} cannot be read: {error.strerror}") from error
    except KeyError as error:
        raise ConfigurationError(f"{cloud_file} lacks {error}") from error
    except TypeError as error:
        raise ConfigurationError(f"{cloud_file} is not an emulator's ready file") from error
    except ConfigurationError as error:
        raise ConfigurationError(f"{cloud_file}: {error}") from error
    return cloud | {"ca_file": os.path.join(os.path.dirname(cloud_file), cloud["ca_file"])}, who


if __name__ == "__main__":
    main()
