"""azure-mgmt-authorization as a compiler: role assignments, roles and activations become requests, captured instead of sent.

Only its public calls are used. Fields come in the SDK's words; scopes are ARM ids, names and roles GUIDs. Tried with 4.0.0.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from console.azure.captured import NOWHERE, FlawsError, Nobody, captured, flaw, transport

#: The only version of Azure that has the dry run of an assignment (published swagger).
VALIDATES = "2020-10-01-preview"
#: Version of the language that conditions are written in (azure-mgmt-authorization, RoleAssignmentCreateParameters).
CONDITION_VERSION = "2.0"


class AccessSdk:
    """azure-mgmt-authorization, imported when this is made. Raises ImportError where it is not installed."""

    def __init__(self) -> None:
        package = importlib.import_module("azure.mgmt.authorization")
        self.version = str(package.__version__)
        self._client_class = package.AuthorizationManagementClient
        self.kinds: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "assignment": self.assignment,
            "removal": self.removal,
            "validation": self.validation,
            "role": self.role,
            "role-removal": self.role_removal,
            "activation": self.activation,
            "activation-validation": self.activation_validation,
        }
        # Built once now, so that the first request need not wait for what it imports.
        self._operations("role_assignments")

    def assignment(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """PUT of `name` at `scope`: `role` (a definition's id), `principal`, `principal_type`, and perhaps `condition`, `description`."""
        calls, parameters = self._operations("role_assignments"), self._assigned(asked)
        return _captured(lambda: calls.create(_scope(asked), asked["name"], parameters))

    def removal(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """DELETE of the assignment `name` at `scope`."""
        calls = self._operations("role_assignments")
        return _captured(lambda: calls.delete(_scope(asked), asked["name"]))

    def validation(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The dry run of what `assignment` makes: a POST that changes nothing."""
        calls, parameters = self._operations("role_assignments", VALIDATES), self._assigned(asked, VALIDATES)
        return _captured(lambda: calls.validate(_scope(asked), asked["name"], parameters))

    def role(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """PUT of the custom role `name` (a GUID) at `scope`: `role_name`, `description`, `permissions`, `assignable_scopes`."""
        calls, models = self._operations("role_definitions"), self._client_class.models("2022-04-01")
        for needed in ("role_name", "permissions", "assignable_scopes"):
            if not asked.get(needed):
                raise FlawsError([flaw(needed, "it is needed")])
        blocks = [
            models.Permission(
                actions=list(block.get("actions") or ()),
                not_actions=list(block.get("not_actions") or ()),
                data_actions=list(block.get("data_actions") or ()),
                not_data_actions=list(block.get("not_data_actions") or ()),
            )
            for block in asked["permissions"]
        ]
        definition = models.RoleDefinition(
            role_name=asked["role_name"],
            description=asked.get("description") or None,
            role_type="CustomRole",
            permissions=blocks,
            assignable_scopes=list(asked["assignable_scopes"]),
        )
        return _captured(lambda: calls.create_or_update(_scope(asked), asked["name"], definition))

    def role_removal(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """DELETE of the custom role `name` at `scope`."""
        calls = self._operations("role_definitions")
        return _captured(lambda: calls.delete(_scope(asked), asked["name"]))

    def activation(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """PUT of a request (PIM) by which `principal` activates `role` at `scope` for `duration` (ISO 8601), `justification` given.

        `eligibility` is the schedule that it rests on, `ticket` and `ticket_system` tell of a ticket; without `start` it begins at once.
        """
        calls, request = self._operations("role_assignment_schedule_requests"), self._activating(asked)
        return _captured(lambda: calls.create(_scope(asked), asked["name"], request))

    def activation_validation(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The dry run of what `activation` makes: a POST that changes nothing."""
        calls, request = self._operations("role_assignment_schedule_requests"), self._activating(asked)
        return _captured(lambda: calls.validate(_scope(asked), asked["name"], request))

    def _activating(self, asked: Mapping[str, Any]) -> Any:
        models = self._client_class.models("2020-10-01")
        ticket = asked.get("ticket") or ""
        return models.RoleAssignmentScheduleRequest(
            role_definition_id=asked["role"],
            principal_id=asked["principal"],
            request_type="SelfActivate",
            linked_role_eligibility_schedule_id=asked["eligibility"],
            justification=asked.get("justification") or None,
            condition=asked.get("condition") or None,
            condition_version=CONDITION_VERSION if asked.get("condition") else None,
            schedule_info=models.RoleAssignmentScheduleRequestPropertiesScheduleInfo(
                start_date_time=asked.get("start") or None,
                expiration=models.RoleAssignmentScheduleRequestPropertiesScheduleInfoExpiration(
                    type="AfterDuration", duration=asked["duration"]
                ),
            ),
            ticket_info=models.RoleAssignmentScheduleRequestPropertiesTicketInfo(
                ticket_number=ticket, ticket_system=asked.get("ticket_system") or ""
            )
            if ticket
            else None,
        )

    def _assigned(self, asked: Mapping[str, Any], version: str = "2022-04-01") -> Any:
        # Without a principal type the SDK says User, which Azure refuses for a group.
        if not asked.get("principal_type"):
            raise FlawsError([flaw("principal_type", "what kind of principal it is has to be said: User, Group or ServicePrincipal")])
        condition = asked.get("condition") or None
        return self._client_class.models(version).RoleAssignmentCreateParameters(
            role_definition_id=asked["role"],
            principal_id=asked["principal"],
            principal_type=asked["principal_type"],
            condition=condition,
            condition_version=CONDITION_VERSION if condition else None,
            description=asked.get("description") or None,
        )

    def _operations(self, group: str, version: str = "") -> Any:
        return getattr(self._client(version), group)

    @lru_cache(maxsize=4)  # noqa: B019  (one AccessSdk lives as long as its process)
    def _client(self, version: str) -> Any:
        more = {"api_version": version} if version else {}
        return self._client_class(Nobody(), "0" * 8, base_url=NOWHERE, transport=transport(), **more)


def _scope(asked: Mapping[str, Any]) -> str:
    """A scope as the SDK puts it into its paths, which begin with a slash of their own."""
    return str(asked["scope"]).strip("/")


def _captured(call: Callable[[], Any]) -> dict[str, Any]:
    return captured("azure-mgmt-authorization", call)
