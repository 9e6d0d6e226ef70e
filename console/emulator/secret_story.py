"""What people keep in the Key Vaults of Contoso's workspaces, trouble and all.

Machine Learning keeps the secrets of connections in the same vaults; those are put there with their connections
(console.emulator.connection_secrets).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.emulator import vault_secrets, vaults
from console.emulator.applications import canary
from console.emulator.estate import Estate, Vault, group_id
from console.emulator.vault_secrets import Facts, put

#: Where clients of the emulator come in by a private endpoint, and where nobody from outside does.
LINKED, CLOSED = "fraud-prod", "vision-research"
DAYS_LEFT, DAYS_OVER, DAYS_DELETED = 3, 12, 9
DELETED_VAULT = "kv-fraud-poc"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A secret: how many days ago each version was set, the oldest first, and the days until the latest expires, if it does."""

    name: str
    set_days_ago: tuple[float, ...]
    expires_in: float | None = None
    content_type: str | None = None
    tags: Mapping[str, str] | None = None
    enabled: bool = True
    valid_in: float | None = None
    deleted_days_ago: float | None = None


KEPT: Mapping[str, tuple[_Kept, ...]] = {
    "fraud-prod": (
        _Kept("feature-store-password", (362,), DAYS_LEFT + 0.2, "password", {"owner": "risk", "source": "feature store"}),
        _Kept("sanctions-api-key", (377,), -DAYS_OVER, "API key", {"owner": "risk"}),
        # A connection signs in with it. It was disabled when a copy turned up in a notebook, and nobody put in another.
        _Kept("openai-key", (211,), None, "API key", {"owner": "risk"}, enabled=False),
        _Kept("payments-gateway-key", (640, 455, 268, 83), 282, "API key", {"owner": "payments"}),
        _Kept("chargeback-sftp-password", (520,), None, "password", deleted_days_ago=DAYS_DELETED),
        _Kept("alerts-webhook", (702,)),
        _Kept("scoring-token-2027", (6,), 425, "bearer token", valid_in=60),
    ),
    "pricing-prod": (
        _Kept("competitor-feed-key", (150,), 31, "API key", {"owner": "commerce"}),
        _Kept("erp-password", (411, 46), 319, "password", {"owner": "commerce"}),
    ),
    "demand-prod": (_Kept("weather-api-key", (88,), 277, "API key"),),
    "vision-prod": (_Kept("camera-gateway-password", (340,), 25, "password", {"owner": "quality"}),),
    "fraud-dev": (_Kept("payments-sandbox-key", (300, 118), None, "API key"), _Kept("github-token", (95,), 11.5, "token")),
    "pricing-dev": (_Kept("erp-test-password", (411,), None, "password"),),
    "nlp-research": (_Kept("hugging-face-token", (190,), None, "token"), _Kept("translation-api-key", (190,), 175, "API key")),
    "sandbox": (_Kept("test", (930, 929, 929)), _Kept("my-password", (610,))),
    "genai-hub": (_Kept("search-admin-key", (120,), 245, "API key"), _Kept("speech-key", (76,), 289, "API key")),
}


def tell(estate: Estate, epoch: datetime) -> None:
    """Fill the vaults of an estate that has them."""
    by_name = {one.name: vault_secrets.vault_of(estate, one) for one in estate.workspaces.values()}
    for name, vault in by_name.items():
        if vault is None:
            raise ValueError(f"The story has no vault of {name}.")
        vault.linked = name == LINKED
        if name == CLOSED:
            vault.body["publicNetworkAccess"] = "Disabled"
        for kept in KEPT.get(name, ()):
            _keep(estate, vault, kept, epoch)
    _deleted_vault(estate, epoch)


def _deleted_vault(estate: Estate, epoch: datetime) -> None:
    """A vault that was deleted after a proof of concept, and can be recovered for a while."""
    like = next(one for one in estate.workspaces.values() if one.name == "fraud-dev")
    identifier = f"{group_id(like.subscription_id, like.resource_group)}/providers/{vaults.TYPE}/{DELETED_VAULT}"
    made = epoch - timedelta(days=1475)
    body = vaults.properties(DELETED_VAULT, rbac=False, private=False)
    gone = Vault(identifier, DELETED_VAULT, like.location, made, like.created_by, like.created_by_type, body)
    put(estate, gone, made, "payments-key", canary(estate, DELETED_VAULT, "payments-key"))
    gone.deleted = epoch - timedelta(days=DAYS_DELETED)
    estate.deleted_vaults[DELETED_VAULT] = gone


def _keep(estate: Estate, vault: Vault, kept: _Kept, epoch: datetime) -> None:
    facts = Facts(content_type=kept.content_type, tags=None if kept.tags is None else dict(kept.tags))
    for number, days in enumerate(kept.set_days_ago, 1):
        moment = (epoch - timedelta(days=days)).replace(microsecond=0)
        put(estate, vault, moment, kept.name, value(estate, vault.name, kept.name, number), facts)
    latest = vault.secrets[kept.name].latest
    latest.enabled, latest.expires, latest.not_before = kept.enabled, _in(epoch, kept.expires_in), _in(epoch, kept.valid_in)
    if not kept.enabled:
        latest.updated = epoch - timedelta(days=34)
    if kept.deleted_days_ago is not None:
        vault_secrets.delete(vault.secrets[kept.name], epoch - timedelta(days=kept.deleted_days_ago))


def value(estate: Estate, vault: str, name: str, number: int) -> str:
    """What the story sets a secret to: `vault` and `name` are names, `number` is that of the version, the oldest being 1."""
    return canary(estate, vault, str(number), name)


def _in(epoch: datetime, days: float | None) -> datetime | None:
    return None if days is None else (epoch + timedelta(days=days)).replace(microsecond=0)
