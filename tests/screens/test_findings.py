"""Findings on screen: the demo's troubles are found and nothing else, explained, mended, accepted and woken, by keys."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from screens.dialogs.confirm import Confirm
from screens.dialogs.snooze import EndSnooze, SnoozeForm
from screens.forms.form import Form
from screens.remedies import MENDS
from screens.why import WhyScreen
from screens.with_findings import ScreenWithFindings
from tests.conftest import Emulator
from tests.nets import rule
from tests.screens.conftest import WIDE, Console, Open
from tests.screens.test_hostile_text import assert_drawn_inert
from tests.screens.test_plans import ended

#: What is wrong in fraud-prod at the story's epoch (console/emulator/scenes.py), by compute.
TROUBLES = {
    "nb-grace": {"quiet-instance", "idle-shutdown-defeated"},
    "gpu-idle": {"held-nodes"},
    "etl-nightly": {"unusable-nodes"},
    "gpu-resize": {"stuck"},
    "gpu-a100-new": {"failed"},
    "nb-audit": {"failed"},
    "nb-ulrich": {"shelved-instance"},
    "nb-noah": {"no-idle-shutdown"},
}


def key(console: Console, name: str) -> str:
    return next(each for each in console.row_keys() if each.endswith(f"/{name}"))


def marker(console: Console, name: str) -> str:
    """What the marker column shows of a compute."""
    screen = console.screen
    assert isinstance(screen, ScreenWithFindings)
    return screen.marker_column().text(next(row for row in screen.table.rows if row.name == name))


async def snoozed(console: Console, reason: str = "TICKET-1") -> None:
    """Accept the finding under the cursor for the proposed time."""
    await console.press("z")
    assert isinstance(console.app.screen, SnoozeForm)
    await console.press(*reason, "enter", "enter")
    await console.until(lambda: console.app.flashed and "snoozed until" in console.app.flashed.text, "the news of it")
    await console.settled()


@pytest.mark.parametrize("view", ["compute", "findings"])
async def test_the_storys_troubles_are_found_and_nothing_else(view: str, open_console: Open) -> None:
    async with open_console(view) as console:
        await console.loaded()
        found: dict[str, set[str]] = {}
        for finding in console.session.findings.open_among(tuple(console.session.compute_findings.every())):
            assert finding.known, "their last jobs are read, as they are in view"
            found.setdefault(finding.subject_name, set()).add(finding.rule)
        assert found == TROUBLES


async def test_a_marker_tells_of_the_worst_and_costs_the_small_screen_nothing(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        assert [marker(console, name) for name in ("nb-grace", "nb-ulrich", "nb-noah", "nb-ivan")] == ["!", "▲", "·", ""]
        names = [column.name for column in console.screen.table.visible_columns]
        assert names == ["NAME", "!", "KIND", "STATE", "NODES", "$/H", "UP", "LAST JOB", "OWNER"]
        assert "gpu-a100-new   ▲ cluster" in console.text


async def test_what_waits_for_a_last_job_is_marked_unknown(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        console.session.last_runs._values.clear()
        console.session.findings.changed()
        assert marker(console, "gpu-idle") == "?"
        (finding,) = console.session.compute_findings.of(next(row for row in console.screen.table.rows if row.name == "gpu-idle"))
        assert not finding.known and "not read yet" in finding.claim


async def test_findings_only_goes_with_a_filter_and_clears_after_it(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.press("F")
        assert {name.rsplit("/", 1)[-1] for name in console.row_keys()} == TROUBLES.keys()
        assert "[8/18] findings only" in console.title
        await console.press("/", *"gpu", "enter")
        assert {name.rsplit("/", 1)[-1] for name in console.row_keys()} == {"gpu-idle", "gpu-resize", "gpu-a100-new"}
        assert "findings only /gpu" in console.title
        await console.press("/", *"train", "enter")
        assert "Nothing matches" in console.text
        await console.press("escape")
        assert len(console.row_keys()) == 8 and "findings only" in console.title
        await console.press("escape")
        assert len(console.row_keys()) == 18 and "findings only" not in console.title
        await console.press("F", "F")
        assert len(console.row_keys()) == 18


async def test_why_goes_from_claim_to_plan(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        await console.loaded()
        await console.at(key(console, "nb-grace"))
        await console.press("w")
        assert isinstance(console.app.screen, WhyScreen)
        told = " ".join(console.text.split())
        for part in (
            "serious nb-grace has been up for 23 d and without a job for 9 d.",
            "evidence Up for 23 d, since its last start (at 2026-10-10 07:58 UTC, ARM, read",
            "run history, read",
            "Idle shutdown after 30 min",
            "a month if nothing changes: 1 × list price",
            "not seen Whether somebody works on it",
            "plan f proposes to stop nb-grace. Ask its owner",
            "warning nb-grace should stop after 30 min idle, yet it has been up for 23 d.",
            "costs now ≈$0.35/h = ≈$0.35/h × 1 billed node",
            "last change Start Succeeded by User at 2026-10-10",
        ):
            assert part in told, told
        order = [told.index(word) for word in ("serious", "evidence", "not seen", "nb-grace. Ask", "costs now")]
        assert order == sorted(order)
        await console.press("w")
        assert console.app.screen is console.screen


async def test_why_answers_where_nothing_is_wrong(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        await console.loaded()
        for name, parts in {
            "gpu-train": (
                "Nothing is found to be wrong",
                "× 4 billed nodes",
                "4 running; scales from 0 to 8",
                "state Steady since",
                "last job",
            ),
            "nb-mei": ("costs now", "state Stopped since", "Stop Succeeded by IdleShutdown"),
            "aks-score": ("its machines are billed where they are", "state Succeeded"),
        }.items():
            await console.at(key(console, name))
            await console.press("w")
            told = " ".join(console.text.split())
            assert all(part in told for part in parts), told
            await console.press("escape")


async def test_why_learns_while_it_is_open(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        await console.loaded()
        runs = console.session.last_runs
        held = dict(runs._values)
        await console.at(key(console, "gpu-idle"))
        runs._values.clear()
        console.session._changed()
        await console.press("w")
        assert "its last job is not read yet" in console.text and "not read yet (it is read for rows in view)" in console.text
        runs._values.update(held)
        console.session._changed()
        await console.settled()
        assert "nobody gave it a job for 16 d" in " ".join(console.text.split())


@pytest.mark.parametrize("through", [(), ("w",)], ids=["row", "panel"])
async def test_fix_opens_the_plan_of_the_worst(through: tuple[str, ...], open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.at(key(console, "nb-grace"))
        await console.press(*through, "f")
        assert console.dialog.plan.verb == "stop" and [step.target_name for step in console.dialog.plan.steps] == ["nb-grace"]
        assert any(note.startswith(MENDS) for note in console.dialog.notes) and not console.dialog.refusal
        await console.press("enter")  # the focus is on Cancel
        assert not console.changes()
        await console.press("f", "right", "enter")
        await ended(console, [console.session.operations[-1]])
        assert console.state(key(console, "nb-grace")) == "Stopped"


async def test_fix_says_so_where_nothing_is_found(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.at(key(console, "nb-ivan"))
        await console.press("f")
        assert console.app.screen is console.screen and console.app.flashed and "nothing is found" in console.app.flashed.text


@pytest.mark.parametrize(
    ("name", "values"), [("gpu-idle", {"least": "0", "most": "4"}), ("nb-noah", {"idle": "30 min"})], ids=["scale", "idle-shutdown"]
)
async def test_fix_opens_the_form_with_what_the_finding_suggests(name: str, values: dict[str, str], open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.at(key(console, name))
        await console.press("f")
        assert isinstance(console.app.screen, Form), console.app.screen
        assert {field: console.app.screen.values[field] for field in values} == values
        assert any(remark.startswith(MENDS) for remark in console.app.screen.remarks)


async def test_fix_is_refused_to_who_may_not(open_console: Open) -> None:
    async with open_console("findings", identity="reader") as console:
        await console.loaded()
        await console.at(next(each for each in console.row_keys() if each.startswith("quiet-instance")))
        await console.press("w")
        assert "refused: you lack" in " ".join(console.text.split())
        await console.press("f")
        assert "Microsoft.MachineLearningServices/workspaces/computes/stop/action" in console.dialog.refusal


async def test_a_snooze_asks_why_and_until_when(open_console: Open, tmp_path: Path) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.at(key(console, "gpu-idle"))
        await console.press("z", "enter")
        assert "a reason is needed" in console.text
        await console.press(*"TICKET-1", "enter", "ctrl+u", *"soon", "enter")
        assert isinstance(console.app.screen, SnoozeForm)
        assert "'soon' is no time" in console.text and "TICKET-1" in console.text and "soon " in console.text
        await console.press("escape")
        assert marker(console, "gpu-idle") == "!"
        await snoozed(console)
        assert marker(console, "gpu-idle") == ""
        await console.press("F")
        assert not [each for each in console.row_keys() if each.endswith("/gpu-idle")]
        path = console.session.settings.state_dir / "snoozes.json"
        assert path.stat().st_mode & 0o777 == 0o600
        ((tenant, kept),) = json.loads(path.read_bytes()).items()
        ((finding, snooze),) = kept.items()
        assert tenant == console.session.context.tenant_id and finding.startswith("held-nodes@/subscriptions/")
        assert (snooze["who"], snooze["reason"]) == ("admin", "TICKET-1")
        until = console.session.findings.accepted[0].snooze
        # The form reads the clock when it is answered, the file is written a moment later.
        assert timedelta(days=6, hours=23, minutes=59) < until.until - until.since <= timedelta(days=7)
    async with open_console(home=tmp_path / "home") as console:
        await console.loaded()
        assert marker(console, "gpu-idle") == ""


async def test_accepted_ones_are_listed_and_can_be_woken(open_console: Open) -> None:
    async with open_console("findings") as console:
        await console.loaded()
        every = console.row_keys()
        await console.at(next(each for each in every if each.startswith("held-nodes")))
        await snoozed(console, "planned for spring")
        assert len(console.row_keys()) == len(every) - 1
        await console.press("F")
        assert "accepted findings[1]" in console.title
        assert "planned for" in console.text and "2026-11-09" in console.text
        await console.press("w")
        assert "by admin on 2026-11-02 08:00 UTC: planned for spring" in " ".join(console.text.split())
        await console.press("z")
        assert isinstance(console.app.screen, EndSnooze) and "planned for spring" in console.text
        await console.press("enter")  # the focus is on Cancel
        assert len(console.row_keys()) == 1
        await console.press("z", "right", "enter")
        await console.until(lambda: not console.row_keys(), "no accepted one")
        await console.settled()
        assert "No finding is accepted" in console.text
        await console.press("F")
        assert console.row_keys() == every


async def test_a_snooze_on_the_list_of_computes_can_be_ended_there(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await console.at(key(console, "gpu-idle"))
        await snoozed(console)
        await console.press("z")
        assert isinstance(console.app.screen, EndSnooze)
        await console.press("right", "enter")
        await console.until(lambda: marker(console, "gpu-idle") == "!", "the finding again")


async def test_last_jobs_are_read_of_rows_in_view_and_of_what_waits_for_one(open_console: Open) -> None:
    async with open_console("findings") as console:
        await console.loaded()
        await console.idle()
        asked = {name.rsplit("/", 1)[-1] for name in console.session.last_runs._values}
        assert asked < TROUBLES.keys() and "gpu-idle" in asked and "nb-noah" not in asked
        assert console.row_keys()[0].endswith("/gpu-idle"), "the costliest of all, and not the last for want of its last job"
        assert {each.about for each in console.screen.table.rows} >= {"storage", "connections", "secrets", "quota", "access"}
        assert not isinstance(console.app.screen, Confirm)


async def test_the_dialogs_draw_hostile_text_as_it_is(open_console: Open, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [rule("hostile-text")])
    async with open_console("findings", WIDE) as console:
        await console.loaded()
        assert console.row_keys()
        for at in console.row_keys():
            await console.at(at)
            for pressed in ("w", "z"):
                await console.press(pressed)
                assert_drawn_inert(console)
                await console.press("escape")
        await snoozed(console, "[/nope][@click=app.quit]x")
        await console.press("F")
        assert_drawn_inert(console)
        await console.press("z")
        assert_drawn_inert(console)
        assert "[/nope][@click=app.quit]x" in console.text


async def marked(console: Console, *names: str) -> None:
    for name in names:
        await console.at(key(console, name))
        await console.press("space")


async def test_fix_with_marks_is_one_plan_for_all_that_one_remedy_mends(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await marked(console, "gpu-a100-new", "nb-audit", "nb-ivan", "nb-grace")
        await console.press("/", *"!nb-audit", "enter")
        await console.press("f")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan, once the jobs that it would end are read")
        await console.settled()
        dialog = console.dialog
        assert dialog.plan.verb == "delete" and {step.target_name for step in dialog.plan.steps} == {"gpu-a100-new", "nb-audit"}
        notes = " ".join(dialog.notes)
        assert notes.startswith(MENDS) and "gpu-a100-new, " in notes and "nb-audit, " in notes
        assert "2 of the 4 marked left out" in notes
        assert "nb-ivan (nothing is found of it)" in notes and "nb-grace (delete mends nothing of it)" in notes
        assert "1 of the marked is hidden by the filter: nb-audit" in notes
        await console.press(*dialog.typed, "enter")
        await ended(console, [console.session.operations[-1]])
        assert not console.screen.table.marks
        assert [console.state(each.step.target_id) for each in console.session.operations[-1].runs] == ["gone", "gone"]


async def test_fix_with_marks_that_no_key_mends_says_so(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        console.screen.actions = ()
        for names, told in {("nb-ivan", "nb-mei"): "nothing is found of the 2 marked", ("nb-ivan", "etl-nightly"): "no key"}.items():
            await marked(console, *names)
            await console.press("f")
            assert console.app.screen is console.screen and console.app.flashed and told in console.app.flashed.text
            await console.press("ctrl+backslash")


@pytest.mark.parametrize("view", ["compute", "findings"])
async def test_snooze_with_marks_accepts_all_with_one_reason_and_ends_all(open_console: Open, view: str) -> None:
    async with open_console(view) as console:
        await console.loaded()
        await marked(console, "gpu-idle", "nb-audit", "nb-noah", *(["nb-ivan"] if view == "compute" else []))
        await console.press("z")
        assert isinstance(console.app.screen, SnoozeForm) and "Snooze: 3 findings" in console.text
        assert ("1 of the 4 marked left out, nothing is found of: nb-ivan" in " ".join(console.text.split())) == (view == "compute")
        await console.press(*"TICKET-7", "enter", "enter")
        await console.until(lambda: len(console.session.findings.accepted) == 3, "three snoozes")
        await console.until(lambda: console.app.flashed and "3 findings" in console.app.flashed.text, "the news of it")
        assert {each.snooze.reason for each in console.session.findings.accepted} == {"TICKET-7"}
        assert not console.screen.table.marks
        if view == "findings":
            await console.press("F")
        await marked(console, "gpu-idle", "nb-audit")
        await console.press("z")
        assert isinstance(console.app.screen, EndSnooze) and "2 findings" in console.text
        await console.press("right", "enter")
        await console.until(lambda: len(console.session.findings.accepted) == 1, "two woken")


async def test_the_panel_of_a_row_mends_that_row_whatever_is_marked(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        await marked(console, "gpu-a100-new", "nb-audit")
        await console.at(key(console, "nb-grace"))
        await console.press("w", "f")
        assert [step.target_name for step in console.dialog.plan.steps] == ["nb-grace"]
