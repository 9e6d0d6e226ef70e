"""What is asked before a plan is agreed to: policies and the subnet, told in the form or the dialog; what cannot be asked stops nobody."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App

from console.azure.request import Request
from console.domain.scopes import WorkspaceRef
from console.operations.plan import Concern, Effect, Plan, Step
from screens.dialogs.confirm import Confirm
from screens.forms.new_cluster import NewClusterForm
from tests.conftest import Emulator
from tests.gateway import sent, workspace
from tests.nets import rule
from tests.screens.conftest import SMALL, WIDE, Open
from tests.screens.test_forms import CLUSTER, INSTANCE, at, form_of, new, put, review, told
from tests.screens.test_plans import agree

A100, SMALL_SIZE = "Standard_NC24ads_A100_v4", "Standard_DS3_v2"
CHECK = "/checkPolicyRestrictions"


def subnet_of(emulator: Emulator, network: str, subnet: str, *, of: str = "fraud-prod") -> str:
    group = workspace(emulator, of).group_id
    return f"{group}/providers/Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}"


async def test_what_a_policy_forbids_is_refused_in_the_dialog_and_stays_in_sight(open_console: Open) -> None:
    async with open_console(workspace="sandbox") as console:
        form = await new(console, CLUSTER)
        form.fill("name", "gpu-new")
        form.fill("size", A100)
        await review(console)
        dialog = console.dialog
        assert not dialog.query("#go") and not console.changes()
        assert "policy no-a100-in-sandbox (assigned to sandbox-rg): The sandbox has no A100 machines" in dialog.refusal
        for keys in ((), ("down",) * 30):
            await console.press(*keys)
            assert "refused" in told(console) and "ask for an exemption" in told(console) and "Cancel" in told(console), console.text
        await console.press("escape")
        form.fill("size", SMALL_SIZE)
        await review(console)
        assert console.dialog.query("#go") and "none forbids it" in policies_told(console.dialog.plan)
        assert len(sent(console.emulator, "POST", CHECK)) == 2


def policies_told(plan: Plan) -> str:
    return "; ".join(effect.sentence for step in plan.steps for effect in step.effects if effect.concern is Concern.POLICY)


async def test_instances_that_differ_in_their_person_are_asked_about_once(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        form = await new(console, INSTANCE)
        names = [
            console.session.names.get(row.owner_id)
            for row in console.session.computes.items
            if row.name in {"nb-grace", "nb-ivan", "nb-noah"}
        ]
        people = [name for name in names if name]
        assert len(people) == 3
        form.fill("people", ", ".join(people))
        form.fill("size", SMALL_SIZE)
        await review(console)
        assert len(console.dialog.plan.steps) == 3
        assert len(sent(console.emulator, "POST", CHECK)) == 1
        assert told(console).count("none forbids it") == 1


async def test_policies_that_cannot_be_asked_are_told_and_stop_nobody(open_console: Open) -> None:
    async with open_console() as console:
        form = await new(console, CLUSTER)
        console.emulator.control("POST", "faults", [rule("403", CHECK)])
        form.fill("name", "cpu-new")
        form.fill("size", SMALL_SIZE)
        await review(console)
        assert console.dialog.query("#go")
        unchecked = [each.sentence for each in console.dialog.plan.steps[0].effects if each.concern is Concern.UNCHECKED]
        assert any(sentence.startswith("policies could not be checked: ") for sentence in unchecked)


async def test_a_refusal_that_nobody_foresaw_names_the_policy(open_console: Open, brisk: None) -> None:
    async with open_console(workspace="sandbox") as console:
        form = await new(console, CLUSTER)
        console.emulator.control("POST", "faults", [rule("403", CHECK)])
        form.fill("name", "gpu-new")
        form.fill("size", A100)
        await review(console)
        await agree(console)
        await console.until(lambda: console.session.operations and console.session.operations[-1].ended, "the refusal")
        (run,) = console.session.operations[-1].runs
        assert run.trouble is not None and run.trouble.sentence.startswith("Azure Policy forbids it: 'Sandbox: no A100 machines'")


@pytest.mark.parametrize(
    ("network", "subnet", "most", "says"),
    [
        ("vnet-ml-prod", "nowhere", "4", "vnet-ml-prod has no such subnet; it has training"),
        ("vnet-none", "training", "4", "there is no such network"),
        ("vnet-ml-prod", "endpoints", "4", "0 of 8 addresses of vnet-ml-prod/endpoints are free"),
    ],
)
async def test_a_subnet_that_cannot_be_is_told_at_its_field(open_console: Open, network: str, subnet: str, most: str, says: str) -> None:
    async with open_console(size=WIDE) as console:
        form = await new(console, CLUSTER)
        form.fill("name", "cpu-new")
        form.fill("size", SMALL_SIZE)
        form.fill("most", most)
        await put(console, "subnet", "")
        form.fill("subnet", subnet_of(console.emulator, network, subnet))
        await console.press("tab")
        await console.until(lambda: says in told(console), says)
        await review(console)
        assert form_of(console) is form and form.focused is not None and form.focused.id == "subnet"
        assert not console.changes() and not sent(console.emulator, "POST", CHECK)


async def test_a_network_elsewhere_is_none_for_this_region(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        form = await new(console, INSTANCE)
        form.fill("size", SMALL_SIZE)
        form.fill("subnet", subnet_of(console.emulator, "vnet-supply", "training", of="demand-prod"))
        await review(console)
        assert form_of(console) is form and "vnet-supply is in northeurope, not in westeurope" in told(console)


async def test_a_tight_subnet_is_noted_and_one_that_may_not_be_read_stops_nobody(open_console: Open) -> None:
    async with open_console() as console:
        form = await new(console, CLUSTER)
        form.fill("name", "cpu-new")
        form.fill("size", SMALL_SIZE)
        form.fill("subnet", subnet_of(console.emulator, "vnet-ml-prod", "notebooks"))
        await review(console)
        assert any("2 of 8 addresses" in note and "4 are wanted" in note for note in console.dialog.notes)
        assert len(sent(console.emulator, "GET", "/virtualNetworks/vnet-ml-prod")) == 1
        await console.press("escape")
        console.emulator.control("POST", "faults", [rule("403", "virtualNetworks")])
        form.fill("subnet", subnet_of(console.emulator, "vnet-other", "training"))
        await review(console)
        assert console.dialog.query("#go") and [note for note in console.dialog.notes if note.startswith("subnet not read: ")]


async def test_a_clone_has_network_and_identity_of_its_row(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        place = workspace(console.emulator).id
        given = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/reader"
        wanted = {
            "location": "westeurope",
            "identity": {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": {given: {}}},
            "properties": {
                "computeType": "AmlCompute",
                "properties": {
                    "vmSize": SMALL_SIZE,
                    "scaleSettings": {"maxNodeCount": 2},
                    "subnet": {"id": subnet_of(console.emulator, "vnet-ml-prod", "training")},
                    "enableNodePublicIp": False,
                },
            },
        }
        assert console.emulator.request("PUT", f"{place}/computes/cpu-net?api-version=2023-08-01-preview", wanted).status == 201
        console.session.computes.refresh()
        await console.until(lambda: any(key.endswith("/cpu-net") for key in console.row_keys()), "the new row")
        await console.idle()
        await at(console, "cpu-net")
        await console.press("N")
        form: Any = form_of(console)
        assert isinstance(form, NewClusterForm)
        values = form.values
        assert values["subnet"].endswith("/subnets/training") and values["public_ip"] == "no" and values["identity"] == "system"
        assert given in told(console).replace(" ", "") or "more identities" in told(console)


def long_plan() -> Plan:
    place = WorkspaceRef("s", "g", "w")
    steps = tuple(
        Step(
            target_id=f"{place.id}/computes/c{number}",
            target_name=f"c{number}",
            request=Request(method="PUT", path=f"{place.id}/computes/c{number}"),
            permission="Microsoft.MachineLearningServices/workspaces/computes/write",
            effects=tuple(Effect(Concern.CHANGE, f"line {line} of {number}, " + "as long as lines are " * 4) for line in range(9)),
        )
        for number in range(9)
    )
    return Plan(verb="create", title="Create 9 clusters", where="w", steps=steps)


@pytest.mark.parametrize("size", [SMALL, WIDE, (80, 12), (40, 10)])
async def test_a_refusal_stays_in_sight_beside_the_buttons(size: tuple[int, int]) -> None:
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        dialog = Confirm(long_plan(), "w", "you lack computes/write on w, which Contributor has")
        await app.push_screen(dialog)
        await pilot.pause()
        for _ in range(3):
            screen = app.screen.region
            for name in ("#refused", "#cancel", "#keys"):
                region = dialog.query_one(name).region
                assert region.height and screen.contains_region(region), (name, region)
            await pilot.press(*("down",) * 40)
            await pilot.pause()


async def test_a_dialog_whose_parts_are_gone_says_nothing_more() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        dialog = Confirm(long_plan(), "w", "")
        await app.push_screen(dialog)
        await pilot.pause()
        await dialog.query_one("#text").remove()
        dialog._tell_keys()
    dialog._tell_keys()
