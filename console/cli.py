"""The command line: flags in, exit code out. Imports nothing heavy until it is known what is asked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from enum import IntEnum

from console import __version__

TYPE_CHECKING = False  # typing's own costs a tenth of --help
if TYPE_CHECKING:
    import argparse
    import subprocess

    from console.demo import Demo
    from console.session import Session
    from console.settings import Settings


class Exit(IntEnum):
    """Exit codes; a signal n adds 128 + n."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    CONNECTION = 3
    INTERRUPT = 130


VIEWS = (
    "compute",
    "datastores",
    "connections",
    "access",
    "who",
    "findings",
    "quota",
    "cost",
    "data",
    "storage",
    "workspaces",
    "activity",
    "roles",
    "budgets",
    "waste",
    "vaults",
    "secrets",
    "expiry",
)
KINDS = ("compute", "datastores", "connections", "data", "access", "who", "vaults", "secrets", "expiry")
REPORTS = ("cost",)
REPORT_BY = ("team", "user", "workspace", "compute", "meter", "experiment")
REPORT_SPANS = ("7d", "30d", "month", "last-month")
SIGNINS = ("auto", "az", "environment", "managed-identity", "device-code")
EMULATOR_FLAGS = ("seed", "scale", "speed", "epoch", "faults", "state")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["emulator"]:
        from console.emulator.server import main as emulator

        return emulator(words[1:])
    if words[:1] == ["--version"]:
        print(f"aml-console {__version__}")
        return Exit.OK
    from console import collector

    collector.rest()  # the session lets it work again
    parsed = _parser().parse_args(words)
    from console.config_file import SettingsError

    try:
        return _run(parsed)
    except SettingsError as error:
        print(f"aml-console: {error.place}: {error.sentence}", file=sys.stderr)
        return Exit.USAGE
    except KeyboardInterrupt:
        return Exit.INTERRUPT


def _parser() -> argparse.ArgumentParser:
    import argparse

    def formatter(prog: str) -> argparse.HelpFormatter:
        return argparse.HelpFormatter(prog, width=_columns() - 2)

    place = _place_flags(argparse.ArgumentParser(add_help=False, allow_abbrev=False))
    # After the command the same flags may come again; what is absent there must not undo what came before it.
    again = _place_flags(argparse.ArgumentParser(add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS))
    parser = argparse.ArgumentParser(
        prog="aml-console",
        parents=[place],
        allow_abbrev=False,
        formatter_class=formatter,
        description="The terminal console for administrators of Azure Machine Learning.",
        epilog="Also: `aml-console emulator --help`. Exit codes: 0 ok, 1 failure, 2 usage, 3 sign-in or connection.",
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--view", choices=VIEWS, help="screen to open")
    parser.add_argument("--read-only", action="store_true", help="change nothing (the default on Azure)")
    parser.add_argument("--write", action="store_true", help="allow changes")
    parser.add_argument("--theme", metavar="NAME")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII alone (the default where the locale is not UTF-8)")
    parser.add_argument("--ssh", choices=("auto", "on", "off"), help="few frames a second, no animation (auto: over SSH)")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    listing = commands.add_parser("list", parents=[again], allow_abbrev=False, formatter_class=formatter, help="print a list and end")
    listing.add_argument("kind", choices=KINDS)
    listing.add_argument("-o", "--output", choices=("table", "json", "csv"), default="table")
    listing.add_argument("--jobs", action="store_true", help="compute: also what last ran on each and what is found of it, a request each")
    listing.add_argument("--vault", metavar="NAME", default="", help="secrets: of this Key Vault alone")
    for name, does in (
        ("plan", "print what a file of `az ml ... create -f` would do"),
        ("apply", "do what such a file says"),
    ):
        files = commands.add_parser(name, parents=[again], allow_abbrev=False, formatter_class=formatter, help=does)
        files.add_argument(
            "-f", "--file", required=True, metavar="FILE", help="YAML of a compute, datastore or connection (-: standard input)"
        )
        files.add_argument(
            "--kind", choices=("compute", "datastore", "connection"), default="", help="what it is, where the file does not tell"
        )
        files.add_argument("--write", action="store_true", default=argparse.SUPPRESS, help="allow changes (the default on an emulator)")
        if name == "apply":
            files.add_argument("--yes", action="store_true", help="do it without asking")
            files.add_argument("--reason", metavar="TEXT", default="", help="reason or ticket, kept in this machine's journal")
    does = "write who has access as CSV, for people to decide in"
    reviewing = commands.add_parser("review", parents=[again], allow_abbrev=False, formatter_class=formatter, help=does)
    reviewing.add_argument("-o", "--output", metavar="FILE", default="-", help="a new file (default: standard output)")
    does = "print a report of costs and end: for cron and mail"
    reporting = commands.add_parser("report", parents=[again], allow_abbrev=False, formatter_class=formatter, help=does)
    reporting.add_argument("kind", choices=REPORTS)
    reporting.add_argument("--by", choices=REPORT_BY, default="team", help="what its lines are (user and experiment: estimates)")
    reporting.add_argument("--last", choices=REPORT_SPANS, default="7d", help="the time that it is about, in whole days (UTC)")
    reporting.add_argument("--all", action="store_true", help="every workspace, with all else that their subscriptions cost")
    reporting.add_argument("-o", "--output", choices=("md", "csv", "json"), default="md")
    what = "say whether sign-in, endpoints, permissions, clock and terminal are fine"
    commands.add_parser("check", parents=[again], allow_abbrev=False, formatter_class=formatter, help=what)
    configuration = commands.add_parser(
        "config", parents=[again], allow_abbrev=False, formatter_class=formatter, help="say what is configured, where, and what is wrong"
    )
    told = "every path · effective values and their sources · JSON Schema of config.toml · all that is wrong · ids for [keys]"
    configuration.add_argument("what", choices=("paths", "show", "schema", "check", "keys"), help=told)
    return parser


def _columns() -> int:
    """The terminal's width, as argparse would have it from shutil, which imports every kind of compression for it."""
    import os

    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _place_flags(place: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The flags that say where and as whom."""
    import argparse

    group = place.add_argument_group("where and as whom")
    group.add_argument("-s", "--subscription", metavar="ID", help="subscription, by id or name")
    group.add_argument("-g", "--resource-group", metavar="NAME")
    group.add_argument("-w", "--workspace", metavar="NAME")
    group.add_argument("--tenant", metavar="ID")
    group.add_argument("--context", metavar="NAME", help="a place named in the config file")
    group.add_argument("--cloud", choices=("public", "china", "usgov"), help="which Azure (default: public)")
    group.add_argument("--signin", choices=SIGNINS, help="how to sign in (default: auto)")
    group.add_argument("--config", metavar="FILE", help="config file (default: ~/.config/aml-console/config.toml)")
    group.add_argument("--log-file", metavar="FILE")
    demo = place.add_argument_group("without Azure")
    demo.add_argument("--demo", action="store_true", default=place.argument_default, help="start the embedded emulator and open on it")
    demo.add_argument("--cloud-file", metavar="FILE", help="open on an emulator that runs, by its ready file")
    demo.add_argument("--as", dest="identity", metavar="NAME", help="identity of the emulator (default: admin)")
    for flag in EMULATOR_FLAGS:
        demo.add_argument(f"--{flag}", metavar="VALUE", help=argparse.SUPPRESS)
    return place


def _run(parsed: argparse.Namespace) -> int:
    if parsed.version:
        print(f"aml-console {__version__}")
        return Exit.OK
    import os
    from pathlib import Path

    from console.settings import load

    flags = vars(parsed)
    if parsed.command == "config":
        return _config(parsed.what, flags)
    settings = load(flags, os.environ, Path.home())
    _end_by_signals()
    demo = _demo(settings, flags)
    try:
        return _open(parsed, settings, demo)
    finally:
        if demo is not None:
            demo.close()


def _config(what: str, flags: dict[str, object]) -> int:
    """Print what is configured; `check` ends with 2 when something is wrong."""
    import os
    from pathlib import Path

    from console import config_report as report
    from console.settings import load

    place = (flags, os.environ, Path.home(), Path.cwd())
    if what == "paths":
        lines = list(report.paths(*place))
    elif what == "schema":
        lines = [report.schema()]
    elif what == "show":
        lines = list(report.show(load(*place)))
    else:
        from console import config_screens

        if what == "keys":
            lines = list(config_screens.keys(load(*place)))
        else:
            wrong = report.wrong(*place) or config_screens.wrong(load(*place))
            lines = [f"{each.place}: {each.sentence}" for each in wrong] or ["nothing is wrong"]
            return _print(lines, Exit.USAGE if wrong else Exit.OK)
    return _print(lines, Exit.OK)


def _print(lines: Sequence[str], code: int) -> int:
    """Print; that nobody reads on is no error, and ends as SIGPIPE would."""
    import os

    try:
        print("\n".join(lines), flush=True)
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + 13
    return code


def _end_by_signals() -> None:
    """Let SIGTERM and SIGHUP end the process by way of every `finally`, as ctrl+c does; one that is ignored (nohup) stays so."""
    import signal

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def _demo(settings: Settings, flags: dict[str, object]) -> Demo | None:
    """The emulator of --demo, started; its flags without it are a mistake."""
    from console.config_file import SettingsError

    given = [word for flag in EMULATOR_FLAGS if flags.get(flag) is not None for word in (f"--{flag}", str(flags[flag]))]
    if not settings.demo:
        if given:
            raise SettingsError(given[0], "is a flag of the emulator: give --demo too, or use `aml-console emulator`")
        return None
    from console.demo import Demo
    from console.keeping import why_not

    return Demo(None if why_not(settings.state_dir) else settings.state_dir, given)


def _open(parsed: argparse.Namespace, settings: Settings, demo: Demo | None) -> int:
    interactive = parsed.command is None
    # Textual draws on standard error.
    if interactive and not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        print("aml-console: the console needs a terminal; `aml-console list compute` prints without one", file=sys.stderr)
        return Exit.USAGE
    if interactive:
        if settings.view is not None and settings.view not in VIEWS:
            from console.config_file import SettingsError

            raise SettingsError(settings.sources.get("view", "view"), f"there is no screen {settings.view!r}; there are {', '.join(VIEWS)}")
        _suit_terminal(settings)
    _launch_sign_in(settings)
    if interactive:
        if not settings.demo:
            _session(settings)
        import console.app as app
    if demo is not None:
        from msgspec.structs import replace

        settings = replace(settings, cloud_file=demo.ready_file())
    _log_to(settings)
    session = _session(settings)
    if interactive:
        return app.run(session, settings.view or VIEWS[0], _context_opener(parsed))
    from console import headless

    if parsed.command == "report":
        return _report(parsed, session)
    if parsed.command == "review":
        return headless.run(headless.review_access(session, parsed.output))
    if parsed.command == "list" and parsed.kind == "access":
        return headless.run(headless.list_access(session, parsed.output))
    if parsed.command == "list" and parsed.kind in {"datastores", "data"}:
        work = headless.list_datastores if parsed.kind == "datastores" else headless.list_data
        return headless.run(work(session, parsed.output))
    if parsed.command == "list" and parsed.kind == "connections":
        return headless.run(headless.list_connections(session, parsed.output))
    if parsed.command == "list" and parsed.kind in {"vaults", "secrets"}:
        vaults = headless.list_vaults(session, parsed.output) if parsed.kind == "vaults" else None
        return headless.run(vaults or headless.list_secrets(session, parsed.output, parsed.vault))
    if parsed.command == "list" and parsed.kind == "expiry":
        return headless.run(headless.list_expiry(session, parsed.output))
    if parsed.command == "list" and parsed.kind == "who":
        return headless.run(headless.list_who(session, parsed.output))
    if parsed.command == "list":
        return headless.run(headless.list_computes(session, parsed.output, jobs=parsed.jobs))
    if parsed.command in {"plan", "apply"}:
        from console.headless_plans import Wish, run_file

        apply = parsed.command == "apply"
        return headless.run(run_file(session, Wish(parsed.file, apply, apply and parsed.yes, parsed.reason if apply else "", parsed.kind)))
    return headless.run(headless.check(session))


def _report(parsed: argparse.Namespace, session: Session) -> int:
    """The report of costs; one that there is not is a mistake of usage."""
    from console import headless
    from console.config_file import SettingsError
    from console.cost_report import refusal
    from console.domain.billing.cost_report import By, Span
    from console.headless_report import report_cost

    of, span = By(parsed.by), Span(parsed.last)
    if why := refusal(of, span):
        raise SettingsError("--last", why)
    return headless.run(report_cost(session, of, span, parsed.output, every=parsed.all))


def _launch_sign_in(settings: Settings) -> None:
    """Have the sign-in child import what it needs while this process does.

    Where rows may have been kept, the first frame comes first; and a demo's emulator before the child that is to ask it.
    """
    kept = settings.cache_dir / "snapshots"
    if not settings.demo and not (kept.is_dir() and any(kept.iterdir())):
        from console.azure.child_launch import launch

        try:
            _launched.append(launch("signin_child", settings.log_file if settings.log_file.parent.is_dir() else None))
        except OSError:
            return  # the session starts one itself, and can say why it cannot


_launched: list[subprocess.Popen[bytes]] = []


def _suit_terminal(settings: Settings) -> None:
    """Tell Textual, before it is imported, of the terminal that it will draw on. SettingsError where none can be drawn on."""
    import os

    from console.config_file import SettingsError
    from console.terminal import prepare, terminal_of

    terminal = terminal_of(settings, os.environ)
    if terminal.dumb:
        sentence = "such a terminal cannot show the console; `aml-console list compute` prints without one"
        raise SettingsError(f"TERM={terminal.name}", sentence)
    prepare(terminal, os.environ)


_sessions: dict[str, Session] = {}


def _session(settings: Settings) -> Session:
    """The session of this run; its sign-in child is on its way when there is nothing to show without it."""
    if "session" not in _sessions:
        _sessions["session"] = _new_session(settings)
    return _sessions["session"]


def _new_session(settings: Settings) -> Session:
    from console.azure.signin import SignIn, SignInConfig
    from console.config_file import SettingsError
    from console.settings import CLOUDS, read_cloud

    cloud = read_cloud(settings.cloud_file) if settings.cloud_file is not None else CLOUDS[settings.cloud]
    if cloud.emulated and settings.identity and cloud.identity(settings.identity) is None:
        known = ", ".join(each.name for each in cloud.identities)
        raise SettingsError("--as", f"there is no identity {settings.identity!r}; there are {known}")
    signin = SignIn(SignInConfig.of(settings, cloud), _launched.pop() if _launched else None)
    from console.session import Session

    session = Session(settings, cloud, signin)
    # With rows to show from before, they come first; the child would take its part of the processor from them.
    if not session.computes.loaded:
        signin.start()
    return session


def _context_opener(parsed: argparse.Namespace) -> Callable[[str], Session]:
    """What makes the session of another context: what flags and environment said of the place was about the first one.

    `--write` was said of the first one too; `--read-only` holds for all.
    """

    def opened(name: str) -> Session:
        import os
        from pathlib import Path

        from console.settings import load

        flags = {"config": parsed.config, "log_file": parsed.log_file, "theme": parsed.theme, "context": name}
        flags["read_only"] = parsed.read_only  # a promise about the console, not about a place
        environ = {key: value for key, value in os.environ.items() if not key.startswith("AML_CONSOLE_") or key == "AML_CONSOLE_CONFIG"}
        return _new_session(load(flags, environ, Path.home()))

    return opened


def _log_to(settings: Settings) -> None:
    """Log warnings and news to the file, redacted; never to the screen. SettingsError where a file that was asked for cannot be written."""
    from console.config_file import SettingsError
    from console.log_file import open_log

    try:
        open_log(settings.log_file)
    except SettingsError:
        # Nobody asked for it: the console opens without, and says that this folder cannot be written.
        if "log_file" in settings.sources:
            raise
        import logging

        logging.getLogger().addHandler(logging.NullHandler())


if __name__ == "__main__":
    sys.exit(main())
