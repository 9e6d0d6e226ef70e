"""What Contoso's connections lead to besides its storage accounts, and what opens it: all that is known here of the world outside.

The services are the story's own. The sentence for a wrong key of Azure's AI services is theirs; the others' are the emulator's.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.emulator import secret_story
from console.emulator.applications import canary
from console.emulator.connection_categories import CREDENTIALS
from console.emulator.estate import Estate
from console.emulator.storage_access import Denial

OPENAI = "https://contoso-openai.openai.azure.com/"
AI_SERVICES = "https://contoso-ai.cognitiveservices.azure.com/"
SEARCH = "https://contoso-search.search.windows.net"
REPOSITORY = "https://dev.azure.com/contoso/ml/_git/features"
FEED = "https://pkgs.dev.azure.com/contoso/_packaging/ml/pypi/simple/"
REGISTRY = "https://contosoimages.azurecr.io"
WAREHOUSE = "jdbc:snowflake://contoso-eu.snowflakecomputing.com/?db=RISK&warehouse=ML"
DATABASE = "tcp:contoso-scores.database.windows.net,1433;Database=scores"
WEATHER = "https://api.weather.contoso-partners.com/v2"
PRICES = "https://feeds.competitor-prices.com"
LABELS = "https://s3.eu-west-1.amazonaws.com/contoso-labels"
ERP = "https://erp.contoso.com/sap/opu/odata"
MODEL = "https://mistral-large-contoso.swedencentral.models.ai.azure.com"
#: The name that each service wants besides a password or a secret, where it wants one.
NAMES: Mapping[str, str] = {
    WAREHOUSE: "SVC_RISK_ML",
    DATABASE: "ml_scores_reader",
    REGISTRY: "contosoimages",
    LABELS: "AKIACONTOSOLABELS",
    ERP: "ML_PRICING",
}
KNOWN = (OPENAI, AI_SERVICES, SEARCH, REPOSITORY, FEED, REGISTRY, WAREHOUSE, DATABASE, WEATHER, PRICES, LABELS, ERP, MODEL)
#: What opens some of them is in a vault of the company: its name, the secret, and the number of the version.
IN_VAULT: Mapping[str, tuple[str, str, int]] = {
    OPENAI: ("kv-fraud-prod", "openai-key", 1),
    WEATHER: ("kv-demand-prod", "weather-api-key", 1),
    ERP: ("kv-pricing-prod", "erp-password", 2),
}
_AI = (OPENAI, AI_SERVICES)
_BAD_KEY = Denial(
    "401",
    "Access denied due to invalid subscription key or wrong API endpoint. "
    "Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
)
UNKNOWN = "TargetUnknown"


@dataclass(frozen=True, slots=True)
class Service:
    """A service that a connection leads to: its address, and the name that it wants besides the secret ("": none)."""

    target: str
    name: str = ""


def service(target: str | None) -> Service | None:
    """The service at a target, or None."""
    wanted = (target or "").rstrip("/").lower()
    return next((Service(one, NAMES.get(one, "")) for one in KNOWN if one.rstrip("/").lower() == wanted), None)


def secret(estate: Estate, target: str, field: str) -> str:
    """What opens the service at a target of the story, where credentials call it `field`."""
    return secret_story.value(estate, *IN_VAULT[target]) if target in IN_VAULT else canary(estate, target, field)


def credentials(estate: Estate, target: str, kind: str) -> dict[str, Any]:
    """Credentials of a type that open the service at a target of the story."""
    secrets, told = CREDENTIALS[kind]
    if kind == "CustomKeys":
        return {"keys": {"x-api-key": secret(estate, target, "x-api-key"), "x-api-secret": secret(estate, target, "x-api-secret")}}
    names = {"username": NAMES.get(target, ""), "accessKeyId": NAMES.get(target, "")}
    found = {name: names[name] for name in told if name in names}
    return found | {secrets[0]: secret(estate, target, secrets[0])}


def denial(estate: Estate, target: str | None, kind: str, held: Mapping[str, Any]) -> Denial | None:
    """Why the service at a target does not open for credentials of a type, or None: it does."""
    known = service(target)
    if known is None:
        return Denial(UNKNOWN, f"The emulator knows no service at '{target}': whether the credentials open it cannot be told.")
    if kind == "None":
        # Of the story's services only the package feed lets anybody in.
        return None if known.target == FEED else Denial("401", f"The service at '{target}' wants credentials.")
    if not CREDENTIALS[kind][0]:
        return Denial(UNKNOWN, f"The emulator does not know which identities the service at '{target}' lets in.")
    right = credentials(estate, known.target, kind)
    return (
        None
        if _same(right, held)
        else _BAD_KEY
        if known.target in _AI
        else Denial("401", f"The service at '{target}' refused the credentials.")
    )


def _same(right: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Whether credentials have what is right, and it is the same. Fields that a service does not ask for do not matter."""
    if "keys" in right:
        given = held.get("keys")
        return isinstance(given, dict) and _same(right["keys"], given)
    return all(hmac.compare_digest(str(value).encode(), str(held.get(name, "")).encode()) for name, value in right.items())
