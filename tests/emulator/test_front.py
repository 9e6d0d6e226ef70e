"""The front of the emulator: ARM's checks in their order, headers, throttling, pages, operations."""

from __future__ import annotations

from typing import Any

from console.emulator.limits import RateLimits
from console.emulator.paging import page
from console.emulator.routing import Call, Route, RouteTable
from console.emulator.world import World
from tests.conftest import Emulator
from tests.emulator.asking import BASE, ask, code_of, subscription_of

SUBSCRIPTIONS = "/subscriptions?api-version=2022-12-01"
GROUPS = "resourcegroups?api-version=2021-04-01"


def test_no_token_is_a_challenge(emulator: Emulator) -> None:
    answer = emulator.request("GET", SUBSCRIPTIONS, identity=None)
    assert (answer.status, answer.json()["error"]["code"]) == (401, "AuthenticationFailed")
    tenant = f"{emulator.base_url}/{emulator.ready['tenant_id']}"
    assert answer.headers["WWW-Authenticate"].startswith(f'Bearer authorization_uri="{tenant}", error="invalid_token"')
    basic = emulator.request("GET", SUBSCRIPTIONS, identity=None, Authorization="Basic YTpi")
    assert basic.json()["error"]["code"] == "AuthenticationFailedInvalidHeader"


def test_versions_are_needed_and_checked(world: World) -> None:
    scope = f"/subscriptions/{subscription_of(world)}"
    assert code_of(ask(world, "/subscriptions")) == (400, "MissingApiVersionParameter")
    assert code_of(ask(world, "/subscriptions?api-version=1999-01-01")) == (400, "InvalidApiVersionParameter")
    roles = ask(world, f"{scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2018-06-01")
    assert code_of(roles) == (404, "InvalidResourceType")
    assert (
        "'Microsoft.Authorization' for api version '2018-06-01'. The supported api-versions are '2015-07-01,2018"
        in roles.body["error"]["message"]
    )
    spaces = ask(world, f"{scope}/providers/Microsoft.MachineLearningServices/workspaces?api-version=2018-06-01")
    assert code_of(spaces) == (400, "NoRegisteredProviderFound")
    assert "for type 'workspaces'. The supported api-versions are '20" in spaces.body["error"]["message"]


def test_what_does_not_exist_is_told_apart(world: World) -> None:
    scope = f"/subscriptions/{subscription_of(world)}"
    version = "?api-version=2021-04-01"
    assert code_of(ask(world, f"/subscriptions/0/{GROUPS}")) == (404, "SubscriptionNotFound")
    assert code_of(ask(world, f"{scope}/resourceGroups/none{version}")) == (404, "ResourceGroupNotFound")
    assert code_of(ask(world, f"{scope}/providers/Microsoft.Unheard/of{version}")) == (404, "InvalidResourceNamespace")
    assert code_of(ask(world, f"{scope}/providers/Microsoft.MachineLearningServices/unheard{version}")) == (404, "InvalidResourceType")
    wrong = ask(world, f"{scope}/{GROUPS}", method="DELETE")
    assert code_of(wrong) == (405, "UnsupportedHttpVerb")
    assert wrong.headers["Allow"] == "GET"
    group = next(iter(world.estate.resource_groups.values()))
    empty = f"/subscriptions/{group.subscription_id}/resourceGroups/none/providers/Microsoft.MachineLearningServices/workspaces"
    assert code_of(ask(world, f"{empty}?api-version=2024-10-01")) == (404, "ResourceGroupNotFound")


def test_who_may_not_gets_arms_sentence(world: World) -> None:
    space = next(iter(world.estate.workspaces.values()))
    outsider = world.estate.identities["outsider"]
    refused = ask(world, f"{space.id}/computes?api-version=2023-08-01-preview", "outsider")
    assert code_of(refused) == (403, "AuthorizationFailed")
    assert refused.body["error"]["message"] == (
        f"The client '{outsider.client_id}' with object id '{outsider.object_id}' does not have authorization to perform action "
        f"'Microsoft.MachineLearningServices/workspaces/computes/read' over scope '{space.id}' or the scope is invalid. "
        "If access was recently granted, please refresh your credentials."
    )
    assert refused.headers["x-ms-failure-cause"] == "gateway"
    assert ask(world, f"{space.id}/computes?api-version=2023-08-01-preview").status == 200


def test_lists_over_groups_show_what_the_caller_may_read(world: World) -> None:
    space = next(iter(world.estate.workspaces.values()))
    url = f"/subscriptions/{space.subscription_id}/providers/Microsoft.MachineLearningServices/workspaces?api-version=2024-10-01-preview"
    everything = {item["id"] for item in ask(world, url).body["value"]}
    held = [
        a.scope for a in world.estate.role_assignments.values() if a.principal_id == world.estate.identities["data-scientist"].object_id
    ]
    some = {item["id"] for item in ask(world, url, "data-scientist").body["value"]}
    assert some == {known for known in everything if known in held}
    assert 0 < len(some) <= len(everything)
    assert code_of(ask(world, url, "outsider")) == (403, "AuthorizationFailed")


def test_a_principal_sees_the_subscriptions_it_has_a_role_in(world: World) -> None:
    assert ask(world, SUBSCRIPTIONS, "outsider").body["value"] == []
    assert {item["subscriptionId"] for item in ask(world, SUBSCRIPTIONS).body["value"]} <= set(world.estate.subscriptions)
    assert len(ask(world, SUBSCRIPTIONS, "data-scientist").body["value"]) > 0


def test_every_answer_carries_arms_headers(emulator: Emulator) -> None:
    space = emulator.ready["workspaces"][0]
    good = emulator.request("GET", f"/subscriptions/{space['subscription_id']}/{GROUPS}", x_ms_client_request_id="mine")
    bad = emulator.request("GET", "/subscriptions/0/none?api-version=2021-04-01", x_ms_correlation_request_id="theirs")
    assert good.headers["x-ms-client-request-id"] == "mine"
    assert bad.headers["x-ms-correlation-request-id"] == "theirs"
    assert int(good.headers["x-ms-ratelimit-remaining-subscription-reads"]) < 250
    assert int(good.headers["x-ms-ratelimit-remaining-subscription-global-reads"]) < 3750
    for answer in (good, bad):
        assert answer.headers["x-ms-routing-request-id"].endswith(answer.headers["x-ms-request-id"])
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert answer.headers.get_all("Date") is not None and len(answer.headers.get_all("Date") or []) == 1
        assert "Server" not in answer.headers


def test_a_body_that_is_not_json_is_refused(emulator: Emulator) -> None:
    answer = emulator.send(
        "POST",
        "/v1.0/directoryObjects/getByIds",
        b'{"ids": [',
        {"Authorization": f"Bearer {emulator.token()}", "Content-Type": "application/json"},
    )
    assert (answer.status, answer.json()["error"]["code"]) == (400, "InvalidRequestContent")


def test_doubled_slashes_and_case_do_not_matter(emulator: Emulator) -> None:
    space = emulator.ready["workspaces"][0]
    path = (
        f"/SUBSCRIPTIONS/{space['subscription_id']}/resourcegroups/{space['resource_group']}/providers/Microsoft.MachineLearningServices"
        f"//workspaces/{space['name']}/providers/microsoft.authorization/Permissions?api-version=2022-04-01"
    )
    assert emulator.request("GET", path).json()["value"]


# Throttling.


def test_buckets_drain_and_refill_in_real_time() -> None:
    now = [1000.0]
    limits = RateLimits(monotonic=lambda: now[0])
    first = limits.take("s", "p", "GET")
    assert (first.kind, first.remaining, first.global_remaining, first.retry_after) == ("reads", 249, 3749, None)
    for _ in range(249):
        assert limits.take("s", "p", "GET").retry_after is None
    assert limits.take("s", "p", "GET").retry_after == 1
    assert limits.take("s", "other", "GET").retry_after is None
    assert limits.take("t", "p", "GET").retry_after is None
    assert limits.take("s", "p", "POST").remaining == 199
    assert limits.take("s", "p", "DELETE").kind == "deletes"
    now[0] += 1
    assert [limits.take("s", "p", "GET").retry_after for _ in range(26)] == [None] * 25 + [1]


def test_a_drained_bucket_is_arms_429(world: World) -> None:
    now = [0.0]
    world.limits = RateLimits(monotonic=lambda: now[0])
    scope = f"/subscriptions/{subscription_of(world)}"
    replies = [ask(world, f"{scope}/{GROUPS}") for _ in range(251)]
    assert {reply.status for reply in replies[:-1]} == {200}
    object_id = world.estate.identities["admin"].object_id
    assert code_of(replies[-1]) == (429, "SubscriptionRequestsThrottled")
    assert (
        f"Number of 'read' requests for subscription '{subscription_of(world)}' actor '{object_id}'" in replies[-1].body["error"]["message"]
    )
    assert replies[-1].headers["Retry-After"] == "1"
    now[0] += 1
    assert ask(world, f"{scope}/{GROUPS}").status == 200


# Pages and operations.


def call(world: World, path: str, **query: str) -> Call:
    return Call(world, "GET", path, {}, query, {}, None, "", BASE)


def test_pages_link_to_the_next_and_lose_nothing(world: World) -> None:
    items = [{"n": number} for number in range(7)]
    table = RouteTable()
    table.add([Route("GET", "/subscriptions/{s}/providers/Microsoft.X/things", lambda asked: page(asked, items, 3), "emulator")])
    url: str | None = f"/subscriptions/{subscription_of(world)}/providers/Microsoft.X/things?api-version=2020-01-01&kind=a"
    seen: list[Any] = []
    sizes: list[int] = []
    while url is not None:
        body = ask(world, url, table=table).body
        seen += body["value"]
        sizes.append(len(body["value"]))
        link = body.get("nextLink")
        assert link is None or (link.startswith(f"{BASE}/") and "kind=a" in link and "$skip=" in link)
        url = None if link is None else link.removeprefix(BASE)
    assert (seen, sizes) == (items, [3, 3, 1])


def test_a_page_token_that_is_none_is_refused(world: World) -> None:
    assert page(call(world, "/x", **{"$skip": "x"}), [], 3).status == 400


def test_an_operation_by_async_url(world: World) -> None:
    started = call(world, "/x", **{"api-version": "2023-08-01-preview"})
    operation = world.operations.begin("computeOperationsStatus", subscription_of(world), "westeurope", "async", world.clock.now())
    headers = operation.headers(started)
    assert set(headers) == {"Azure-AsyncOperation"}
    url = headers["Azure-AsyncOperation"]
    assert url == (
        f"{BASE}/subscriptions/{subscription_of(world)}/providers/Microsoft.MachineLearningServices/locations/westeurope"
        f"/computeOperationsStatus/{operation.id}?api-version=2023-08-01-preview"
    )
    assert ask(world, url.removeprefix(BASE)).body == {"status": "InProgress"}
    operation.succeed()
    assert ask(world, url.removeprefix(BASE)).body == {"status": "Succeeded", "percentComplete": 100.0}
    failing = world.operations.begin("computeOperationsStatus", subscription_of(world), "westeurope", "async", world.clock.now())
    failing.fail("ClusterCoreQuotaReached", "No cores.")
    reply = ask(world, failing.headers(started)["Azure-AsyncOperation"].removeprefix(BASE))
    assert (reply.status, reply.body) == (200, {"status": "Failed", "error": {"code": "ClusterCoreQuotaReached", "message": "No cores."}})


def test_an_operation_by_location(world: World) -> None:
    started = call(world, "/x", **{"api-version": "2024-10-01-preview"})
    operation = world.operations.begin("workspaceOperationsStatus", subscription_of(world), "westeurope", "both", world.clock.now())
    headers = operation.headers(started)
    assert headers["Azure-AsyncOperation"].endswith("&type=async") and headers["Location"].endswith("&type=location")
    url = headers["Location"].removeprefix(BASE)
    running = ask(world, url)
    assert (running.status, running.headers["Location"]) == (202, headers["Location"])
    operation.succeed({"value": 1})
    assert (ask(world, url).status, ask(world, url).body) == (200, {"value": 1})
    silent = world.operations.begin("workspaceOperationsStatus", subscription_of(world), "westeurope", "location", world.clock.now())
    assert set(silent.headers(started)) == {"Location"}
    silent.succeed()
    assert ask(world, silent.headers(started)["Location"].removeprefix(BASE)).status == 204


def test_an_unknown_operation_is_not_found(world: World) -> None:
    base = f"/subscriptions/{subscription_of(world)}/providers/Microsoft.MachineLearningServices/locations/westeurope"
    assert ask(world, f"{base}/computeOperationsStatus/none?api-version=2023-08-01-preview").status == 404
