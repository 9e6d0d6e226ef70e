"""Secrets over the wire: one or all of them, their versions, those that were deleted, and what is done to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from console.emulator import vault_errors, vault_secrets
from console.emulator.estate import Vault, VaultSecret
from console.emulator.paging import page
from console.emulator.routing import Call, Reply, Route
from console.emulator.secret_requests import InvalidSecretError, properties_in, value_in
from console.emulator.vault_bodies import bundle, deleted_bundle, deleted_item, item, version_item
from console.emulator.vault_errors import bad_parameter
from console.emulator.vault_front import Permission, vault_route
from console.emulator.vault_secrets import Facts

#: Most on a page, and as many as there are without being asked; the swagger's own.
PAGE_SIZE = 25
READ = Permission("getSecret/action", "get")
LIST = Permission("readMetadata/action", "list")
READ_DELETED = Permission("readMetadata/action", "get")
SET = Permission("setSecret/action", "set")
UPDATE = Permission("update/action", "set")
DELETE = Permission("delete", "delete")
RECOVER = Permission("recover/action", "recover")
PURGE = Permission("purge/action", "purge")


def _vault(call: Call) -> Vault:
    found = vault_secrets.named(call.world.estate, call.param("vault"))
    if found is None:
        raise ValueError(f"There is no vault {call.param('vault')}.")
    return found


def _paged(call: Call, items: Sequence[dict[str, Any]]) -> Reply:
    """A page of a list; without another one `nextLink` is null, as recorded."""
    asked = call.query.get("maxresults", "")
    if asked and (not asked.isdecimal() or not 1 <= int(asked) <= PAGE_SIZE):
        return bad_parameter(f"The value of maxresults must be between 1 and {PAGE_SIZE}.")
    reply = page(call, items, int(asked) if asked else PAGE_SIZE, token="$skiptoken")
    return reply if reply.status != 200 else Reply(200, {"nextLink": None, **reply.body})


def _ordered(vault: Vault) -> list[VaultSecret]:
    return [secret for _, secret in sorted(vault.secrets.items())]


def _list(call: Call) -> Reply:
    vault = _vault(call)
    return _paged(call, [item(vault, call.base_url, secret) for secret in _ordered(vault) if secret.deleted is None])


def _list_versions(call: Call) -> Reply:
    """In the order of their names, which is not that of their making; so in recordings. A secret that is not there has none."""
    vault, secret = _vault(call), vault_secrets.find(_vault(call), call.param("secret"))
    held = [] if secret is None else sorted(secret.versions, key=lambda one: one.version)
    return _paged(call, [version_item(vault, call.base_url, secret, one) for one in held if secret is not None])


def _list_deleted(call: Call) -> Reply:
    vault, now = _vault(call), call.world.clock.now()
    found = [vault_secrets.find_deleted(vault, secret.name, now) for secret in _ordered(vault)]
    return _paged(call, [deleted_item(vault, call.base_url, secret) for secret in found if secret is not None])


def _get(call: Call) -> Reply:
    vault, name, version = _vault(call), call.param("secret"), call.params.get("version", "")
    secret = vault_secrets.find(vault, name)
    held = None if secret is None else vault_secrets.version_of(secret, version)
    if secret is None or held is None:
        return vault_errors.secret_not_found(f"{name}/{version}" if version else name)
    return Reply(200, bundle(vault, call.base_url, secret, held)) if held.enabled else vault_errors.disabled_secret()


def _get_deleted(call: Call) -> Reply:
    vault, name = _vault(call), call.param("secret")
    secret = vault_secrets.find_deleted(vault, name, call.world.clock.now())
    return vault_errors.deleted_secret_not_found(name) if secret is None else Reply(200, deleted_bundle(vault, call.base_url, secret))


def _set(call: Call) -> Reply:
    vault, name = _vault(call), call.param("secret")
    if not vault_secrets.NAME.fullmatch(name):
        return bad_parameter(f"The request URI contains an invalid name: {name}")
    try:
        value, asked = value_in(call.body), properties_in(call.body)
        facts = Facts(**{**asked, "enabled": asked["enabled"] is not False})
        made = vault_secrets.put(call.world.estate, vault, call.world.clock.now(), name, value, facts)
    except InvalidSecretError as trouble:
        return bad_parameter(str(trouble))
    except vault_secrets.DeletedNameError:
        return vault_errors.name_is_deleted(name)
    return Reply(200, bundle(vault, call.base_url, vault.secrets[name.lower()], made))


def _update(call: Call) -> Reply:
    """Change what a version says of itself, and nothing that is not in the body; its value stays. Tags are replaced as a whole."""
    vault, name, version = _vault(call), call.param("secret"), call.params.get("version", "")
    secret = vault_secrets.find(vault, name)
    held = None if secret is None else vault_secrets.version_of(secret, version)
    if secret is None or held is None:
        return vault_errors.secret_not_found(f"{name}/{version}" if version else name)
    try:
        changes = {field: value for field, value in properties_in(call.body).items() if value is not None}
    except InvalidSecretError as trouble:
        return bad_parameter(str(trouble))
    for field, value in changes.items():
        setattr(held, field, value)
    held.updated = call.world.clock.now()
    return Reply(200, version_item(vault, call.base_url, secret, held))


def _delete(call: Call) -> Reply:
    vault, name = _vault(call), call.param("secret")
    secret = vault_secrets.find(vault, name)
    if secret is None:
        return vault_errors.secret_not_found(name)
    vault_secrets.delete(secret, call.world.clock.now())
    return Reply(200, deleted_bundle(vault, call.base_url, secret))


def _recover(call: Call) -> Reply:
    vault, name = _vault(call), call.param("secret")
    secret = vault_secrets.find_deleted(vault, name, call.world.clock.now())
    if secret is None:
        return vault_errors.deleted_secret_not_found(name)
    vault_secrets.recover(secret)
    return Reply(200, version_item(vault, call.base_url, secret, secret.latest))


def _purge(call: Call) -> Reply:
    vault, name = _vault(call), call.param("secret")
    secret = vault_secrets.find_deleted(vault, name, call.world.clock.now())
    if secret is None:
        return vault_errors.deleted_secret_not_found(name)
    if vault.body.get("enablePurgeProtection"):
        return vault_errors.purge_protected(vault)
    vault_secrets.purge(vault, secret)
    return Reply(204)


def routes() -> list[Route]:
    one, deleted = "/secrets/{secret}", "/deletedsecrets/{secret}"
    return [
        vault_route("GET", "/secrets", _list, LIST),
        vault_route("GET", f"{one}/versions", _list_versions, LIST),
        vault_route("GET", one, _get, READ),
        vault_route("GET", f"{one}/{{version}}", _get, READ),
        vault_route("PUT", one, _set, SET),
        vault_route("PATCH", one, _update, UPDATE),
        vault_route("PATCH", f"{one}/{{version}}", _update, UPDATE),
        vault_route("DELETE", one, _delete, DELETE),
        vault_route("GET", "/deletedsecrets", _list_deleted, LIST),
        vault_route("GET", deleted, _get_deleted, READ_DELETED),
        vault_route("DELETE", deleted, _purge, PURGE),
        vault_route("POST", f"{deleted}/recover", _recover, RECOVER),
    ]
