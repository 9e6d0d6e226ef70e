"""What forms of new computes have in common: the fields of both kinds, and what pre-flight says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual import events

from console.domain import creation
from console.domain.compute import VmSize
from console.domain.networks import Fit, fit
from console.domain.scopes import WorkspaceRef
from console.domain.trouble import Kind, Trouble
from console.operations.creation import WRITE, RefusedError, make
from console.operations.plan import Plan
from console.operations.policy_check import checked
from console.preflight import Preflight
from console.session import Session
from screens.forms.fields import Field, FormError, Values
from screens.forms.form import Form
from screens.forms.size_picker import SizePicker
from screens.widgets.facts import Fact

YES, NO = "yes", "no"


class NewComputeForm(Form):
    """Warms the compiler and asks pre-flight when it opens; subclasses say what is made. `seed` are values to begin with."""

    compute_kind = ""
    #: Path of azure-ai-ml's field → the form's field, where the names differ.
    paths: dict[str, str] = {}

    def __init__(self, session: Session, place: WorkspaceRef, seed: Values | None = None, done: Callable[[], None] | None = None) -> None:
        super().__init__(session, f"{place.id} {seed or ''}", session.context.refusal(place, WRITE), (), done)
        self.place, self.seed = place, dict(seed or {})
        self.preflight: Preflight = session.preflight(place)

    def on_mount(self) -> None:
        self.session.compiler.warm()
        self.run_worker(self.preflight.ask(self.refresh_judgement))

    @property
    def location(self) -> str:
        """The region where it is made; "" until that is read."""
        return self.preflight.region

    # Fields

    def size_field(self) -> Field:
        return Field(
            "size",
            "size",
            self.seed.get("size", ""),
            help="The VM size of its machines, as Azure names it.",
            check=lambda text: creation.size_fault(text, self.preflight.sizes, self.compute_kind, self.location),
            lasting=True,
            picks="sizes",
        )

    def common_fields(self) -> Sequence[Field]:
        tags = self.session.settings.required_tags
        return (
            Field(
                "tags",
                "tags",
                self.seed.get("tags", ", ".join(f"{name}=" for name in tags)),
                help="name=value, name=value. Costs can be told apart by them, from now on only.",
                check=lambda text: creation.tags_fault(text, tags),
                long=True,
            ),
            Field(
                "subnet",
                "subnet",
                self.seed.get("subnet", ""),
                help="The ARM id of a subnet; empty: the workspace's own network.",
                check=creation.subnet_fault,
                lasting=True,
                long=True,
            ),
            Field("public_ip", "public address", self.seed.get("public_ip", YES), options=(YES, NO), lasting=True),
            Field(
                "identity",
                "identity",
                self.seed.get("identity", ""),
                help="Empty, system, or the ARM id of a user-assigned identity: as whom its jobs read data.",
                check=creation.identity_fault,
                lasting=True,
                long=True,
            ),
            Field(
                "ssh_key",
                "SSH public key",
                self.seed.get("ssh_key", ""),
                help="A public key lets its holder in by SSH; empty: no SSH.",
                check=lambda text: "" if not text.strip() or text.startswith(("ssh-", "ecdsa-")) else "a public key: ssh-ed25519 AAAA…",
                lasting=True,
                long=True,
            ),
        )

    def common(self, values: Values) -> dict[str, Any]:
        """What the common fields come to, for the structs of console.domain.creation."""
        return {
            "size": values["size"].strip(),
            "tags": creation.parse_tags(values["tags"]) or {},
            "subnet": values["subnet"].strip(),
            "public_ip": values["public_ip"] == YES,
            "identity": values["identity"].strip(),
            "ssh_user": "azureuser",
            "ssh_key": values["ssh_key"].strip(),
        }

    # Pre-flight

    def vm_size(self, values: Values) -> VmSize | None:
        """The size that stands in the form, where the region has it."""
        return (self.preflight.sizes or {}).get(values["size"].strip().upper())

    def quota_fact(self, size: VmSize, machines: int, *, low_priority: bool) -> Fact:
        """Whether the quota has room for so many machines at once."""
        tier = "low priority" if low_priority else "dedicated"
        needed = size.cores * machines
        left = self.preflight.cores_left(size, low_priority=low_priority)
        if left is None:
            why = self.preflight.troubles.get("quota")
            return Fact("quota", unread(why) if why else "reading …" if self.preflight.usages is None else f"? ({tier})", "muted")
        each = f", {size.cores} for one" if machines > 1 else ""
        told = f"{left} cores of {size.family} are left ({tier}); {needed} are wanted{each}"
        return Fact("quota", told, "bad" if left < size.cores else "warn" if left < needed else "ok")

    def checks(self) -> list[Fact]:
        """What else was looked at, and what was not."""
        facts = []
        for name in ("region", "sizes"):
            if (trouble := self.preflight.troubles.get(name)) is not None:
                facts.append(Fact(name, unread(trouble), "bad"))
        locks = self.preflight.locks
        if locks is not None:
            readonly = [lock.name for lock in locks if lock.forbids_making]
            text = f"a ReadOnly lock forbids it: {', '.join(readonly)}" if readonly else "none forbids it"
            facts.append(Fact("locks", text, "bad" if readonly else "ok"))
        elif (trouble := self.preflight.troubles.get("locks")) is not None:
            facts.append(Fact("locks", unread(trouble), "muted"))
        facts.append(
            Fact(
                "not checked",
                "whether the region has machines free; names in workspaces that are not open here; policies are when the plan is made",
                "muted",
            )
        )
        return facts

    async def made(self, documents: Sequence[Mapping[str, Any]], owners: Mapping[str, str] | None = None) -> Plan:
        """The plan of what the fields describe. Raises FormError and TroubleError."""
        if not self.location:
            raise FormError("", "The workspace's region is not read yet; try again in a moment.")
        await self._network_of(self.values.get("subnet", ""))
        fit = self.fit(self.values)
        if fit is not None and fit.fault:
            raise FormError("subnet", f"subnet: {fit.fault}.")
        self.found = (f"subnet {fit.told}",) if fit is not None and (fit.short or not fit.known) else ()
        try:
            plan = await make(self.session.compiler, self.place, self.location, documents, self.preflight.prices, owners)
        except RefusedError as error:
            raise self.refused(error) from error
        return await checked(plan, self.preflight.policies)

    # The subnet

    def machines(self, values: Values) -> tuple[int, int]:
        """How many machines are wanted, and with how many less than which nothing comes of it."""
        return 1, 1

    def fit(self, values: Values) -> Fit | None:
        """Whether what stands in the form goes into the subnet that it names; None while that is not known."""
        subnet = values.get("subnet", "").strip()
        network = self.preflight.network(subnet) if creation.SUBNET.match(subnet) else None
        if network is None:
            return None
        if isinstance(network, Trouble):
            missing = network.kind is Kind.NOT_FOUND
            return Fit("there is no such network") if missing else Fit(told=unread(network), known=False)
        return fit(network, subnet, self.place.subscription_id, self.location, *self.machines(values))

    def subnet_facts(self, values: Values) -> list[Fact]:
        """What is known of the subnet that stands in the form."""
        subnet = values.get("subnet", "").strip()
        if not subnet or not creation.SUBNET.match(subnet):
            return []
        found = self.fit(values)
        if found is None:
            return [Fact("subnet", "looked up when you leave the field", "muted")]
        look = "bad" if found.fault else "warn" if found.short else "ok" if found.known else "muted"
        return [Fact("subnet", found.fault or found.told, look)]

    def subnet_faults(self, values: Values) -> dict[str, str]:
        """What is wrong with the subnet for sure, by field."""
        found = self.fit(values)
        return {"subnet": found.fault} if found is not None and found.fault else {}

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Leaving the subnet: its network is looked up."""
        if event.widget.id == "subnet":
            self.run_worker(self._network_of(self.values["subnet"]))

    async def _network_of(self, text: str) -> None:
        if creation.SUBNET.match(text.strip()):
            await self.preflight.ask_network(text, self.refresh_judgement)

    # Keys

    def pick(self, field: Field) -> None:
        if field.name != "size":
            return
        if self.preflight.sizes is None:
            self.host.flash("the sizes of the region are not read yet", "warn")
            return

        def chosen(size: VmSize | None) -> None:
            if size is not None:
                self.fill("size", size.name)

        low = self.values.get("tier") == "low priority"
        self.app.push_screen(SizePicker(self.preflight, self.compute_kind, low, self.values["size"]), chosen)

    def refused(self, error: RefusedError) -> FormError:
        """What azure-ai-ml says against it, at the field that it is about."""
        root = error.path.partition(".")[0].partition("[")[0]
        name = self.paths.get(root, root)
        known = {field.name for field in self.fields()}
        return FormError(name if name in known else "", f"azure-ai-ml: {error.path or 'the compute'}: {error.message}")


def unread(trouble: Trouble) -> str:
    """Why something was not read, in short."""
    return f"not read: {trouble.sentence.partition('. ')[0].rstrip('.')}"
