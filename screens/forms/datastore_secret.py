"""What a datastore may be given to be opened by, chosen and typed: as it is, Azure's own key, a typed secret, a SAS, a vault's secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.domain import shared_signatures, until
from console.domain.connections import secret_named
from console.domain.datastores import Auth, Datastore, Type
from console.domain.trouble import TroubleError
from console.domain.vault_secrets import value_fault
from console.operations.connection_changes import typed, vault_source
from console.operations.datastore_changes import Opening, account_of
from console.operations.sourced import storage_key, storage_sas
from console.session import Session
from screens.connection_plans import newest
from screens.forms.fields import Field, FormError, Values

STAYS, KEY, TYPED_KEY, SAS, MADE, APP, VAULT = "as now", "key", "typed key", "SAS", "new SAS", "app secret", "Key Vault"
#: Those that rest on a key of the account.
KEYED = frozenset({KEY, TYPED_KEY, SAS, MADE})
#: Permissions of a SAS that is made here, in words and in the letters that Azure has, in its order.
LETS = {"read": "rl", "read, write": "rcwl"}
ISSUED = "is made here as the plan is sent, from the account's key; nobody sees it, its end alone is told"
#: The fields that each choice reads.
READ: Mapping[str, frozenset[str]] = {
    STAYS: frozenset(),
    KEY: frozenset({"key_name"}),
    TYPED_KEY: frozenset({"secret"}),
    SAS: frozenset({"secret"}),
    MADE: frozenset({"key_name", "lets", "until"}),
    APP: frozenset({"secret", "client_id", "tenant_id"}),
    VAULT: frozenset({"vault", "client_id", "tenant_id"}),
}


def choices(row: Datastore) -> tuple[str, ...]:
    """What may open a datastore, besides nothing (that is another plan): by its type, and by what opens it now."""
    if row.type in {Type.BLOB, Type.FILE} and row.auth in {Auth.KEY, Auth.SAS, Auth.IDENTITY}:
        return STAYS, KEY, TYPED_KEY, SAS, MADE
    return (STAYS, APP, VAULT) if row.auth in {Auth.SERVICE_PRINCIPAL, Auth.IDENTITY} else (STAYS,)


def fields(row: Datastore, session: Session) -> Sequence[Field]:
    """The choice, and those of the fields that any choice of this datastore reads."""
    offered = choices(row)
    needed = frozenset().union(*(READ[each] for each in offered))
    every = (
        Field("key_name", "which key", options=("key1", "key2"), help="Of the account: to open it with, or to sign the SAS with."),
        Field(
            "secret",
            "secret",
            secret=True,
            long=True,
            check=lambda text: value_fault(text) if text else "",
            help="The account key, the SAS or the client secret. Sent once; never shown, kept or logged.",
        ),
        Field("lets", "the SAS lets", options=tuple(LETS), help="Read includes to list, write to create."),
        Field("until", "good until", "+90d", help="2027-01-31, 2027-01-31 18:00 (UTC), or +90d.", check=lambda text: _past(text, session)),
        Field("vault", "vault secret", long=True, help="VAULT/NAME, or its identifier https://…/secrets/NAME, read as this is sent."),
        Field("client_id", "client id", row.client_id, long=True, help="Of the application whose secret opens it."),
        Field("tenant_id", "tenant id", row.tenant_id or session.context.tenant_id, long=True, help="The directory that it is in."),
    )
    kept = "as now: what opens it is read as this is sent, and put in again."
    made = f" {MADE}: {ISSUED}." if MADE in offered else ""
    return (
        Field("opening", "opened by", STAYS, options=offered, help=f"{kept}{made}"),
        *(each for each in every if each.name in needed),
    )


def faults(row: Datastore, values: Values, session: Session) -> dict[str, str]:
    """What does not fit together, by field."""
    account = session.data.storage.account(row)
    if values["opening"] in KEYED and account is not None and not account.shared_key:
        return {"opening": f"{account.name} refuses its keys, and what they sign (allowSharedKeyAccess is false)"}
    match values["opening"]:
        case "key" | "new SAS" if not account_id(row, session):
            return {"opening": "its account is not seen, so no key of it can be taken"}
        case "new SAS":
            return {} if values["until"].strip() else {"until": "a SAS ends: until when?"}
        case "typed key":
            return {} if values["secret"].strip() else {"secret": "a key is needed"}
        case "SAS":
            return {"secret": fault} if (fault := shared_signatures.fault(values["secret"], session.clock.now())) else {}
        case "app secret" | "Key Vault" as chosen:
            wrong = {name: "needed" for name in ("client_id", "tenant_id") if not values[name].strip()}
            if chosen == APP and not values["secret"].strip():
                wrong["secret"] = "a secret is needed"
            elif chosen == VAULT and secret_named(values["vault"]) is None:
                wrong["vault"] = "VAULT/NAME, or https://…/secrets/NAME"
            return wrong
    return {}


def unused(values: Values) -> Mapping[str, str]:
    """Notes at the fields that the choice makes idle."""
    read = READ[values["opening"]]
    return {name: "not used" for name in frozenset().union(*READ.values()) - read if name in values}


def notes(values: Values) -> Mapping[str, str]:
    """What a pasted SAS tells of itself."""
    if values["opening"] != SAS or not values["secret"]:
        return {}
    known = shared_signatures.told(values["secret"])
    return {"secret": f"ends {known.ends:%Y-%m-%d}" if known.ends is not None else "its end is not told"}


async def opening(row: Datastore, values: Values, session: Session) -> Opening | None:
    """What is to open it from now on; None: what does now. Raises FormError."""
    secret, account = values.get("secret", "").strip(), account_id(row, session)
    match values["opening"]:
        case "key":
            return Opening(auth=Auth.KEY, secret=storage_key(account, values["key_name"]))
        case "typed key":
            return Opening(auth=Auth.KEY, secret=typed("key", secret))
        case "SAS":
            known = shared_signatures.told(secret)
            ends = f"until {known.ends:%Y-%m-%d %H:%M} UTC" if known.ends is not None else "until a time that it does not tell"
            said = f"the SAS as it was typed lets {shared_signatures.words(known.permissions)} {ends}"
            return Opening(auth=Auth.SAS, secret=typed("sasToken", shared_signatures.bare(secret)), told=said)
        case "new SAS":
            expires = until.parse(values["until"], session.clock.now())
            assert expires is not None  # the fields were judged
            service = "file" if row.type is Type.FILE else "blob"
            made = storage_sas(account, values["key_name"], service, row.container, LETS[values["lets"]], expires)
            return Opening(auth=Auth.SAS, secret=made)
        case "app secret":
            return _application(row, values, typed("clientSecret", secret))
        case "Key Vault":
            return _application(row, values, await from_vault(values["vault"], session))
    return None


async def from_vault(text: str, session: Session) -> str:
    """What stands for the newest version of a named secret of a Key Vault. Raises FormError where it cannot be had."""
    named = secret_named(text, session.cloud.vault_domain)
    if named is None:
        raise FormError("vault", "VAULT/NAME, or https://…/secrets/NAME")
    try:
        link, _ = await newest(session, named)
    except TroubleError as error:
        raise FormError("vault", error.trouble.sentence) from error
    return vault_source(link)


def account_id(row: Datastore, session: Session) -> str:
    """The ARM id of the account that a datastore is on; "" where that is neither seen nor told."""
    account = session.data.storage.account(row)
    return account.id if account is not None else account_of(row)


def _application(row: Datastore, values: Values, secret: str) -> Opening:
    client, tenant = values["client_id"].strip(), values["tenant_id"].strip()
    return Opening(auth=Auth.SERVICE_PRINCIPAL, secret=secret, client_id=client, tenant_id=tenant, authority=row.authority)


def _past(text: str, session: Session) -> str:
    return until.fault(text, session.clock.now())
