"""Secrets planted wherever one can stand today reach no file, no argument, no environment and no terminal."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import Emulator
from tests.terminal.conftest import Home, Open, descendants, wait_until
from tests.terminal.pty import Terminal

TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}")
SIGNATURE = "Q0FOQVJZLXNpZ25hdHVyZQ%3D%3D"
KEY = "Q0FOQVJZa2V5Q0FOQVJZa2V5Q0FOQVJZa2V5Q0FOQVJZa2V5Q0FOQVJZa2V5Q0FOQVJZa2V5Q0FOQVJZa2V5Q0E9PQ=="
SAS = f"https://acct.blob.core.windows.net/c?sv=2024-11-04&sp=r&sig={SIGNATURE}"
CONNECTION = f"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY};EndpointSuffix=core.windows.net"


def processes(terminal: Terminal) -> dict[str, bytes]:
    """Arguments and environment of the console and of all that it started."""
    found = {}
    for pid in (terminal.process.pid, *descendants(terminal.process.pid)):
        for name in ("cmdline", "environ"):
            found[f"{name} of {pid}"] = Path(f"/proc/{pid}/{name}").read_bytes()
    return found


def assert_nowhere(emulator_secrets: list[bytes], places: dict[str, bytes]) -> None:
    for place, content in places.items():
        for secret in emulator_secrets:
            assert secret not in content, f"a secret is in {place}"
        assert not TOKEN.search(content), f"a token is in {place}"


def files(home: Home, *excepted: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.files() if path not in excepted}


def plant(emulator: Emulator) -> None:
    """Put secrets where a careless colleague does: into a description and into tags."""
    place = emulator.ready["workspaces"][0]
    url = (
        f"/subscriptions/{place['subscription_id']}/resourceGroups/{place['resource_group']}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{place['name']}/computes/nb-grace?api-version=2024-10-01-preview"
    )
    body = emulator.request("GET", url).json()
    inner = {"computeType": "ComputeInstance", "description": f"mount {SAS}", "properties": {"vmSize": "STANDARD_DS12_V2"}}
    tags = {"data": SAS, "storage": CONNECTION, "owner": "grace"}
    answer = emulator.request("PUT", url, {"location": body["location"], "tags": tags, "properties": inner})
    assert answer.status in (200, 201), answer.content
    emulator.control("POST", "clock", {"advance": 900})
    assert SIGNATURE in emulator.request("GET", url).content.decode()


def tokens(emulator: Emulator) -> int:
    return sum(call["path"].endswith("/token") for call in emulator.calls())


def walk(terminal: Terminal) -> None:
    """See all that the console shows of a compute, change one, and fail once."""
    terminal.settled("nb-grace")
    for keys, seen in (("/nb-grace\rd", "describe nb-grace"), ("y", "yaml nb-grace"), ("?", "help")):
        terminal.type(keys)
        page = terminal.settled(seen)
        if seen != "help":
            assert "https://acct.blob.core.windows.net/c" in "".join(page.split())
        terminal.type("GG\x1b")
        terminal.settled(re.compile("^▶nb-grace", re.MULTILINE))
    terminal.type("S\x14")
    terminal.settled("Stop instance nb-grace")
    terminal.type("\t\r")


def test_an_emulator_that_runs(open_console: Open, fresh_emulator: Emulator, home: Home) -> None:
    plant(fresh_emulator)
    secrets = [each["client_secret"].encode() for each in fresh_emulator.ready["identities"]]
    planted = [*secrets, SIGNATURE.encode(), KEY.encode(), fresh_emulator.ready["control_token"].encode()]
    terminal = open_console("--as", "admin", columns=120, rows=60)
    walk(terminal)
    wait_until(lambda: len(home.journal()) == 2, "the change was never journaled")
    # A token is refused and another one got; then all are refused, and the reason shown.
    before = tokens(fresh_emulator)
    fresh_emulator.control("POST", "faults", [{"route": "/computes", "kind": "401", "claims": True}])
    terminal.press("ctrl+r")
    wait_until(lambda: tokens(fresh_emulator) > before, "no other token was got")
    fresh_emulator.control("POST", "faults", [{"route": "/computes", "kind": "403"}])
    terminal.press("ctrl+r")
    terminal.wait_for("! ")
    terminal.type("L")
    terminal.settled("last error")
    found = processes(terminal)
    assert len(found) == 4, "the console and its sign-in child were expected"
    assert_nowhere(planted, found)
    terminal.signal(15)
    assert terminal.wait_exit() == 143
    assert_nowhere(planted, {"the terminal": terminal.output})
    kept = files(home)
    assert kept, "a log and a journal were expected"
    assert_nowhere(planted, kept)


def test_the_demo_keeps_its_secrets_in_one_file(open_console: Open, home: Home) -> None:
    terminal = open_console(where=["--demo", "--speed", "0"])
    terminal.settled("nb-grace")
    (ready,) = home.state.glob("demo-*.json")
    secrets = [text.encode() for text in re.findall(r'"client_secret": "([^"]+)"', ready.read_text())]
    assert len(secrets) >= 6
    assert_nowhere(secrets, processes(terminal))
    assert_nowhere(secrets, files(home, ready))
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    assert not ready.exists()
    assert_nowhere(secrets, {"the terminal": terminal.output})
    assert_nowhere(secrets, files(home))
    # A certificate is public.
    assert not [str(path) for path in home.files() if path.stat().st_mode & 0o077 and path.name != "ca.pem"]


def test_neither_a_device_code_nor_its_tokens_are_kept(open_console: Open, fresh_emulator: Emulator, home: Home) -> None:
    fresh_emulator.control("POST", "tokens", {"device_code_interval": 1})
    terminal = open_console("--signin", "device-code")
    page = terminal.settled(re.compile(r"to copy +\S{9}"))
    found = re.search(r"to copy +(\S{9})", page)
    assert found is not None
    code = found[1].encode()
    terminal.type("c")
    terminal.wait_for("clipboard: the code")
    assert_nowhere([code], processes(terminal))
    fresh_emulator.control("POST", "approve", {"user_code": found[1], "as": "ada@contoso.com"})
    terminal.settled("nb-grace")
    fresh_emulator.control("POST", "tokens", {"revoke": True})
    fresh_emulator.control("POST", "faults", [{"route": "/computes", "kind": "401", "claims": True}])
    terminal.press("ctrl+r")
    terminal.wait_for(":login")
    assert_nowhere([code], processes(terminal))
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    kept = files(home)
    assert home.log in map(Path, kept) and b"AADSTS50173" in kept[str(home.log)]
    assert_nowhere([code], kept)
    assert not TOKEN.search(terminal.output)
