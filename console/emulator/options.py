"""The emulator's flags, and how a state file decides some of them."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from console.emulator.faults import FaultsError, Rule, parse_text

if TYPE_CHECKING:
    from console.emulator.state import State
    from console.emulator.world import Keys, Options


class UsageError(Exception):
    """Something about the options is wrong; the message is one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message[:1].upper() + message[1:] + ".")


def parser() -> _Parser:
    made = _Parser(prog="aml-console emulator", description="Run the embedded Azure on the loopback interface.", allow_abbrev=False)
    made.add_argument("--port", type=int, metavar="N", help="port to listen on (default 0: any free one)")
    made.add_argument("--seed", type=int, metavar="N", help="which estate and story (default 7)")
    made.add_argument("--scale", type=int, metavar="N", help="multiplies computes, people and jobs (default 1)")
    made.add_argument("--speed", type=float, default=20, metavar="N", help="simulated seconds per real one; 0 freezes the clock")
    made.add_argument("--epoch", metavar="ISO", help="the moment at which the story starts (default: now)")
    made.add_argument("--state", metavar="PATH", help="a file in which the state outlives the process")
    made.add_argument("--faults", metavar="FILE", help="a JSON list of fault rules")
    made.add_argument("--ready-file", metavar="FILE", help="write the ready line there too")
    made.add_argument("--until-stdin-closes", action="store_true", help="end when the parent's pipe on standard input closes")
    made.add_argument("--routes", action="store_true", help="print what is answered, and where each route is known from")
    return made


def _epoch(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--epoch {text!r} is not a moment in ISO 8601, such as 2026-11-02T08:00:00Z.") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _faults(path: str | None) -> tuple[Rule, ...]:
    if path is None:
        return ()
    try:
        return parse_text(Path(path).read_text("utf-8"), f"--faults {path}")
    except OSError as error:
        raise UsageError(f"--faults {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"--faults {path} is not UTF-8 text.") from None
    except FaultsError as error:
        raise UsageError(str(error)) from None


def options(arguments: argparse.Namespace, state: State | None) -> tuple[Options, int]:
    """What the world is built from, and the port to listen on (0: any). Flags that say other than the state file are refused."""
    from console.emulator.world import Options

    given = {"port": arguments.port, "seed": arguments.seed, "scale": arguments.scale, "epoch": _epoch(arguments.epoch)}
    _check(arguments)
    begun = {} if state is None else state.settings
    chosen: dict[str, Any] = {"port": 0, "seed": 7, "scale": 1, "epoch": datetime.now(UTC)}
    for name, default in chosen.items():
        kept = _kept(state, name, type(default)) if name in begun else None
        if kept is not None and given[name] not in (None, kept):
            raise UsageError(f"--state {arguments.state} was begun with --{name} {begun[name]}, not {getattr(arguments, name)}.")
        chosen[name] = next(value for value in (kept, given[name], default) if value is not None)
    made = Options(chosen["seed"], chosen["scale"], arguments.speed, chosen["epoch"], _faults(arguments.faults))
    return made, chosen["port"]


def _check(arguments: argparse.Namespace) -> None:
    if not 0 <= (arguments.port or 0) <= 65_535:
        raise UsageError(f"--port {arguments.port} is not between 0 and 65535.")
    if arguments.scale is not None and not 1 <= arguments.scale <= 1000:
        raise UsageError(f"--scale {arguments.scale} is not between 1 and 1000.")
    if not 0 <= arguments.speed <= 1_000_000:
        raise UsageError(f"--speed {arguments.speed} is not between 0 and 1000000.")


def _kept(state: State | None, name: str, kind: type) -> Any:
    """A setting of the state file in its own type."""
    if state is None:
        return None
    try:
        return datetime.fromisoformat(state.settings[name]) if kind is datetime else kind(state.settings[name])
    except (KeyError, ValueError):
        raise UsageError(f"--state {state.path} is damaged: its {name} cannot be read.") from None


def keys(state: State | None) -> Keys:
    """What opens the process: new, or that of the state file."""
    from console.emulator.world import Keys

    if state is None or "control_token" not in state.settings:
        return Keys()
    try:
        signing_key = bytes.fromhex(state.settings["signing_key"])
        return Keys(state.settings["control_token"], signing_key, int(state.settings.get("revocations", "0")))
    except (KeyError, ValueError):
        raise UsageError(f"--state {state.path} is damaged: its keys cannot be read.") from None


def settings(made: Options, port: int, opened: Keys) -> dict[str, str]:
    """What a state file is begun with."""
    return {
        "seed": str(made.seed),
        "scale": str(made.scale),
        "epoch": made.epoch.isoformat(),
        "port": str(port),
        "control_token": opened.control_token,
        "signing_key": opened.signing_key.hex(),
    }
