"""The app: navigation, the life of the session, flashes, plans and the way out; it knows no single resource."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color, ColorParseError
from textual.filter import Monochrome, NoColor
from textual.screen import Screen
from textual.worker import WorkerFailed

from console import collector
from console.clipboard import Clipboard
from console.command_history import CommandHistory
from console.config_file import SettingsError
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble, TroubleError
from console.feeds.feed import by_age
from console.operations.plan import Plan
from console.places import SEVERAL, asked
from console.session import Session
from console.terminal import Terminal, terminal_of
from console.text import redact_text, safe
from console.tty_driver import TtyDriver
from console.view_memory import Order, ViewMemory
from screens.burn_alarm import BurnAlarm
from screens.changes import Changes
from screens.commands import Command, Invocation
from screens.dialogs.choose import Choice
from screens.frame import Frame, FrugalApp
from screens.keys_in_order import KeysInOrderApp
from screens.keys_shown import shown
from screens.last_error import News
from screens.line_commands import LineCommands
from screens.navigator import Navigator
from screens.plan_keys import what_is_open
from screens.registry import VIEWS, WORKSPACES
from screens.resource_screen import ResourceScreen
from screens.signin_flow import METHODS, SignInFlow

if TYPE_CHECKING:
    from console.settings import Settings
    from screens.widgets.facts import Fact
    from screens.widgets.status_line import Part

log = logging.getLogger(__name__)

FLASH_S = 6.0
#: Pauses between attempts to connect, in seconds; the last repeats.
RECONNECT_S = (1.0, 2.0, 5.0, 10.0, 30.0)
#: From the start of a session to the first of the imports that other views need, in seconds.
IMPORTS_AFTER_S = 1.0
#: Whose last key is longer ago does not type, in seconds.
TYPING_S = 0.5
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
#: Longer than this nobody waits for connections and the sign-in child to end, in seconds.
LONGEST_END_S = 5.0


class Flash(msgspec.Struct, frozen=True):
    """One line of news; what `stays` does so until a key is pressed where it is seen, and gives way to no mere progress."""

    text: str
    look: str
    stays: bool = False


class ConsoleApp(KeysInOrderApp, FrugalApp):
    """Shows one session. Returns the process's exit code."""

    TITLE = "aml-console"
    ENABLE_COMMAND_PALETTE = False
    # Over SSH: what is dimmed under a dialog is sent twice, dimmed, and bright again. In the themes of 16 colours Textual draws borders
    # around buttons of one line, over what they say.
    CSS = """
    Screen { layers: base; }
    App.-ssh ModalScreen { background: transparent; }
    Button:ansi, Button:ansi:disabled { border: none !important; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", key_display="?", id="app.help"),
        Binding("colon", "command", "command", key_display=":", id="app.command"),
        *(Binding(view.number, f"view('{kind}')", kind, show=False, id=f"app.view-{kind}") for kind, view in VIEWS.items() if view.number),
        Binding("W", "workspaces", "choose workspaces", show=False, id="app.workspaces"),
        Binding("minus", "last_view", "the last view, and here again", show=False, key_display="-", id="app.last-view"),
        Binding("left_square_bracket", "history('earlier')", "back in the history of views", show=False, key_display="[", id="app.earlier"),
        Binding(
            "right_square_bracket", "history('forward')", "forward in the history of views", show=False, key_display="]", id="app.forward"
        ),
        Binding("ctrl+p", "palette", "palette of commands and actions", show=False, id="app.palette"),
        Binding("U", "undo", "undo the last change", show=False, id="app.undo"),
        Binding("L", "last_error", "the last error and the last news whole", show=False, id="app.last-error"),
        Binding("ctrl+q,ctrl+c", "go_away", "quit", show=False, priority=True, id="app.quit"),
    ]

    def __init__(self, session: Session, view: str = "compute", open_context: Callable[[str], Session] | None = None) -> None:
        super().__init__(driver_class=TtyDriver)
        self._open_context = open_context
        #: What ended the app although it should not have.
        self.failure: BaseException | None = None
        self.flashed: Flash | None = None
        self.news = News()
        self.drafts: dict[str, dict[str, str]] = {}
        self.last_trouble: Trouble | None = None
        self._history = CommandHistory(session.settings.state_dir / "command-history")
        self._memory = ViewMemory(session.settings.state_dir / "views.json")
        self._retry = asyncio.Event()
        self._farewell: Flash | None = None
        #: Whether `:readonly` was said and `:write` was not since: that is about the console, whichever context it is in.
        self._reading_only = False
        self._copier = Clipboard(session.settings.clipboard, os.environ, session.settings.state_dir, self._to_terminal)
        self._be_about(session, view, first=True)

    def _be_about(self, session: Session, view: str, *, first: bool = False) -> None:
        """Everything that goes with one session."""
        self.session = session
        self.navigator = Navigator(self, self, session, view)
        self.signing_in = SignInFlow(self, session, first=first)
        self.changes = Changes(self, self, session)
        self.alarm = BurnAlarm(self, session, self.bell)
        self.line = LineCommands(self, self, session, self.navigator, self._history, self._commands())

    def suit(self, terminal: Terminal) -> None:
        """Draw as this terminal can show it."""
        self._frame = Frame(ascii=terminal.ascii, links=terminal.links, erases=self._frame.erases)
        if terminal.ssh:
            self.animation_level = "none"
            self.add_class("-ssh")
        if terminal.theme in self.available_themes:
            self.theme = terminal.theme
        if self.no_color:
            # Textual would make shades of grey of the colours, and those are colours too.
            self._filters = [NoColor() if isinstance(each, Monochrome) else each for each in self._filters]

    def get_default_screen(self) -> Screen[None]:
        return self.navigator.first_screen()

    def on_load(self) -> None:
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._end, 128 + number)

    def on_mount(self) -> None:
        settings = self.session.settings
        if settings.theme and settings.theme not in self.available_themes:
            sentence = f"there is no theme {settings.theme!r}; there are {', '.join(sorted(self.available_themes))}"
            raise SettingsError(settings.sources.get("theme", "theme"), sentence)
        self.theme = settings.theme or self.theme
        if settings.keys:
            from screens import keymap

            self.set_keymap(keymap.read(settings.keys, settings.sources, ConsoleApp))
        colour_of(self.session.settings)
        self._begin()

    def _begin(self) -> None:
        """Let the session of now begin."""
        self.session.listen_to_steps(self.changes.step_changed)
        self.session.listen(self.signing_in.watch)
        self.session.listen(self.alarm.watch)
        # The first frame before all that can wait for it: the gateway's imports would hold the interpreter.
        self.call_after_refresh(lambda: self.run_worker(self._connect(), name="connect", group="connect", exclusive=True))

    async def _connect(self) -> None:
        """Start the session, again and again while the reason is one that passes."""
        for attempt in range(sys.maxsize):
            try:
                await self.session.connect()
                if attempt == 0 and self.session.unkept:
                    self.last_trouble = Trouble(Kind.UNEXPECTED, "; ".join(self.session.unkept), "NotKept")
                    self.flash(f"{self.session.unkept[0]} ({self.key('app.last-error', 'L')})", "bad", stays=True)
                await self.session.start()
            except TroubleError as error:
                self.session.trouble = self.last_trouble = error.trouble
                if not self.signing_in.takes(error.trouble):
                    self.report(error.trouble)
                passes = error.trouble.kind in {Kind.UNREACHABLE, Kind.THROTTLED}
                pause = RECONNECT_S[min(attempt, len(RECONNECT_S) - 1)] if passes else None
                self._retry.clear()
                try:
                    async with asyncio.timeout(pause):
                        await self._retry.wait()
                except TimeoutError:
                    continue
            else:
                self.session.trouble = None
                if paused := sum(operation.paused for operation in self.session.operations):
                    plans = "1 earlier plan waits" if paused == 1 else f"{paused} earlier plans wait"
                    key = self.key("app.view-activity", "9")
                    self.flash(f"{plans}: {key} shows it, X resumes it, ctrl+d gives it up", "warn", stays=True)
                if self.session.unplaced is not None:
                    self._ask_where(self.session.unplaced)
                self.run_worker(self._import_ahead(), name="imports", group="imports", exclusive=True)
                return

    async def _import_ahead(self) -> None:
        """What the other views need, once the rows of this one had time to come."""
        await asyncio.sleep(IMPORTS_AFTER_S)
        from screens.imports_ahead import OPENED, import_ahead

        if await import_ahead([*OPENED, *(view.path for view in VIEWS.values())], lambda: self.typed_within(TYPING_S)):
            collector.spare()

    def _ask_where(self, why: Trouble) -> None:
        """Let a person choose, on the list of what there is; not in its filter, whose line would hide why."""
        self.keep_trouble(why)
        many = "several workspaces match" if why.code == SEVERAL else "no workspace that you may see matches"
        self.flash(f"{many} {asked(self.session.settings)}: enter opens one", "warn", stays=True)
        self.navigator.open(WORKSPACES)

    def retry(self) -> None:
        """Try to connect now, if that is what is being waited for."""
        self._retry.set()

    # Screens

    @property
    def view(self) -> str:
        """The name of the view that is open."""
        return self.navigator.view

    def tabs(self, kind: str) -> list[Part]:
        """The screens by their numbers, the one of `kind` marked."""
        numbered = [(view.number, name) for name, view in VIEWS.items() if view.number]
        return [(f" {number} {name} ", "reverse" if name == kind else "muted") for number, name in numbered]

    def action_view(self, name: str) -> None:
        """Go to a view, leaving whatever is open above it."""
        self.navigator.open(name)

    def action_workspaces(self) -> None:
        """The list of workspaces, the cursor in its filter."""
        screen = self.navigator.open(WORKSPACES)
        screen.call_after_refresh(screen.action_filter)

    def action_last_view(self) -> None:
        if not self.navigator.last():
            self.flash("there is no last view yet")

    def action_history(self, way: str) -> None:
        if not getattr(self.navigator, way)():
            self.flash(f"there is nothing {'before' if way == 'earlier' else 'after'} this")

    def below(self, screen: Screen[Any]) -> list[str]:
        return self.navigator.below(screen)

    def back(self) -> None:
        self.navigator.back()

    def look_at(self, chosen: Sequence[WorkspaceRef]) -> None:
        self.navigator.look_at(chosen)

    def choose(self, title: str, choices: Sequence[Choice], chosen: Callable[[str | None], None]) -> None:
        """Ask for one of several; what goes wrong with the one that is chosen is told."""
        from screens.dialogs.choose import Choose

        def act(name: str | None) -> None:
            self.line.tried(lambda: chosen(name))

        self.push_screen(Choose(title, choices), act)

    def go_to(self, name: str) -> ResourceScreen[Any]:
        """Go to a view, leaving whatever is open above it; returns its screen."""
        return self.navigator.open(name)

    def open_screen(self, screen: Screen[None]) -> None:
        self.push_screen(screen)

    def later(self, reading: Awaitable[Sequence[str]], then: Callable[[Sequence[str]], None]) -> None:
        where = self.screen

        async def go_on() -> None:
            told = await reading
            if self.screen is where:
                self.forget_news()
                then(told)

        self.run_worker(go_on(), name="later", group="later", exclusive=True)

    def key(self, binding_id: str, default: str) -> str:
        return shown(self._keymap.get(binding_id, default).split(",")[0])

    # News

    def flash(self, text: str, look: str = "busy", *, stays: bool = False) -> None:
        """Say something for some seconds on the last line; also logged."""
        log.info("%s", text)
        self.news.add(self.session.clock.now(), text, look)
        if self.flashed is not None and self.flashed.stays and look == "busy":
            return
        flash = self.flashed = Flash(text, look, stays)
        self._refresh_frame()
        if not stays:
            self.set_timer(FLASH_S, lambda: self._unflash(flash))

    def _unflash(self, flash: Flash) -> None:
        if self.flashed is flash:
            self.flashed = None
            self._refresh_frame()

    def forget_news(self) -> None:
        if self.flashed is not None and not self.flashed.stays:
            self._unflash(self.flashed)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and self.flashed is not None and self.flashed.stays and isinstance(self.screen, ResourceScreen):
            self._unflash(self.flashed)
        await super().on_event(event)

    def report(self, trouble: Trouble) -> None:
        """Say what went wrong; `L` shows it whole."""
        self.last_trouble = trouble
        self.flash(f"{trouble.sentence} ({self.key('app.last-error', 'L')})", "bad")

    def keep_trouble(self, trouble: Trouble | None) -> None:
        """Let `L` show this trouble, if there is any."""
        self.last_trouble = trouble or self.last_trouble

    def _refresh_frame(self) -> None:
        redraw = getattr(self.screen_stack[-1] if self.screen_stack else None, "_redraw", None)
        if redraw is not None:
            redraw()

    # Out of the console

    def copy(self, text: str, named: str = "", *, secret: bool = False) -> None:
        """Copy a text as the settings tell, and say what was done; `named` is said in its place. A `secret` goes to no file."""
        self.run_worker(self._copy(text, named, secret), name="copy", group="copy", exclusive=True)

    async def _copy(self, text: str, named: str, secret: bool) -> None:
        try:
            self.flash(await self._copier.copy(text, named, secret=secret))
        except OSError as error:
            self.report(Trouble(Kind.UNEXPECTED, f"{self._copier.path} cannot be written: {error.strerror}.", "ClipboardUnwritable"))

    def _to_terminal(self, sequence: str) -> None:
        if self._driver is not None:
            self._driver.write(sequence)

    def export(self, kind: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        from console.exports import export

        try:
            path, other = export(self.session.settings.state_dir / "exports", kind, names, rows, self.session.clock.now())
        except TroubleError as error:
            self.report(error.trouble)
        else:
            self.flash(f"{len(rows)} rows in {path} and {other.suffix}", "ok")

    # Reading

    def read(self, title: str, facts: Sequence[Fact], *, label_width: int = 15) -> None:
        from screens.reader import Reader

        self.push_screen(Reader(title, facts, label_width))

    def show_yaml(self, key: str, raw: bytes | None) -> None:
        from screens.yaml_view import yaml_facts

        self.read(f"yaml {key.rsplit('/', 1)[-1]}", yaml_facts(raw))

    def action_help(self) -> None:
        from screens.help import help_facts

        self.read("help", help_facts(self.screen, {command.name: command for command in self.line.table.values()}), label_width=22)

    def action_last_error(self) -> None:
        from screens.last_error import troubles_facts

        feed = getattr(self.screen, "feed", None)
        troubles = by_age(feed.troubles) if feed is not None else [each for each in (getattr(self.screen, "trouble", None),) if each]
        troubles = troubles or [each for each in (self.last_trouble,) if each is not None]
        # What is not read beside the rows leaves gaps in them: prices, names, last jobs.
        beside = [trouble for each in self.session.scheduler.feeds for trouble in by_age(each.troubles)]
        beside += [
            each.trouble
            for each in (self.session.last_runs, self.session.names, self.session.data.now.versions)
            if each.trouble is not None
        ]
        beside += self.session.access.now.unread.values()
        errors = troubles_facts(list(dict.fromkeys((*troubles, *beside))))
        self.read("last error", [*errors, *self.news.facts()])

    def action_command(self) -> None:
        self.line.ask()

    def action_palette(self) -> None:
        """Over SSH, where one opening of the palette costs as much as a hundred screens, it is the line."""
        if "SSH_CONNECTION" in os.environ:
            self.line.ask()
        else:
            self.line.ask_by_palette()

    def _commands(self) -> list[Command]:
        """What the line understands beside views: what is the app's own."""
        return [
            Command("ctx", "another context of the config file", self._ask_context, ("context",), choices=self._context_names),
            Command("undo", "take the last change back", lambda _: self.action_undo()),
            Command("write", "allow changes", lambda _: self._set_mode(write=True)),
            Command("readonly", "forbid changes", lambda _: self._set_mode(write=False), ("read-only", "ro")),
            Command("login", "sign in, again or another way", lambda line: self.signing_in.command(line), ("signin",), lambda: METHODS),
            Command("logout", "sign out, and forget what was read", lambda _: self._sign_out(), ("signout",)),
            Command("error", "the last error and the last news whole", lambda _: self.action_last_error()),
            Command("help", "keys and commands", lambda _: self.action_help(), ("h",)),
            Command("quit", "leave", lambda _: self.action_go_away(), ("q", "exit")),
        ]

    def _ask_context(self, invocation: Invocation) -> None:
        """`:ctx NAME` goes to another context of the config file; `:ctx` asks for one."""
        contexts = self.session.settings.contexts
        if not contexts or self._open_context is None:
            sentence = f"there are no contexts; one is a table like [contexts.prod] in {self.session.settings.config_path}"
            raise TroubleError(Trouble(Kind.INVALID, sentence, "NoContexts"))
        if invocation.arguments:
            self._change_context(invocation.arguments[0])
            return
        offered = [
            Choice(name, " ".join(filter(None, (each.workspace, each.subscription, each.mode))), name == self.session.context.name)
            for name, each in contexts.items()
        ]
        self.choose("contexts", offered, lambda name: self._change_context(name) if name else None)

    def _context_names(self) -> list[str]:
        return list(self.session.settings.contexts)

    def _change_context(self, name: str) -> None:
        """Go on as if the console had been started with --context NAME. What is under way goes on in Azure; that is asked for twice."""
        contexts = self.session.settings.contexts
        if name not in contexts or self._open_context is None:
            sentence = f"there is no context {name}; there are {', '.join(contexts)}"
            raise TroubleError(Trouble(Kind.INVALID, sentence, "UnknownContext"))
        if self._warned_of_operations(f":ctx {name} again changes"):
            return
        try:
            session = self._open_context(name)
            colour_of(session.settings)
        except SettingsError as error:
            raise TroubleError(Trouble(Kind.INVALID, str(error), "Settings")) from error
        before = self.session
        self._go_on_with(session, self.view)
        self.run_worker(_left(before), name="close", group="close")

    def _go_on_with(self, session: Session, view: str) -> None:
        """Be about another session, from its first screen on."""
        for worker in self.workers:
            if worker.group != "close":  # what is under way for the session of before must not come about in the new one
                worker.cancel()
        if self._reading_only and session.context.write:
            session.context.write, session.context.write_reason = False, ":readonly"
        self._be_about(session, view)
        self.navigator.begin()
        self._begin()

    def _sign_out(self) -> None:
        """Forget who is signed in, and everything that was read for them; what is under way goes on in Azure: that is asked for twice."""
        under_way = any(worker.name == "sign out" and worker.is_running for worker in self.workers)
        if not under_way and not self._warned_of_operations(":logout again signs out"):
            self.run_worker(self._go_on_without(self.session), name="sign out", group="close")

    async def _go_on_without(self, before: Session) -> None:
        trouble = await before.sign_out()
        if before is self.session:
            self.last_trouble, self.flashed = trouble, None
            self.drafts.clear()
            self.news.clear()
            self._go_on_with(before.again(), next(iter(VIEWS)))
            azs = "; the Azure CLI's own session stays: az logout ends it" if before.entrance.method in {"az", "auto"} else ""
            self.flash(trouble.sentence if trouble is not None else f"signed out{azs}", "bad" if trouble is not None else "ok")
        await _left(before)

    def _set_mode(self, *, write: bool) -> None:
        context, self._reading_only = self.session.context, not write
        context.write, context.write_reason = write, ":write" if write else ":readonly"
        self.flash("changes are allowed now" if write else "read-only now", "warn" if write else "ok")

    # Changes

    def order(self, kind: str) -> Order | None:
        """The order that was chosen for a screen, now or in an earlier session."""
        return self._memory.order(kind)

    def keep_order(self, kind: str, order: Order) -> None:
        self._memory.keep(kind, order)

    def propose(
        self,
        plan: Plan,
        refusal: str,
        *,
        notes: Sequence[str] = (),
        agreed: Callable[[], None] | None = None,
        run: Callable[[Plan], None] | None = None,
        failed: Callable[[], None] | None = None,
    ) -> None:
        self.changes.propose(plan, refusal, notes=notes, agreed=agreed, run=run, failed=failed)

    def reveal(self, plan: Plan, refusal: str, then: Callable[[str], None]) -> None:
        self.changes.reveal(plan, refusal, then)

    def action_undo(self) -> None:
        self.changes.undo_last()

    # The way out

    def action_go_away(self) -> None:
        """Quit; with operations under way, say so first: they go on in Azure and their fate is told at the next start."""
        if not self._warned_of_operations(f"{self.key('app.quit', 'ctrl+q')} again quits"):
            self.exit(0)

    def _warned_of_operations(self, again: str) -> bool:
        """Whether plans are under way and it was not just said what becomes of them without the console: then it is said."""
        open_ones = what_is_open(self.session.operations)
        if not open_ones or (self.flashed is not None and self.flashed is self._farewell):
            return False
        self.flash(f"{open_ones}; {again}", "warn")
        self._farewell = self.flashed
        return True

    def _end(self, code: int) -> None:
        """A signal: out at once, the terminal restored, or let go if it is gone."""
        if self.lent and code == 128 + signal.SIGINT:
            return  # ctrl+c is meant for the program that has the terminal
        if isinstance(self._driver, TtyDriver):
            self._driver.notice_loss()
        self.exit(code, return_code=code)

    async def on_unmount(self) -> None:
        """The terminal is restored by now; end what the session keeps open."""
        try:
            async with asyncio.timeout(LONGEST_END_S):
                await self.session.close()
        except TimeoutError:
            log.warning("the session did not close within %g s", LONGEST_END_S)

    def _handle_exception(self, error: Exception) -> None:
        """End for an error that nobody handled. Textual would print it with the values of variables, among them secrets."""
        cause = error.error if isinstance(error, WorkerFailed) else error
        log.error("unhandled error", exc_info=cause)
        self._return_code = 1
        if self.failure is None:
            self.failure = cause
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()


async def _left(session: Session) -> None:
    """Close a session that the console goes on without, whatever fails in that."""
    try:
        await session.close()
    except Exception:
        log.exception("the session of before did not close well")


def colour_of(settings: Settings) -> Color | None:
    """The context's colour, if it has one. Raises SettingsError where that is no colour."""
    if not settings.colour:
        return None
    try:
        return Color.parse(settings.colour)
    except ColorParseError as error:
        raise SettingsError(settings.sources.get("colour", "colour"), f"{settings.colour!r} is no colour") from error


def run(session: Session, view: str, open_context: Callable[[str], Session]) -> int:
    """Show the session until the user leaves; returns the exit code. The terminal is restored whatever happens.

    Raises SettingsError where a place that settings name cannot be used.
    """
    app = ConsoleApp(session, view, open_context)
    app.suit(terminal_of(session.settings, os.environ))
    result = app.run(mouse=False)
    if isinstance(app.failure, SettingsError):
        raise app.failure
    if app.failure is not None:
        told = safe(redact_text(f"{type(app.failure).__name__}: {app.failure}"))
        print(f"aml-console: it failed ({told}); the traceback is in {session.settings.log_file}", file=sys.stderr)
    return app.return_code or result or 0
