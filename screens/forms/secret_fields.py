"""Fields for a secret: typed, masked, or taken from a named secret of a Key Vault; and until when it is good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from console.domain import until
from console.domain.connections import SecretLink, secret_named
from console.domain.trouble import TroubleError
from console.domain.vault_secrets import Secret, value_fault
from console.operations.connection_changes import typed, vault_source
from console.session import Session
from screens.connection_plans import newest
from screens.forms.fields import Field, FormError, Values, moment
from screens.forms.form import Form

TYPED, VAULT = "typed", "Key Vault"


class Given(NamedTuple):
    """What stands in a body for a secret, the vault secret that it is taken from (None: it was typed), and until when it is good."""

    text: str
    link: SecretLink | None
    expires: datetime | None


def fields(session: Session, behind: SecretLink | None = None) -> Sequence[Field]:
    """The fields, which begin with the vault secret that is `behind` already."""
    return (
        Field("from", "secret from", VAULT if behind is not None else TYPED, options=(TYPED, VAULT)),
        Field(
            "secret",
            "secret",
            help="Sent to Azure once; never shown, kept or logged.",
            check=lambda text: value_fault(text) if text else "",
            secret=True,
        ),
        Field(
            "vault",
            "vault secret",
            behind.identifier if behind is not None else "",
            picks="secrets",
            help="VAULT/NAME, or its identifier https://VAULT.vault.azure.net/secrets/NAME. It is read while this is sent; its name and"
            " version are remembered in the metadata, so that every administrator hears of a newer one.",
            long=True,
        ),
        Field(
            "until",
            "good until",
            help=f"{until.HELP} Of a vault secret its own expiry, unless this says otherwise.",
            check=lambda text: until.fault(text, session.clock.now()),
        ),
    )


def pick(form: Form, name: str) -> None:
    """Offer the secrets that can be listed, for the field of the vault secret."""
    from screens.forms.secret_picker import SecretPicker

    def chosen(secret: Secret | None) -> None:
        if secret is not None:
            form.fill("from", VAULT)
            form.fill(name, f"{secret.vault_name}/{secret.name}")

    typed_already = form.values[name].strip()
    form.app.push_screen(SecretPicker(form.session, "" if "://" in typed_already else typed_already), chosen)


def faults(values: Values, *, needed: bool = True) -> Mapping[str, str]:
    """What is wrong with the fields together, by field; where no secret is `needed`, nothing is."""
    if not needed:
        return {}
    if values["from"] == TYPED:
        return {} if values["secret"] else {"secret": "a secret is needed"}
    return {} if secret_named(values["vault"]) is not None else {"vault": "VAULT/NAME, or https://…/secrets/NAME"}


async def given(session: Session, values: Values, field: str, *, slot: bool = True) -> Given:
    """What was given as the secret of a `field`; of a vault secret its version is looked up.

    `slot` False: the text itself, for the compiler. Raises FormError.
    """
    expires = moment("until", values["until"], session.clock.now())
    if values["from"] == TYPED:
        secret = values["secret"]
        return Given(typed(field, secret) if slot else secret, None, expires)
    named = secret_named(values["vault"], session.cloud.vault_domain)
    assert named is not None  # the fields were judged
    try:
        link, version = await newest(session, named)
    except TroubleError as error:
        raise FormError("vault", error.trouble.sentence) from error
    return Given(vault_source(link), link, expires or version.expires)
