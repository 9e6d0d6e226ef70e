"""Purpose: what a new compute is for comes first; what it should be, and what it costs idle, follows from that."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping

from console.domain.scopes import WorkspaceRef
from console.domain.trouble import TroubleError
from console.session import Session
from screens.dialogs.choose import Choice
from screens.forms.fields import Values
from screens.forms.new_cluster import NewClusterForm
from screens.forms.new_compute import NewComputeForm
from screens.forms.new_instance import NewInstanceForm
from screens.host import Host
from screens.widgets.facts import Fact

INTERACTIVE, TRAINING, SERVERLESS, REAL_TIME = "interactive", "training, batch", "serverless", "real time"
PURPOSES = (
    Choice(INTERACTIVE, "an instance: one person's machine, billed while it is up, working or not"),
    Choice(TRAINING, "a cluster: nodes come with jobs and go after them; idle it costs nothing"),
    Choice(SERVERLESS, "nothing to make: a job that names no compute gets one, and is billed by itself"),
    Choice(REAL_TIME, "an endpoint, or Kubernetes that is attached: billed around the clock"),
)
FORMS: Mapping[str, type[NewComputeForm]] = {INTERACTIVE: NewInstanceForm, TRAINING: NewClusterForm}
SERVERLESS_FACTS = (
    Fact("", "Serverless compute", "bold"),
    Fact(
        "", "A job that names no compute and says `resources: {instance_type: …, instance_count: …}` runs on machines that Azure ML finds,"
    ),
    Fact("", "from the same quota. They are billed for the job's time; nothing is left over, nothing can be left on."),
    Fact("", "There is nothing to make and nothing to manage here: such jobs show in the workspace's cost, not among its computes."),
)


def ask(host: Host, session: Session, place: WorkspaceRef, work: Callable[[Coroutine[None, None, None]], object]) -> None:
    """Ask what a new compute is for, and open what makes it. `work` runs a coroutine in the background."""

    def chosen(name: str | None) -> None:
        if name == SERVERLESS:
            host.read("serverless", SERVERLESS_FACTS)
        elif name == REAL_TIME:
            host.flash("endpoints are made with `az ml online-endpoint create`; attach Kubernetes with az ml compute attach", "warn")
        elif name is not None and name in FORMS:
            work(open_form(host, session, place, FORMS[name]))

    host.choose(f"a new compute in {place.name}: what for?", PURPOSES, chosen)


async def open_form(host: Host, session: Session, place: WorkspaceRef, form: type[NewComputeForm], seed: Values | None = None) -> None:
    """Open a form of a new compute, once it is known in which region its workspace is."""
    try:
        region = await session.region_of(place)
    except TroubleError as error:
        host.report(error.trouble)
        return
    host.open_screen(form(session, place, region, seed))
