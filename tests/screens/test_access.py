"""`:access`: who has which role where, who those are, and what the screen says of what it could not read."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from console.domain.access.grants import Grant, Pim, Standing
from console.domain.access.principals import PrincipalKind
from screens.access import AccessScreen
from screens.link_page import LinkPage
from screens.members import MembersScreen
from screens.principal import PrincipalScreen
from tests.conftest import Emulator
from tests.gateway import workspace
from tests.nets import rule
from tests.screens.conftest import WIDE, Console, Open


def named(console: Console, label: str, role: str = "") -> Grant:
    """The row of a principal, by the beginning of the name."""
    rows: list[Grant] = console.screen.table.visible_rows  # type: ignore[assignment]
    return next(row for row in rows if row.label.startswith(label) and role in row.role_name)


def asked(emulator: Emulator) -> Counter[str]:
    """What was asked about access and the directory, by the last word of its path."""
    words = {"roleAssignments", "roleDefinitions", "denyAssignments", "roleEligibilityScheduleInstances"}
    words |= {"roleAssignmentScheduleInstances", "roleAssignmentsUsageMetrics", "getByIds", "$batch", "transitiveMembers"}
    paths = [call["path"].rsplit("/", 1)[-1] for call in emulator.calls()]
    return Counter(word for word in paths if word in words)


async def known(console: Console) -> None:
    """Until the directory has told all that it was asked."""
    await console.loaded()
    groups = [row for row in console.screen.feed.items if isinstance(row, Grant) and row.kind is PrincipalKind.GROUP]
    await console.until(lambda: all(console.session.access.now.people.members.known(row.principal_id) for row in groups), "members")
    await console.idle()


async def test_nothing_is_asked_before_somebody_looks(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console() as console:
        await console.loaded()
        assert not asked(fresh_emulator).keys() & {"roleAssignments", "roleDefinitions", "$batch"}


async def test_access_costs_a_call_of_each_kind(open_console: Open, fresh_emulator: Emulator) -> None:
    """Never one for each principal: names in one call, accounts and members in batches of twenty."""
    async with open_console("access") as console:
        await known(console)
        calls = asked(fresh_emulator)
        assert calls.pop("$batch") == 2, "accounts, and members"
        assert calls.pop("getByIds") == 1
        assert set(calls.values()) == {1}
        assert calls.keys() == {
            "roleAssignments",
            "roleDefinitions",
            "denyAssignments",
            "roleEligibilityScheduleInstances",
            "roleAssignmentScheduleInstances",
            "roleAssignmentsUsageMetrics",
        }


async def test_what_is_here_inherited_and_on_companions_in_one_list(open_console: Open) -> None:
    async with open_console("access", WIDE) as console:
        await known(console)
        rows: Any = console.screen.table.visible_rows
        assert {row.standing for row in rows} >= {Standing.HERE, Standing.INHERITED, Standing.COMPANION}
        assert any("/managementGroups/" in row.scope for row in rows)
        assert not [row for row in rows if "research" in row.scope]
        assert {row.pim for row in rows} >= {Pim.NONE, Pim.ELIGIBLE}
        assert "/4000" in console.title
        assert "! Owner" in console.text and "mg contoso" in console.text and "eligible" in console.text
        assert "5 access" in console.text


async def test_who_is_gone_is_told_apart_from_who_cannot_be_read(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console("access") as console:
        await known(console)
        (orphan,) = [row for row in console.screen.feed.items if row.orphan]
        await console.at(orphan.id)
        assert "orphan" in next(line for line in console.lines if line.startswith("▶"))
        await console.press("d")
        assert "the directory does not know it (an orphan)" in " ".join(console.text.split())


async def test_who_has_a_name_stands_before_who_has_none(open_console: Open) -> None:
    async with open_console("access") as console:
        await known(console)
        rows: Any = console.screen.table.visible_rows
        assert rows[-1].orphan and rows[0].principal is not None
        names = [row.label.casefold() for row in rows if row.principal is not None]
        assert names == sorted(names)


async def test_without_the_directory_ids_stay_usable(open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    fresh_emulator.control("POST", "faults", [rule("403", "getByIds"), rule("403", "batch$")])
    async with open_console("access") as console:
        await console.loaded()
        await console.until(lambda: "directory" in console.session.access.now.unread, "the refusal")
        await console.settled()
        assert console.screen.feed.items and not [row for row in console.screen.feed.items if row.orphan]
        assert "not read: directory" in console.title
        row = console.screen.table.visible_rows[0]
        await console.at(row.id)
        assert row.principal_id[:8] in next(line for line in console.lines if line.startswith("▶"))
        await console.press("d")
        assert "the directory cannot be read" in " ".join(console.text.split())
        await console.press("escape", "L")
        trouble = console.session.access.now.unread["directory"]
        assert trouble.sentence in [fact.text for fact in console.reader.facts]
        fresh_emulator.control("POST", "faults", {})


async def test_from_a_group_to_a_member_to_all_that_the_member_holds(open_console: Open) -> None:
    async with open_console("access") as console:
        await known(console)
        group = named(console, "hackathon-2023")
        await console.at(group.id)
        await console.press("enter")
        assert isinstance(console.app.screen, MembersScreen)
        await console.loaded()
        who = next(row for row in console.screen.table.visible_rows if row.label.startswith("noah"))
        await console.at(who.id)
        await console.press("enter")
        assert isinstance(console.app.screen, PrincipalScreen)
        rows: Any = console.screen.table.visible_rows
        via = {(row.role_name, row.via) for row in rows}
        assert ("Contributor", "hackathon-2023") in via and ("AzureML Data Scientist", "fraud-data-scientists") in via
        assert "hackathon-2023" in console.text
        await console.press("d")
        told = " ".join(console.text.split())
        assert "noah.weber@contoso.com" in told and "the group" in told


async def test_accounts_of_members_in_view_are_told(open_console: Open) -> None:
    async with open_console("access") as console:
        await known(console)
        await console.at(named(console, "fraud-data-scientists").id)
        await console.press("enter")
        await console.until(lambda: all(row.enabled is not None for row in console.screen.table.visible_rows), "accounts")
        await console.settled()
        left = next(row for row in console.screen.table.visible_rows if not row.enabled)
        assert left.label.startswith("ulrich") and any(" no " in line and "ulrich" in line for line in console.lines)


async def test_a_principal_s_page_names_the_instances_that_are_theirs(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        owned = {each.owner_id.lower(): each.name for each in console.session.computes.items if each.owner_id}
        await console.command("access")
        await known(console)
        members = console.session.access.now.directory.members
        group = next(row for row in console.screen.table.visible_rows if owned.keys() & set(members.get(row.principal_id, ())))
        who = next(each for each in members[group.principal_id] if each in owned)
        await console.at(group.id)
        await console.press("enter")
        await console.at(who)
        await console.press("d")
        assert owned[who] in console.text


async def test_what_a_role_lets_do_is_told_in_words_and_in_azure_s(open_console: Open) -> None:
    async with open_console("access") as console:
        await known(console)
        await console.at(named(console, "fraud-data-scientists", "Data Scientist").id)
        await console.press("i")
        told = " ".join(console.text.split())
        assert "role AzureML Data Scientist" in told and "submit jobs" in told and "but not" in told
        assert "Microsoft.MachineLearningServices/workspaces/*/read" in told


async def test_only_what_should_be_looked_at(open_console: Open) -> None:
    async with open_console("access") as console:
        await known(console)
        every = len(console.row_keys())
        await console.press("F")
        assert 0 < len(console.row_keys()) < every and "findings only" in console.title
        assert any(row.orphan for row in console.screen.table.visible_rows)
        await console.press("F")
        assert len(console.row_keys()) == every


async def test_rows_are_filtered_grouped_and_led_out_of(open_console: Open) -> None:
    async with open_console("access", WIDE) as console:
        await known(console)
        await console.press("/", *"where:companion", "enter")
        assert {row.standing for row in console.screen.table.visible_rows} == {Standing.COMPANION}
        await console.press("o")
        assert isinstance(console.app.screen, LinkPage)
        assert any(link.text.endswith("/users") for link in console.app.screen.links)
        await console.press("escape", "escape")
        await console.command("by role")
        assert any("▾ Reader (" in line for line in console.lines)


async def test_who_may_not_list_the_subscription_sees_what_reaches_the_workspace(open_console: Open) -> None:
    async with open_console("access", identity="operator") as console:
        await console.loaded()
        assert "incomplete: only what reaches here" in console.title
        assert {row.standing for row in console.screen.feed.items} >= {Standing.HERE, Standing.INHERITED}
        assert "PIM" in console.session.access.now.unread


@pytest.mark.parametrize("identity", ["outsider", "data-scientist"])
async def test_who_may_not_look_is_told_which_permission_is_missing(open_console: Open, identity: str) -> None:
    async with open_console("access", identity=identity) as console:
        await console.until(lambda: console.screen.feed.troubles, "the refusal")
        await console.idle()
        assert "".join(["Microsoft.Authorization/roleAssignments/read"]) in "".join(console.text.split())
        assert not console.row_keys()


async def test_assignments_that_are_new_come_by_themselves(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console("access") as console:
        await known(console)
        row = named(console, "hackathon-2023")
        answer = fresh_emulator.request("DELETE", f"{row.id}?api-version=2022-04-01")
        assert answer.status == 200
        console.session.access.now.hurry(row.id)
        await console.until(lambda: row.id not in console.row_keys(), "it is gone")
        assert isinstance(console.screen, AccessScreen)


async def test_rows_that_stay_are_the_same_objects(open_console: Open) -> None:
    """The table and its filter go by that: thousands of rows cost nothing while nothing changes."""
    async with open_console("access") as console:
        await known(console)
        before = console.screen.feed.items
        polls = console.session.access.now.assignments.parts
        count = sum(part.polls for part in polls.values())
        await console.press("ctrl+r")
        await console.until(lambda: sum(part.polls for part in polls.values()) > count, "another poll")
        await console.idle()
        assert all(one is other for one, other in zip(before, console.screen.feed.items, strict=True))


@pytest.mark.long
async def test_five_hundred_assignments_at_forty_scopes(open_console: Open, fresh_emulator: Emulator) -> None:
    """Made by writing them to the emulator as anybody could: the calls are those of a small estate, and a batch for each twenty groups."""
    place = workspace(fresh_emulator)
    scopes = [f"{place.id}/computes/c{number}" for number in range(39)] + [place.id]
    authorization, version = "providers/Microsoft.Authorization", "api-version=2022-04-01"
    known_roles = fresh_emulator.request("GET", f"/subscriptions/{place.subscription_id}/{authorization}/roleDefinitions?{version}").json()
    roles = [each["id"] for each in known_roles["value"]][:13]
    held = fresh_emulator.request("GET", f"{place.id}/{authorization}/roleAssignments?{version}").json()["value"]
    who = next(each["properties"]["principalId"] for each in held if each["properties"]["principalType"] == "Group")
    made = 0
    for scope in scopes:
        for role in roles:
            made += 1
            body = {"properties": {"roleDefinitionId": role, "principalId": who, "principalType": "Group"}}
            path = f"{scope}/{authorization}/roleAssignments/00000000-0000-4000-8000-{made:012d}?{version}"
            answer = fresh_emulator.request("PUT", path, body)
            while answer.status == 429:  # ARM lets a principal write ten times a second
                await asyncio.sleep(float(answer.headers["Retry-After"]))
                answer = fresh_emulator.request("PUT", path, body)
            assert answer.status in {201, 409}, answer.content
    fresh_emulator.control("DELETE", "calls")
    async with open_console("access") as console:
        await known(console)
        assert len(console.row_keys()) > 500
        calls = asked(fresh_emulator)
        assert calls["roleAssignments"] == calls["denyAssignments"] == calls["roleDefinitions"] == 1
        assert calls["getByIds"] == 1 and calls["$batch"] == 2
        await console.press("G", "g")
        assert console.screen.table.cursor_position == 0


async def test_what_is_denied_is_told_with_why_it_stays_and_on_the_rows_that_it_stands_against(open_console: Open) -> None:
    async with open_console("access", WIDE) as console:
        await console.command("access @genai-hub")
        await console.until(lambda: console.session.context.where[0].name == "genai-hub", "the other workspace")
        await known(console)
        await console.until(lambda: "1 denied (D)" in console.title, "the deny assignment")
        await console.press("D")
        page = " ".join(" ".join(fact.label + " " + fact.text for fact in console.reader.facts).split())
        assert "to everybody but not to ml-platform-admins what */delete" in page and "rg genai-rg, and below" in page
        assert "only Azure makes and removes them" in page
        await console.press("escape")
        for label, role, denied in (("admin", "Owner", True), ("ml-platform-admins", "Contributor", False)):
            await console.at(named(console, label, role).id)
            await console.press("w")
            why = " ".join(console.text.split())
            assert ("denied" in why and "delete compute" in why) is denied, label
            await console.press("escape")
