"""The compiler child: the only process that imports azure-ai-ml; it turns fields into the request that makes something, in JSON lines.

Out, first line: {"ready": true, "version": …} or {"ready": false, "missing": …}. In: {"id", "do": "compile", "kind": "compute" |
"datastore" | "connection", "yaml": text | "fields": {…}, "over": fields below those, "folder": of the file, "workspace": {"subscription",
"group", "name", "location", "storage_suffix", "authority"}} or {"id", "do": "dump", "kind", "item": its JSON, "workspace"}.
Out: {"id", "request": {"method", "path", "api_version", "query", "body"}, "secrets": {slot: secret}, "kind", "notes"}, {"id", "fields",
"yaml"}, {"id", "flaws": [{"path", "line", "message"}]} or {"id", "fault": sentence}. Lines count from 1 (0: nowhere).
It has no token and no network, and ends when stdin closes.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from console.azure.captured import FlawsError
from console.azure.child_streams import say, take_over

#: Audit events by which a process reaches out of itself. A hook that was added cannot be taken away again.
OUTSIDE = frozenset(
    {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind", "subprocess.Popen", "os.exec"}
    | {"os.posix_spawn", "os.system", "os.fork", "os.forkpty", "pty.spawn", "webbrowser.open", "urllib.Request"}
)

#: How far a compiler gives way to other processes (`nice`).
NICENESS = 10


class ForbiddenError(PermissionError):
    """Something in this process tried to reach the network or another program."""


class Speaking(NamedTuple):
    """What a child speaks with: the SDK's name and version, and what each (`do`, `kind`) is done by."""

    sdk: str
    version: str
    does: Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Mapping[str, Any]]]


def main() -> None:
    serve(_machine_learning)


def _machine_learning() -> Speaking:
    from console.azure.compiler_computes import Computes
    from console.azure.compiler_connections import Connections
    from console.azure.compiler_datastores import Datastores
    from console.azure.compiler_sdk import Sdk

    sdk = Sdk()
    kinds: dict[str, Computes | Datastores | Connections] = {
        "compute": Computes(sdk),
        "datastore": Datastores(sdk),
        "connection": Connections(sdk),
    }
    compiled = {("compile", kind): each.compile for kind, each in kinds.items()}
    return Speaking("azure-ai-ml", sdk.version, {**compiled, **{("dump", kind): each.dump for kind, each in kinds.items()}})


def serve(load: Callable[[], Speaking]) -> None:
    """Answer questions, one a line, with what `load` imports; until stdin closes."""
    requests, answers = take_over()
    _give_way()
    sys.addaudithook(_guard)
    try:
        speaking = load()
    except ImportError as error:
        say(answers, {"ready": False, "missing": str(error.name or error)})
        return
    gc.enable()
    gc.collect()
    gc.freeze()
    say(answers, {"ready": True, "version": speaking.version})
    for line in requests:
        asked = json.loads(line)
        say(answers, {"id": asked.get("id"), **_answer(speaking, asked)})


def _answer(speaking: Speaking, asked: Mapping[str, Any]) -> dict[str, Any]:
    work = speaking.does.get((str(asked.get("do")), str(asked.get("kind"))))
    if work is None:
        return {"fault": f"it cannot {asked.get('do')} a {asked.get('kind')}"}
    try:
        return dict(work(asked))
    except FlawsError as error:
        return {"flaws": error.flaws}
    except Exception as error:  # noqa: BLE001  (whatever an SDK raises is answered, never lost)
        # Where it happened, never what it was about: a message may hold what a field held.
        places = [f"{os.path.basename(frame.filename)}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
        print(f"compiler: {type(error).__name__} at {' < '.join(reversed(places[-6:]))}", file=sys.stderr, flush=True)
        return {"fault": f"{speaking.sdk} failed with {type(error).__name__} at {places[-1] if places else '?'}"}


def _give_way() -> None:
    """The import keeps a core busy for seconds: keys and rows of the console go before it."""
    os.nice(NICENESS)
    # Linux may share processors out among sessions first, and a child is one of its own (sched(7), autogroup).
    with suppress(OSError), open("/proc/self/autogroup", "w") as share:
        share.write(str(NICENESS))


def _guard(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in OUTSIDE:
        raise ForbiddenError(f"the compiler reaches nothing outside itself ({event})")


if __name__ == "__main__":
    main()
