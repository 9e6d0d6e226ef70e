"""`:quota`: families with their holders, the way to free cores, a workspace's limit, and a request for more."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from console.domain.quota import FamilyQuota
from screens.compute import ComputeScreen
from screens.dialogs.choose import Choose
from screens.dialogs.confirm import Confirm
from screens.dialogs.cores import AskCores
from screens.holders import HoldersScreen
from screens.quota import QuotaScreen
from tests.conftest import Emulator
from tests.nets import changes, rule
from tests.screens.conftest import WIDE, Console, Open
from tests.screens.test_plans import agree, ended

A100 = "standardncadsa100v4family"


def family(console: Console, name: str = A100, region: str = "westeurope", low_priority: bool = False) -> FamilyQuota:
    rows = [row for row in console.session.quota.families.items if (row.place.family, row.place.region) == (name, region)]
    return next(row for row in rows if row.place.low_priority == low_priority)


async def on_family(console: Console, name: str = A100) -> None:
    await console.loaded()
    await console.at(family(console, name).id)


def quota_calls(emulator: Emulator) -> list[str]:
    return [call["path"].rsplit("/", 1)[-1] for call in emulator.calls() if "/locations/" in call["path"] and "vmSizes" not in call["path"]]


async def test_nothing_is_asked_before_somebody_looks(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console() as console:
        await console.loaded()
        assert quota_calls(fresh_emulator) == []
        await console.command("quota")
        await console.loaded()
        # Two regions of the open workspace's subscription have workspaces.
        assert sorted(quota_calls(fresh_emulator)) == ["quotas", "quotas", "usages", "usages"]


async def test_the_family_that_is_short_comes_first_with_who_holds_it(open_console: Open) -> None:
    async with open_console("quota") as console:
        await console.loaded()
        first = console.screen.table.visible_rows[0]
        assert (first.place.family, first.used, first.limit, first.left) == (A100, 48, 50, 2)
        assert "48/50" in console.text and "96%" in console.text and "gpu-idle 48" in console.text
        for row in console.screen.table.visible_rows:
            if row.used is not None and not row.total:
                assert row.unaccounted == 0, row
        await console.press("d")
        told = " ".join(console.text.split())
        assert "gpu-idle: 48 cores, 2 of 4 nodes, at most 96" in told
        assert "96 cores in northeurope, dedicated" in told


async def test_figures_of_workspaces_that_are_not_open_are_told_by_their_names(open_console: Open) -> None:
    async with open_console("quota", WIDE) as console:
        await console.loaded()
        row = family(console, "standarddsv3family")
        assert {about.rsplit("/", 1)[-1]: cores for about, cores in row.elsewhere} == {"pricing-prod": 16, "vision-prod": 4}


async def test_from_a_family_to_a_holder_to_freed_cores(open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    async with open_console("quota") as console:
        await on_family(console)
        await console.press("enter")
        assert isinstance(console.screen, HoldersScreen)
        assert [(row.compute.name, row.cores, row.most) for row in console.screen.table.visible_rows] == [
            ("gpu-idle", 48, 96),
            ("gpu-a100-new", 0, 48),
        ]
        await console.press("enter")
        assert isinstance(console.screen, ComputeScreen)
        assert str(console.screen.table.cursor_key).endswith("/computes/gpu-idle")
        await console.press("ctrl+d")
        told = [effect.sentence for step in console.dialog.plan.steps for effect in step.effects]
        assert any(sentence.startswith("frees 48 cores of StandardNCADSA100v4Family in westeurope") for sentence in told)
        await agree(console)
        operation = console.session.operations[-1]
        fresh_emulator.control("POST", "clock", {"advance": 300})
        await ended(console, [operation])
        await console.command("quota")
        await console.press("ctrl+r")
        await console.until(lambda: family(console).used == 0, "freed cores")


async def test_a_workspace_s_limit_is_set_and_taken_back(open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    async with open_console("quota") as console:
        await on_family(console)
        await console.press("e")
        assert isinstance(console.app.screen, Choose)
        await console.press("enter")
        assert isinstance(console.app.screen, AskCores)
        field = console.app.screen.query_one(Input)
        for typed, why in (("51", "no more than 50"), ("many", "no number"), ("", "is needed"), ("50", "its limit now")):
            field.value = ""
            await console.type(typed)
            await console.press("enter")
            assert isinstance(console.app.screen, AskCores) and why in console.text, typed
            assert field.value == typed
        field.value = "48"
        await console.press("enter")
        assert isinstance(console.app.screen, Confirm)
        assert "may use 48 cores instead of 50 cores" in " ".join(console.text.split())
        assert not changes(fresh_emulator.calls())
        await agree(console)
        await ended(console, [console.session.operations[-1]])
        assert [run.progress for run in console.session.operations[-1].runs] == ["done"]
        await console.press("ctrl+r")
        await console.until(lambda: 48 in [quota.limit for quota in family(console).workspaces], "the new limit")
        await console.press("U")
        assert isinstance(console.app.screen, Confirm)
        await agree(console)
        await ended(console, [console.session.operations[-1]])
        await console.press("ctrl+r")
        await console.until(lambda: {quota.limit for quota in family(console).workspaces} == {50}, "the limit before")


async def test_a_limit_that_azure_does_not_set_is_no_success(open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    """Azure answers 200 and tells the refusal inside."""
    async with open_console("quota") as console:
        await on_family(console)
        await console.press("e", "enter")
        assert isinstance(console.app.screen, AskCores)
        console.app.screen.query_one(Input).value = "24"
        await console.press("enter")
        await agree(console)
        operation = console.session.operations[-1]
        await ended(console, [operation])
        assert [run.progress for run in operation.runs] == ["failed"]
        assert operation.runs[0].trouble is not None and operation.runs[0].trouble.code == "InvalidQuotaBelowClusterMinimum"
        assert "minimum of nodes" in operation.runs[0].note


async def test_a_request_for_more_is_ready_to_send(open_console: Open) -> None:
    async with open_console("quota") as console:
        await on_family(console)
        await console.press("i")
        assert isinstance(console.app.screen, AskCores)
        console.app.screen.query_one(Input).value = "40"
        await console.press("enter")
        assert "no increase" in console.text
        console.app.screen.query_one(Input).value = "96"
        await console.press("enter")
        told = " ".join(console.text.split())
        for part in ("contoso-prod", "westeurope", "StandardNCADSA100v4Family", "Current limit: 50", "In use: 48", "New limit wanted: 96"):
            assert part in told
        assert "QuotaMenuBlade" in "".join(console.text.split())
        assert not console.changes()


@pytest.mark.parametrize("key", ["e", "i"])
async def test_what_cannot_be_asked_says_why(open_console: Open, key: str) -> None:
    async with open_console("quota") as console:
        await console.loaded()
        low = next(row for row in console.screen.table.visible_rows if row.place.low_priority and not row.total)
        await console.at(low.id)
        await console.press(key)
        assert isinstance(console.screen, QuotaScreen)
        assert "low-priority" in console.hints or "no limit of its own" in console.hints


async def test_read_only_refuses_to_edit_and_shows_all(open_console: Open) -> None:
    async with open_console("quota", read_only=True) as console:
        await on_family(console)
        await console.press("e")
        assert "read-only" in console.hints and console.row_keys()


async def test_a_reader_sees_all_and_is_told_what_is_missing(open_console: Open) -> None:
    async with open_console("quota", identity="reader") as console:
        await on_family(console)
        assert family(console).used == 48
        subscription = console.screen.table.cursor_row.place.subscription_id
        allowances = console.session.context.allowances
        await console.until(
            lambda: (at := allowances.get(f"/subscriptions/{subscription}")) is not None and at.known, "what it may do there"
        )
        await console.press("e")
        assert "you lack Microsoft.MachineLearningServices/locations/updateQuotas/action in contoso-prod" in console.app.flashed.text
        assert isinstance(console.app.screen, QuotaScreen)


async def test_who_may_not_read_usages_still_sees_who_holds_what(open_console: Open) -> None:
    async with open_console("quota", identity="data-scientist") as console:
        await console.until(lambda: len(console.session.quota.usages.troubles) > 0 and console.row_keys(), "a refusal, and rows")
        await console.until(lambda: console.session.prices.loaded or console.session.prices.troubles, "sizes, or a refusal")
        await console.settled()
        assert "You need Microsoft.MachineLearningS" in console.title
        assert {row.used for row in console.screen.table.visible_rows} == {None}
        assert "gpu-idle" in {held.compute.name for row in console.screen.table.visible_rows for held in row.holdings}
        assert " ?" in console.text


async def test_a_failed_read_keeps_the_figures(open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    async with open_console("quota") as console:
        await on_family(console)
        fresh_emulator.control("POST", "faults", [rule("503", r"GET .*/usages$")])
        await console.press("ctrl+r")
        await console.until(lambda: console.session.quota.usages.troubles, "trouble")
        assert family(console).used == 48
