"""Forms: what is typed is judged at once, told in its place, and never lost."""

from __future__ import annotations

from typing import Any

import pytest
from textual import events
from textual.widgets import Input

from console.domain.compute import SCALE, Kind
from console.operations.operation import Progress
from screens.dialogs.choose import Choose
from screens.dialogs.confirm import Confirm
from screens.forms import purpose
from screens.forms.attach import AttachForm
from screens.forms.form import Form
from screens.forms.new_cluster import NewClusterForm
from screens.forms.new_instance import NewInstanceForm
from screens.forms.scale import ScaleForm
from screens.forms.schedule import ScheduleForm
from screens.forms.size_picker import SizePicker
from screens.widgets.choice_field import ChoiceField
from tests.nets import rule
from tests.screens.conftest import SMALL, WIDE, Console, Open
from tests.screens.test_hostile_text import assert_drawn_inert
from tests.screens.test_plans import agree, ended

CANARY = "canary-Passw0rd!"
LONG = "9" * 5_000
HOSTILE = "\x1b[31m[bold]x[/]\x07\u202e"
ARM_ID = "/subscriptions/s/resourceGroups/g/providers/X/computes/gpu"


def form_of(console: Console) -> Form:
    assert isinstance(console.app.screen, Form), f"on top is {console.app.screen}"
    return console.app.screen


async def at(console: Console, name: str) -> None:
    await console.at(next(key for key in console.row_keys() if key.endswith(f"/{name}")))


async def begin(console: Console, name: str, key: str) -> Form:
    """The form that a key opens on a row."""
    await console.loaded()
    await at(console, name)
    await console.press(key)
    return form_of(console)


async def new(console: Console, what: str) -> Form:
    """The form of a new compute for a purpose, as far as pre-flight has come in."""
    await console.loaded()
    await console.press("n")
    assert isinstance(console.app.screen, Choose)
    await console.press(*what, "enter")
    form: Any = form_of(console)
    await console.until(lambda: form.preflight.sizes is not None and form.preflight.usages is not None, "the sizes and the quota")
    await console.settled()
    return form


async def put(console: Console, name: str, text: str) -> None:
    """Go to a field and type a text in place of what stands there."""
    form_of(console).query_one(f"#{name}").focus()
    await console.settled()
    await console.press("ctrl+u", *text)


async def review(console: Console) -> None:
    form = form_of(console)
    button = form.query_one("#go")
    await console.until(lambda: not button.has_class("-active"), "a button that can be pressed again")
    button.focus()
    await console.press("enter")
    await console.until(lambda: not form.making, "an answer of the form")
    await console.settled()


def told(console: Console) -> str:
    """All that is on the terminal, in one line, without frames."""
    return " ".join(console.text.replace("│", " ").split())


async def test_what_is_wrong_is_told_as_it_is_typed_and_is_there_again(open_console: Open) -> None:
    async with open_console() as console:
        form = await begin(console, "gpu-idle", "C")
        assert isinstance(form, ScaleForm) and form.focused is not None and form.focused.id == "least"
        await console.press("ctrl+u", "9")
        assert "! gpu-idle would have" in told(console)
        await console.press("x")
        assert "! a whole number from 0 to" in told(console)
        await console.press("escape")
        form = await begin(console, "gpu-idle", "C")
        assert form.values["least"] == "9x"
        assert "! a whole number from 0 to" in told(console)
        await console.press("escape")
        other = next(row.name for row in console.screen.table.rows if row.kind is Kind.CLUSTER and row.name != "gpu-idle")
        form = await begin(console, other, "C")
        assert form.values["least"] != "9x", "what was typed is about its target"


async def test_review_goes_to_the_first_field_that_is_wrong(open_console: Open) -> None:
    async with open_console() as console:
        form = await begin(console, "gpu-idle", "C")
        await put(console, "idle", "soon")
        await put(console, "most", "many")
        await review(console)
        assert form_of(console) is form and form.focused is not None and form.focused.id == "most"
        await put(console, "most", "4")
        await review(console)
        assert form.focused.id == "idle"
        assert "a time like 2m, 30m or 1h" in told(console)
        assert not console.changes() and not console.session.operations


async def test_who_cancels_the_plan_is_back_in_the_form(open_console: Open) -> None:
    async with open_console() as console:
        form = await begin(console, "gpu-idle", "C")
        await put(console, "idle", "11m")
        await review(console)
        assert isinstance(console.app.screen, Confirm)
        await console.press("escape")
        assert form_of(console) is form and form.values["idle"] == "11m"
        await review(console)
        await agree(console)
        assert console.app.screen is console.screen, "agreed: the form is gone"
        await ended(console, console.session.operations)
        form = await begin(console, "gpu-idle", "C")
        assert form.values["idle"] == "11 min", "and what was typed with it; the row has it now"


async def test_a_change_of_nothing_is_told_and_stays_told(open_console: Open) -> None:
    async with open_console() as console:
        form = await begin(console, "gpu-idle", "C")
        await review(console)
        assert form_of(console) is form
        assert "Nothing is changed" in told(console)
        form.refresh_judgement()  # as when an answer comes in
        await console.settled()
        assert "Nothing is changed" in told(console)
        await put(console, "most", "7")
        assert "Nothing is changed" not in told(console)


async def test_enter_leads_through_the_fields_to_the_plan(open_console: Open) -> None:
    async with open_console() as console:
        form = await begin(console, "gpu-idle", "C")
        await console.press("ctrl+u", "0", "enter", "ctrl+u", "5", "enter")
        assert form.focused is not None and form.focused.id == "idle"
        await console.press("enter")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        assert console.dialog.plan.steps[0].request.body["properties"]["properties"]["scaleSettings"]["maxNodeCount"] == 5


async def test_several_clusters_keep_what_they_differ_in(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        await console.loaded()
        rows = [row for row in console.screen.table.visible_rows if row.kind is Kind.CLUSTER and row.max_nodes is not None][:3]
        assert len({row.max_nodes for row in rows}) > 1
        for row in rows:
            await console.at(row.id)
            await console.press("space")
        await console.press("C")
        form = form_of(console)
        assert form.values["most"] == "" and "as each has it" in told(console)
        await put(console, "idle", "13m")
        await review(console)
        await agree(console)
        await ended(console, console.session.operations)
        assert {run.progress for run in console.session.operations[-1].runs} == {Progress.DONE}
        for row in rows:
            assert console.aspect(row.id, SCALE) == f"{row.min_nodes} to {row.max_nodes} nodes, down after 13 min idle"


@pytest.mark.parametrize("size", [SMALL, WIDE, (80, 10), (40, 8)])
async def test_the_buttons_stay_in_sight(open_console: Open, size: tuple[int, int]) -> None:
    async with open_console() as console:
        form = await begin(console, "gpu-idle", "C")
        await console.pilot.resize_terminal(*size)
        await console.settled()
        assert "Review" in console.text
        await put(console, "idle", "12m")
        assert form.values["idle"] == "12m"
        await review(console)
        assert console.dialog.plan.verb == "scale"


async def test_a_terminal_that_becomes_too_small_takes_no_keys_and_loses_nothing(open_console: Open) -> None:
    async with open_console() as console:
        form = await begin(console, "gpu-idle", "C")
        await put(console, "idle", "12m")
        await console.pilot.resize_terminal(20, 5)
        await console.settled()
        await console.press("escape", "x", "enter")
        await console.pilot.resize_terminal(*SMALL)
        await console.settled()
        assert form_of(console) is form and form.values["idle"] == "12m" and "Review" in console.text
        await review(console)
        assert console.dialog.plan.verb == "scale"


async def test_a_secret_is_masked_and_not_kept(open_console: Open) -> None:
    async with open_console() as console:
        form = await new(console, "attach")
        assert isinstance(form, AttachForm)
        await put(console, "name", "vm-new")
        await put(console, "password", CANARY)
        assert form.values["password"] == CANARY and CANARY not in console.text
        await console.press("escape")
        assert CANARY not in repr(console.app.drafts)
        form = await new(console, "attach")
        assert (form.values["name"], form.values["password"]) == ("vm-new", "")


CLUSTER, INSTANCE, ATTACH = "training", "interactive", "attach"


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        (
            CLUSTER,
            [
                ("name", "ab", "3 to 24"),
                ("name", "gpu-7", "hyphen and digits"),
                ("name", ARM_ID, "a name, not an ARM id"),
                ("name", "gpu-idle", "taken in westeurope"),
                ("size", "Standard_Nothing", "westeurope has no such size"),
                ("least", "-1", "a whole number"),
                ("least", LONG, "a whole number"),
                ("least", "9", "less than min nodes"),
                ("most", "65001", "0, not 65,001"),
                ("most", LONG, "a whole number"),
                ("idle", "soon", "a time like"),
                ("tags", "team", "name=value"),
                ("subnet", "default", "an ARM id"),
                ("identity", "me", "ARM id of a user-assigned"),
                ("ssh_key", "hunter2", "a public key"),
            ],
        ),
        (
            INSTANCE,
            [
                ("name", "nb!", "letters, digits and hyphens"),
                ("name", ARM_ID, "a name, not an ARM id"),
                ("name", "1-{user}", "starts with a letter"),
                ("idle", "14m", "15 minutes to 3 days"),
                ("idle", "4d", "15 minutes to 3 days"),
                ("stop_at", "25:00", "a time like 19:00"),
                ("stop_at", "0 19 * * 9", "day of week is 0 to 6"),
                ("stop_at", "0 19", "five fields, not 2"),
                ("size", "Standard_Nothing", "westeurope has no such size"),
            ],
        ),
        (
            ATTACH,
            [
                ("name", "k8s-fraud", "taken in westeurope"),
                ("name", ARM_ID, "a name, not an ARM id"),
                ("resource", ARM_ID, "no ARM id of a Kubernetes"),
            ],
        ),
    ],
)
async def test_every_wrong_value_is_told_in_its_place(open_console: Open, what: str, wrong: list[tuple[str, str, str]]) -> None:
    async with open_console(size=WIDE) as console:
        form = await new(console, what)
        for name, text, sentence in wrong:
            before = form.values[name]
            form.query_one(f"#{name}", Input).focus()
            form.fill(name, text)
            await console.settled()
            assert sentence in told(console), (name, text[:40])
            form.fill(name, before)
            form.fill("most", form.values["most"]) if "most" in form.values else None
        assert not console.changes()


async def test_hostile_text_in_fields_is_inert(open_console: Open) -> None:
    async with open_console() as console:
        for what in (CLUSTER, INSTANCE, ATTACH):
            form = await new(console, what)
            for control in form.query(Input):
                control.focus()
                await console.settled()
                control.post_message(events.Paste(HOSTILE))
                await console.settled()
                assert_drawn_inert(console)
            await review(console)
            assert_drawn_inert(console)
            await console.press("escape")


async def test_nobody_of_that_name_is_told_at_the_field(open_console: Open) -> None:
    async with open_console() as console:
        form = await new(console, INSTANCE)
        form.fill("people", "nobody@nowhere.example")
        form.fill("size", "Standard_DS3_v2")
        await review(console)
        assert form_of(console) is form
        assert "The directory knows nobody called nobody@nowhere.example" in told(console)
        assert form.focused is not None and form.focused.id == "people"
        assert form.values["people"] == "nobody@nowhere.example"


async def test_sizes_are_picked_with_what_they_cost_and_leave(open_console: Open) -> None:
    async with open_console() as console:
        form = await new(console, CLUSTER)
        form.query_one("#size").focus()
        await console.press("ctrl+o")
        assert isinstance(console.app.screen, SizePicker)
        assert "SIZE" in console.text and "$/H" in console.text and "LEFT" in console.text
        await console.press(*"24c", "enter")
        assert form_of(console) is form
        size = form.preflight.sizes[form.values["size"].upper()]  # type: ignore[attr-defined]
        assert size.cores == 24
        assert "24 vCPU" in told(console)
        await console.press("ctrl+o", *"gpu", "escape")
        assert form.values["size"] == size.name, "left as it was"
        await console.press("ctrl+o", *"no such size at all", "enter")
        assert isinstance(console.app.screen, SizePicker), "there is nothing to take"
        await console.press("escape")


async def test_pre_flight_asks_each_thing_once_and_all_at_once(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        console.emulator.control("DELETE", "calls")
        await new(console, CLUSTER)
        asked = [call["path"].rsplit("/", 1)[-1].lower() for call in console.emulator.calls()]
        for check in ("vmsizes", "usages", "locks"):
            assert asked.count(check) <= 1, asked
        assert "usages" in asked and "locks" in asked


@pytest.mark.parametrize(("flags", "why"), [({"read_only": True}, ":write"), ({"identity": "data-scientist"}, "computes/write")])
async def test_who_may_not_is_told_before_typing(open_console: Open, flags: dict[str, Any], why: str) -> None:
    async with open_console(**flags) as console:
        await begin(console, "gpu-idle", "C")
        assert "refused" in told(console) and why in "".join(console.text.replace("│", "").split()).replace(" ", "")
        await put(console, "idle", "11m")
        await review(console)
        assert why in console.dialog.refusal and not console.dialog.query("#go")


async def test_a_clone_begins_with_what_the_row_has(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        for name, kind in (("gpu-idle", NewClusterForm), ("nb-ivan", NewInstanceForm)):
            form = await begin(console, name, "N")
            row = next(row for row in console.session.computes.items if row.name == name)
            assert isinstance(form, kind)
            assert form.values["size"] == row.vm_size
            if kind is NewClusterForm:
                assert form.values["name"] == ""
                assert (form.values["least"], form.values["most"]) == (str(row.min_nodes), str(row.max_nodes))
            else:
                assert form.values["idle"] == "1 h"
            await console.press("escape")
        await at(console, "k8s-fraud")
        await console.press("N")
        assert "only instances and clusters" in console.hints


async def test_the_menu_offers_every_action_with_what_refuses_it(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        await console.loaded()
        await at(console, "nb-ivan")
        await console.press("a")
        text = told(console)
        for action in console.app.screen_stack[0].actions:  # type: ignore[attr-defined]
            assert action.label in text
        assert "only clusters can" in text
        await console.press(*"schedule", "enter")
        assert isinstance(console.app.screen, ScheduleForm)


async def test_serverless_is_told_and_makes_nothing(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("n")
        assert all(choice.name in console.text for choice in purpose.PURPOSES)
        await console.press(*"serverless", "enter")
        assert "nothing to make" in " ".join(fact.text for fact in console.reader.facts)


async def test_a_schedule_is_switched_off_and_another_added(open_console: Open, brisk: None) -> None:
    async with open_console() as console:
        form = await begin(console, "nb-sofia", "H")
        assert form.focused is not None and form.focused.id == "has0"
        await console.press("right")
        await put(console, "start", "7:30")
        await review(console)
        await agree(console)
        await ended(console, console.session.operations)
        (run,) = console.session.operations[-1].runs
        assert run.progress is Progress.DONE, run.note
        assert console.aspect(run.step.target_id, "schedules").endswith("Disabled; Start cron 30 7 * * * UTC, Enabled")


async def test_what_pre_flight_cannot_read_is_told_and_stops_nobody(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        await console.loaded()
        console.emulator.control("POST", "faults", [rule("403", r"^GET .*/(locks|usages)$")])
        await console.press("n", *CLUSTER, "enter")
        form: Any = form_of(console)
        await console.until(lambda: form.preflight.troubles.keys() >= {"locks", "quota"}, "what cannot be read")
        await console.settled()
        await put(console, "name", "cpu-new")
        await put(console, "size", "Standard_DS3_v2")
        text = told(console)
        assert "locks not read: " in text and "quota not read: " in text
        await review(console)
        assert console.dialog.plan.verb == "create" and not console.changes()


async def test_what_azure_refuses_is_not_to_be_typed_again(open_console: Open) -> None:
    """Enter goes on also from a choice, and the form begins with what was typed once Azure did not take it."""
    async with open_console() as console:
        form = await new(console, INSTANCE)
        values = {"name": "nb-refused", "people": "ada.lindqvist@contoso.com", "size": "Standard_DS3_v2"}
        console.emulator.control("POST", "faults", [rule("403", "PUT .*/computes/nb-refused")])
        await console.fill(**values)
        console.dialog.query_one("#go").focus()
        await console.press("enter")
        await console.until(lambda: console.session.operations and console.session.operations[-1].ended, "the refusal")
        await console.settled()
        form = await new(console, INSTANCE)
        assert {name: form.values[name] for name in values} == values
        choice = next(iter(form.query(ChoiceField)))
        choice.focus()
        await console.press("enter")
        assert form.focused is not choice
