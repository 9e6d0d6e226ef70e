"""Secrets of datastores, connections and Key Vaults: wherever one looks, none is drawn, kept or passed on, but by a reveal.

All that the emulator keeps begins with `canary`; what people left in the open is planted beside it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from http.client import HTTPSConnection
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from console.azure import connections
from tests.conftest import Emulator
from tests.gateway import workspace
from tests.terminal.conftest import Home, Open
from tests.terminal.pty import Terminal
from tests.terminal.test_secrets import CONNECTION, KEY, SAS, SIGNATURE, TOKEN, files, processes

CANARY = b"canary"
TYPED = "typed-Zq7-by-hand"
#: What somebody jotted down: nothing tells that it is a secret but its looks.
JOTTED = "f00d5a1e9b8c7d6e5f4a3b2c"
LEFT = {"note": f"pull with {JOTTED}, as agreed", "storage": CONNECTION, "data": SAS, "api_key": JOTTED}


def named(emulator: Emulator, place: str, path: str) -> str:
    return f"{workspace(emulator, place).id}/{path}?api-version={connections.API}"


def plant(emulator: Emulator) -> None:
    """Leave secrets in metadata, tags, descriptions and addresses."""
    url = named(emulator, "vision-research", "connections/images")
    told = emulator.request("GET", url).json()["properties"]
    left = {**told, "metadata": LEFT, "target": SAS, "credentials": {"username": "u", "password": TYPED}}
    assert emulator.request("PUT", url, {"properties": left}).status == 200
    url = named(emulator, "fraud-prod", "datastores/lake_raw")
    told = emulator.request("GET", url).json()["properties"]
    kept = {name: value for name, value in told.items() if name not in {"isDefault", "subscriptionId", "resourceGroup"}}
    answer = emulator.request("PUT", f"{url}&skipValidation=true", {"properties": {**kept, "description": LEFT["note"], "tags": LEFT}})
    assert answer.status in (200, 201), answer.content
    vault, token = emulator.ready["vaults"], emulator.sign_in("admin", "https://vault.azure.net/.default").json()["access_token"]
    parts = urlsplit(next(address for name, address in vault.items() if "fraud-prod" in name))
    connection = HTTPSConnection(parts.hostname or "", parts.port, context=emulator.context)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    sent = json.dumps({"value": TYPED, "contentType": SAS, "tags": LEFT})
    connection.request("PUT", "/secrets/left-open?api-version=7.5", sent, headers)
    assert connection.getresponse().status == 200
    connection.close()


def signatures(emulator: Emulator) -> Iterator[str]:
    """Those of the addresses of data assets, which everybody reads."""
    for place, name in (("fraud-prod", "partner-feed"), ("fraud-dev", "disputes-2024")):
        uri = emulator.request("GET", named(emulator, place, f"data/{name}/versions/1")).json()["properties"]["dataUri"]
        yield uri.partition("sig=")[2].partition("&")[0]
        yield dict(parse_qsl(urlsplit(uri).query))["sig"]


def forms(secret: str) -> set[bytes]:
    """A secret as it is, and as what stands for the clipboard has it at the beginning."""
    return {secret.encode(), unquote(secret).encode(), base64.b64encode(secret.encode())[:-4]}


class Eye:
    """Looks for secrets in what reached the terminal since it looked last."""

    def __init__(self, terminal: Terminal, home: Home, secrets: set[bytes]) -> None:
        self.terminal, self.home, self.secrets, self._seen = terminal, home, secrets, 0

    def look(self, at: str) -> None:
        output = self.terminal.output[self._seen :]
        self._seen += len(output)
        found = [secret for secret in self.secrets if secret in output]
        assert not found, f"{found} at {at}:\n{self.terminal.text()}"
        assert not TOKEN.search(output), f"a token at {at}"

    def skip(self) -> None:
        self._seen = len(self.terminal.output)

    def everywhere(self) -> None:
        """Files, arguments and environments; but what its answer needs a secret for is in memory alone."""
        for place, content in {**files(self.home), **processes(self.terminal)}.items():
            found = [secret for secret in self.secrets if secret in content]
            assert not found, f"{found} in {place}"
            assert not TOKEN.search(content), f"a token is in {place}"


def list_of(terminal: Terminal, eye: Eye, words: str, row: str, *more: str) -> str:
    """A list, the page of its first row, its YAML, both copies, links, why, the file that it is exported to; and the row that is sought."""
    terminal.press("escape")
    terminal.settle()
    terminal.type(f":{words}\r")
    terminal.settled(re.compile(rf"^▶[^\n]*{row}", re.MULTILINE))
    for keys in ("d", "G", "\x1b", "y", "G", "\x1b", "c", "Y", "o", "\x1b", "w", "\x1b", "\x13", "a", "\x1b", *more):
        terminal.type(keys)
        terminal.settle()
        eye.look(f"{words}, {keys!r}")
    return terminal.text()


@pytest.mark.timeout(400)
def test_no_secret_is_seen_or_kept_but_by_a_reveal(open_console: Open, fresh_emulator: Emulator, home: Home) -> None:
    plant(fresh_emulator)
    own = [one["client_secret"] for one in fresh_emulator.ready["identities"]]
    planted = {CANARY, base64.b64encode(CANARY)[:-1], KEY.encode()}
    planted = planted.union(*map(forms, (SIGNATURE, JOTTED, TYPED, *signatures(fresh_emulator), *own)))
    terminal = open_console("--as", "admin", columns=200, rows=50)
    terminal.settled("nb-grace")
    eye = Eye(terminal, home, planted)
    list_of(terminal, eye, "connections @all /name:images workspace:vision-research", "images", "i")
    list_of(terminal, eye, "datastores @all /name:lake_raw", "lake_raw")
    list_of(terminal, eye, "datastores @all /name:partner_feed", "partner_feed")
    list_of(terminal, eye, "data @all /name:partner-feed", "partner-feed", "\r", "d", "\x1b", "y", "\x1b", "\x1b")
    list_of(terminal, eye, "findings @all /secret", "")
    list_of(terminal, eye, "storage @all /name:contosodata", "contosodata", "\r", "\x1b", "R", "s", "\t\r")
    assert re.search(r"labels .* key1 ", terminal.text()), "what each holds was to be told"
    list_of(terminal, eye, "secrets @fraud-prod /name:left-open", "left-open", "\r", "d", "\x1b", "\x1b")

    # What is pasted is forgotten, and what is typed into a form is masked; neither is in the history of commands.
    for _ in range(3):
        terminal.press("escape")
        terminal.settle()
    terminal.type(f":find {SAS}\r")
    terminal.settle()
    terminal.press("escape")
    terminal.settle()
    terminal.type(":secrets @fraud-prod\r")
    terminal.settled("openai-key")
    terminal.type("n")
    terminal.settled("A new secret in")
    eye.skip()  # the line of commands showed what was typed into it
    terminal.type("half-done\t")
    terminal.type(TYPED)
    terminal.settle()
    eye.look("a form")
    terminal.type("\x1b")
    terminal.settle()
    terminal.type("\x1b")
    eye.everywhere()

    # A reveal shows one, then hides it; it is in the journal without the value.
    terminal.type(":secrets @fraud-prod /name:left-open\r")
    terminal.settled(re.compile(r"^▶left-open", re.MULTILINE))
    terminal.type("x")
    terminal.settled("Reveal left-open")
    eye.look("before the reveal")
    terminal.type("\t\r")
    terminal.wait_for(TYPED)
    terminal.type("\x1b")
    terminal.settled(re.compile(r"^▶left-open", re.MULTILINE))
    eye.skip()
    list_of(terminal, eye, "activity", "")
    eye.everywhere()
    assert [each for each in home.journal() if "left-open" in json.dumps(each)]
    terminal.press("ctrl+q")
    assert terminal.wait_exit() == 0
    eye.look("the end")
