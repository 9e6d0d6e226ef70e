"""What a start pays for: nothing heavy is imported before it is asked for, told by fresh interpreters."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from screens.registry import VIEWS

HEAVY = ("textual", "rich", "azure", "msgspec", "aiohttp", "uvicorn", "msal", "asyncio", "ssl")
LOADED = re.compile(r"^import time:\s*\d+ \|\s*\d+ \|\s*(\S+)$", re.MULTILINE)
DOMAIN = sorted(path.stem for path in (Path(__file__).parents[1] / "console" / "domain").glob("[a-z]*.py"))


def roots(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, timeout=60)


def loaded_by(statement: str) -> set[str]:
    """The modules of a fresh interpreter after a statement."""
    done = run("-c", f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(("flag", "said"), [("--help", "usage: aml-console"), ("--version", "aml-console ")])
def test_help_and_version_load_nothing_heavy(flag: str, said: str) -> None:
    done = run("-X", "importtime", "-m", "console", flag)
    loaded = set(LOADED.findall(done.stderr))
    assert done.returncode == 0
    assert done.stdout.startswith(said)
    assert "console.cli" in loaded
    assert not roots(loaded) & set(HEAVY)


def test_list_of_an_unknown_kind_loads_nothing_heavy() -> None:
    done = run("-X", "importtime", "-m", "console", "list", "nonsense")
    assert done.returncode == 2
    assert not roots(set(LOADED.findall(done.stderr))) & set(HEAVY)


def test_the_first_screen_waits_for_no_other() -> None:
    """What only other views need is imported when one of them is opened, or ahead of that while nobody types."""
    loaded = loaded_by("import console.session, console.app\nconsole.app.VIEWS['compute'].screen")
    opened = {"console.session", "console.app", "screens.compute"}
    assert opened <= loaded
    others = {path for view in VIEWS.values() if view.kind not in {"compute", "activity"} for path in (view.path, f"{view.path}_cells")}
    unneeded = (
        *("console.access.", "console.costs.now", "console.costs.desk", "console.costs.lines"),
        *("console.domain.access.facts", "console.domain.access.verbs", "console.domain.billing.month", "console.domain.billing.outlook"),
        *("console.domain.findings.access", "console.domain.findings.vaults", "console.domain.reasons.chain", "console.domain.rotation"),
        *("console.operations.access", "console.operations.runner", "console.operations.waste", "screens.forms", "screens.find."),
        *("screens.widgets.month_words", "screens.imports_ahead", "screens.remedies", "plotext", "yaml", "statistics"),
    )
    assert not loaded & others
    assert not {name for name in loaded if name.startswith(unneeded)}


@pytest.mark.parametrize("module", ["console.app", "console.session", "console.headless", "screens.compute", "screens.operations"])
def test_the_first_screen_waits_for_no_gateway(module: str) -> None:
    loaded = loaded_by(f"import {module}")
    assert module in loaded
    wrong = {name for name in loaded if name.startswith(("azure.ai", "azure.identity", "azure.core", "azure.mgmt", "aiohttp", "msal"))}
    assert not wrong
    assert not {name for name in loaded if name.startswith(("console.emulator", "uvicorn", "starlette"))}


def test_the_session_draws_nothing() -> None:
    assert not roots(loaded_by("import console.session")) & {"textual", "screens"}


def test_the_gateway_brings_neither_identity_nor_textual() -> None:
    loaded = loaded_by("import console.azure.arm, console.azure.computes, console.azure.signin, console.operations.runner")
    assert "aiohttp" in loaded
    assert not {name for name in loaded if name.startswith(("azure.identity", "azure.ai", "msal", "textual", "screens"))}


def test_the_gateway_reads_no_trust_of_the_system_at_its_import() -> None:
    """aiohttp would; what it makes instead trusts nobody, and whoever asks for the system's trust afterwards gets it."""
    tells = (
        "import ssl; whole = ssl.create_default_context",
        "import console.azure.transport, aiohttp.connector as made",
        "assert made._SSL_CONTEXT_VERIFIED.cert_store_stats()['x509'] == 0",
        "assert made._SSL_CONTEXT_VERIFIED.verify_mode is ssl.CERT_REQUIRED and made._SSL_CONTEXT_VERIFIED.check_hostname",
        "assert ssl.create_default_context is whole",
    )
    assert "aiohttp" in loaded_by("\n".join(tells))


def test_a_list_of_access_waits_neither_for_plans_nor_for_who_can() -> None:
    loaded = loaded_by("import console.headless, console.azure.arm, console.access_fields")
    unneeded = ("console.operations.plan", "console.operations.runner", "console.domain.access.evaluation", "certifi", "azure.identity")
    assert not {name for name in loaded if name.startswith(unneeded)}


def test_the_domain_is_pure() -> None:
    loaded = loaded_by("\n".join(f"import console.domain.{name}" for name in DOMAIN))
    assert "console.domain.compute" in loaded
    assert not roots(loaded) & {"azure", "textual", "rich", "aiohttp", "asyncio", "ssl", "socket", "yaml"}


def test_the_emulator_knows_nothing_of_the_console() -> None:
    loaded = loaded_by("import console.emulator.server, console.emulator.asgi, console.emulator.story")
    ours = {name for name in loaded if name.startswith(("console.", "screens"))}
    assert {name for name in ours if not name.startswith("console.emulator")} <= {"console.domain", "console.domain.names"}
    assert not roots(loaded) & {"textual", "azure"}


def test_a_session_loads_the_rooms_of_access_and_data_when_they_are_first_asked_for() -> None:
    loaded = loaded_by("import console.session")
    assert not {"console.access.access", "console.access.now", "console.data", "console.data_ways", "console.vaults_now"} & set(loaded)
