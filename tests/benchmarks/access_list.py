"""Role assignments of a workspace beside the Azure CLI: a key in the console, `list access`, and `az role assignment list`.

`python -m tests.benchmarks.access_list AZ [rounds]`; AZ is the path of an `az` in an environment of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.benchmarks.program import CONSOLE, ROOT, Home, Program, emulator, scratch
from tests.benchmarks.rounds import ROUNDS, interleaved, report

#: Somebody whom the list of access alone shows.
ROW = b"hackathon-2023"
CURSOR = "▶".encode()


def ran(command: Sequence[str], environment: Mapping[str, str]) -> dict[str, float]:
    start = time.perf_counter()
    subprocess.run(command, env=dict(environment), stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
    return {"wall": (time.perf_counter() - start) * 1000}


def key_to_rows(opened: Sequence[str], home: Home, *, seen: bool = True) -> dict[str, float]:
    """From the key of the screen, in a console that has read nothing of access, to its rows with their names.

    `seen`: an earlier console of the same home had them on screen, so that they are there before they are read.
    """
    for kept in () if seen else home.folder.rglob("access-*.msgpack"):
        kept.unlink()
    with Program(opened, home) as program:
        program.until(CURSOR)
        program.drain(3)
        start = time.perf_counter()
        program.press(b"5")
        while ROW not in program.output:
            program.read(1)
        return {"wall": (time.perf_counter() - start) * 1000}


def signed_in(az: str, folder: Path, ready: Path) -> dict[str, str]:
    """An environment in which `az` is signed in to the emulator as its administrator."""
    cloud = json.loads(ready.read_bytes())
    admin = next(each for each in cloud["identities"] if each["name"] == "admin")
    environment = dict(os.environ) | {
        "AZURE_CONFIG_DIR": str(folder / "azure"),
        "AZURE_CORE_INSTANCE_DISCOVERY": "false",
        "REQUESTS_CA_BUNDLE": cloud["ca_file"],
        "NO_PROXY": "127.0.0.1,localhost",
    }
    for words in (
        ("cloud", "register", "-n", "Emulator", "--endpoint-resource-manager", cloud["resource_manager"]),
        ("cloud", "set", "-n", "Emulator"),
        ("login", "--service-principal", "-u", admin["client_id"], "-p", admin["client_secret"], "--tenant", cloud["tenant_id"]),
    ):
        subprocess.run([az, *words], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return environment


def main() -> None:
    az, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    with scratch() as folder, emulator(folder, "--speed", "0") as ready:
        place = json.loads(ready.read_bytes())["workspaces"][0]
        scope = "/subscriptions/{subscription_id}/resourceGroups/{resource_group}".format(**place)
        scope += f"/providers/Microsoft.MachineLearningServices/workspaces/{place['name']}"
        environment, home, other = signed_in(az, folder, ready), Home(folder / "home"), Home(folder / "other")
        asked = [az, "role", "assignment", "list", "--scope", scope, "--include-inherited", "-o", "json"]
        opened = [*CONSOLE, "--cloud-file", str(ready)]
        listed = [*CONSOLE, "list", "access", "--cloud-file", str(ready), "-o", "json"]
        cases: dict[str, Callable[[], dict[str, float]]] = {
            "az role assignment list": lambda: ran(asked, environment),
            "aml-console list access": lambda: ran(listed, home.environment()),
            "key to rows, seen before": lambda: key_to_rows(opened, home),
            "key to rows, never seen": lambda: key_to_rows(opened, other, seen=False),
        }
        report("role assignments of a workspace", interleaved(cases, rounds), over="key to rows, seen before")


if __name__ == "__main__":
    main()
