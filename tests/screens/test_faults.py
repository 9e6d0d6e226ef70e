"""Whatever goes wrong on the way to Azure: no screen falls, what was known stays with its age and the reason, and it mends by itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from console.costs.built import Built
from console.domain.trouble import Trouble
from tests.conftest import Emulator
from tests.nets import ASKING, CUTTING, FAILING, FAULTS, KINDS, PASSING, SCREENS, SPOILING, View, rule
from tests.screens.conftest import Console, Open


def test_every_fault_has_its_expectation() -> None:
    assert FAILING | SPOILING | CUTTING | PASSING == KINDS


def trouble_of(console: Console) -> Trouble | None:
    """Why the rows on screen are not newer."""
    return next(iter(console.screen.feed.troubles.values()), None)


def grow_old(console: Console, seconds: float) -> None:
    """Let what is on screen have been read earlier."""
    for part in console.screen.feed.parts.values():
        part.taken_monotonic = min(part.taken_monotonic, time.monotonic() - seconds)


def assert_one_clear_sentence(trouble: Trouble) -> None:
    assert 20 < len(trouble.sentence) < 400
    assert "\n" not in trouble.sentence and "Traceback" not in trouble.sentence and "Error(" not in trouble.sentence
    assert trouble.sentence[0].isupper() or trouble.sentence[0].isdigit()
    assert trouble.sentence.rstrip()[-1] in ".!?)"
    assert trouble.at is not None and trouble.operation


async def assert_told_whole(console: Console, troubles: Sequence[Trouble]) -> None:
    """`L` shows the sentence to its end; of several in trouble it is that of one."""
    await console.press("L")
    assert console.reader.heading == "last error"
    told = " ".join(console.text.split())
    missing = [[word for word in trouble.sentence.split() if word[:40] not in told] for trouble in troubles]
    assert [] in missing, missing
    await console.press("escape")


def as_before(console: Console, view: View, rows: tuple[Any, ...]) -> bool:
    """Whether the rows are those that were there; of those that grow with time, whether they are about the same."""
    now, key_of = console.screen.feed.items, console.screen.key_of
    return set(map(key_of, now)) == set(map(key_of, rows)) if view.grows else now == rows


def putting_together(console: Console) -> bool:
    """Whether other rows are on their way, which would come under the next fault."""
    source = console.screen.feed
    return isinstance(source, Built) and (console.session.costs.usage.busy or source.busy)


async def see_trouble(console: Console, view: View, rows: tuple[Any, ...]) -> None:
    """The last poll failed: the rows are there all the same, and the title says why and how old they are."""
    await console.until(lambda: trouble_of(console), "trouble")
    assert as_before(console, view, rows)
    grow_old(console, 70)
    console.screen.feed.publish()
    await console.settled()
    troubles = list(console.screen.feed.troubles.values())
    assert troubles
    for trouble in troubles:
        assert_one_clear_sentence(trouble)
    assert len(console.row_keys()) == len(rows)
    assert any(trouble.sentence[:15] in console.title for trouble in troubles)
    assert "from 1m ago" in console.title
    assert f"[{len(rows)}]" in console.title
    assert "(L" in console.title
    await assert_told_whole(console, troubles)


@contextmanager
def struck(console: Console, kind: str) -> Iterator[None]:
    """A fault in force; what fails meanwhile says so."""
    console.emulator.control("POST", "faults", [rule(kind)])
    try:
        yield
    except BaseException as error:
        error.add_note(f"while {kind} struck")
        raise
    finally:
        console.emulator.control("POST", "faults", {})


async def polled(console: Console) -> None:
    """Ask anew, all that the rows follow from, and wait for the answers."""
    parts = [part for feed in console.screen.feed.feeds for part in feed.parts.values()]
    before = [part.polls for part in parts]
    await console.press("ctrl+r")

    def there(part: object) -> bool:
        """What is no longer looked at is not polled: a list of workspaces that came spoilt takes its own with it."""
        return any(part is each for feed in console.screen.feed.feeds for each in feed.parts.values())

    await console.until(
        lambda: all(part.polls > polls or not there(part) for part, polls in zip(parts, before, strict=True)), "another poll"
    )
    await console.settled()


#: Not mended yet: lists of several scopes of which one is cut off begin empty again before they recover (budgets), a deleted secret whose
#: list came spoilt is gone meanwhile (secrets), and the title of storage accounts has no room for the reason at 80 columns.
NOT_YET = frozenset({"budgets", "budgets/alerts", "secrets", "vaults/secrets", "storage"})
UNSTEADY = pytest.mark.xfail(reason="known, and open", strict=False)


@pytest.mark.timeout(300)  # two dozen faults one after the other, each with its recovery
@pytest.mark.parametrize("view", [pytest.param(view, marks=UNSTEADY if str(view) in NOT_YET else ()) for view in ASKING], ids=str)
async def test_screen_outlives_every_fault(view: View, open_console: Open, brisk: None) -> None:
    async with open_console(view.opens) as console:
        await console.enter(view)
        await console.loaded()
        rows, keys = console.screen.feed.items, console.row_keys()
        assert rows
        for kind in FAULTS:
            with struck(console, kind):
                await polled(console)
                if kind in FAILING:
                    await see_trouble(console, view, rows)
                else:
                    assert not trouble_of(console)
                    if kind in CUTTING and console.screen.feed.incomplete:
                        assert "incomplete" in console.title
                    elif kind not in SPOILING or not view.concludes:
                        assert len(console.row_keys()) == len(keys)
                assert as_before(console, view, rows) or kind in SPOILING | CUTTING
            if kind in SPOILING | CUTTING:
                await polled(console)
            await console.until(lambda: not trouble_of(console) and " live " in console.title, f"recovery by itself from {kind}")
            # Some of them follow from other reads too, which recover at their own pace.
            await console.until(lambda: not putting_together(console), f"an end of what follows from {kind}")
            await console.until(lambda: as_before(console, view, rows), f"the same rows after {kind}")
            await console.until(lambda: set(console.row_keys()) == set(keys), f"the same rows on screen after {kind}")


@pytest.mark.parametrize("view", [view for view in SCREENS if view.reads], ids=str)
@pytest.mark.parametrize("kind", ["403", "503"])
async def test_screen_that_opens_into_a_fault_tells_it(
    view: View, kind: str, open_console: Open, brisk: None, fresh_emulator: Emulator
) -> None:
    """Nothing was ever read: the reason stands where the rows would, whole, until they come by themselves."""
    above = View(view.opens, view.drills[:-1])
    if not view.drills:
        fresh_emulator.control("POST", "faults", [rule(kind)])
    async with open_console(view.opens) as console:
        if view.drills:
            await console.enter(above)
            await console.loaded()
            fresh_emulator.control("POST", "faults", [rule(kind)])
            await console.enter(View(view.opens, view.drills[-1:]))
        await console.until(lambda: trouble_of(console), "trouble")
        await console.settled()
        trouble = trouble_of(console)
        assert trouble is not None
        assert "".join(trouble.sentence.split()) in "".join(console.text.split())
        assert "[?]" in console.title
        assert not console.row_keys()
        fresh_emulator.control("POST", "faults", {})
        await console.until(lambda: console.row_keys() and not trouble_of(console), "rows by themselves")
        await console.until(lambda: " live " in console.title, "a title that says so")
