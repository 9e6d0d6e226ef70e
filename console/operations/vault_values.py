"""Plans for the values of secrets in Key Vaults: set for the first time, set anew, and revealed to a person.

A value is never in a plan: a slot stands for it (console.azure.slots). What az keyvault secret does the same is told without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from console.azure import slots
from console.azure import vault_secrets as requests
from console.azure.answer import Answer
from console.azure.request import Request
from console.domain.key_vaults import KeyVault
from console.domain.trouble import Kind, Trouble, TroubleError
from console.domain.vault_rights import Right, permission
from console.domain.vault_secrets import Secret, SecretRef, State, expiry_word, value_notes
from console.operations.plan import GONE, Concern, Effect, Plan, Settling, Step
from console.operations.vault_secrets import deletion
from console.operations.vault_words import az_of, plan_of, sdk_of, unchecked

VERSIONS_STAY = "Nothing deletes a single version: the way back is the earlier value, set again as a new version."
COPIES = "a datastore or connection that was made from its value keeps the earlier one until it is updated"
#: How long a value that was revealed stays on screen, in seconds.
SHOWN_S = 30


class Wanted(NamedTuple):
    """What a secret is to be. `value` is the secret itself: it goes into a slot at once and stays in this process alone."""

    name: str
    value: str
    content_type: str = ""
    expires: datetime | None = None

    def __repr__(self) -> str:
        return f"Wanted(name={self.name!r})"


def set_new(vault: KeyVault, wanted: Wanted, *, listed: bool) -> Plan:
    """Make a secret that is not there yet. `listed`: whether it can be seen that there is none of that name."""
    ref = SecretRef(vault.id, wanted.name)
    told = f"{_until(wanted.expires)}; {len(wanted.value.encode()):,} bytes"
    step = Step(
        target_id=ref.id,
        target_name=wanted.name,
        request=_setting(vault, wanted, {}),
        permission=permission(vault, Right.SET),
        at=vault.id,
        effects=(
            Effect(Concern.CHANGE, f"{wanted.name} comes to be in {vault.name}, {told}"),
            *_of_value(wanted.value),
            *(() if listed else (unchecked("whether there is one of that name: then this becomes its newest version"),)),
        ),
        az=_az_set(vault, wanted),
        sdk=sdk_of("set_secret", wanted.name),
        rests_on=GONE if listed else "",
        settles=Settling((State.ENABLED,)) if listed else Settling(),
        undo=deletion(vault, ref) if listed else None,
        about=vault.workspaces,
    )
    return plan_of("set secret", f"Set the secret {wanted.name} in {vault.name}", vault, step, undo_note="Undo deletes it again.")


def set_version(vault: KeyVault, held: Secret, wanted: Wanted) -> Plan:
    """A new version of a secret as it is now (`held`, with its newest version). Its tags stay: a version inherits nothing by itself."""
    effects = [
        Effect(Concern.CHANGE, f"{held.name} gets a new version, {_until(wanted.expires)}; {len(wanted.value.encode()):,} bytes"),
        Effect(Concern.BREAKS, "whoever reads the newest version gets this one from now on; a version that is named stays"),
        Effect(Concern.BREAKS, COPIES),
        *_of_value(wanted.value),
    ]
    if held.enabled is False:
        effects.append(Effect(Concern.CHANGE, "it is disabled now, and the new version is enabled"))
    step = Step(
        target_id=held.ref.id,
        target_name=held.name,
        request=_setting(vault, wanted, held.tags),
        permission=permission(vault, Right.SET),
        at=vault.id,
        effects=tuple(effects),
        az=_az_set(vault, wanted),
        sdk=sdk_of("set_secret", held.name),
        rests_on=held.version,
        aspect="version",
        settles=Settling((State.ENABLED,)),
        about=vault.workspaces,
    )
    return plan_of("set version", f"Set a new version of {held.name} in {vault.name}", vault, step, undo_note=VERSIONS_STAY)


def reveal(vault: KeyVault, held: Secret, purpose: str) -> Plan:
    """Read the value of a secret, or of a version that is named, for a person; `purpose` says what becomes of it ("shown for 30 s")."""
    version = f" version {held.version}" if held.version else ""
    step = Step(
        target_id=held.ref.id,
        target_name=held.name,
        request=requests.reveal_request(vault.address, held.name, held.version),
        permission=permission(vault, Right.READ),
        at=vault.id,
        effects=(
            Effect(Concern.ACCESS, f"the value{version} is {purpose}"),
            Effect(
                Concern.ACCESS, "that you read it is written in this console's journal, and in Key Vault's diagnostic log where one is kept"
            ),
        ),
        az=az_of(vault, "show", held.name, *(("--version", held.version) if held.version else ()), "--query", "value"),
        sdk=sdk_of("get_secret", held.name),
        about=vault.workspaces,
    )
    return plan_of(
        "reveal", f"Reveal {held.name} in {vault.name}", vault, step, undo_note="What was read is known: nothing takes that back."
    )


def value_of(answer: Answer) -> str:
    """The value in a vault's answer to a reveal. Raises TroubleError, with nothing of the answer in it."""
    try:
        return requests.value_in(answer)
    except ValueError:
        raise TroubleError(Trouble(Kind.UNEXPECTED, "Azure's answer has no value that could be shown.", "UnreadableAnswer")) from None


def _setting(vault: KeyVault, wanted: Wanted, tags: Mapping[str, str]) -> Request:
    number, slot = slots.name_slot("value")
    slots.hold({number: wanted.value})
    return requests.set_request(vault.address, wanted.name, slot, content_type=wanted.content_type, tags=tags, expires=wanted.expires)


def _az_set(vault: KeyVault, wanted: Wanted) -> str:
    """The value comes from a file there: a command line can be read by everybody on the machine."""
    words = ["--file", "FILE_WITH_THE_VALUE"]
    if wanted.content_type:
        words += ["--content-type", wanted.content_type]
    if wanted.expires is not None:
        words += ["--expires", expiry_word(wanted.expires)]
    return az_of(vault, "set", wanted.name, *words)


def _of_value(value: str) -> tuple[Effect, ...]:
    return tuple(unchecked(f"whether its readers expect that {note}") for note in value_notes(value))


def _until(expires: datetime | None) -> str:
    return "without an end" if expires is None else f"until {expires:%Y-%m-%d %H:%M} UTC"
