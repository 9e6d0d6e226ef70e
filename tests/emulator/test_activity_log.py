"""The activity log: what comes over the wire is told, and what people did before."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.conftest import EPOCH, Answer, Emulator
from tests.emulator.test_computes import cluster, versioned, workspace_path

NOW = datetime.fromisoformat(EPOCH)
COMPUTES = "Microsoft.MachineLearningServices/workspaces/computes"


def asked(
    emulator: Emulator, condition: str = "", days: float = 90, identity: str = "admin", subscription: str | None = None, **options: str
) -> Answer:
    """The log of a subscription (by default the first workspace's) over the days before the epoch and the day after it."""
    subscription = subscription or emulator.ready["workspaces"][0]["subscription_id"]
    start, end = NOW - timedelta(days=days), NOW + timedelta(days=1)
    text = f"eventTimestamp ge '{start.isoformat()}' and eventTimestamp le '{end.isoformat()}'{condition and ' and '}{condition}"
    query = urlencode(
        {"api-version": "2015-04-01", "$filter": text, **{f"${name}": value for name, value in options.items()}}, quote_via=quote
    )
    url = f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values?{query}"
    return emulator.request("GET", url, identity=identity)


def events(
    emulator: Emulator, condition: str = "", days: float = 90, identity: str = "admin", subscription: str | None = None
) -> list[dict[str, Any]]:
    """All pages, the newest event first."""
    answer = asked(emulator, condition, days, identity, subscription)
    assert answer.status == 200, answer.content
    found = answer.json()
    value: list[dict[str, Any]] = found["value"]
    while "nextLink" in found:
        found = emulator.request("GET", found["nextLink"], identity=identity).json()
        value += found["value"]
    return value


def of(emulator: Emulator, name: str, **options: Any) -> list[dict[str, Any]]:
    """What happened to a compute of the first workspace, the oldest first."""
    return events(emulator, f"resourceUri eq '{workspace_path(emulator)}/computes/{name}'", **options)[::-1]


def told(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(event["operationName"]["value"].removeprefix(f"{COMPUTES}/"), event["status"]["value"], event["caller"]) for event in found]


def test_the_past_tells_who_did_what(emulator: Emulator) -> None:
    grace = "grace.okafor@contoso.com"
    found = of(emulator, "nb-grace")
    last = found[-3:]
    assert told(last) == [("start/action", stage, grace) for stage in ("Started", "Accepted", "Succeeded")]
    assert timedelta(days=22.9) < NOW - datetime.fromisoformat(last[0]["eventTimestamp"]) < timedelta(days=23.1)
    assert len({event["correlationId"] for event in last}) == 1
    # She had started and stopped it before; where its idle shutdown did that, nothing tells of it.
    assert {(action, caller) for action, _, caller in told(found[:-3])} == {("start/action", grace), ("stop/action", grace)}
    failed = of(emulator, "gpu-a100-new")
    assert told(failed)[-1] == ("write", "Failed", "noah.weber@contoso.com")
    assert json.loads(failed[-1]["properties"]["statusMessage"])["error"]["code"] == "ClusterMinNodesExceedCoreQuota"
    assert failed[-1]["level"] == "Error"
    resize = told(of(emulator, "gpu-resize"))
    assert resize == 2 * [("write", stage, "priya.raman@contoso.com") for stage in ("Started", "Accepted", "Succeeded")]
    assert told(of(emulator, "gpu-idle"))[-1] == ("write", "Succeeded", "priya.raman@contoso.com")


def test_what_is_gone_was_deleted_by_somebody(emulator: Emulator) -> None:
    path = f"{workspace_path(emulator, 'fraud-dev')}/computes/gpu-poc"
    found = events(emulator, f"resourceUri eq '{path}'", subscription=path.split("/")[2])[::-1]
    assert told(found) == [("delete", stage, "noah.weber@contoso.com") for stage in ("Started", "Accepted", "Succeeded")]


def test_role_assignments_of_the_last_ninety_days_are_there(emulator: Emulator) -> None:
    found = [event for event in events(emulator) if event["operationName"]["value"] == "Microsoft.Authorization/roleAssignments/write"]
    assert {(event["status"]["value"], event["subStatus"]["value"]) for event in found} == {("Started", ""), ("Succeeded", "Created")}
    assert {event["caller"] for event in found} == {"tomasz.nowak@contoso.com"}
    assert all(event["resourceId"].startswith(event["authorization"]["scope"]) for event in found)


def test_an_action_is_told_at_every_stage(fresh_emulator: Emulator) -> None:
    path = f"{workspace_path(fresh_emulator)}/computes/nb-noah"
    sent = {"x_ms_client_request_id": "mine", "x_ms_correlation_request_id": "5a239734-3fbb-4ff7-b029-b0ebf22d3a19"}
    stop = fresh_emulator.request("POST", versioned(f"{path}/stop"), **sent)
    assert (stop.status, stop.headers["x-ms-correlation-request-id"]) == (202, sent["x_ms_correlation_request_id"])
    mine = f"correlationId eq '{sent['x_ms_correlation_request_id']}'"
    assert events(fresh_emulator, mine) == []
    fresh_emulator.control("POST", "clock", {"advance": 600})
    started, accepted, succeeded = events(fresh_emulator, mine)[::-1]
    admin = fresh_emulator.identity("admin")
    for event in (started, accepted, succeeded):
        assert event["caller"] == admin["object_id"]
        assert event["authorization"] == {"action": f"{COMPUTES}/stop/action", "scope": path}
        assert (event["resourceId"], event["resourceGroupName"]) == (path, fresh_emulator.ready["workspaces"][0]["resource_group"])
        assert event["resourceType"]["value"] == COMPUTES
        assert event["claims"]["appid"] == admin["client_id"]
        assert event["submissionTimestamp"] > event["eventTimestamp"]
    assert [event["status"]["value"] for event in (started, accepted, succeeded)] == ["Started", "Accepted", "Succeeded"]
    assert started["httpRequest"] == {"clientRequestId": "mine", "clientIpAddress": "127.0.0.1", "method": "POST"}
    assert accepted["subStatus"] == {"value": "Accepted", "localizedValue": "Accepted (HTTP Status Code: 202)"}
    assert [event["eventName"]["value"] for event in (started, accepted)] == ["BeginRequest", "EndRequest"]
    assert started["eventTimestamp"] == "2026-11-02T08:00:00.0000000Z"
    assert len({event["eventDataId"] for event in (started, accepted, succeeded)}) == 3


def test_what_is_refused_is_told_with_the_reason(fresh_emulator: Emulator) -> None:
    path = f"{workspace_path(fresh_emulator)}/computes"
    assert fresh_emulator.request("POST", versioned(f"{path}/nb-mei/stop")).status == 409
    assert fresh_emulator.request("POST", versioned(f"{path}/nb-mei/start"), identity="reader").status == 403
    assert fresh_emulator.request("PUT", versioned(f"{path}/cpu-none"), cluster(size="Standard_None")).status == 400
    fresh_emulator.control("POST", "clock", {"advance": 300})
    found = [(e["status"]["value"], e["subStatus"]["value"]) for e in of(fresh_emulator, "nb-mei", days=0)]
    # Who may not do a thing does not start it.
    assert found == [("Started", ""), ("Failed", "Conflict"), ("Failed", "Forbidden")]
    bad = of(fresh_emulator, "cpu-none", days=0)[-1]
    assert bad["subStatus"]["value"] == bad["properties"]["statusCode"] == "BadRequest"
    assert "Standard_None" in json.loads(bad["properties"]["statusMessage"])["error"]["message"]


def test_reads_leave_no_trace(fresh_emulator: Emulator) -> None:
    before = len(events(fresh_emulator))
    fresh_emulator.request("GET", versioned(f"{workspace_path(fresh_emulator)}/computes"))
    fresh_emulator.control("POST", "clock", {"advance": 300})
    assert len(events(fresh_emulator)) == before


def test_filters_by_group_provider_caller_and_status(emulator: Emulator) -> None:
    group = emulator.ready["workspaces"][0]["resource_group"]
    everything = events(emulator)
    in_group = events(emulator, f"resourceGroupName eq '{group.upper()}'")
    assert 0 < len(in_group) < len(everything)
    assert {event["resourceGroupName"] for event in in_group} == {group}
    assert events(emulator, "resourceProvider eq 'Microsoft.Authorization'") == [
        event for event in everything if event["resourceProviderName"]["value"] == "Microsoft.Authorization"
    ]
    failed = events(emulator, "caller eq 'noah.weber@contoso.com' and status eq 'Failed'")
    assert {(event["caller"], event["status"]["value"]) for event in failed} == {("noah.weber@contoso.com", "Failed")}
    stamps = [event["eventTimestamp"] for event in everything]
    assert stamps == sorted(stamps, reverse=True)


def test_selected_fields_only(emulator: Emulator) -> None:
    found = asked(emulator, select="eventTimestamp, operationname").json()["value"]
    assert {tuple(sorted(event)) for event in found} == {("eventTimestamp", "id", "operationName")}


def test_pages_stay_put_when_events_arrive(fresh_emulator: Emulator) -> None:
    path = f"{workspace_path(fresh_emulator)}/computes"
    for _ in range(110):
        assert fresh_emulator.request("POST", versioned(f"{path}/nb-mei/stop")).status == 409
    fresh_emulator.control("POST", "clock", {"advance": 300})
    first = asked(fresh_emulator, days=0).json()
    assert len(first["value"]) == 200
    assert fresh_emulator.request("POST", versioned(f"{path}/nb-mei/stop")).status == 409
    fresh_emulator.control("POST", "clock", {"advance": 300})
    rest = fresh_emulator.request("GET", first["nextLink"]).json()
    assert len(rest["value"]) == 20 and "nextLink" not in rest
    assert len({event["id"] for event in first["value"] + rest["value"]}) == 220
    assert fresh_emulator.request("GET", first["nextLink"].replace("skiptoken=", "skiptoken=x")).status == 400


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "start time"),
        ("eventTimestamp le '2026-11-02T08:00:00Z'", "start time"),
        ("eventTimestamp ge 'yesterday'", "'yesterday'"),
        ("eventTimestamp ge '2026-01-01T00:00:00Z'", "90 days"),
        ("eventTimestamp ge '2026-11-02T00:00:00Z' and eventTimestamp le '2026-11-01T00:00:00Z'", "before"),
        ("eventTimestamp ge '2026-11-01T00:00:00Z' or caller eq 'x'", "patterns"),
        ("eventTimestamp ge '2026-11-01T00:00:00Z' and mood eq 'x'", "patterns"),
    ],
)
def test_other_filters_are_refused(emulator: Emulator, text: str, named: str) -> None:
    subscription = emulator.ready["workspaces"][0]["subscription_id"]
    query = urlencode({"api-version": "2015-04-01", "$filter": text}, quote_via=quote)
    answer = emulator.request("GET", f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values?{query}")
    assert answer.status == 400
    assert answer.json()["code"] == "BadRequest" and named in answer.json()["message"]
    assert asked(emulator, select="mood").status == 400


def test_the_command_line_writes_its_moments_without_quotes(emulator: Emulator) -> None:
    subscription = emulator.ready["workspaces"][0]["subscription_id"]
    text = "eventTimestamp ge 2026-10-01T08:00:00.123456 and eventTimestamp le 2026-11-02T08:00:00"
    query = urlencode({"api-version": "2015-04-01", "$filter": text}, quote_via=quote)
    answer = emulator.request("GET", f"/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values?{query}")
    assert answer.status == 200 and answer.json()["value"]


def test_who_sees_what(emulator: Emulator) -> None:
    assert asked(emulator, identity="outsider").status == 403
    assert asked(emulator, identity="reader").json() == asked(emulator).json()
    # Roles on workspaces only: no more than what happened in them.
    research = next(known["subscription_id"] for known in emulator.ready["workspaces"] if known["name"] == "nlp-research")
    seen = events(emulator, identity="operator", subscription=research)
    everything = events(emulator, subscription=research)
    assert seen == [event for event in everything if "/workspaces/" in event["resourceId"]]
    assert 0 < len(seen) < len(everything)


def test_the_same_seed_tells_the_same_past(fresh_emulator: Emulator) -> None:
    before = events(fresh_emulator)
    fresh_emulator.control("POST", "reset")
    assert events(fresh_emulator) == before
