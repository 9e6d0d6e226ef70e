"""About one compute, by keys: why it is as it is, its jobs, its metrics, what was changed of it, and what a delete of it would end."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from console.domain.metrics import Range
from screens.activity_of import ComputeActivityScreen
from screens.dialogs.confirm import Confirm
from screens.jobs_on import JobsScreen, lasted
from screens.metrics_of import MetricsScreen
from screens.nodes import NodesScreen
from screens.why import WhyScreen
from tests.nets import changes, rule
from tests.screens.conftest import SMALL, WIDE, Console, Open

RUNS = r"GET .*/history/v1\.0/.*/runs"


async def on(console: Console, name: str, *keys: str) -> None:
    """Press keys on a compute of the list."""
    await console.loaded()
    await console.at(next(each for each in console.row_keys() if each.endswith(f"/{name}")))
    await console.press(*keys)


async def read(console: Console) -> None:
    """Until all that an answer rests on was read, and is drawn."""
    await console.until(lambda: not console.session.inquiries.busy and "being read" not in console.text, "an end of reading")
    await console.settled()


def told(console: Console) -> str:
    return " ".join(console.text.split())


async def test_one_key_tells_why_an_instance_was_never_shut_down(open_console: Open) -> None:
    async with open_console(size=SMALL) as console:
        await on(console, "nb-grace", "w")
        await read(console)
        assert isinstance(console.app.screen, WhyScreen)
        for part in (
            "Why is it still running?",
            "answer Its idle shutdown (30 min) never came in 23 d: no job explains it, so something left open on it",
            "plan f proposes to stop nb-grace.",
            "CHECKED ARM just now · run history just now · activity log just now",
            "cause Idle shutdown after 30 min is set, and did not come in 23 d",
            "ruled out A job: the last,",
            "ruled out A custom application: none is set up (ARM)",
            "ruled out A managed identity without rights",
        ):
            assert part in told(console), console.text
        await console.press("space")
        assert "POSSIBLE, BUT NOT VISIBLE FROM HERE ? A Jupyter kernel or a terminal" in told(console)
        assert "≈$258 Stop it while nobody uses it" in told(console)


@pytest.mark.parametrize(
    ("name", "question", "answer"),
    [
        ("nb-mei", "Why is it stopped, and would it start?", "Its idle shutdown stopped it 2 d ago. Nothing that can be seen"),
        ("nb-noah", "Why is it still running?", "Nothing is set up to stop it: no idle shutdown, no stop schedule."),
        ("nb-audit", "Why did it fail?", "the subnet has no free address."),
        ("gpu-idle", "Why do idle nodes stay?", "Its minimum is 2: 2 idle nodes stay whatever happens."),
        ("gpu-resize", "Why does it not get its nodes?", "It has been Resizing for 7 h with 1 of 4 nodes"),
        ("etl-nightly", "Why does it have unusable nodes?", "2 nodes cannot be used"),
        ("gpu-a100-new", "Why did it fail?", "vCPU quota of 50"),
        ("gpu-train", "Why is it running?", "It works: 4 running."),
        ("aks-score", "How does it stand?", "As far as the workspace knows it is Succeeded."),
    ],
)
async def test_each_state_has_its_question(name: str, question: str, answer: str, open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        await on(console, name, "w")
        await read(console)
        assert question in told(console) and answer in told(console), console.text


async def test_what_could_not_be_read_is_not_concluded(open_console: Open) -> None:
    async with open_console(size=WIDE, identity="data-scientist") as console:
        await console.loaded()
        console.emulator.control("POST", "faults", [rule("403", r"GET .*/eventtypes/management/values")])
        await on(console, "nb-grace", "w")
        await read(console)
        assert "not read Whether a stop was asked for and failed (activity log)" in told(console), console.text
        assert "never came in 23 d" in told(console)


async def test_roles_of_an_identity_are_read_when_somebody_asks_why(open_console: Open) -> None:
    async with open_console() as console:
        await console.loaded()
        inquiries = console.session.inquiries
        grace = next(row for row in console.screen.table.rows if row.name == "nb-grace")
        nobody = "00000000-0000-0000-0000-000000000000"
        for principal, name, enough in ((console.session.context.object_id, "Owner", True), (nobody, "", False)):
            inquiries.forget()
            inquiries.want(replace(grace, identities=(principal,)))
            await console.until(lambda: inquiries.rights.known(grace.id), "the roles")
            rights = inquiries.rights.get(grace.id)
            assert rights is not None and rights.enough is enough and (name in rights.roles if name else not rights.roles)


async def test_jobs_of_an_instance_by_enter_and_of_a_cluster_by_its_key(open_console: Open) -> None:
    async with open_console(size=SMALL) as console:
        await on(console, "nb-grace", "enter")
        assert isinstance(console.screen, JobsScreen)
        await console.loaded()
        assert "jobs on nb-grace[100]  incomplete: older ones are not read (t)" in console.title
        assert [column.name for column in console.screen.table.visible_columns] == [
            "JOB", "STATUS", "USER", "CREATED", "WAITED", "RAN", "ENDED",
        ]  # fmt: skip
        await console.press("escape")
        await on(console, "gpu-train", "enter")
        assert isinstance(console.screen, NodesScreen)
        await console.press("escape")
        await on(console, "gpu-train", "J")
        await console.loaded()
        shown = console.screen.table.visible_rows
        active = [row.active for row in shown]
        assert any(active) and active == sorted(active, reverse=True), "what is under way leads"
        await console.press("t")
        await console.until(lambda: len(console.screen.feed.items) > 100, "more of them")
        await console.press("d")
        assert "run history: no public contract" in console.text and shown[0].id in console.text


async def test_jobs_that_cannot_be_read_say_why(open_console: Open) -> None:
    async with open_console(size=SMALL) as console:
        await console.loaded()
        for kind, said in (
            ("403", "You may not read jobs here: run history asks for"),
            ("404", "Run history gives no list of jobs for it"),
        ):
            console.emulator.control("POST", "faults", [rule(kind, RUNS)])
            await on(console, "nb-ivan", "J")
            await console.until(lambda: console.screen.feed.troubles, "the refusal")
            await console.settled()
            assert said in told(console)
            console.emulator.control("POST", "faults", [])
            await console.press("escape")


async def test_a_compute_without_jobs_says_so(open_console: Open) -> None:
    async with open_console(size=SMALL) as console:
        await on(console, "nb-audit", "J")
        await console.loaded()
        assert "No job ever ran on nb-audit" in console.text
        await console.press("escape")
        await on(console, "aks-score", "J")
        assert console.screen.kind == "compute" and "there are no jobs of aks-score" in console.hints


async def test_metrics_are_read_only_when_asked_for_and_over_the_time_that_is_chosen(open_console: Open) -> None:
    async with open_console(size=SMALL) as console:
        await console.loaded()
        assert not [call for call in console.emulator.calls() if "Insights/metrics" in call["path"]]
        await on(console, "gpu-idle", "M")
        screen = console.screen
        assert isinstance(screen, MetricsScreen)
        await console.loaded()
        assert "metrics of gpu-idle[7]  last 24 h  Azure Monitor" in console.title
        line = next(line for line in console.lines if "Idle Nodes" in line)
        assert line.split()[:6] == ["Idle", "Nodes", "2", "2", "2", "2"] and "████" in line
        assert "not served: " in console.text
        polls = screen.feed.parts[screen.compute.id].polls
        await console.press("t")
        await console.until(lambda: screen.feed.parts[screen.compute.id].polls > polls, "the week")
        assert screen.over is Range.WEEK and "last 7 d" in console.title
        await console.press("d")
        assert "Azure Monitor, dimension ClusterName" in console.text and "avg      " in console.text


async def test_activity_of_one_compute_is_its_own(open_console: Open) -> None:
    async with open_console(size=SMALL) as console:
        before = console.session.activity.looked_before
        await on(console, "nb-grace", "A")
        assert isinstance(console.screen, ComputeActivityScreen)
        await console.loaded()
        rows = console.screen.table.visible_rows
        assert f"activity on nb-grace[{len(rows)}]  last 30 days" in console.title and len(rows) > 1
        assert {row.target_name for row in rows} == {"nb-grace"} and rows[0].what == "start compute"
        assert {row.what for row in rows} == {"start compute", "stop compute"}
        assert console.session.activity.looked_before == before
        await console.press("escape")
        assert console.screen.kind == "compute"
        assert not any(feed.name in {"activity log", "journal"} for feed in console.session.scheduler.feeds), "nobody polls it any more"


async def test_a_delete_names_the_jobs_that_it_ends(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        await on(console, "gpu-train", "ctrl+d")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        await console.settled()
        assert any(" running" in note and "on gpu-train: " in note and " of " in note for note in console.dialog.notes), (
            console.dialog.notes
        )
        await console.press("escape")
        await on(console, "nb-mei", "ctrl+d")
        assert not console.dialog.notes, "nothing can run on it: nothing is asked"
        await console.press("escape")
        console.emulator.control("POST", "faults", [rule("403", RUNS)])
        await on(console, "gpu-train", "ctrl+d")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan all the same")
        assert any(note.startswith("jobs on gpu-train: not known.") for note in console.dialog.notes)
        assert not changes(console.emulator.calls())


async def test_a_plan_that_comes_late_is_not_put_over_what_somebody_went_to(open_console: Open) -> None:
    async with open_console(size=WIDE) as console:
        await console.loaded()
        console.emulator.control("POST", "faults", [{**rule("latency", RUNS), "seconds": 0.3}])
        await on(console, "gpu-train", "ctrl+d", "y")
        assert console.reader
        await console.until(
            lambda: not [each for each in console.app.workers if each.group == "later" and not each.is_finished], "the answer"
        )
        await console.settled()
        assert console.reader


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (0, "<1m"), (61, "1m"), (3_600, "1h00m"), (5_000, "1h23m"), (90_000, "1d 1h"), (864_000, "10d 0h")]
)
def test_lengths(seconds: float | None, text: str) -> None:
    assert lasted(seconds) == text
