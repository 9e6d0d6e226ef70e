"""The online endpoints of Contoso: one that answers, with a trial beside it without traffic, and one forgotten in development."""

from __future__ import annotations

from datetime import datetime, timedelta

from console.emulator.estate import Estate, OnlineDeployment, OnlineEndpoint, Workspace
from console.emulator.staff import person


def tell(estate: Estate, epoch: datetime) -> None:
    """Add the endpoints to an estate that has its workspaces and people. Draws from no sequence of the others."""
    spaces = {one.name: one for one in estate.workspaces.values()}
    scorer = _endpoint(estate, spaces["fraud-prod"], "fraud-scorer", "Ivan Petrov", epoch - timedelta(days=212))
    _deploy(estate, scorer, "blue", "Standard_DS3_v2", 2, 100, "Ivan Petrov", epoch - timedelta(days=61))
    _deploy(estate, scorer, "green", "Standard_DS2_v2", 1, 0, "Mei Tanaka", epoch - timedelta(days=6))
    trial = _endpoint(estate, spaces["fraud-dev"], "scorer-trial", "Noah Weber", epoch - timedelta(days=74))
    _deploy(estate, trial, "try-1", "Standard_F2s_v2", 1, 100, "Noah Weber", epoch - timedelta(days=74))


def _endpoint(estate: Estate, workspace: Workspace, name: str, who: str, created: datetime) -> OnlineEndpoint:
    endpoint = OnlineEndpoint(f"{workspace.id}/onlineEndpoints/{name}", workspace.id.lower(), name, created, person(estate, who))
    estate.online_endpoints[endpoint.id.lower()] = endpoint
    return endpoint


def _deploy(
    estate: Estate, endpoint: OnlineEndpoint, name: str, size: str, count: int, traffic: int, who: str, created: datetime
) -> OnlineDeployment:
    deployment = OnlineDeployment(f"{endpoint.id}/deployments/{name}", name, size, count, created, person(estate, who))
    endpoint.deployments[name.lower()] = deployment
    endpoint.traffic[name] = traffic
    return deployment
