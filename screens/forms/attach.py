"""The form that attaches what runs elsewhere already: a Kubernetes cluster, or a virtual machine by SSH."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from console.domain import creation
from console.operations.plan import Plan
from screens.forms.fields import Field, Values, needed
from screens.forms.form import Judgement
from screens.forms.new_compute import NewComputeForm

KUBERNETES, MACHINE = "Kubernetes", "virtual machine"
#: What a resource id is of, by what is attached ("Attach an Azure Arc-enabled Kubernetes cluster", "virtualMachines").
RESOURCES = {
    KUBERNETES: re.compile(
        r"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/"
        r"(Microsoft\.Kubernetes/connectedClusters|Microsoft\.ContainerService/managedClusters)/[^/]+$",
        re.IGNORECASE,
    ),
    MACHINE: re.compile(r"^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Compute/virtualMachines/[^/]+$", re.IGNORECASE),
}


class AttachForm(NewComputeForm):
    """What is attached stays what it is; the workspace only learns to use it."""

    kind = "attach"

    paths = {"resource_id": "resource", "ssh_settings": "user"}

    def heading(self) -> str:
        return f"Attach to {self.place.name}"

    def fields(self) -> Sequence[Field]:
        return (
            Field("what", "what", self.seed.get("what", KUBERNETES), options=(KUBERNETES, MACHINE), lasting=True),
            Field(
                "name",
                "name",
                help="3 to 24 letters, digits and hyphens; the region's only one.",
                check=lambda text: creation.name_fault(text.strip(), self.preflight.region, self.session.computes.items, self.place),
                lasting=True,
            ),
            Field("resource", "ARM id", help=self._resource_help(), check=needed("an ARM id"), lasting=True, long=True),
            Field("namespace", "namespace", "default", help="Kubernetes: where its jobs run. Not used for a machine."),
            Field("user", "SSH user", "azureuser", help="A machine: as whom Azure ML signs in there. Not used for Kubernetes."),
            Field(
                "password",
                "SSH password",
                help="A machine: sent to Azure once; never shown, kept or logged.",
                secret=True,
            ),
        )

    def judge(self, values: Values) -> Judgement:
        faults, written = {}, values["resource"].strip()
        if written and not RESOURCES[values["what"]].match(written):
            faults["resource"] = f"no ARM id of a {values['what']}"
        if values["what"] == MACHINE:
            faults |= {name: "needed for a machine" for name in ("user", "password") if not values[name].strip()}
        return Judgement(faults)

    async def plan(self, values: Values) -> Plan:
        return await self.made([_document(values)])

    def _resource_help(self) -> str:
        return (
            "Of an AKS or Arc-enabled cluster with the Azure ML extension (…/managedClusters/NAME, …/connectedClusters/NAME),"
            " or of a machine (…/virtualMachines/NAME)."
        )


def _document(values: Values) -> dict[str, Any]:
    """What is attached, in the fields of the CLI's YAML."""
    common = {"name": values["name"].strip(), "resource_id": values["resource"].strip()}
    if values["what"] == KUBERNETES:
        return {"type": "kubernetes", **common, "namespace": values["namespace"].strip() or "default"}
    settings = {"admin_username": values["user"].strip(), "admin_password": values["password"]}
    return {"type": "virtualmachine", **common, "ssh_settings": settings}
