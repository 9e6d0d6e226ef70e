"""Signing in by device code: a code for the device, and somebody who approves it elsewhere."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from console.emulator.audiences import audience_of
from console.emulator.entra_errors import refused, unknown_application, unknown_resource, wrong_tenant
from console.emulator.estate import Estate, Person
from console.emulator.people_tokens import PUBLIC_CLIENTS, grant
from console.emulator.routing import Call, Reply

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
DEFAULT_LIFETIME = 900
DEFAULT_INTERVAL = 5
# Without letters and digits that are taken for one another.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class ApprovalError(Exception):
    """A code cannot be approved; the message is one sentence."""


@dataclass(slots=True)
class Pending:
    """One sign-in that was begun on a device. Times are real seconds, as clients measure them."""

    device_code: str
    user_code: str
    client_id: str
    scope: str
    expires: float
    polled: float | None = None
    person_id: str | None = None
    declined: bool = False


class DeviceCodes:
    """The sign-ins that wait for somebody."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.lifetime = DEFAULT_LIFETIME
        self.interval = DEFAULT_INTERVAL
        self._now = now
        self._pending: dict[str, Pending] = {}

    def begin(self, client_id: str, scope: str) -> Pending:
        now = self._now()
        # A client that polls on is told that its code has expired; after a day nobody does.
        self._pending = {code: one for code, one in self._pending.items() if one.expires > now - 86_400}
        user_code = "".join(secrets.choice(_ALPHABET) for _ in range(9))
        made = Pending(secrets.token_urlsafe(48), user_code, client_id, scope, now + self.lifetime)
        self._pending[made.device_code] = made
        return made

    def find(self, device_code: str) -> Pending | None:
        return self._pending.get(device_code)

    def expired(self, pending: Pending) -> bool:
        return pending.expires <= self._now()

    def too_soon(self, pending: Pending) -> bool:
        """Whether a device asks again before it should; notes that it has asked."""
        now = self._now()
        last, pending.polled = pending.polled, now
        return last is not None and now - last < self.interval - 1

    def redeem(self, pending: Pending) -> None:
        """Use up a code."""
        self._pending.pop(pending.device_code, None)

    def settle(self, user_code: str, person: Person | None) -> None:
        """Approve a code for a person, or decline it (None). Raises ApprovalError."""
        found = next((one for one in self._pending.values() if one.user_code == user_code.strip().upper()), None)
        if found is None or self.expired(found):
            raise ApprovalError(f"No device waits with the code '{user_code}'.")
        if person is not None and not person.enabled:
            raise ApprovalError(f"The account {person.upn} is disabled.")
        found.person_id, found.declined = None if person is None else person.object_id, person is None


def person_named(estate: Estate, name: str) -> Person:
    """The person of a user principal name or object id; `ada@contoso.com` will do where only one is called Ada. Raises ApprovalError."""
    wanted = name.strip().lower()
    people = estate.people.values()
    exact = [one for one in people if wanted in (one.upn.lower(), one.object_id)]
    first, _, domain = wanted.partition("@")
    found = exact or [one for one in people if one.upn.lower().startswith(f"{first}.") and one.upn.lower().endswith(f"@{domain}")]
    if first and len(found) == 1:
        return found[0]
    which = f"{len(found)} people are" if found else "Nobody is"
    raise ApprovalError(f"{which} called '{name}' in the directory; say it as in {next(iter(people)).upn}.")


def begin(call: Call) -> Reply:
    """POST /{tenant}/oauth2/v2.0/devicecode"""
    wrong = wrong_tenant(call, people=True)
    if wrong is not None:
        return wrong
    form: Mapping[str, str] = call.body if isinstance(call.body, dict) else {}
    client, scope = form.get("client_id", "").lower(), form.get("scope", "")
    if client not in PUBLIC_CLIENTS:
        return unknown_application(call, client)
    if audience_of(scope, call.base_url) is None:
        return unknown_resource(call, scope)
    pending = call.world.device_codes.begin(client, scope)
    address = f"{call.base_url}/devicelogin"
    whole = f"{address}?user_code={pending.user_code}&as=their-name@contoso.com"
    body = {
        "user_code": pending.user_code,
        "device_code": pending.device_code,
        "verification_uri": address,
        "expires_in": call.world.device_codes.lifetime,
        "interval": call.world.device_codes.interval,
        "message": f"To sign in as somebody of the emulated company, open {whole}",
    }
    return Reply(200, body)


def redeem(call: Call, form: Mapping[str, str]) -> Reply:
    """The token endpoint's answer to a device that asks whether it has been approved."""
    codes = call.world.device_codes
    pending = codes.find(form.get("device_code") or form.get("code") or "")
    if pending is None or pending.client_id != form.get("client_id", "").lower():
        text = "The provided value for the input parameter 'device_code' is not valid."
        return refused(call, 400, "bad_verification_code", 70018, text)
    if codes.expired(pending):
        text = "The provided value for the input parameter 'device_code' is not valid. This device code has expired."
        return refused(call, 400, "expired_token", 70020, text)
    if pending.declined:
        return refused(call, 400, "authorization_declined", 70018, "The user declined the sign-in.")
    person = call.world.estate.people.get(pending.person_id or "")
    if person is not None:
        codes.redeem(pending)
        return grant(call, person, pending.client_id, pending.scope, form)
    if codes.too_soon(pending):
        return refused(call, 400, "slow_down", 70016, f"Ask every {codes.interval} seconds.")
    text = "OAuth 2.0 device flow error. Authorization is pending. Continue polling."
    return refused(call, 400, "authorization_pending", 70016, text)


def approve(call: Call) -> Reply:
    """GET /devicelogin?user_code=…&as=…: what a person opens in place of Entra's page."""
    code, name = call.query.get("user_code", ""), call.query.get("as", "")
    if not code or not name:
        return Reply(400, "Add ?user_code=CODE&as=NAME@contoso.com to this address: the code that the device shows, and who signs in.\n")
    try:
        person = person_named(call.world.estate, name)
        call.world.device_codes.settle(code, person)
    except ApprovalError as error:
        return Reply(400, f"{error}\n")
    return Reply(200, f"{person.display_name} ({person.upn}) is signed in on the device. Go back to it.\n")
