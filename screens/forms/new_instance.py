"""The form of new instances: for whom, what stops them, and what each will cost."""

from __future__ import annotations

from collections.abc import Sequence

from console.domain import creation, durations, schedules
from console.domain.creation import USER, NewInstance, Person
from console.domain.names import compute_name_fault
from console.operations import idle_shutdown
from console.operations.computes import HOURS_A_MONTH
from console.operations.plan import Plan
from screens.forms.fields import Field, FormError, Values
from screens.forms.form import Judgement
from screens.forms.new_compute import NO, YES, NewComputeForm
from screens.widgets.facts import Fact

MOST_PEOPLE = 50


class NewInstanceForm(NewComputeForm):
    """One instance for whoever makes it, or one for each of several people, all in one plan."""

    kind = "new-instance"
    compute_kind = "ComputeInstance"
    paths = {
        "create_on_behalf_of": "people",
        "idle_time_before_shutdown_minutes": "idle",
        "schedules": "stop_at",
        "network_settings": "subnet",
        "ssh_settings": "ssh_key",
        "enable_node_public_ip": "public_ip",
        "release_quota_on_stop": "release",
    }

    def heading(self) -> str:
        return f"New instances in {self.place.name} · {self.location or '…'}"

    def fields(self) -> Sequence[Field]:
        seed = self.seed
        return (
            Field(
                "people",
                "for",
                seed.get("people", ""),
                help="Sign-in names or object ids, a comma between them: an instance for each. Empty: for yourself. Only they can open it.",
                check=lambda text: "" if len(_words(text)) <= MOST_PEOPLE else f"{MOST_PEOPLE} at once at most",
                lasting=True,
                long=True,
            ),
            Field(
                "name",
                "name",
                seed.get("name", f"nb-{USER}"),
                help=f"{USER} stands for who it is for. 3 to 24 letters, digits and hyphens; the region's only one.",
                lasting=True,
            ),
            self.size_field(),
            Field(
                "idle",
                "stop when idle",
                seed.get("idle", "60m"),
                help="Stopped after so long without activity, 15m to 3d; empty: never.",
                check=lambda text: idle_shutdown.idle_fault(text) if text.strip() else "",
            ),
            Field(
                "stop_at",
                "stop at",
                seed.get("stop_at", ""),
                help="A time of day in UTC like 19:00, or a cron expression of five fields: stopped then, every day. Empty: no schedule.",
                check=schedules.stop_fault,
            ),
            Field("release", "free cores", seed.get("release", YES), options=(YES, NO), help="Whether a stopped one gives its cores back."),
            *self.common_fields(),
        )

    def judge(self, values: Values) -> Judgement:
        words = _words(values["people"])
        faults: dict[str, str] = {}
        notes = {"people": f"{len(words)} people" if len(words) > 1 else "" if words else "yourself"}
        pattern = values["name"].strip()
        if len(words) > 1 and USER not in pattern:
            faults["name"] = f"{USER} has to be in it, for {len(words)} people"
        elif fault := self._taken(pattern) if USER not in pattern else self._pattern_fault(pattern, words):
            faults["name"] = fault
        size = self.vm_size(values)
        facts = []
        if size is not None:
            count = max(1, len(words))
            notes["size"] = f"{size.cores} vCPU, {size.memory_gb:g} GB{f', {size.gpus} GPU' if size.gpus else ''}"
            price = creation.price(size)
            if price is not None:
                rate = price * count
                facts.append(
                    Fact("price", f"≈${rate:.2f}/h while {'they are' if count > 1 else 'it is'} up, ≈${rate * HOURS_A_MONTH:,.0f} a month")
                )
            facts.append(self.quota_fact(size, count, low_priority=False))
        return Judgement(faults | self.subnet_faults(values), notes, [*facts, *self.subnet_facts(values), *self.checks()])

    def machines(self, values: Values) -> tuple[int, int]:
        count = max(1, len(_words(values["people"])))
        return count, count

    async def plan(self, values: Values) -> Plan:
        people = await self._people(_words(values["people"]))
        pattern = values["name"].strip()
        me = self.session.context.who
        names = creation.named(pattern, people) if people else [(pattern.replace(USER, Person("", me).short), None)]
        wanted: list[NewInstance] = []
        for name, person in names:
            if fault := self._taken(name):
                raise FormError("name", f"{name}: {fault}")
            if name.lower() in {each.name.lower() for each in wanted}:
                raise FormError("name", f"{name} would be made twice: two people have the same short name")
            wanted.append(
                NewInstance(
                    name=name,
                    person=person,
                    tenant_id=self.session.context.tenant_id,
                    idle=durations.typed(values["idle"]) if values["idle"].strip() else None,
                    stop_at=schedules.cron(values["stop_at"]),
                    release_quota=values["release"] == YES,
                    **self.common(values),
                )
            )
        owners = {each.name: each.person.name for each in wanted if each.person is not None}
        return await self.made([each.document() for each in wanted], owners)

    async def _people(self, words: Sequence[str]) -> list[Person]:
        found = await self.preflight.people(words)
        missing = [word for word in words if word not in found]
        if missing:
            raise FormError("people", f"The directory knows nobody called {', '.join(missing)}.")
        return list({found[word].id: found[word] for word in words}.values())

    def _pattern_fault(self, pattern: str, words: Sequence[str]) -> str:
        """What the rule says of the names that a pattern gives. Who has an object id for a name is looked up later."""
        if pattern.startswith("/"):
            return creation.name_fault(pattern, "", ())
        people = [Person("", word) for word in words if "@" in word] or [Person("", "user")]
        faults = (compute_name_fault(name) for name, _ in creation.named(pattern, people))
        return next((fault for fault in faults if fault is not None), "")

    def _taken(self, name: str) -> str:
        return creation.name_fault(name, self.location, self.session.computes.items, self.place)


def _words(text: str) -> list[str]:
    return [word for word in (part.strip() for part in text.replace(";", ",").split(",")) if word]
