"""`:find`: whatever is pasted leads to the resource that has it, or to what was searched and what was not loaded."""

from __future__ import annotations

import pytest
from textual import events

from console.domain.compute import Kind
from screens.find import FoundScreen
from screens.nodes import NodesScreen
from screens.principal import PrincipalScreen
from tests.screens.conftest import Console, Open


def under_cursor(console: Console) -> str:
    return str(console.screen.table.cursor_key).rsplit("/", 1)[-1]


async def test_one_hit_is_jumped_to(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        rows = {row.name: row for row in console.session.computes.items}
        grace, session = rows["nb-grace"], console.session
        run = session.last_runs.get(rows["gpu-idle"].id)
        assert run is not None
        for text, name in {
            "nb-ivan": "nb-ivan",
            grace.id.upper() + "/": "nb-grace",
            str(session.names.get(rows["nb-noah"].owner_id)): "nb-noah",
            grace.owner_id: "nb-grace",
            f'"{run.id}"': "gpu-idle",
            f"https://ml.azure.com/compute/nb-mei/details?wsid={grace.workspace.id}x": "nb-mei",
        }.items():
            await console.press("g")
            await console.command(f"find {text}")
            assert under_cursor(console) == name, text
            assert console.app.flashed is not None and name in console.app.flashed.text


async def test_a_filter_that_hides_the_hit_is_cleared_and_that_is_said(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("F", "/", *"gpu", "enter")
        await console.command("find gpu-idle")
        assert under_cursor(console) == "gpu-idle" and "/gpu" in console.title and "findings only" in console.title
        await console.command("find nb-ivan")
        assert under_cursor(console) == "nb-ivan" and "[18]" in console.title
        assert console.app.flashed is not None and "cleared findings only /gpu, which hid it" in console.app.flashed.text


async def test_it_jumps_from_any_screen(open_console: Open) -> None:
    async with open_console("findings") as console:
        await console.loaded()
        await console.command("find nb-ivan")
        await console.loaded()
        assert console.screen.kind == "compute" and under_cursor(console) == "nb-ivan"


async def test_several_hits_are_there_to_choose_from(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.command("find gpu-")
        assert isinstance(console.app.screen, FoundScreen)
        assert {each.rsplit("/", 1)[-1] for each in console.row_keys()} == {"gpu-idle", "gpu-train", "gpu-resize", "gpu-a100-new"}
        await console.at(next(each for each in console.row_keys() if each.endswith("/gpu-resize")))
        await console.press("enter")
        assert console.screen.kind == "compute" and under_cursor(console) == "gpu-resize"


async def test_a_node_is_found_while_its_cluster_is_shown(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.at(next(row.id for row in console.session.computes.items if row.name == "gpu-idle"))
        await console.press("enter")
        await console.loaded()
        node = console.row_keys()[-1]
        await console.press("g")
        await console.command(f"find {node}")
        await console.loaded()
        assert isinstance(console.app.screen, NodesScreen) and console.screen.table.cursor_key == node


async def test_a_principal_is_found_by_whatever_names_it_once_access_was_read(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.command("find hackathon-2023")
        told = " ".join(console.text.split())
        assert "0 principals" in told and "who holds which role" in told
        await console.press("escape")
        await console.command("access")
        await console.loaded()
        await console.until(lambda: bool(console.session.access.now.directory.members), "members")
        people = {each.label: each for each in console.session.access.now.directory.principals.values()}
        (orphan,) = [row for row in console.session.access.now.grants.items if row.orphan]
        emil, operator = people["emil.larsen@contoso.com"], people["operator"]
        for text, object_id in {
            "hackathon-2023": people["hackathon-2023"].id,
            "Emil.Larsen@contoso.com": emil.id,  # who holds nothing but through a group
            emil.id.upper(): emil.id,
            "Emil Larsen": emil.id,
            f'"{operator.app_id}"': operator.id,
            orphan.principal_id: orphan.principal_id,
        }.items():
            await console.command(f"find {text}")
            screen = console.app.screen
            assert isinstance(screen, PrincipalScreen) and screen.principal_id == object_id, text
            await console.loaded()
            assert console.row_keys(), text
        await console.command(f"find {orphan.id.rpartition('/')[2]}")
        await console.loaded()
        assert console.screen.kind == "access" and console.screen.table.cursor_key == orphan.id


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nobody@contoso.com", "(e-mail)"),
        ("abfss://raw@contosodata.dfs.core.windows.net/2026", "contosodata"),
        ("azureml://datastores/claims/paths/x", "claims"),
        ("/subscriptions/0/resourceGroups/x/providers/y/z/w", "(ARM id)"),
    ],
)
async def test_nothing_found_says_what_was_searched_and_what_not(text: str, told: str, open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.command(f"find {text}")
        page = " ".join(console.text.split())
        assert "Nothing loaded mentions it" in page and told in page
        assert "18 computes" in page and "not loaded" in page and "the datastores" in page and "connections" in page


async def test_nothing_to_find_says_what_can_be(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.command("find")
        assert console.app.flashed is not None and "find what?" in console.app.flashed.text


async def test_a_paste_of_several_lines_is_one(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        arm_id = next(row.id for row in console.session.computes.items if row.kind is Kind.AKS)
        await console.press(":", *"find ")
        assert console.app._driver is not None
        console.app._driver.send_message(events.Paste(f"\n  '{arm_id[:80]}\r\n{arm_id[80:]}'\n"))
        await console.settled()
        await console.press("enter")
        assert under_cursor(console) == "aks-score"
