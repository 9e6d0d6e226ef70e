"""What sign-in errors mean, in words: one clear sentence each, with the service's own code and message beside it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

AZ_TIMEOUT_S = 30
LONGEST_MESSAGE = 4000

# What Entra's codes mean: https://learn.microsoft.com/entra/identity-platform/reference-error-codes
WHY = {
    "AADSTS50020": "this account belongs neither to the tenant nor to its guests",
    "AADSTS50034": "the tenant does not know this account",
    "AADSTS50057": "the account is disabled",
    "AADSTS50074": "multi-factor authentication is required",
    "AADSTS50076": "multi-factor authentication is required",
    "AADSTS50079": "multi-factor authentication must be set up first",
    "AADSTS50105": "the account is not assigned to the application",
    "AADSTS50158": "the tenant asks for one more proof of who you are",
    "AADSTS50173": "the session was revoked, as after a change of password",
    "AADSTS53003": "conditional access blocks this sign-in",
    "AADSTS65001": "nobody has consented to the application",
    "AADSTS70018": "whoever opened the code declined it, or it was typed wrongly",
    "AADSTS70019": "the code has expired before anybody used it",
    "AADSTS70020": "the code has expired before anybody used it",
    "AADSTS70043": "the session has expired: conditional access limits how long it lasts",
    "AADSTS90002": "there is no such tenant in this cloud",
    "AADSTS500011": "the tenant does not know the resource that the token is for",
    "AADSTS700016": "the tenant does not know the application",
    "AADSTS700082": "the session has expired: it was not used for too long",
    "AADSTS7000112": "the application is disabled",
    "AADSTS7000215": "the client secret is wrong (its value is needed, not its ID)",
    "AADSTS7000222": "the client secret has expired",
}
# No other credential of the same person would help.
FOR_AN_ADMINISTRATOR = frozenset({"AADSTS50057", "AADSTS50105", "AADSTS53003", "AADSTS65001", "AADSTS500011", "AADSTS7000112"})
AADSTS = re.compile(r"(AADSTS\d+)(?:: *([^\r\n]*))?")
#: A chain of credentials raises another type of error than the credential in it that has nothing, whose words follow below a headline.
IN_A_CHAIN = re.compile(r"ManagedIdentityCredential authentication unavailable[,.]? *([^\r\n]*)")
#: What msal says of a 5xx.
FAILING = re.compile(r"HTTP Error: (5\d\d)")
#: What azure-identity says when the code's time is over and Entra has not said so itself.
OUT_OF_TIME = "Timed out waiting for user to authenticate"
VIA = {
    "az": "through the Azure CLI",
    "environment": "with the service principal of the environment",
    "managed-identity": "with this machine's managed identity",
    "emulator": "at the emulator",
    "device-code": "by device code",
}


class ConfigurationError(Exception):
    """The child was told something that it cannot work with."""


class RefusedError(Exception):
    """A method had what it needs and was refused; the cause tells why."""

    def __init__(self, method: str) -> None:
        super().__init__(method)
        self.method = method


class CodeNeededError(Exception):
    """A person has to sign in by device code, for the first time or again; `said` is Entra's reason, "" at the first time."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class NobodyError(Exception):
    """No method of the chain had a session; carries each method's own error."""

    def __init__(self, errors: Mapping[str, Exception]) -> None:
        super().__init__("\n".join(f"{method}: {message_of(error)}" for method, error in errors.items()))
        self.errors = errors


def trouble(kind: str, sentence: str, code: str = "", message: str = "") -> dict[str, str]:
    """A Trouble as the line protocol carries it."""
    return {"kind": kind, "sentence": sentence, "code": code, "message": message[:LONGEST_MESSAGE]}


def message_of(error: BaseException) -> str:
    return str(getattr(error, "message", "") or error)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def explain(error: Exception, tenant: str) -> dict[str, str]:
    """A Trouble, as the line protocol carries it, for whatever a credential raised; `tenant` is named in what to do."""
    if isinstance(error, NobodyError):
        return _explain_absence(error, tenant)
    if isinstance(error, CodeNeededError):
        return _explain_need(error)
    method, cause = (error.method, error.__cause__ or error) if isinstance(error, RefusedError) else ("", error)
    message = message_of(cause).strip() or type(cause).__name__
    failed = f"Sign-in {VIA[method]} failed" if method in VIA else "Sign-in failed"
    if isinstance(cause, ConfigurationError):
        return trouble("sign-in", f"{failed}: {message}.")
    remedy = _remedy(method, tenant)
    # msal keeps Entra's words about an unknown tenant in a cause only.
    everything = "\n".join(message_of(each) for each in _causes(cause))
    if found := AADSTS.search(everything):
        code, said = found[1], (found[2] or message).split(" Trace ID:")[0].rstrip(". ")
        remedy = "An administrator of the tenant can mend that." if code in FOR_AN_ADMINISTRATOR else remedy
        return trouble("sign-in", f"{failed}: {WHY.get(code, said)} ({code}). {remedy}", code, everything)
    code = type(cause).__name__
    if method == "device-code" and OUT_OF_TIME in message:
        return trouble("sign-in", f"{failed}: the code has expired before anybody used it. {remedy}", "ExpiredCode", message)
    if broken := FAILING.search(message):
        return trouble("unreachable", f"{failed}: the sign-in service is failing ({broken[1]}); try again in a moment.", code, message)
    if not _unreachable(cause):
        return trouble("sign-in", f"{failed}: {message.splitlines()[0].rstrip('.')}. {remedy}", code, message)
    if "CERTIFICATE_VERIFY_FAILED" in message:
        why = "the sign-in service's certificate is not trusted. Behind a proxy that inspects TLS, name its CA in REQUESTS_CA_BUNDLE"
    else:
        why = "the sign-in service cannot be reached. Check the network, the proxy and that the service is up"
    return trouble("unreachable", f"{failed}: {why}.", code, message)


def _explain_need(error: CodeNeededError) -> dict[str, str]:
    found = AADSTS.search(error.said)
    if not found:
        return trouble(
            "sign-in", "Nobody has signed in by device code yet: in the console, `:login` shows a code.", "CodeNeeded", error.said
        )
    code, said = found[1], (found[2] or error.said).split(" Trace ID:")[0].rstrip(". ")
    what = "An administrator of the tenant can mend that." if code in FOR_AN_ADMINISTRATOR else "`:login` signs in again."
    return trouble("sign-in", f"The sign-in by device code has ended: {WHY.get(code, said)} ({code}). {what}", code, error.said)


def _unreachable(error: BaseException) -> bool:
    from azure.core.exceptions import ServiceRequestError, ServiceResponseError
    from requests.exceptions import ConnectionError as NotConnectedError
    from requests.exceptions import Timeout

    unanswered = ServiceRequestError | ServiceResponseError | NotConnectedError | Timeout
    return any(isinstance(each, unanswered) for each in _causes(error))


def _remedy(method: str, tenant: str) -> str:
    return {
        "az": f"Run `{_az_login(tenant)}`.",
        "environment": "Correct AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.",
        "emulator": "Is the cloud file that of the emulator which runs now?",
        "device-code": "Press r for a new code.",
    }.get(method, "Give this machine a managed identity, or sign in with `az login`.")


def _az_login(tenant: str) -> str:
    return f"az login --use-device-code --tenant {tenant}" if tenant else "az login --use-device-code"


def _explain_absence(error: NobodyError, tenant: str) -> dict[str, str]:
    reasons = {method: _absence(method, each, tenant) for method, each in error.errors.items()}
    sentence = " ".join(reasons.values())
    if len(reasons) > 1:
        sentence = f"There is no way to sign in. {sentence}"
    return trouble("sign-in", sentence, "CredentialUnavailableError", str(error))


def _absence(method: str, error: Exception, tenant: str) -> str:
    message = message_of(error)
    if method == "az":
        if "not found on path" in message or "Failed to execute" in message:
            return "The Azure CLI is not on PATH: install it and run `az login`, or sign in another way (--signin)."
        if "--claims-challenge" in message:
            return f"Azure asks for new proof of who you are, which the Azure CLI gives only at a new sign-in: run `{_az_login(tenant)}`."
        if "az login" in message:
            return f"Nobody is signed in to the Azure CLI: run `{_az_login(tenant)}`."
        return f"The Azure CLI gave no token within {AZ_TIMEOUT_S} s: try `az account get-access-token`."
    if method == "environment":
        needed = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
        missing = ", ".join(name for name in needed if not os.environ.get(name))
        return f"The environment names no service principal: {missing} not set."
    found = IN_A_CHAIN.search(message)
    reason = found[1] if found else message.strip().splitlines()[0]
    return f"This machine has no managed identity: {reason.rstrip('.')}." if reason else "This machine has no managed identity."
