"""Keys of storage accounts, and the shared access signatures that are made with them.

A key's value follows from the seed, the account, the key's name and how often it was made anew: it is kept nowhere, and one that was made
anew opens nothing any more. Every value begins with `canary`, so that a leak is found by looking for it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote, urlencode

from console.emulator.estate import Estate, StorageAccount

NAMES = ("key1", "key2")
#: The version of the storage services whose signatures are made here.
SERVICE_VERSION = "2022-11-02"


def value(estate: Estate, account: StorageAccount, name: str) -> str:
    """The key as listKeys tells it: base64 of 64 bytes."""
    facts = f"{estate.seed} {account.id.lower()} {name} {account.keys[name].generation}"
    return "canary" + base64.b64encode(hashlib.sha512(facts.encode()).digest()).decode()[6:]


def holder(estate: Estate, account: StorageAccount, key: str) -> str | None:
    """Which of the account's keys this is now; None if it is neither."""
    return next((name for name in NAMES if hmac.compare_digest(value(estate, account, name).encode(), key.encode())), None)


def read_sas(token: str) -> dict[str, str]:
    """The fields of a shared access signature by their names on the wire."""
    return dict(parse_qsl(token.lstrip("?"), keep_blank_values=True))


def unsigned(token: str) -> str:
    """A shared access signature without what makes it one: its fields, which are no secret."""
    return urlencode({name: text for name, text in read_sas(token).items() if name != "sig"})


def _to_sign(account: str, fields: Mapping[str, str], service: str, container: str) -> str | None:
    """What is signed, as "Create an account SAS" and "Create a service SAS" have it; None for a kind that is not known here."""

    def lines(*names: str) -> Iterator[str]:
        return (fields.get(name, "") for name in names)

    if "ss" in fields:
        return "\n".join([account, *lines("sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses"), ""])
    resource = f"/{service}/{account}/{container}"
    head = [*lines("sp", "st", "se"), resource, *lines("si", "sip", "spr", "sv")]
    if service == "blob" and fields.get("sr") == "c":
        return "\n".join([*head, "c", "", *lines("ses", "rscc", "rscd", "rsce", "rscl", "rsct")])
    if service == "file" and fields.get("sr") == "s":
        return "\n".join([*head, *lines("rscc", "rscd", "rsce", "rscl", "rsct")])
    return None


def _signature(key: str, text: str) -> str:
    return base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()


def signer(estate: Estate, account: StorageAccount, token: str, service: str, container: str) -> str | None:
    """Which of the account's keys a signature for a container (`blob`) or a share (`file`) was made with; None if with neither."""
    fields = read_sas(token)
    text = _to_sign(account.name, fields, service, container)
    if text is None:
        return None
    given = fields.get("sig", "").encode()
    return next((name for name in NAMES if hmac.compare_digest(_signature(value(estate, account, name), text).encode(), given)), None)


def signed(estate: Estate, account: StorageAccount, key: str, fields: Mapping[str, str], service: str, container: str) -> str:
    """A shared access signature with these fields, without a question mark, made with the key of that name."""
    told = {"sv": SERVICE_VERSION, **fields}
    text = _to_sign(account.name, told, service, container)
    if text is None:
        raise ValueError("These fields are those of no signature that can be made here.")
    told["sig"] = _signature(value(estate, account, key), text)
    return "&".join(f"{name}={quote(text, safe='')}" for name, text in told.items())
