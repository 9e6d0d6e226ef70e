"""Sign-in against the emulator's Entra, through the real child process."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from console.azure.signin import AccessToken, AsyncCredential, SignIn, SignInConfig, identity_of
from console.azure.signin_errors import WHY, NobodyError, RefusedError, explain
from console.domain.trouble import Kind, Trouble, TroubleError
from tests.conftest import Emulator

GRAPH = "https://graph.microsoft.com"
TOKEN_ROUTE = "POST .*/oauth2/v2.0/token"
DEADLINE_S = 60

Open = Callable[..., SignIn]


@pytest.fixture
async def opened(fresh_emulator: Emulator, tmp_path: Path) -> AsyncIterator[Open]:
    """Opens sign-ins at the emulator; keywords replace fields of the configuration, `ready` those of the cloud file."""
    signins: list[SignIn] = []

    def open_one(ready: dict[str, Any] | None = None, **changed: Any) -> SignIn:
        signins.append(SignIn(configuration(fresh_emulator, tmp_path, ready, **changed)))
        return signins[-1]

    yield open_one
    for signin in signins:
        await signin.close()


def configuration(emulator: Emulator, folder: Path, ready: dict[str, Any] | None = None, **changed: Any) -> SignInConfig:
    cloud_file = folder / "cloud.json"
    cloud_file.write_text(json.dumps(emulator.ready | (ready or {})))
    fields: dict[str, Any] = {
        "method": "emulator",
        "audience": emulator.base_url,
        "authority": emulator.base_url,
        "tenant": emulator.ready["tenant_id"],
        "cloud_file": cloud_file,
    }
    return SignInConfig(**fields | changed)


def token_requests(emulator: Emulator) -> int:
    return sum(call["path"].endswith("/oauth2/v2.0/token") for call in emulator.calls())


async def trouble_of(signin: SignIn, audience: str | None = None, **asked: Any) -> Trouble:
    with pytest.raises(TroubleError) as raised:
        await signin.token(audience or signin.config.audience, **asked)
    return raised.value.trouble


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        await asyncio.sleep(0.01)


class MovedTime:
    """The parent's clocks, moved by hand."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def time(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> MovedTime:
    clock = MovedTime()
    monkeypatch.setattr("console.azure.signin.time", clock)
    return clock


# Tokens


async def test_a_token_opens_the_emulators_arm_and_says_who_one_is(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened(identity="reader")
    token = await signin.token(fresh_emulator.base_url)
    answer = fresh_emulator.send("GET", "/subscriptions?api-version=2022-12-01", headers={"Authorization": f"Bearer {token.token}"})
    assert answer.status == 200
    who = await signin.who()
    assert who.object_id == fresh_emulator.identity("reader")["object_id"]
    assert (who.tenant_id, who.name, who.kind) == (fresh_emulator.ready["tenant_id"], "reader", "ServicePrincipal")


def test_the_child_works_before_there_is_an_event_loop(fresh_emulator: Emulator, tmp_path: Path) -> None:
    signin = SignIn(configuration(fresh_emulator, tmp_path))
    signin.start()
    deadline = time.monotonic() + DEADLINE_S
    while token_requests(fresh_emulator) == 0:
        assert time.monotonic() < deadline

    async def use() -> None:
        await signin.token(fresh_emulator.base_url)
        await signin.close()

    asyncio.run(use())
    assert token_requests(fresh_emulator) == 1


async def test_many_who_ask_at_once_share_one_request(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    tokens = await asyncio.gather(*(signin.token(audience) for audience in (fresh_emulator.base_url, GRAPH) * 20))
    assert len({token.token for token in tokens}) == 2
    assert token_requests(fresh_emulator) == 2


async def test_one_who_stops_waiting_does_not_take_the_token_from_the_others(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    first, second = (asyncio.create_task(signin.token(fresh_emulator.base_url)) for _ in range(2))
    await until(lambda: signin.process_id is not None)
    first.cancel()
    assert (await second).token
    assert first.cancelled()
    assert token_requests(fresh_emulator) == 1


async def test_claims_always_get_a_new_token_and_it_is_kept(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    first = await signin.token(fresh_emulator.base_url)
    second = await signin.token(fresh_emulator.base_url, claims='{"access_token":{"nbf":{"essential":true,"value":"1"}}}')
    assert second.token != first.token
    assert await signin.token(fresh_emulator.base_url) == second


async def test_a_refused_token_is_replaced_once(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    first = await signin.token(fresh_emulator.base_url)
    signin.invalidate(fresh_emulator.base_url, first.token)
    second = await signin.token(fresh_emulator.base_url)
    assert second.token != first.token
    signin.invalidate(fresh_emulator.base_url, first.token)
    assert await signin.token(fresh_emulator.base_url) == second
    signin.invalidate(fresh_emulator.base_url)
    assert (await signin.token(fresh_emulator.base_url)).token != second.token


@pytest.mark.parametrize(("lifetime", "later"), [(3599, 3300), (100, 81)])
async def test_a_token_is_renewed_in_the_background_before_it_expires(
    opened: Open, fresh_emulator: Emulator, moved: MovedTime, lifetime: int, later: int
) -> None:
    fresh_emulator.control("POST", "tokens", {"lifetime": lifetime})
    signin = opened()
    first = await signin.token(fresh_emulator.base_url)
    moved.ahead = later - 20
    assert await signin.token(fresh_emulator.base_url) == first
    assert token_requests(fresh_emulator) == 1
    moved.ahead = later
    assert await signin.token(fresh_emulator.base_url) == first
    moved.ahead = 0
    for _ in range(DEADLINE_S * 100):
        if await signin.token(fresh_emulator.base_url) != first:
            break
        await asyncio.sleep(0.01)
    assert await signin.token(fresh_emulator.base_url) != first
    assert token_requests(fresh_emulator) == 2


async def test_a_failed_renewal_is_told_only_when_the_token_has_expired(opened: Open, fresh_emulator: Emulator, moved: MovedTime) -> None:
    signin = opened()
    first = await signin.token(fresh_emulator.base_url)
    fresh_emulator.control("POST", "faults", [{"route": TOKEN_ROUTE, "kind": "403"}])
    moved.ahead = 3400
    assert await signin.token(fresh_emulator.base_url) == first
    await until(lambda: token_requests(fresh_emulator) == 2)
    assert await signin.token(fresh_emulator.base_url) == first
    moved.ahead = 3700
    assert (await trouble_of(signin)).kind is Kind.SIGN_IN
    fresh_emulator.control("POST", "faults", {})
    assert (await signin.token(fresh_emulator.base_url)).token != first.token


async def test_the_credential_speaks_azure_cores_language(opened: Open, fresh_emulator: Emulator) -> None:
    from azure.core.credentials import AccessTokenInfo
    from azure.core.credentials_async import AsyncSupportsTokenInfo, AsyncTokenCredential

    signin = opened()
    credential: AsyncTokenCredential = AsyncCredential(signin)
    informed: AsyncSupportsTokenInfo = AsyncCredential(signin)
    token = await credential.get_token(f"{fresh_emulator.base_url}/.default", enable_cae=True)
    info = await informed.get_token_info(f"{fresh_emulator.base_url}/.default", options={"enable_cae": True})
    assert isinstance(info, AccessTokenInfo)
    assert (token.token, token.expires_on) == (info.token, info.expires_on)
    again = await informed.get_token_info(f"{fresh_emulator.base_url}/.default", options={"claims": "{}"})
    assert again.token != info.token
    with pytest.raises(ValueError, match="one scope"):
        await credential.get_token("a/.default", "b/.default")


# What goes wrong, in words


async def test_a_wrong_secret_is_told_with_entras_code(opened: Open, fresh_emulator: Emulator) -> None:
    wrong = [identity | {"client_secret": "canary-of-a-wrong-secret"} for identity in fresh_emulator.ready["identities"]]
    trouble = await trouble_of(opened({"identities": wrong}))
    assert (trouble.kind, trouble.code) == (Kind.SIGN_IN, "AADSTS7000215")
    assert "client secret is wrong" in trouble.sentence and "AADSTS7000215" in trouble.sentence
    assert "Trace ID" in trouble.message
    assert "canary" not in repr(trouble)


async def test_an_unknown_application_tenant_and_resource_are_told_apart(opened: Open, fresh_emulator: Emulator) -> None:
    nobody = [identity | {"client_id": "99999999-0000-4000-8000-000000000000"} for identity in fresh_emulator.ready["identities"]]
    assert (await trouble_of(opened({"identities": nobody}))).code == "AADSTS700016"
    unknown = "99999999-1111-4000-8000-000000000000"
    assert (await trouble_of(opened(tenant=unknown))).code == "AADSTS90002"
    assert (await trouble_of(opened(), tenant=unknown)).code == "AADSTS90002"
    assert (await trouble_of(opened(), "https://nowhere.example")).code == "AADSTS500011"


async def test_an_emulator_that_is_gone_is_unreachable(opened: Open) -> None:
    trouble = await trouble_of(opened({"authority": "https://127.0.0.1:1"}))
    assert trouble.kind is Kind.UNREACHABLE
    assert "cannot be reached" in trouble.sentence


async def test_a_sign_in_service_that_fails_is_no_failed_sign_in(opened: Open, fresh_emulator: Emulator) -> None:
    fresh_emulator.control("POST", "faults", [{"route": "oauth2", "kind": "503"}])
    trouble = await trouble_of(opened())
    assert (trouble.kind, "503" in trouble.sentence) == (Kind.UNREACHABLE, True)


async def test_an_emulator_is_trusted_by_its_own_ca_alone(opened: Open, fresh_emulator: Emulator, tmp_path: Path) -> None:
    other = tmp_path / "other-ca.pem"
    trustme.CA().cert_pem.write_to_path(other)
    environ = os.environ | {"REQUESTS_CA_BUNDLE": fresh_emulator.ready["ca_file"], "SSL_CERT_FILE": fresh_emulator.ready["ca_file"]}
    trouble = await trouble_of(opened({"ca_file": str(other)}, environ=environ))
    assert trouble.kind is Kind.UNREACHABLE
    assert "certificate is not trusted" in trouble.sentence


async def test_an_emulator_is_never_reached_through_a_proxy(opened: Open, fresh_emulator: Emulator) -> None:
    proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY"), "http://127.0.0.1:1")
    assert (await opened(environ=os.environ | proxies).token(fresh_emulator.base_url)).token


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"cloud_file": Path("/nowhere/cloud.json")}, "/nowhere/cloud.json"),
        ({"identity": "root"}, "'root'"),
        ({"method": "telepathy"}, "'telepathy'"),
        ({"tenant": "not a tenant!"}, "tenant"),
    ],
)
async def test_a_configuration_that_cannot_work_is_named(opened: Open, changed: dict[str, Any], named: str) -> None:
    trouble = await trouble_of(opened(**changed))
    assert trouble.kind is Kind.SIGN_IN
    assert named in trouble.sentence


@pytest.mark.parametrize(
    ("code", "word"),
    [("AADSTS50076", "multi-factor"), ("AADSTS70043", "expired"), ("AADSTS50173", "revoked"), ("AADSTS53003", "conditional access")],
)
def test_entras_codes_become_sentences_with_what_to_do(code: str, word: str) -> None:
    refused = RefusedError("az")
    refused.__cause__ = RuntimeError(f"ERROR: {code}: Something of Microsoft's. Trace ID: 1\r\nTimestamp: 2")
    told = explain(refused, "contoso.com")
    assert word in WHY[code] and WHY[code] in told["sentence"]
    assert (told["kind"], told["code"]) == ("sign-in", code)
    assert ("az login --use-device-code --tenant contoso.com" in told["sentence"]) is (code != "AADSTS53003")


def test_a_code_that_is_not_known_is_told_in_entras_own_words() -> None:
    refused = RefusedError("environment")
    refused.__cause__ = RuntimeError("Authentication failed: AADSTS123456789: The moon is too bright. Trace ID: 1\r\nTimestamp: 2")
    assert "The moon is too bright (AADSTS123456789)." in explain(refused, "")["sentence"]


def test_an_empty_error_still_makes_a_sentence() -> None:
    refused = RefusedError("emulator")
    refused.__cause__ = RuntimeError()
    assert "RuntimeError" in explain(refused, "")["sentence"]


def test_a_chain_without_any_session_tells_each_methods_reason() -> None:
    errors = {name: RuntimeError(text) for name, text in (("az", "Azure CLI not found on path"), ("managed-identity", "no endpoint."))}
    sentence = explain(NobodyError(errors), "")["sentence"]
    assert "Azure CLI is not on PATH" in sentence and "no managed identity: no endpoint." in sentence


# az and the environment


@pytest.fixture
def az(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """An environment in which `az` is a shell script of the given text, or is not there where the text is empty."""

    def write(script: str) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        if script:
            (folder / "az").write_text(f"#!/bin/sh\n{script}\n")
            (folder / "az").chmod(0o755)
        return {"PATH": str(folder), "HOME": str(tmp_path)}

    return write


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("", "not on PATH"),
        ("echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1", "Nobody is signed in to the Azure CLI"),
        ("echo 'ERROR: AADSTS70043: The refresh token has expired. To re-authenticate, run: az login' >&2; exit 1", "AADSTS70043"),
        ("echo nonsense", "az login"),
    ],
)
async def test_what_az_lacks_is_told(opened: Open, az: Callable[[str], dict[str, str]], script: str, named: str) -> None:
    trouble = await trouble_of(opened(method="az", tenant=None, environ=az(script)))
    assert trouble.kind is Kind.SIGN_IN
    assert named in trouble.sentence


async def test_az_gives_tokens_but_no_claims(opened: Open, az: Callable[[str], dict[str, str]]) -> None:
    answer = json.dumps({"accessToken": "from-az", "expires_on": int(time.time()) + 3599})
    signin = opened(method="auto", tenant=None, environ=az(f"echo '{answer}'"))
    assert (await signin.token(GRAPH)).token == "from-az"
    assert "new sign-in" in (await trouble_of(signin, GRAPH, claims='{"a":1}')).sentence


async def test_a_machine_with_nothing_is_told_every_reason(opened: Open, az: Callable[[str], dict[str, str]]) -> None:
    """Also that of the managed identity, which a chain hides. The endpoint is one that answers nobody: this machine might have another."""
    trouble = await trouble_of(
        opened(method="auto", tenant=None, cloud_file=None, environ=az("") | {"AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:1"})
    )
    assert trouble.kind is Kind.SIGN_IN
    for reason in ("There is no way to sign in", "Azure CLI is not on PATH", "AZURE_CLIENT_SECRET not set", "no managed identity"):
        assert reason in trouble.sentence


async def test_an_environment_without_a_service_principal_names_the_variables(opened: Open) -> None:
    trouble = await trouble_of(opened(method="environment", environ={"AZURE_TENANT_ID": "t"}))
    assert "AZURE_CLIENT_ID, AZURE_CLIENT_SECRET not set" in trouble.sentence
    assert "AZURE_TENANT_ID" not in trouble.sentence


async def test_the_chain_takes_the_environment_where_az_has_no_session(opened: Open, az: Callable[[str], dict[str, str]]) -> None:
    principal = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "canary-secret"}
    signin = opened(method="auto", tenant=None, authority="https://127.0.0.1:1", environ=az("") | principal)
    trouble = await trouble_of(signin)
    assert "with the service principal of the environment" in trouble.sentence
    assert "canary" not in repr(trouble)


async def test_an_application_of_the_environment_signs_in_with_its_secret_alone(opened: Open) -> None:
    principal = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": "canary-secret"}
    signin = opened(method="environment", tenant=None, authority="https://127.0.0.1:1", environ=os.environ | principal)
    trouble = await trouble_of(signin)
    assert trouble.kind is Kind.UNREACHABLE
    assert trouble.sentence.startswith("Sign-in with the service principal of the environment failed")
    assert "canary" not in repr(trouble)


# The process


async def test_a_child_killed_before_it_answers_is_started_again(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    await signin.token(fresh_emulator.base_url)
    first = signin.process_id
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    waiting = [asyncio.create_task(signin.token(audience)) for audience in (GRAPH, "https://vault.azure.net")]
    for _ in range(5):
        await asyncio.sleep(0)
    os.kill(first, signal.SIGKILL)
    assert all(token.token for token in await asyncio.gather(*waiting))
    assert signin.process_id not in (None, first)


async def test_a_child_that_died_while_idle_is_not_missed(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    await signin.token(fresh_emulator.base_url)
    first = signin.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert (await signin.token(GRAPH)).token
    assert signin.process_id not in (None, first)


async def test_a_child_that_cannot_run_is_told(opened: Open) -> None:
    signin = opened(environ={"PYTHONHOME": "/nowhere"})
    signin.start()
    trouble = await trouble_of(signin)
    assert trouble.kind is Kind.SIGN_IN
    assert "ended twice" in trouble.sentence


async def test_closing_ends_the_child_and_what_waits(opened: Open, fresh_emulator: Emulator) -> None:
    signin = opened()
    signin.start()
    process_id = signin.process_id
    assert process_id is not None
    waiting = asyncio.create_task(signin.token(GRAPH))
    await asyncio.sleep(0)
    await signin.close()
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert "closed" in (await trouble_of(signin)).sentence


def shown_by_the_system(process_id: int) -> list[str]:
    """The argv of a process, and its environment where the system shows it (Linux)."""
    process = Path(f"/proc/{process_id}")
    if process.exists():
        shown = [(process / name).read_bytes().decode(errors="replace") for name in ("cmdline", "environ")]
    else:
        shown = [subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(process_id)], capture_output=True, text=True, check=True).stdout]
    assert "signin_child" in shown[0]
    return shown


async def test_no_secret_is_in_argv_environment_log_or_repr(opened: Open, fresh_emulator: Emulator, tmp_path: Path) -> None:
    signin = opened(log_file=tmp_path / "signin.log")
    token = await signin.token(fresh_emulator.base_url)
    await trouble_of(signin, "https://nowhere.example")
    secrets = {identity["client_secret"] for identity in fresh_emulator.ready["identities"]} | {token.token}
    seen = [repr(signin.config), repr(token), repr(await signin.who()), (tmp_path / "signin.log").read_text()]
    assert signin.process_id is not None
    seen += shown_by_the_system(signin.process_id)
    assert not [secret for secret in secrets for text in seen if secret in text]
    assert (tmp_path / "signin.log").stat().st_mode & 0o777 == 0o600


def speak(lines: list[str], environ: dict[str, str] | None = None) -> tuple[list[Any], subprocess.CompletedProcess[str]]:
    """Run the child by hand on these lines; its answers, and the process after it ended."""
    command = [sys.executable, "-m", "console.azure.signin_child"]
    ended = subprocess.run(command, input="".join(f"{line}\n" for line in lines), capture_output=True, text=True, env=environ, check=False)
    return [json.loads(line) for line in ended.stdout.splitlines()], ended


def test_a_damaged_configuration_is_answered_and_the_end_of_stdin_ends_the_child() -> None:
    for damaged in ("{", "[]", "null", ""):
        answers, ended = speak([damaged, '{"id": 7, "scope": "x/.default"}'])
        assert [answer["id"] for answer in answers] == [7]
        assert answers[0]["error"]["kind"] == "invalid"
        assert ended.returncode == 0
    assert speak([])[1].returncode == 0


def test_a_line_that_is_no_request_is_answered_and_the_next_is_heard() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "console.azure.signin_child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert child.stdin is not None and child.stdout is not None
    for line in ('{"method": "nothing"}', "{", '{"id": 8, "scope": "x/.default"}', "{}"):
        child.stdin.write(line + "\n")
    answers = [json.loads(child.stdout.readline()) for _ in range(3)]
    assert sorted(str(answer["id"]) for answer in answers) == ["8", "None", "None"]
    assert all(answer["error"]["sentence"] for answer in answers)
    child.stdin.close()
    assert child.wait(timeout=DEADLINE_S) == 0
    child.stdout.close()


async def test_a_library_that_prints_does_not_get_into_the_protocol(opened: Open, fresh_emulator: Emulator, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "class Loud:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'msal':\n"
        "            print('a library says hello', flush=True)\n"
        "            os.write(1, b'a library says hello again')\n"
        "sys.meta_path.insert(0, Loud())\n"
    )
    signin = opened(environ=os.environ | {"PYTHONPATH": str(tmp_path)}, log_file=tmp_path / "signin.log")
    assert (await signin.token(fresh_emulator.base_url)).token
    assert "a library says hello\na library says hello again" in (tmp_path / "signin.log").read_text()


# Who


def jwt(**claims: str) -> AccessToken:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return AccessToken(f"e30.{body}.c2ln", 0)


@pytest.mark.parametrize(
    ("token", "name", "kind"),
    [
        (jwt(oid="o", tid="t", upn="ada@contoso.com", appid="az", idtyp="user"), "ada@contoso.com", "User"),
        (jwt(oid="o", tid="t", unique_name="ada@contoso.com"), "ada@contoso.com", "User"),
        (jwt(oid="o", tid="t", appid="a", idtyp="app"), "a", "ServicePrincipal"),
        (jwt(oid="o", tid="t", appid="a", app_displayname="deployer"), "deployer", "ServicePrincipal"),
        (jwt(oid="o", tid="t", appid="a", xms_mirid="/subscriptions/s/x/userAssignedIdentities/ops"), "ops", "ServicePrincipal"),
    ],
)
def test_who_is_read_from_the_tokens_claims(token: AccessToken, name: str, kind: str) -> None:
    who = identity_of(token)
    assert (who.object_id, who.tenant_id, who.name, who.kind) == ("o", "t", name, kind)


@pytest.mark.parametrize("text", ["", "opaque", "a.b.c", "a.!!.c", "e30.W10.x", "e30.\x00.x", "é.é.é"])
def test_a_token_that_tells_nothing_names_nobody(text: str) -> None:
    assert identity_of(AccessToken(text, 0)).name == ""


def test_the_parents_side_imports_neither_azure_identity_nor_azure_core() -> None:
    script = "import sys, console.azure.signin; sys.exit(any(m.startswith(('azure', 'msal', 'requests')) for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
