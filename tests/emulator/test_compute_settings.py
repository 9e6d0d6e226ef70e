"""Settings of an instance that have a route of their own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Answer, Emulator
from tests.emulator.test_computes import Computes, computes, error, versioned

__all__ = ["computes"]


def idle(computes: Computes, name: str, value: Any, version: str = "2024-10-01-preview") -> Answer:
    path = versioned(f"{computes.path}/{name}/updateIdleShutdownSetting", version)
    return computes.emulator.request("POST", path, {"idleTimeBeforeShutdown": value}, computes.identity)


def test_idle_shutdown_is_set_and_fires_by_itself(computes: Computes) -> None:
    answer = idle(computes, "nb-noah", "PT30M")
    assert (answer.status, answer.content) == (200, b"")
    assert computes.inner("nb-noah")["idleTimeBeforeShutdown"] == "PT30M"
    computes.advance(30 * 60 - 1)
    assert computes.inner("nb-noah")["state"] == "Running"
    computes.advance(1)
    assert computes.inner("nb-noah")["state"] == "Stopping"
    computes.advance(120)
    told = computes.inner("nb-noah")
    assert told["state"] == "Stopped"
    assert (told["lastOperation"]["operationName"], told["lastOperation"]["operationTrigger"]) == ("Stop", "IdleShutdown")


@pytest.mark.parametrize("again", ["PT30M", "PT20M"])
def test_each_change_sets_the_idle_clock_back(computes: Computes, again: str) -> None:
    idle(computes, "nb-noah", "PT30M")
    computes.advance(25 * 60)
    idle(computes, "nb-noah", again)
    computes.advance(19 * 60)
    assert computes.inner("nb-noah")["state"] == "Running"
    computes.advance(11 * 60)
    assert computes.inner("nb-noah")["state"] != "Running"


def test_a_change_of_something_else_leaves_the_idle_clock(computes: Computes) -> None:
    idle(computes, "nb-noah", "PT30M")
    computes.advance(25 * 60)
    computes.send("PUT", "/nb-noah", {**computes.send("GET", "/nb-noah").json(), "tags": {"team": "risk"}})
    computes.advance(5 * 60)
    assert computes.inner("nb-noah")["state"] == "Stopping"


@pytest.mark.parametrize("nothing", [None, ""])
def test_an_empty_value_turns_it_off(computes: Computes, nothing: str | None) -> None:
    idle(computes, "nb-noah", "PT15M")
    assert idle(computes, "nb-noah", nothing).status == 200
    assert "idleTimeBeforeShutdown" not in computes.inner("nb-noah")
    computes.advance(3600)
    assert computes.inner("nb-noah")["state"] == "Running"


def test_it_is_kept_for_the_next_start(computes: Computes) -> None:
    assert idle(computes, "nb-ulrich", "PT1H").status == 200
    computes.advance(7200)
    assert computes.inner("nb-ulrich")["state"] == "Stopped"
    computes.send("POST", "/nb-ulrich/start")
    computes.advance(240)
    assert computes.inner("nb-ulrich")["state"] == "Running"
    computes.advance(3600)
    assert computes.inner("nb-ulrich")["lastOperation"]["operationTrigger"] == "IdleShutdown"


def test_what_keeps_a_kernel_busy_defeats_it(computes: Computes) -> None:
    idle(computes, "nb-grace", "PT15M")
    computes.advance(86400)
    assert computes.inner("nb-grace")["state"] == "Running"


@pytest.mark.parametrize("value", ["PT14M59S", "P3DT1S", "30", 30, "soon", ["PT30M"], "PT"])
def test_out_of_range_is_refused_and_changes_nothing(computes: Computes, value: Any) -> None:
    before = computes.send("GET", "").json()
    assert error(idle(computes, "nb-noah", value)) == (400, "UserError")
    assert computes.send("GET", "").json() == before


@pytest.mark.parametrize("value", ["PT15M", "P3D", "PT1H30M", "PT72H"])
def test_the_range_includes_its_ends(computes: Computes, value: str) -> None:
    assert idle(computes, "nb-noah", value).status == 200


def test_only_instances_that_stay_have_it(computes: Computes) -> None:
    assert error(idle(computes, "gpu-idle", "PT30M")) == (400, "UserError")
    assert error(idle(computes, "nothing", "PT30M")) == (404, "UserError")
    computes.send("DELETE", "/nb-noah?underlyingResourceAction=Delete")
    assert error(idle(computes, "nb-noah", "PT30M")) == (409, "Conflict")


@pytest.mark.parametrize(
    ("version", "status"),
    [("2022-10-01-preview", 200), ("2023-04-01-preview", 200), ("2024-01-01-preview", 200), ("2024-10-01", 400), ("2022-05-01", 400)],
)
def test_only_previews_have_it(computes: Computes, version: str, status: int) -> None:
    assert idle(computes, "nb-noah", "PT30M", version).status == status


@pytest.mark.parametrize(
    ("identity", "status"), [("admin", 200), ("operator", 200), ("data-scientist", 200), ("reader", 403), ("outsider", 403)]
)
def test_who_may_set_it(fresh_emulator: Emulator, identity: str, status: int) -> None:
    answer = idle(Computes(fresh_emulator, identity=identity), "nb-noah", "PT30M")
    assert answer.status == status
    if status == 403:
        assert "workspaces/computes/updateIdleShutdownSetting/action" in answer.json()["error"]["message"]
