"""The emulator's own levers: clock, reset, faults, calls, the life of tokens."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from tests.conftest import Emulator

SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"


def test_levers_need_the_control_token(emulator: Emulator) -> None:
    assert emulator.send("POST", "/emulator/reset").status == 401
    assert emulator.send("GET", "/emulator/calls", headers={"Authorization": f"Bearer {emulator.token('admin')}"}).status == 401


def test_advancing_moves_the_date_header(fresh_emulator: Emulator) -> None:
    before = parsedate_to_datetime(fresh_emulator.request("GET", SUBSCRIPTIONS).headers["Date"])
    fresh_emulator.control("POST", "clock", {"advance": 3600})
    after = parsedate_to_datetime(fresh_emulator.request("GET", SUBSCRIPTIONS).headers["Date"])
    assert before.isoformat() == "2026-11-02T08:00:00+00:00"
    assert (after - before).total_seconds() == 3600


@pytest.mark.parametrize("body", [{}, {"advance": -1}, {"advance": "60"}, {"advance": True}, []])
def test_the_clock_refuses_what_is_not_a_number_of_seconds(fresh_emulator: Emulator, body: object) -> None:
    answer = fresh_emulator.request("POST", "/emulator/clock", body, None, Authorization=f"Bearer {fresh_emulator.ready['control_token']}")
    assert answer.status == 400
    assert "advance" in answer.json()["error"]["message"]


def test_calls_are_logged_in_order_with_who_and_what(fresh_emulator: Emulator) -> None:
    fresh_emulator.token("reader")
    fresh_emulator.control("DELETE", "calls")
    fresh_emulator.request("GET", SUBSCRIPTIONS, identity="reader", x_ms_client_request_id="mine")
    fresh_emulator.request("GET", "/subscriptions", identity=None)
    first, second = fresh_emulator.calls()
    assert (first["method"], first["path"], first["status"], first["principal"]) == ("GET", "/subscriptions", 200, "reader")
    assert (first["api_version"], first["route"], first["client_request_id"]) == ("2022-12-01", "/subscriptions", "mine")
    assert (second["number"], second["status"], second["principal"]) == (2, 401, None)


def test_reset_forgets_time_calls_and_faults_but_not_tokens(fresh_emulator: Emulator) -> None:
    token = fresh_emulator.token("admin")
    fresh_emulator.control("POST", "clock", {"advance": 86_400})
    fresh_emulator.control("POST", "faults", [{"route": ".", "kind": "500"}])
    assert fresh_emulator.request("GET", SUBSCRIPTIONS).status == 500
    fresh_emulator.control("POST", "reset")
    assert fresh_emulator.calls() == []
    answer = fresh_emulator.request("GET", SUBSCRIPTIONS, identity=None, Authorization=f"Bearer {token}")
    assert answer.status == 200
    assert answer.headers["Date"] == "Mon, 02 Nov 2026 08:00:00 GMT"


def test_a_token_of_no_life_has_expired(fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "tokens", {"lifetime": 0})
    answer = fresh_emulator.sign_in("admin").json()
    assert answer["expires_in"] == 0
    refused = fresh_emulator.request("GET", SUBSCRIPTIONS, identity=None, Authorization=f"Bearer {answer['access_token']}")
    assert refused.status == 401
    assert refused.json()["error"]["code"] == "ExpiredAuthenticationToken"


def test_unknown_levers_say_so(emulator: Emulator) -> None:
    answer = emulator.request("POST", "/emulator/nothing", {}, None, Authorization=f"Bearer {emulator.ready['control_token']}")
    assert answer.status == 404
