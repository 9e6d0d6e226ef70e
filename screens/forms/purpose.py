"""Purpose: what a new compute is for comes first; what it should be, and what it costs idle, follows from that."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.screen import Screen

from console.domain.scopes import WorkspaceRef
from console.session import Session
from screens.dialogs.choose import Choice
from screens.forms.attach import AttachForm
from screens.forms.new_cluster import NewClusterForm
from screens.forms.new_instance import NewInstanceForm
from screens.host import Host
from screens.widgets.facts import Fact

INTERACTIVE, TRAINING, SERVERLESS, REAL_TIME, ELSEWHERE = "interactive", "training, batch", "serverless", "real time", "attach"
PURPOSES = (
    Choice(INTERACTIVE, "an instance: one person's machine, billed while it is up, working or not"),
    Choice(TRAINING, "a cluster: nodes come with jobs and go after them; idle it costs nothing"),
    Choice(SERVERLESS, "nothing to make: a job that names no compute gets one, and is billed by itself"),
    Choice(REAL_TIME, "Kubernetes that is attached (or an endpoint, which is no compute): billed around the clock"),
    Choice(ELSEWHERE, "Kubernetes or a virtual machine that is there already; nothing new is billed"),
)
Making = Callable[[Session, WorkspaceRef], Screen[None]]
FORMS: Mapping[str, Making] = {
    INTERACTIVE: NewInstanceForm,
    TRAINING: NewClusterForm,
    REAL_TIME: AttachForm,
    ELSEWHERE: AttachForm,
}
SERVERLESS_FACTS = (
    Fact("", "Serverless compute", "bold"),
    Fact(
        "", "A job that names no compute and says `resources: {instance_type: …, instance_count: …}` runs on machines that Azure ML finds,"
    ),
    Fact("", "from the same quota. They are billed for the job's time; nothing is left over, nothing can be left on."),
    Fact("", "There is nothing to make and nothing to manage here: such jobs show in the workspace's cost, not among its computes."),
)


def ask(host: Host, session: Session, place: WorkspaceRef) -> None:
    """Ask what a new compute is for, and open what makes it."""

    def chosen(name: str | None) -> None:
        if name == SERVERLESS:
            host.read("serverless", SERVERLESS_FACTS)
        elif name is not None and name in FORMS:
            host.open_screen(FORMS[name](session, place))

    host.choose(f"a new compute in {place.name}: what for?", PURPOSES, chosen)
