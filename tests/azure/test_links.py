"""A token goes to its own service and nowhere else, whatever links, ids and answers say."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import trustme

from console.azure import computes, runs
from console.azure.answer import operation_url
from console.azure.arm import ArmClient
from console.azure.request import Request
from console.domain.compute import Kind as ComputeKind
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind
from console.domain.workspaces import Workspace
from tests.azure.scripted import TOKEN, Scripted, Server, client_of, serving
from tests.gateway import trouble_of

PLACE = WorkspaceRef("11111111-1111-1111-1111-111111111111", "rg", "ws")
CLUSTER = f"{PLACE.id}/computes/gpu"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    ca = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return ca, path


@pytest.fixture
def home(authority: tuple[trustme.CA, Path]) -> Iterator[Server]:
    with serving(authority[0]) as server:
        yield server


@pytest.fixture
def stranger(authority: tuple[trustme.CA, Path]) -> Iterator[Server]:
    with serving(authority[0]) as server:
        server.answer = lambda path: page("stolen")
        yield server


@pytest_asyncio.fixture
async def arm(home: Server, authority: tuple[trustme.CA, Path]) -> AsyncIterator[ArmClient]:
    client = client_of(home, authority[1])
    yield client
    await client.transport.close()


def item(name: str) -> dict[str, object]:
    return {"id": f"{PLACE.id}/computes/{name}", "name": name, "properties": {"computeType": "AmlCompute"}}


def page(name: str, link: str | None = None, key: str = "value") -> Scripted:
    content = {"nodeId": name} if key == "nodes" else item(name)
    return Scripted(body=json.dumps({key: [content], **({} if link is None else {"nextLink": link})}).encode())


def foreign_links(home: Server, stranger: Server) -> list[str]:
    port = home.base_url.rpartition(":")[2]
    host = stranger.base_url.removeprefix("https://")
    return [
        f"{stranger.base_url}/next",
        f"//{host}/next",
        f"https://127.0.0.1:{port}@{host}/next",
        f"{home.base_url}@{host}/next",
        f"http://127.0.0.1:{port}/next",
        f"https://localhost:{port}/next",
        f"https://127.0.0.1.evil.example:{port}/next",
        f"\\\\{host}\\next",
        "https://[",
        "https://127.0.0.1:99999999/next",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ]


@pytest.mark.parametrize("number", range(12))
async def test_a_next_page_elsewhere_is_not_asked_for(arm: ArmClient, home: Server, stranger: Server, number: int) -> None:
    link = foreign_links(home, stranger)[number]
    home.answer = lambda path: page("mine", link) if path.startswith(PLACE.id) else Scripted(404)
    reading = await computes.read(arm, PLACE)
    assert [each.name for each in reading.items] == ["mine"]
    assert reading.incomplete, "a list that goes on elsewhere is not whole"
    assert stranger.seen == []


@pytest.mark.parametrize("number", range(12))
async def test_a_next_page_by_post_elsewhere_is_not_asked_for(arm: ArmClient, home: Server, stranger: Server, number: int) -> None:
    link = foreign_links(home, stranger)[number]
    home.answer = lambda path: page("n1", link, "nodes") if path.startswith(CLUSTER) else Scripted(404)
    reading = await computes.read_nodes(arm, CLUSTER)
    assert [each.id for each in reading.items] == ["n1"]
    assert reading.incomplete
    assert stranger.seen == []


@pytest.mark.parametrize("number", range(12))
async def test_an_operation_elsewhere_is_not_asked_after(arm: ArmClient, home: Server, stranger: Server, number: int) -> None:
    link = foreign_links(home, stranger)[number]
    trouble = await trouble_of(arm.operation_status(link))
    assert trouble.kind in {Kind.UNEXPECTED, Kind.NOT_FOUND}
    assert trouble.sentence.isprintable()
    assert stranger.seen == []


@pytest.mark.parametrize("path", ["@{host}/steal", ".{host}/steal", ":1@{host}/steal", "//{host}/steal", "\\\\{host}/steal"])
async def test_an_id_that_is_no_path_leads_nowhere_else(arm: ArmClient, stranger: Server, path: str) -> None:
    request = Request(method="GET", path=path.format(host=stranger.base_url.removeprefix("https://")), api_version="1")
    await trouble_of(arm.send(request))
    assert stranger.seen == []


@pytest.mark.parametrize("spelling", ["{base}/p2", "/p2", "{upper}/p2", "{base}/p2?a=1#fragment"])
async def test_links_of_the_same_service_are_followed_however_they_are_spelt(arm: ArmClient, home: Server, spelling: str) -> None:
    link = spelling.format(base=home.base_url, upper=home.base_url.replace("https", "HTTPS"))
    home.answer = lambda path: page("two") if path.startswith("/p2") else page("one", link)
    reading = await computes.read(arm, PLACE)
    assert [each.name for each in reading.items] == ["one", "two"]
    assert reading.incomplete == ""
    assert [seen.authorization for seen in home.seen] == [f"Bearer {TOKEN}"] * 2


async def test_the_standard_port_may_be_named(arm: ArmClient) -> None:
    arm.base_url = "https://management.azure.com"
    assert arm._own_url("https://management.azure.com:443/a?b", None, "GET").endswith("/a?b")
    assert arm._own_url("https://MANAGEMENT.azure.com/a", None, "GET")


async def test_pages_that_lead_back_to_themselves_end(arm: ArmClient, home: Server) -> None:
    home.answer = lambda path: page("same", f"{home.base_url}/again")
    reading = await computes.read(arm, PLACE)
    assert "page" in reading.incomplete
    assert len(home.seen) <= 3


async def test_a_later_page_that_fails_leaves_what_came_before(arm: ArmClient, home: Server) -> None:
    def answer(path: str) -> Scripted:
        return Scripted(403, b'{"error":{"code":"AuthorizationFailed","message":"No."}}') if "p2" in path else page("one", "/p2")

    home.answer = answer
    reading = await computes.read(arm, PLACE)
    assert [each.name for each in reading.items] == ["one"]
    assert "AuthorizationFailed" in reading.incomplete


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_a_redirection_is_neither_followed_nor_taken_for_success(
    home: Server, stranger: Server, authority: tuple[trustme.CA, Path], method: str, status: int
) -> None:
    client = client_of(home, authority[1], write=True)
    home.answer = lambda path: Scripted(status, headers={"Location": f"{stranger.base_url}/next"})
    trouble = await trouble_of(client.send(Request(method=method, path=f"{CLUSTER}/stop", api_version="1")))
    await client.transport.close()
    assert trouble.kind is Kind.UNEXPECTED
    assert trouble.status == status
    assert stranger.seen == []
    assert len(home.seen) == 1


async def test_compressed_answers_are_read_and_damaged_ones_are_trouble(arm: ArmClient, home: Server) -> None:
    whole = gzip.compress(page("packed").body)
    home.answer = lambda path: Scripted(body=whole, headers={"Content-Encoding": "gzip"})
    assert [each.name for each in (await computes.read(arm, PLACE)).items] == ["packed"]
    home.answer = lambda path: Scripted(body=b"not gzip at all", headers={"Content-Encoding": "gzip"})
    trouble = await trouble_of(computes.read(arm, PLACE))
    assert trouble.kind in {Kind.UNEXPECTED, Kind.UNREACHABLE}
    accepted = {seen.headers["accept-encoding"] for seen in home.seen}
    assert accepted == {"gzip, deflate"}, "azure-core unpacks nothing else"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"value":null}',
        b'{"value":{}}',
        b'{"value":"x"}',
        b"\xff\xfe",
        b'"\xff"',
        b"[" * 100_000,
        b'{"value":[' * 50_000,
    ],
)
async def test_what_is_no_list_is_trouble(arm: ArmClient, home: Server, body: bytes) -> None:
    home.answer = lambda path: Scripted(body=body)
    trouble = await trouble_of(computes.read(arm, PLACE))
    assert trouble.kind is Kind.UNEXPECTED
    assert trouble.sentence


async def test_an_item_that_goes_too_deep_is_a_row_that_says_so(arm: ArmClient, home: Server) -> None:
    deep = b'{"id":"x","name":"deep","properties":{"properties":{"errors":[' + b"[" * 600 + b"]" * 600 + b"]}}}"
    home.answer = lambda path: Scripted(body=b'{"value":[' + deep + b"," + json.dumps(item("fine")).encode() + b"]}")
    items = (await computes.read(arm, PLACE)).items
    assert [each.name for each in items] == ["deep", "fine"]
    assert items[1].kind is ComputeKind.CLUSTER


@pytest.mark.parametrize("said", ["inf", "1e999", "nan", "-5", "soon", "", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_a_wait_that_is_no_number_does_not_hold_for_ever(arm: ArmClient, home: Server, said: str) -> None:
    home.answer = lambda path: Scripted(429, headers={"Retry-After": said.encode().decode("latin-1")})
    trouble = await trouble_of(computes.read(arm, PLACE))
    assert trouble.kind is Kind.THROTTLED
    assert arm.held_for(home.base_url + PLACE.id) <= 10


# Long-running operations told by Location alone


@pytest.mark.parametrize(
    ("status", "body", "done", "succeeded"),
    [
        (202, b"", False, False),
        (200, b"", True, True),
        (204, b"", True, True),
        (200, b'{"id":"x","properties":{}}', True, True),
        (200, b'{"status":"InProgress"}', False, False),
        (200, b'{"status":"Quiescing"}', False, False),
        (200, b'{"status":"Succeeded"}', True, True),
        (200, b'{"status":"Failed","error":{"code":"E","message":"m"}}', True, False),
        (200, b'{"status":"Canceled"}', True, False),
        (400, b'{"error":{"code":"E","message":"m"}}', True, False),
        (409, b'{"error":{"code":"E","message":"m"}}', True, False),
        (409, b'{"error":{"code":"OperationNotAllowed","message":"exceeding quota"}}', True, False),
    ],
)
async def test_how_an_operation_stands(arm: ArmClient, home: Server, status: int, body: bytes, done: bool, succeeded: bool) -> None:
    home.answer = lambda path: Scripted(status, body, {"Retry-After": "7"})
    told = await arm.operation_status(f"{home.base_url}/op")
    assert (told.done, told.succeeded) == (done, succeeded)
    assert (told.trouble is not None) is (done and not succeeded)
    if not done:
        assert told.wait == 7
    if told.trouble is not None and b'"E"' in body:
        assert told.trouble.code == "E"
        assert "m" in told.trouble.sentence


@pytest.mark.parametrize(
    ("status", "kind"), [(404, Kind.NOT_FOUND), (403, Kind.PERMISSION), (500, Kind.UNREACHABLE), (429, Kind.THROTTLED)]
)
async def test_an_operation_that_cannot_be_asked_is_not_one_that_failed(arm: ArmClient, home: Server, status: int, kind: Kind) -> None:
    home.answer = lambda path: Scripted(status)
    assert (await trouble_of(arm.operation_status(f"{home.base_url}/op"))).kind is kind


async def test_where_to_ask_prefers_the_operation_to_its_result(home: Server, authority: tuple[trustme.CA, Path]) -> None:
    client = client_of(home, authority[1], write=True)
    both = {"Azure-AsyncOperation": "https://a/status", "Location": "https://a/result"}
    found = []
    answers = [(202, both), (202, {"Location": "https://a/result"}), (201, {"Location": "https://a/new"}), (202, {}), (201, both)]
    for status, headers in answers:
        told = Scripted(status, headers=headers)
        home.answer = lambda path, told=told: told  # type: ignore[misc]
        found.append(operation_url(await client.send(Request(method="POST", path="/x"))))
    await client.transport.close()
    assert found == ["https://a/status", "https://a/result", "", "", "https://a/status"]


# The data plane: another service, another audience


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://eastus.api.azureml.ms/d",
        "https://azureml.ms.evil.example/d",
        "https://evilazureml.ms/d",
        "https://[",
        "nonsense",
        "{stranger}/d",
    ],
)
async def test_a_data_plane_elsewhere_gets_nothing(arm: ArmClient, stranger: Server, address: str) -> None:
    where = Workspace(id=PLACE.id, ref=PLACE, name="ws", discovery_url=address.format(stranger=stranger.base_url))
    assert (await trouble_of(runs.data_plane(arm, where))).kind is Kind.UNEXPECTED
    assert stranger.seen == []


async def test_a_discovery_document_cannot_send_the_token_elsewhere(arm: ArmClient, home: Server, stranger: Server) -> None:
    home.answer = lambda path: Scripted(body=json.dumps({"api": stranger.base_url}).encode())
    where = Workspace(id=PLACE.id, ref=PLACE, name="ws", discovery_url=f"{home.base_url}/discovery")
    assert (await trouble_of(runs.data_plane(arm, where))).kind is Kind.UNEXPECTED
    assert [seen.authorization for seen in home.seen] == [""], "the document is public: asked without a token"
    assert stranger.seen == []


async def test_tokens_are_asked_for_the_service_that_they_go_to(arm: ArmClient, home: Server) -> None:
    home.answer = lambda path: page("x")
    await arm.read_all(Request(method="GET", path="/y"), bytes, str, audience="https://graph.example", base_url=home.base_url)
    assert arm._tokens.asked == ["https://graph.example"]  # type: ignore[attr-defined]
