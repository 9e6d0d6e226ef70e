"""`e`: a compute goes into the editor as YAML and comes back as a plan, or as what is wrong with it; nothing typed is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from console.azure.compiler import Compiler
from screens.dialogs.choose import Choose
from screens.dialogs.confirm import Confirm
from screens.dialogs.flaws import FlawsFound
from screens.resource_screen import ResourceScreen
from tests.screens.conftest import WIDE, Console, Open
from tests.screens.test_plans import ended

pytestmark = pytest.mark.asyncio(loop_scope="session")

#: What the editor does at its visits, one line of sed each; "!" ends it with an error.
Editor = Callable[..., Path]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    """An editor that makes these changes, one at each visit, and keeps what it was given: the file, its modes, its arguments."""

    def made(*visits: str) -> Path:
        folder = tmp_path / "editor"
        folder.mkdir(exist_ok=True)
        (folder / "visits").write_text("".join(f"{visit}\n" for visit in visits))
        script = folder / "vi"  # a name that takes +LINE
        script.write_text(
            f"""#!/bin/sh
for last; do :; done
number=$(($(cat {folder}/count 2>/dev/null || echo 0) + 1))
echo $number > {folder}/count
cp "$last" {folder}/given.$number
echo "$*" > {folder}/arguments.$number
stat -c %a "$(dirname "$last")" "$last" > {folder}/modes
echo "$last" > {folder}/path
change=$(sed -n "${{number}}p" {folder}/visits)
[ "$change" = "!" ] && exit 3
[ -n "$change" ] && sed -i "$change" "$last"
exit 0
"""
        )
        script.chmod(0o700)
        monkeypatch.setenv("VISUAL", str(script))
        return folder

    return made


@asynccontextmanager
async def editing(open_console: Open, compiler: Compiler, name: str, **flags: object) -> AsyncIterator[Console]:
    """A console with the cursor on a compute, whose compiler is that of the run."""
    async with open_console(**flags) as console:
        console.session._compiler = compiler
        try:
            await console.loaded()
            await console.at(next(row.id for row in console.session.computes.items if row.name == name))
            yield console
        finally:
            console.session._compiler = None


async def edit(console: Console, upon: type) -> None:
    """Press `e` and come back once a screen of a kind is on top."""
    await console.press("e")
    await console.until(lambda: isinstance(console.app.screen, upon), f"a {upon.__name__}")
    await console.settled()


async def shown(console: Console, *words: str) -> None:
    """Until all of these are to be seen."""
    await console.until(lambda: all(word in console.text for word in words), str(words))


async def said(console: Console, words: str) -> None:
    await console.until(lambda: console.app.flashed is not None and words in console.app.flashed.text, words)


async def test_scale_is_edited_and_sent_as_a_patch(open_console: Open, compiler: Compiler, editor: Editor, brisk: None) -> None:
    folder = editor("s/max_instances: 4/max_instances: 6/")
    async with editing(open_console, compiler, "gpu-idle") as console:
        await edit(console, Confirm)
        await shown(console, "+max_instances: 6", "-max_instances: 4")
        assert (folder / "modes").read_text().split() == ["700", "600"]
        assert not Path((folder / "path").read_text().strip()).exists()  # noqa: ASYNC240
        assert (folder / "given.1").read_text().startswith("# cluster gpu-idle as az ml writes it.")
        assert not console.changes()
        await console.press("right", "enter")
        await ended(console, console.session.operations)
        assert [(call["method"], call["path"].rpartition("/")[2]) for call in console.changes()] == [("PATCH", "gpu-idle")]
        key = console.session.operations[-1].runs[0].step.target_id
        assert console.aspect(key, "scale").startswith("2 to 6 nodes")


async def test_what_is_broken_is_told_with_its_line_and_edited_again(open_console: Open, compiler: Compiler, editor: Editor) -> None:
    folder = editor("s/max_instances: 4/max_instnces: 6/", "s/max_instnces/max_instances/")
    async with editing(open_console, compiler, "gpu-idle") as console:
        await edit(console, FlawsFound)
        given = (folder / "given.1").read_text().splitlines()
        line = given.index("max_instances: 4") + 1
        await shown(console, f"line {line}", "max_instnces: there is no such field; did you mean", "`max_instances`?", "max_instnces: 6")
        await console.press("enter")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        await shown(console, "+max_instances: 6")
        again = (folder / "given.2").read_text()
        assert again.splitlines() == [each.replace("max_instances: 4", "max_instnces: 6") for each in given]
        assert (folder / "arguments.2").read_text().startswith(f"+{line} ")
        assert not console.changes()


async def test_what_cannot_change_is_refused_before_anything_is_sent(open_console: Open, compiler: Compiler, editor: Editor) -> None:
    editor("s/size: .*/size: Standard_DS3_v2/")
    async with editing(open_console, compiler, "gpu-idle") as console:
        await edit(console, FlawsFound)
        await shown(console, "size: it cannot change once a cluster is there")
        assert not console.changes()


async def test_what_was_typed_is_kept_until_it_is_thrown_away(open_console: Open, compiler: Compiler, editor: Editor) -> None:
    folder = editor("s/max_instances: 4/max_instances: many/", "", "s/many/5/", "s/max_instances: 4/max_instances: 7/")
    async with editing(open_console, compiler, "gpu-idle") as console:
        await edit(console, FlawsFound)
        await console.press("escape")
        await said(console, "what was typed is kept")
        await edit(console, Choose)
        await console.press("enter")  # go on; and nothing better comes to mind
        await console.until(lambda: isinstance(console.app.screen, FlawsFound), "the flaw again")
        await console.press("e")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "the plan")
        await shown(console, "+max_instances: 5")
        assert "max_instances: many" in (folder / "given.3").read_text()
        await console.press("escape")  # not agreed to: it is kept too
        await edit(console, Choose)
        await shown(console, "was not sent")
        await console.press("down", "enter")
        await console.until(lambda: isinstance(console.app.screen, Confirm), "a plan of the edit begun anew")
        assert "max_instances: 4" in (folder / "given.4").read_text()
        await shown(console, "+max_instances: 7")
        assert not console.changes()


async def test_nothing_edited_nothing_sent(open_console: Open, compiler: Compiler, editor: Editor) -> None:
    editor("", "s/^name: /# &\\n&/", "d")
    async with editing(open_console, compiler, "nb-grace") as console:
        for words in ("nothing was edited", "the edit changes nothing", "the edit was thrown away"):
            await console.press("e")
            await said(console, words)
            assert isinstance(console.app.screen, ResourceScreen)
            console.app.forget_news()
        assert not console.app.drafts
        assert not console.changes()


@pytest.mark.parametrize(
    ("visual", "words"),
    [
        ("false", "The editor (false) ended with 1"),
        ("no-such-editor --wait", "'no-such-editor', which is not there"),
        ("vi 'x", "which is no command"),
    ],
)
async def test_an_editor_that_fails_is_told(
    visual: str, words: str, open_console: Open, compiler: Compiler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", visual)
    async with editing(open_console, compiler, "gpu-idle") as console:
        await console.press("e")
        await said(console, words)
        assert "nothing was changed" in console.app.flashed.text  # type: ignore[union-attr]


async def test_a_reader_may_look_and_is_refused_in_the_dialog(open_console: Open, compiler: Compiler, editor: Editor) -> None:
    editor("s/max_instances: 4/max_instances: 6/")
    async with editing(open_console, compiler, "gpu-idle", identity="reader", size=WIDE) as console:
        await edit(console, Confirm)
        await shown(console, "you lack")
        assert not console.dialog.query("#go")
