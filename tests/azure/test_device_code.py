"""Signing in by device code at the emulator's Entra: the real child, the real DeviceCodeCredential, and somebody who approves."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from msal_extensions import FilePersistence, PersistedTokenCache  # type: ignore[import-untyped]

from console.azure.request import Request
from console.azure.signin import DeviceCode, Identity, SignIn
from console.azure.signin_device import forget_account
from console.domain.trouble import Kind, Trouble, TroubleError
from tests.azure.test_signin import GRAPH, configuration, shown_by_the_system, trouble_of
from tests.conftest import Emulator
from tests.gateway import client, until

ADA = "ada.lindqvist@contoso.com"
TOKEN = re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}")
SUBSCRIPTIONS = Request(method="GET", path="/subscriptions", api_version="2022-12-01")

Open = Callable[..., SignIn]


@pytest.fixture
async def opened(fresh_emulator: Emulator, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens sign-ins by device code at the emulator, which lets devices ask every second."""
    fresh_emulator.control("POST", "tokens", {"device_code_interval": 1})
    signins: list[SignIn] = []

    def open_one(**changed: Any) -> SignIn:
        signins.append(SignIn(configuration(fresh_emulator, tmp_path, method="device-code", **changed)))
        return signins[-1]

    yield open_one
    for signin in signins:
        await signin.close()


def settle(emulator: Emulator, code: str, who: str | None = ADA) -> None:
    """Sign somebody in on the device that shows the code, or decline it."""
    emulator.control("POST", "approve", {"user_code": code, **({"as": who} if who else {"decline": True})})


async def begun(signin: SignIn, **asked: Any) -> tuple[asyncio.Task[Identity], DeviceCode]:
    """A sign-in that shows its code and waits."""
    shown: list[DeviceCode] = []
    task = asyncio.create_task(signin.sign_in(shown.append, **asked))
    await until(lambda: bool(shown) or task.done(), "a code")
    assert shown, task.result()
    return task, shown[0]


async def signed_in(signin: SignIn, emulator: Emulator, who: str = ADA, **asked: Any) -> Identity:
    task, code = await begun(signin, **asked)
    settle(emulator, code.code, who)
    return await task


async def failure(task: asyncio.Task[Identity]) -> Trouble:
    with pytest.raises(TroubleError) as raised:
        await task
    return raised.value.trouble


def device_codes(emulator: Emulator) -> int:
    return sum(call["path"].endswith("/devicecode") for call in emulator.calls())


async def test_an_approved_code_signs_a_person_in(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    task, code = await begun(signin)
    assert code.address == f"{fresh_emulator.base_url}/devicelogin"
    settle(fresh_emulator, code.code)
    who = await task
    assert (who.name, who.kind, who.tenant_id) == (ADA, "User", fresh_emulator.ready["tenant_id"])
    token = await signin.token(fresh_emulator.base_url)
    answer = fresh_emulator.send("GET", "/subscriptions?api-version=2022-12-01", headers={"Authorization": f"Bearer {token.token}"})
    assert answer.status == 200
    assert (await signin.token(GRAPH)).token != token.token, "another audience takes the refresh token, not another code"
    assert device_codes(fresh_emulator) == 1


async def test_nobody_is_asked_for_a_code_in_the_background(opened: Open, fresh_emulator: Emulator) -> None:
    trouble = await trouble_of(opened())
    assert (trouble.kind, trouble.code) == (Kind.SIGN_IN, "CodeNeeded")
    assert ":login" in trouble.sentence
    assert device_codes(fresh_emulator) == 0


async def test_a_declined_code_is_told(opened: Open, fresh_emulator: Emulator) -> None:
    task, code = await begun(opened())
    settle(fresh_emulator, code.code, None)
    trouble = await failure(task)
    assert (trouble.kind, trouble.code) == (Kind.SIGN_IN, "AADSTS70018")
    assert "declined" in trouble.sentence and "Press r" in trouble.sentence


async def test_an_expired_code_is_told_and_the_next_one_works(opened: Open, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "tokens", {"device_code_lifetime": 0})
    signin = opened()
    task, _ = await begun(signin)
    trouble = await failure(task)
    assert trouble.kind is Kind.SIGN_IN
    assert "expired" in trouble.sentence and "Press r for a new code" in trouble.sentence
    fresh_emulator.control("POST", "tokens", {"device_code_lifetime": 900})
    assert (await signed_in(signin, fresh_emulator)).name == ADA


async def test_a_device_that_is_told_to_slow_down_does_so_and_signs_in(opened: Open, fresh_emulator: Emulator) -> None:
    task, code = await begun(opened())
    # From now on a second is too soon, though the device was told so.
    fresh_emulator.control("POST", "tokens", {"device_code_interval": 5})
    await until(lambda: any(call["path"].endswith("/token") and call["status"] == 400 for call in fresh_emulator.calls()), "a question")
    await until(lambda: sum(call["path"].endswith("/token") for call in fresh_emulator.calls()) >= 2, "a question too soon")
    settle(fresh_emulator, code.code)
    assert (await task).name == ADA


async def test_giving_up_ends_the_child(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    task, _ = await begun(signin)
    child = signin.process_id
    assert child is not None
    task.cancel()
    await signin.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


async def test_a_child_killed_while_the_code_is_shown_is_told(opened: Open) -> None:
    signin = opened()
    task, _ = await begun(signin)
    assert signin.process_id is not None
    os.kill(signin.process_id, 9)
    assert "ended without an answer" in (await failure(task)).sentence


async def test_a_claims_challenge_is_met_without_a_person_while_the_session_lasts(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    await signed_in(signin, fresh_emulator)
    arm = client(fresh_emulator, signin)
    fresh_emulator.control("POST", "faults", [{"route": "GET /subscriptions", "kind": "401", "claims": True}])
    assert (await arm.send(SUBSCRIPTIONS)).status == 200
    assert (await arm.send(SUBSCRIPTIONS)).status == 200
    await arm.transport.close()
    assert [call["status"] for call in fresh_emulator.calls() if call["path"] == "/subscriptions"] == [401, 200, 200]
    assert device_codes(fresh_emulator) == 1


async def test_a_challenge_of_a_revoked_session_needs_the_person_who_then_meets_it(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    await signed_in(signin, fresh_emulator)
    arm = client(fresh_emulator, signin)
    fresh_emulator.control("POST", "tokens", {"revoke": True})
    fresh_emulator.control("POST", "faults", [{"route": "GET /subscriptions", "kind": "401", "claims": True}])
    with pytest.raises(TroubleError) as raised:
        await arm.send(SUBSCRIPTIONS)
    trouble = raised.value.trouble
    assert (trouble.kind, trouble.code) == (Kind.SIGN_IN, "AADSTS50173")
    assert "revoked" in trouble.sentence and ":login" in trouble.sentence
    assert signin.unmet_claims and "nbf" in json.loads(signin.unmet_claims)["access_token"]

    again = opened()
    await signed_in(again, fresh_emulator, claims=signin.unmet_claims)
    await signin.take_over(again)
    assert signin.unmet_claims is None
    fresh_emulator.control("DELETE", "calls")
    assert (await arm.send(SUBSCRIPTIONS)).status == 200
    await arm.transport.close()
    assert [call["status"] for call in fresh_emulator.calls() if call["path"] == "/subscriptions"] == [200], "the code brought the claims"


async def test_a_token_that_is_refused_without_a_challenge_is_replaced(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    await signed_in(signin, fresh_emulator)
    first = await signin.token(fresh_emulator.base_url)
    signin.invalidate(fresh_emulator.base_url, first.token)
    second = await signin.token(fresh_emulator.base_url)
    assert second.token != first.token, "msal's cache would have given the same again"
    assert device_codes(fresh_emulator) == 1


async def test_somebody_else_takes_over_and_what_was_under_way_asks_them(opened: Open, fresh_emulator: Emulator) -> None:
    signin, other = opened(), opened()
    await signed_in(signin, fresh_emulator)
    child = signin.process_id
    grace = next(
        person
        for person in fresh_emulator.request("GET", "/v1.0/users", Authorization=f"Bearer {graph_token(fresh_emulator)}").json()["value"]
        if person["givenName"] == "Grace"
    )
    await signed_in(other, fresh_emulator, grace["userPrincipalName"])
    waiting = asyncio.create_task(signin.token(GRAPH))
    await asyncio.sleep(0)
    await signin.take_over(other)
    assert (await waiting).token
    assert (await signin.who()).name == grace["userPrincipalName"]
    assert (await signin.who()).object_id == grace["id"]
    assert signin.process_id not in (None, child)
    assert child is not None
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def graph_token(emulator: Emulator) -> str:
    return str(emulator.sign_in("admin", f"{GRAPH}/.default").json()["access_token"])


async def test_neither_code_nor_token_is_in_log_or_repr(opened: Open, fresh_emulator: Emulator, tmp_path: Path) -> None:
    log = tmp_path / "signin.log"
    signin = opened(log_file=log)
    task, code = await begun(signin)
    settle(fresh_emulator, code.code, None)
    told = await failure(task)
    task, second = await begun(signin)
    settle(fresh_emulator, second.code)
    await task
    fresh_emulator.control("POST", "tokens", {"revoke": True})
    refused = await trouble_of(signin, claims='{"access_token":{"nbf":{"essential":true,"value":"9999999999"}}}')
    assert signin.process_id is not None
    seen = [log.read_text(), repr(code), repr(second), repr(signin.config), repr(told), repr(refused)]
    seen += shown_by_the_system(signin.process_id)
    for text in seen:
        assert code.code not in text and second.code not in text
        assert not TOKEN.search(text)


async def test_without_an_emulator_nothing_is_kept_before_somebody_signed_in(opened: Open, tmp_path: Path) -> None:
    record = tmp_path / "kept" / "device-code.json"
    signin = opened(cloud_file=None, authority="https://127.0.0.1:1", record_file=record)
    assert (await trouble_of(signin)).code == "CodeNeeded"
    task = asyncio.create_task(signin.sign_in(lambda code: None))
    trouble = await failure(task)
    assert "by device code failed" in trouble.sentence
    assert not record.parent.exists()


async def test_who_signed_out_is_forgotten_by_child_and_disk(opened: Open, fresh_emulator: Emulator, tmp_path: Path) -> None:
    record = tmp_path / "device-code.json"
    record.write_text("whose session is kept")
    signin = opened(record_file=record)
    await signed_in(signin, fresh_emulator)
    await signin.sign_out()
    assert not record.exists()
    assert (await trouble_of(signin)).code == "SignedOut"
    child = signin.process_id
    after = signin.after()
    assert child is not None and after.process_id is None
    assert (await trouble_of(after)).code == "SignedOut"
    after.start()
    assert after.process_id is None, "nobody is asked before somebody signs in"
    attempt = after.apart(after.config)
    await signed_in(attempt, fresh_emulator)
    await after.take_over(attempt)
    assert (await after.who()).name == ADA
    await after.close()
    await attempt.close()


def test_of_a_store_only_the_account_that_signed_out_goes(tmp_path: Path) -> None:
    def load() -> PersistedTokenCache:
        return PersistedTokenCache(FilePersistence(str(tmp_path / "store")))

    cache = load()
    for name in ("one", "other"):
        info = base64.urlsafe_b64encode(json.dumps({"uid": name, "utid": "tenant"}).encode()).decode()
        claims = {"sub": name, "oid": name, "preferred_username": name, "aud": "id", "exp": 4e9, "iat": 1, "iss": "x"}
        response = {"access_token": f"at-{name}", "refresh_token": f"rt-{name}", "expires_in": 3600, "client_info": info}
        cache.add(
            {
                "client_id": "id",
                "scope": ["s"],
                "token_endpoint": "https://login.microsoftonline.com/tenant/token",
                "response": response | {"id_token_claims": claims, "id_token": f"it-{name}"},
                "params": {},
                "data": {},
            }
        )
    stored = (tmp_path / "store").read_text()
    assert all(each in stored for each in ("at-one", "rt-one", "at-other", "rt-other"))
    forget_account(load(), "one.tenant")
    stored = (tmp_path / "store").read_text()
    assert "one" not in stored.replace("microsoftonline", "") and all(each in stored for each in ("at-other", "rt-other"))
