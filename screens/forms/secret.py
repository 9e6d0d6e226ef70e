"""The form of a secret in a Key Vault: a new one, or a new version; its value typed, pasted, or read from a file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from console.domain import until
from console.domain.key_vaults import KeyVault
from console.domain.trouble import Kind, TroubleError
from console.domain.vault_secrets import MOST_BYTES, Secret, SecretRef, name_fault, value_fault, value_notes
from console.operations import vault_values as plans
from console.operations.plan import Plan
from console.session import Session
from screens.forms.fields import Field, FormError, Values, moment
from screens.forms.form import Form, Judgement
from screens.widgets.facts import Fact

TAKEN = "there is one of this name; N sets a new version"


class SecretForm(Form):
    """Of `held` a new version; without it a new secret. What was typed is kept when the form is left, but for the value."""

    kind = "secret"

    def __init__(
        self,
        session: Session,
        vault: KeyVault,
        held: Secret | None = None,
        refusal: str = "",
        notes: Sequence[str] = (),
        done: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(session, held.id if held is not None else vault.id, refusal, notes, done)
        self.vault, self.held = vault, held

    def heading(self) -> str:
        return f"A new version of {self.held.name} in {self.vault.name}" if self.held is not None else f"A new secret in {self.vault.name}"

    def fields(self) -> Sequence[Field]:
        name = Field("name", "name", help="Letters (a–z), digits and hyphens.", check=name_fault, lasting=True)
        kind = self.held.content_type if self.held is not None else ""
        now = self.session.clock.now
        return (
            *(() if self.held is not None else (name,)),
            Field("value", "value", help="Masked, sent to the vault alone. Several lines can be pasted, or read from a file.", secret=True),
            Field("file", "or from a file", help="A file whose whole text, in UTF-8, is the value: a key in PEM, JSON.", long=True),
            Field("type", "content type", kind, help="What the value is, for who reads it (text/plain, application/json); may be empty."),
            Field(
                "expires",
                "expires",
                help=f"{until.FORMS}; may be empty. It warns, and stops nobody from reading it.",
                check=lambda text: until.fault(text, now()),
            ),
        )

    def judge(self, values: Values) -> Judgement:
        faults, notes = {}, {}
        if values["value"] and values["file"].strip():
            faults["file"] = "the value is typed already"
        elif values["value"]:
            faults["value"] = value_fault(values["value"])
            notes["value"] = f"{len(values['value'].encode('utf-8', 'surrogatepass')):,} of {MOST_BYTES:,} bytes"
        elif not values["file"].strip():
            faults["value"] = "a value is needed"
        if self.held is None:
            faults["name"] = self._taken(values["name"].strip())
        if end := until.meant(values["expires"], self.session.clock.now()):
            notes["expires"] = f"{end:%Y-%m-%d %H:%M} UTC"
        return Judgement(faults, notes, [Fact("the value", note, "muted") for note in value_notes(values["value"])])

    async def plan(self, values: Values) -> Plan:
        """Raises FormError and TroubleError."""
        value = values["value"] or await value_in(values["file"].strip())
        expires = moment("expires", values["expires"], self.session.clock.now())
        name = self.held.name if self.held is not None else values["name"].strip()
        wanted = plans.Wanted(name, value, values["type"].strip(), expires)
        if self.held is None:
            await self._see_free(name)
            return plans.set_new(self.vault, wanted, listed=self.session.data.vaults.secrets_of(self.vault.id) is not None)
        now = await self.session.data.vaults.newest(self.held)
        if now.deleted:
            raise FormError("", f"{name} was deleted meanwhile: recover it first.")
        if now.hidden:
            raise FormError("", "Something in its tags looks like a secret, which is not written anew: take it out of them first.")
        return plans.set_version(self.vault, now, wanted)

    async def _see_free(self, name: str) -> None:
        """That nothing has the name, as Azure tells now, as far as one may ask. Raises FormError."""
        try:
            found = await self.session.data.vaults.named(SecretRef(self.vault.id, name))
        except TroubleError as error:
            if error.trouble.kind in {Kind.NOT_FOUND, Kind.PERMISSION}:
                return
            raise
        raise FormError("name", "a deleted secret has this name: recover it, or purge it" if found.deleted else TAKEN)

    def _taken(self, name: str) -> str:
        listed = self.session.data.vaults.secrets_of(self.vault.id) or ()
        return TAKEN if any(each.name.lower() == name.lower() for each in listed) else ""


async def value_in(path: str) -> str:
    """The whole text of a file, as a value. Raises FormError, with nothing of the text in it."""
    try:
        data = await asyncio.to_thread(_read, path)
        if len(data) > MOST_BYTES:
            raise FormError("file", f"{path} has more than the {MOST_BYTES:,} bytes that a vault takes")
        text = data.decode()
    except OSError as error:
        raise FormError("file", f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise FormError("file", f"{path} is not text in UTF-8") from None
    except (ValueError, RuntimeError) as error:  # a null in it, and the home of nobody
        raise FormError("file", f"{path!r} cannot be a file: {error}") from None
    if not text:
        raise FormError("file", f"{path}: it is empty")
    return text


def _read(path: str) -> bytes:
    """No more of it than shows that it is too long."""
    with Path(path).expanduser().open("rb") as file:
        return file.read(MOST_BYTES + 1)
