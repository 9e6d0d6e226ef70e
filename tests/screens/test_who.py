"""`:who`: who can do what and why, held to what the emulator really lets its identities do."""

from __future__ import annotations

import pytest

from console.domain.access.abilities import ANYBODY, Ability
from console.domain.access.verbs import BY_KEY, VERBS
from console.domain.access.verdicts import Verdict
from screens.dialogs.choose import Choose
from screens.dialogs.confirm import Confirm
from screens.principal import PrincipalScreen
from screens.who import MATRIX, SPELT, WhoScreen
from screens.who_cells import GLYPHS, HEADS, legend
from screens.why import WhyScreen
from tests.conftest import Emulator
from tests.gateway import workspace
from tests.nets import rule
from tests.screens.conftest import WIDE, Console, Open


async def known(console: Console) -> WhoScreen:
    """Until it is worked out from all that can be read."""
    await console.loaded()
    screen = console.app.screen
    assert isinstance(screen, WhoScreen)
    return screen


def row_of(console: Console, label: str) -> Ability:
    return next(row for row in console.screen.table.visible_rows if row.label.startswith(label))


def page(console: Console) -> str:
    return " ".join(" ".join(fact.label + " " + fact.text for fact in console.reader.facts).split())


async def test_who_reads_the_secrets_of_fraud_prod_and_through_which_forgotten_group(open_console: Open) -> None:
    """The new administrator's first question, from the screen of computes, by keys."""
    async with open_console() as console:
        await console.loaded()
        await console.command("who vault-secrets")
        await known(console)
        assert "who can read Key Vault secrets" in console.title
        grace = row_of(console, "grace.okafor")
        await console.at(grace.id)
        line = next(line for line in console.lines if line.startswith("▶"))
        assert "● yes" in line and "fraud-poc-2022" in line
        await console.press("w")
        assert isinstance(console.app.screen, WhyScreen)
        told = page(console)
        assert "grace.okafor@contoso.com → fraud-poc-2022 → an access policy at Key Vault kv-fraud-prod grants get of secrets" in told
        assert "would end End the membership of grace.okafor@contoso.com in fraud-poc-2022." in told
        await console.press("escape", "V", *"assign roles", "enter")
        assert "who can assign roles" in console.title


async def test_a_data_scientist_can_create_compute_and_why(open_console: Open) -> None:
    async with open_console("who", WIDE) as console:
        await known(console)
        await console.command("who create-compute")
        noah = row_of(console, "noah.weber")
        assert noah.cell(BY_KEY["create-compute"]).verdict is Verdict.YES
        await console.at(noah.id)
        await console.press("w")
        told = page(console)
        assert "noah.weber@contoso.com → hackathon-2023 → Contributor at resource group ml-prod-rg grants" in told
        assert "End the membership of noah.weber@contoso.com in hackathon-2023." in told
        # Others who hold no more than the role cannot, as the role takes it back itself.
        await console.press("escape")
        grace = row_of(console, "grace.okafor")
        await console.at(grace.id)
        await console.press("w")
        told = page(console)
        assert "create compute in fraud-prod: no" in told and "minus" in told and "takes back" in told


async def test_what_lets_them_is_taken_away_by_a_plan(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console("who", WIDE, write=True) as console:
        await known(console)
        await console.command("who create-compute")
        await console.at(row_of(console, "noah.weber").id)
        await console.press("w", "f")
        await console.looked()
        assert isinstance(console.app.screen, Confirm)
        assert "hackathon-2023" in console.text and not console.changes()
        await console.press("escape")


async def test_the_verb_is_picked_by_keys_by_name_and_kept(open_console: Open) -> None:
    async with open_console("who") as console:
        screen = await known(console)
        first = screen.verb
        await console.press("right")
        assert screen.verb is VERBS[VERBS.index(first) + 1] and screen.verb.name in console.title
        await console.press("left", "left")
        assert screen.verb is VERBS[VERBS.index(first) - 1]
        await console.press("V")
        assert isinstance(console.app.screen, Choose)
        await console.type("submit")
        await console.press("enter")
        assert "who can submit jobs" in console.title
        await console.command("compute")
        await console.command("who")
        assert "who can submit jobs" in console.title
        await console.command("who nonsense")
        assert "'nonsense' is none of create-compute" in console.hints
        await console.command("who compute")
        assert "'compute' may be create-compute, delete-compute" in console.hints


async def test_best_first_and_filtered_by_verdict_and_kind(open_console: Open) -> None:
    async with open_console("who") as console:
        screen = await known(console)
        verdicts = [row.cell(screen.verb).verdict for row in screen.table.visible_rows]
        assert verdicts == sorted(verdicts) and {Verdict.YES, Verdict.ONESELF, Verdict.NO} <= set(verdicts)
        for text, verdict in (("can:yes", Verdict.YES), ("can:no", Verdict.NO), ("can:oneself", Verdict.ONESELF)):
            await console.press("/", *text, "enter")
            found = [row.cell(screen.verb).verdict for row in screen.table.visible_rows]
            assert set(found) == {verdict} and len(found) == verdicts.count(verdict)
            await console.press("escape")
        await console.press("/", *"kind:identity", "enter")
        assert {row.label for row in screen.table.visible_rows} >= {"fraud-prod"}
        await console.press("escape", "F")
        assert Verdict.NO not in {row.cell(screen.verb).verdict for row in screen.table.visible_rows}


async def test_a_matrix_where_there_is_room(open_console: Open) -> None:
    async with open_console("who", (MATRIX, 40)) as console:
        screen = await known(console)
        names = [column.name for column in screen.table.visible_columns]
        assert [name for name in names if name in HEADS.values()] == list(HEADS.values())
        noah = row_of(console, "noah.weber")
        await console.at(noah.id)
        line = next(line for line in console.lines if line.startswith("▶"))
        assert f"({GLYPHS[Verdict.YES]})" in line and legend() in console.title
        await console.press("right")
        assert f"({GLYPHS[noah.cell(screen.verb).verdict]})" in next(line for line in console.lines if line.startswith("▶"))
        await console.pilot.resize_terminal(80, 24)
        await console.settled()
        assert "HOW" in console.text and not {column.name for column in screen.table.columns} & set(HEADS.values())
        assert screen.table.cursor_row == noah
        await console.pilot.resize_terminal(SPELT, 50)
        await console.settled()
        assert {verb.short.upper() for verb in VERBS} <= {column.name for column in screen.table.visible_columns}


async def test_from_a_person_to_all_they_hold_and_all_it_lets_them_do(open_console: Open) -> None:
    async with open_console("who") as console:
        await known(console)
        await console.at(row_of(console, "noah.weber").id)
        await console.press("enter")
        assert isinstance(console.app.screen, PrincipalScreen)
        await console.loaded()
        assert "hackathon-2023" in console.text
        await console.press("V")
        told = page(console)
        assert "● yes create compute: hackathon-2023 → Contributor @ rg ml-prod-rg" in told and "· no" in told


async def test_two_are_compared(open_console: Open) -> None:
    async with open_console("who") as console:
        await known(console)
        await console.press("C")
        assert "two are compared: 0 marked" in console.hints
        for label in ("noah.weber", "grace.okafor"):
            await console.at(row_of(console, label).id)
            await console.press("space")
        await console.press("C")
        told = page(console)
        assert "can create compute" in told and "can submit jobs" not in told
        assert "grace.okafor@contoso.com: no" in told and "noah.weber@contoso.com: yes, by hackathon-2023" in told


async def test_separation_in_two_levels(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.command("separation")
        await console.until(lambda: getattr(console.app.screen, "heading", "") == "separation of duties", "the check")
        told = page(console)
        assert "by design AzureML Data Scientist can read datastore secrets" in told and "instead Give a custom role without" in told
        assert "beyond noah.weber@contoso.com can create compute: yes" in told
        assert "plan End the membership of noah.weber@contoso.com in hackathon-2023." in told


async def test_how_far_the_answer_goes(open_console: Open) -> None:
    async with open_console("who") as console:
        await known(console)
        await console.press("i")
        told = page(console)
        assert "everything that decides it" in told and "Azure's own answer about you agrees" in told
        assert "assignments read just now" in told and "not covered" in told


async def test_where_azure_disagrees_it_is_told(open_console: Open) -> None:
    async with open_console("who") as console:
        screen = await known(console)
        allowances = console.session.context.allowances
        place = screen.session.access.now.places[0].workspace
        allowances[place.id.lower()] = type(allowances[place.id.lower()])()
        console.session._changed()
        await console.settled()
        assert "Azure disagrees (i)" in console.title
        await console.press("i")
        assert "Azure does not let you do Microsoft.MachineLearningServices/workspaces/computes/write" in page(console)


async def test_without_the_directory_nothing_is_a_no(open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    fresh_emulator.control("POST", "faults", [rule("403", "getByIds"), rule("403", "batch$")])
    async with open_console("who") as console:
        screen = await known(console)
        assert {row.cell(screen.verb).verdict for row in screen.feed.items}.isdisjoint({Verdict.NO})
        assert "incomplete: The members of " in console.title
        anybody = row_of(console, ANYBODY)
        await console.at(anybody.id)
        await console.press("w")
        assert "anybody else can read Key Vault secrets in fraud-prod: unknown" in page(console)
        await console.press("escape")
        fresh_emulator.control("POST", "faults", {})


async def test_a_vault_that_could_not_be_read_leaves_both_models_open(open_console: Open, fresh_emulator: Emulator, brisk: None) -> None:
    fresh_emulator.control("POST", "faults", [rule("403", "Microsoft.KeyVault/vaults/[^/]*$")])
    async with open_console("who") as console:
        await known(console)
        assert "The Key Vault kv-fraud-prod could not be read" in " ".join(console.session.access.who.incomplete.split())
        assert row_of(console, "grace.okafor").cell(BY_KEY["vault-secrets"]).verdict is Verdict.UNKNOWN
        fresh_emulator.control("POST", "faults", {})


async def test_nothing_is_asked_before_somebody_looks(open_console: Open, fresh_emulator: Emulator) -> None:
    async with open_console() as console:
        await console.loaded()
        assert not [call for call in fresh_emulator.calls() if "KeyVault" in call["path"] or "roleAssignments" in call["path"]]
        assert console.session.access.who.answer is None


#: Verbs that the emulator serves, with a request that a permitted caller fails only for what it names: nothing is changed.
TRIED = {
    "create-compute": ("PUT", "/computes/nobodys", {"location": "mars"}),
    "delete-compute": ("DELETE", "/computes/nobodys?underlyingResourceAction=Delete", None),
    "start-stop": ("POST", "/computes/nobodys/start", None),
    "idle-shutdown": ("POST", "/computes/nobodys/updateIdleShutdownSetting", {"idleTimeBeforeShutdown": "PT30M"}),
    "assign-roles": ("PUT", "/providers/Microsoft.Authorization/roleAssignments/00000000-0000-0000-0000-00000000000a", {"properties": {}}),
}


async def test_the_answer_is_what_the_emulator_enforces(open_console: Open, fresh_emulator: Emulator) -> None:
    """For each identity that can sign in: refused exactly where the answer is no yes."""
    async with open_console("who") as console:
        await known(console)
        place = workspace(fresh_emulator)
        matrix = console.session.access.who.matrix(console.session.access.now.places[0])
        assert matrix is not None
        for each in fresh_emulator.ready["identities"]:
            for verb, (method, path, body) in TRIED.items():
                version = "2022-04-01" if "Authorization" in path else "2023-08-01-preview"
                url = f"{place.id}{path}{'&' if '?' in path else '?'}api-version={version}"
                answer = fresh_emulator.request(method, url, body, identity=each["name"])
                allowed = answer.status != 403
                verdict = matrix.cell(each["object_id"], BY_KEY[verb]).verdict
                assert allowed is (verdict is Verdict.YES), (each["name"], verb, verdict, answer.status)


@pytest.mark.parametrize("identity", ["reader", "data-scientist", "operator"])
async def test_as_somebody_else_no_false_no_is_told(open_console: Open, identity: str) -> None:
    """Who may read less sees the same verdict or that it is not known; never that somebody cannot who can."""
    async with open_console("who") as console:
        await known(console)
        whole = {row.principal_id: row.cells for row in console.screen.feed.items}
    async with open_console("who", identity=identity) as console:
        await console.until(lambda: console.screen.feed.loaded or console.screen.feed.troubles, "an answer")
        await console.idle()
        for row in console.screen.feed.items:
            for verb, cell, sure in zip(VERBS, row.cells, whole.get(row.principal_id, row.cells), strict=True):
                assert cell.verdict is not Verdict.NO or sure.verdict is Verdict.NO, (row.label, verb.key)


async def test_who_may_not_look_is_told_why_and_nothing_is_claimed(open_console: Open) -> None:
    async with open_console("who", identity="data-scientist") as console:
        await console.until(lambda: console.screen.feed.troubles, "a refusal")
        await console.settled()
        assert "You need Microsoft.Authorization/roleAssignments/read" in console.text
        await console.press("i")
        assert "unknown You need Microsoft.Authorization/roleAssignments/read" in page(console)
        assert "everything that decides it" not in page(console)


async def test_another_workspace_is_another_answer(open_console: Open) -> None:
    async with open_console("who") as console:
        await known(console)
        await console.command("who @all")
        await console.until(lambda: len(console.session.context.where) > 1, "other workspaces")
        await known(console)
        here = {place.id for place in console.session.context.where}
        assert {row.place.workspace.id for row in console.screen.feed.items} == here
        assert "WORKSPACE" in console.text


async def test_a_verb_that_is_none_is_told_also_after_workspaces_were_looked_up(open_console: Open) -> None:
    async with open_console("who") as console:
        await console.loaded()
        await console.command("who nonsense @fraud-dev")
        await console.until(lambda: console.app.flashed and "'nonsense' is none of" in console.app.flashed.text, "what is wrong")
        assert console.app.failure is None
