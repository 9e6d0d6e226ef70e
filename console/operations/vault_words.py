"""Words of plans for secrets in Key Vaults: where they are, what they are about, and the calls of az and the SDK that do the same."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from console.domain.key_vaults import KeyVault
from console.domain.vault_secrets import Secret
from console.operations.plan import Concern, Danger, Effect, Plan, Step


def plan_of(
    verb: str,
    title: str,
    vault: KeyVault,
    *steps: Step,
    undo_note: str,
    danger: Danger = Danger.CONFIRM,
    typed: str = "",
    refused: str = "",
) -> Plan:
    where = f"Key Vault {vault.name}, of {', '.join(place.name for place in vault.workspaces)}"
    return Plan(verb=verb, title=title, where=where, steps=steps, danger=danger, typed=typed, undo_note=undo_note, refused=refused)


def unchecked(what: str) -> Effect:
    return Effect(Concern.UNCHECKED, what)


def named(held: Sequence[Secret]) -> str:
    return held[0].name if len(held) == 1 else f"{len(held)} secrets"


def az_of(vault: KeyVault, verb: str, name: str, *words: str) -> str:
    return shlex.join(["az", "keyvault", "secret", verb, "--vault-name", vault.name, "--name", name, *words])


def sdk_of(method: str, name: str) -> str:
    return f"azure.keyvault.secrets.SecretClient(vault_url, credential).{method}({name!r}, …)"
