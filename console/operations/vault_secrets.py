"""Plans for what becomes of secrets in Key Vaults: disabled and enabled, given an end, deleted, recovered, purged; no value is read or set.

What az keyvault secret does the same is told with each.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from console.azure import vault_secrets as requests
from console.domain.key_vaults import KeyVault
from console.domain.vault_rights import Right, permission
from console.domain.vault_secrets import END, NEWEST, Secret, SecretRef, State, expiry_word
from console.operations.plan import Concern, Danger, Effect, Plan, Settling, Step
from console.operations.vault_words import az_of, named, plan_of, sdk_of, unchecked

READABLE = "the date warns and stops nobody: Key Vault gives out an expired secret all the same"
WHO_READS = "who reads it: Key Vault keeps no list of that"


def switch(vault: KeyVault, held: Sequence[Secret], *, on: bool) -> Plan:
    """Enable or disable the newest version of secrets, each as it is now."""
    verb = "enable" if on else "disable"
    steps = tuple(_switching(vault, each, on=on) for each in held)
    return plan_of(verb, f"{verb.capitalize()} {named(held)} in {vault.name}", vault, *steps, undo_note="Undo does the opposite.")


def enable(vault: KeyVault, held: Sequence[Secret]) -> Plan:
    """Let the newest version of secrets, each as it is now, be read again."""
    return switch(vault, held, on=True)


def disable(vault: KeyVault, held: Sequence[Secret]) -> Plan:
    """Let nobody read the newest version of secrets, each as it is now."""
    return switch(vault, held, on=False)


def expire(vault: KeyVault, held: Sequence[Secret], expires: datetime) -> Plan:
    """Give the newest version of secrets, each as it is now, another end (UTC)."""
    steps = tuple(_expiring(vault, each, expires) for each in held)
    lasting = any(each.expires is None for each in held)
    note = (
        "Undo sets the end that it had before."
        if not lasting
        else "Of what had no end there is no undo: no request is known that takes one away."
    )
    return plan_of("set expiry", f"Let {named(held)} in {vault.name} expire {expires:%Y-%m-%d}", vault, *steps, undo_note=note)


def delete(vault: KeyVault, held: Sequence[Secret]) -> Plan:
    """Delete secrets with all their versions; they can be recovered for as long as the vault keeps them."""
    days = "?" if vault.retention_days is None else str(vault.retention_days)
    steps = tuple(_deleting(vault, each, days) for each in held)
    return plan_of(
        "delete secret",
        f"Delete {named(held)} in {vault.name}",
        vault,
        *steps,
        danger=Danger.TYPED,
        typed=held[0].name if len(held) == 1 else str(len(held)),
        undo_note=f"Undo recovers it with all its versions, for {days} days, unless somebody purges it.",
    )


def recover(vault: KeyVault, held: Sequence[Secret]) -> Plan:
    """Bring deleted secrets back with all their versions."""
    steps = tuple(_recovering(vault, each) for each in held)
    return plan_of("recover", f"Recover {named(held)} in {vault.name}", vault, *steps, undo_note="Undo deletes it again.")


def purge(vault: KeyVault, held: Sequence[Secret]) -> Plan:
    """End deleted secrets for good. A vault with purge protection lets nobody."""
    steps = tuple(
        Step(
            target_id=each.ref.id,
            target_name=each.name,
            request=requests.purge_request(vault.address, each.name),
            permission=permission(vault, Right.PURGE),
            at=vault.id,
            effects=(Effect(Concern.BREAKS, "every version is gone for good, and its name is free again"),),
            az=az_of(vault, "purge", each.name),
            sdk=sdk_of("purge_deleted_secret", each.name),
            rests_on=State.DELETED,
            settles=Settling(gone=True),
            about=vault.workspaces,
        )
        for each in held
    )
    protected = any(each.purgeable is False for each in held) or vault.purge_protection
    when = next((f" on {each.purge_on:%Y-%m-%d}" for each in held if each.purge_on is not None), "")
    return plan_of(
        "purge",
        f"Purge {named(held)} in {vault.name}",
        vault,
        *steps,
        danger=Danger.TYPED,
        typed=held[0].name if len(held) == 1 else str(len(held)),
        undo_note="Nothing brings it back.",
        refused=f"purge protection is on in {vault.name}: it goes by itself{when}, not before" if protected else "",
    )


# Steps


def _switching(vault: KeyVault, held: Secret, *, on: bool) -> Step:
    def one(to: bool) -> Step:
        means = "its value can be read again" if to else "its value can be read by nobody until it is enabled again"
        return Step(
            target_id=held.ref.id,
            target_name=held.name,
            request=requests.attributes_request(vault.address, held.name, held.version, {"enabled": to}),
            permission=permission(vault, Right.UPDATE),
            at=vault.id,
            effects=(Effect(Concern.ACCESS if to else Concern.BREAKS, means), *(() if to else (unchecked(WHO_READS),))),
            az=az_of(vault, "set-attributes", held.name, "--version", held.version, "--enabled", str(to).lower()),
            sdk=sdk_of("update_secret_properties", held.name),
            rests_on=replace(held, enabled=not to).aspect(NEWEST),
            aspect=NEWEST,
            settles=Settling((replace(held, enabled=to).aspect(NEWEST),), aspect=NEWEST),
            about=vault.workspaces,
        )

    step = one(on)
    return _with_undo(step, one(not on))


def _expiring(vault: KeyVault, held: Secret, expires: datetime) -> Step:
    def one(before: datetime | None, to: datetime) -> Step:
        return Step(
            target_id=held.ref.id,
            target_name=held.name,
            request=requests.attributes_request(vault.address, held.name, held.version, {"exp": int(to.timestamp())}),
            permission=permission(vault, Right.UPDATE),
            at=vault.id,
            effects=(
                Effect(Concern.CHANGE, f"it expires at {to:%Y-%m-%d %H:%M} UTC; now: {expiry_word(before)}"),
                Effect(Concern.UNCHECKED, f"whether its value is good for so long; {READABLE}"),
            ),
            az=az_of(vault, "set-attributes", held.name, "--version", held.version, "--expires", expiry_word(to)),
            sdk=sdk_of("update_secret_properties", held.name),
            rests_on=replace(held, expires=before).aspect(END),
            aspect=END,
            settles=Settling((replace(held, expires=to).aspect(END),), aspect=END),
            about=vault.workspaces,
        )

    step = one(held.expires, expires)
    return step if held.expires is None else _with_undo(step, one(expires, held.expires))


def _deleting(vault: KeyVault, held: Secret, days: str) -> Step:
    step = deletion(vault, held.ref)
    effects = (
        Effect(Concern.BREAKS, f"no version can be read any more; it can be recovered for {days} days, and its name is not free before"),
        Effect(Concern.BREAKS, "a datastore or connection that was made from its value goes on with that"),
        unchecked(WHO_READS),
    )
    return _with_undo(_with_effects(step, effects, held.state), _recovery(vault, held.ref))


def _recovering(vault: KeyVault, held: Secret) -> Step:
    return _with_undo(_recovery(vault, held.ref), deletion(vault, held.ref))


def deletion(vault: KeyVault, ref: SecretRef) -> Step:
    return Step(
        target_id=ref.id,
        target_name=ref.name,
        request=requests.delete_request(vault.address, ref.name),
        permission=permission(vault, Right.DELETE),
        at=vault.id,
        effects=(Effect(Concern.BREAKS, "no version can be read any more until it is recovered"),),
        az=az_of(vault, "delete", ref.name),
        sdk=sdk_of("begin_delete_secret", ref.name),
        settles=Settling((State.DELETED,)),
        about=vault.workspaces,
    )


def _recovery(vault: KeyVault, ref: SecretRef) -> Step:
    return Step(
        target_id=ref.id,
        target_name=ref.name,
        request=requests.recover_request(vault.address, ref.name),
        permission=permission(vault, Right.RECOVER),
        at=vault.id,
        effects=(Effect(Concern.ACCESS, "it can be read again, in every version that was enabled"),),
        az=az_of(vault, "recover", ref.name),
        sdk=sdk_of("begin_recover_deleted_secret", ref.name),
        rests_on=State.DELETED,
        settles=Settling((State.ENABLED, State.DISABLED)),
        about=vault.workspaces,
    )


def _with_undo(step: Step, undo: Step) -> Step:
    return replace(step, undo=undo)


def _with_effects(step: Step, effects: tuple[Effect, ...], rests_on: str) -> Step:
    return replace(step, effects=effects, rests_on=rests_on if rests_on in set(State) else "")
