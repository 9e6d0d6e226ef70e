"""Plans for access policies of Key Vaults: what they permit somebody is taken away, and can be given again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from console.azure.vault_policies import addition, removal
from console.domain.access.vault_policies import HELD, HeldPolicy
from console.domain.scopes import segments
from console.operations.access import Surroundings
from console.operations.plan import GONE, Concern, Danger, Effect, Plan, Settling, Step

#: What changing policies needs (Azure permissions for Security, Microsoft.KeyVault).
WRITE_POLICIES = "Microsoft.KeyVault/vaults/accessPolicies/write"
KNOWN_STILL = "secrets that they have read stay known: rotate those that matter"


def remove(held: Sequence[HeldPolicy], who: str, around: Surroundings) -> Plan:
    """Take somebody's access policies away; `who` names them."""
    names = [_name(each) for each in held]
    return Plan(
        verb="remove access policy",
        title=f"Remove {'the access policy' if len(held) == 1 else f'{len(held)} access policies'} of {who}",
        where=", ".join(f"Key Vault {name}" for name in names),
        steps=tuple(_step(each, who, around) for each in held),
        danger=Danger.CONFIRM,
        undo_note="Undo permits the same again.",
    )


def _step(held: HeldPolicy, who: str, around: Surroundings) -> Step:
    undo = Step(
        target_id=held.ref.id,
        target_name=_name(held),
        request=addition(held),
        permission=WRITE_POLICIES,
        at=held.ref.vault,
        effects=(Effect(Concern.ACCESS, f"{who} is permitted again: {held.words}"),),
        rests_on=GONE,
        settles=Settling((HELD,)),
        about=around.about,
    )
    return Step(
        target_id=held.ref.id,
        target_name=_name(held),
        request=removal(held),
        permission=WRITE_POLICIES,
        at=held.ref.vault,
        effects=(
            Effect(Concern.ACCESS, f"{who} is no longer permitted: {held.words}"),
            Effect(Concern.UNCHECKED, KNOWN_STILL),
        ),
        az=shlex.join(["az", "keyvault", "delete-policy", "--name", _name(held), "--object-id", held.ref.object_id]),
        rests_on=HELD,
        settles=Settling(gone=True),
        undo=undo,
        about=around.about,
    )


def _name(held: HeldPolicy) -> str:
    return segments(held.ref.vault).get("vaults", held.ref.vault)
