"""Why an instance is still running: everything that could have ended it, and everything that counts as use.

Rules of idle shutdown: azure-ai-ml's and Azure's documentation ("Configure idle shutdown"): from 15 minutes to 3 days; a job, a Jupyter
kernel or terminal session, a VS Code connection and a custom application count as use, SSH does not; a managed identity needs rights on
the workspace, without which it fails silently; shortening the time starts the idle clock anew.
"""

from __future__ import annotations

from datetime import timedelta

from console.domain import durations
from console.domain.activity import Event
from console.domain.compute import LONGEST_IDLE, SHORTEST_IDLE
from console.domain.findings.finding import Source
from console.domain.findings.instances import DEFEATED_AFTER, LONGEST_DISPROVED
from console.domain.reasons.answer import Answer, Check, Mark, Situation, last_job, named

#: A schedule that comes at least once a week has come in this time.
SCHEDULE_DUE = timedelta(days=8)

OPEN_ON_IT = (
    "A Jupyter kernel or a terminal that was left open: it counts as use.",
    "A VS Code connection that is open, busy or not: it counts as use.",
)


def still_running(situation: Situation) -> Answer:
    """Why an instance that is up was not shut down."""
    checks = (_started(situation), *_idle(situation), *_jobs(situation), *_schedules(situation), *_applications(situation))
    checks += (*_identity(situation), *_stops(situation))
    return Answer("Why is it still running?", _conclusion(situation), checks, _unseen(situation))


def never_fired(situation: Situation) -> bool:
    """Whether its idle shutdown evidently does not come: it is short, and the instance has been up for long."""
    after, up = durations.parse(situation.compute.idle_shutdown), situation.since(situation.compute.up_since)
    return after is not None and after <= LONGEST_DISPROVED and up is not None and up >= DEFEATED_AFTER


def stop_is_due(situation: Situation) -> bool:
    """Whether an enabled stop schedule has evidently passed it by."""
    up = situation.since(situation.compute.up_since)
    return up is not None and up >= SCHEDULE_DUE and any(each.stops and each.enabled for each in situation.compute.schedules)


def _conclusion(situation: Situation) -> str:
    compute, active = situation.compute, situation.active
    after = durations.parse(compute.idle_shutdown)
    stops = [each for each in compute.schedules if each.stops and each.enabled]
    up = situation.since(compute.up_since)
    length = durations.words(up) if up is not None else "an unknown time"
    if after is not None and never_fired(situation):
        return f"Its idle shutdown ({durations.words(after)}) never came in {length}: {_defeated_by(situation)}."
    if compute.state == "JobRunning" or active:
        return f"A job runs on it: {named(active)}." if active else "A job runs on it, says its state."
    if stop_is_due(situation):
        return f"Its stop schedule ({stops[0].when} {stops[0].zone}) is on, and did not stop it in {length}."
    if after is not None:
        return (
            f"Somebody used it within the last {durations.words(after)}, as Azure counts use; it stops by itself after that long without."
        )
    if stops:
        return f"It has no idle shutdown: idle or not, it runs until its next scheduled stop ({stops[0].when} {stops[0].zone})."
    return "Nothing is set up to stop it: no idle shutdown, no stop schedule. It runs until somebody stops it."


def _defeated_by(situation: Situation) -> str:
    compute = situation.compute
    if compute.identities and situation.rights is not None and not situation.rights.roles:
        return "its managed identity may not stop it, and that fails silently"
    if situation.active:
        return "a job runs on it, which counts as use"
    if compute.setup.applications:
        return f"most likely its custom application ({', '.join(compute.setup.applications)}) counts as use"
    return "no job explains it, so something left open on it (kernel, terminal, VS Code) counts as use"


def _started(situation: Situation) -> Check:
    compute, operation = situation.compute, situation.compute.last_operation
    since = compute.up_since
    if since is None or operation is None:
        return Check(Mark.FACT, "Since when it is up is not told: its last operation was no start", Source.ARM)
    verb = {"Start": "Started", "Restart": "Restarted", "Create": "Created"}.get(operation.name, operation.name)
    length = durations.words(situation.subject.now - since)
    return Check(Mark.FACT, f"{verb} {length} ago{_by(situation)}; nothing stopped it since", Source.ARM, since)


def _by(situation: Situation) -> str:
    """Who started it: a person where Azure's log still knows, else what set it off."""
    operation = situation.compute.last_operation
    if operation is None or not operation.trigger:
        return ""
    asked = (event for event in situation.events or () if _is(event, operation.name) and event.status != "Failed" and event.who)
    who = next((event.who for event in asked), "")
    return (
        f" by {who}"
        if who and operation.trigger == "User"
        else {"User": " by a user", "Schedule": " by a schedule"}.get(operation.trigger, f" by {operation.trigger}")
    )


def _idle(situation: Situation) -> tuple[Check, ...]:
    after, up = durations.parse(situation.compute.idle_shutdown), situation.since(situation.compute.up_since)
    if after is None:
        return (Check(Mark.CAUSE, "No idle shutdown is set", Source.ARM),)
    told = f"Idle shutdown after {durations.words(after)} is set"
    if not SHORTEST_IDLE <= after <= LONGEST_IDLE:
        return (Check(Mark.CAUSE, f"{told}: outside of the 15 minutes to 3 days that Azure keeps to", Source.ARM),)
    if never_fired(situation) and up is not None:
        return (Check(Mark.CAUSE, f"{told}, and did not come in {durations.words(up)}: something counts as use, or bars it", Source.ARM),)
    if up is not None and up <= after:
        return (Check(Mark.FACT, f"{told}; it has not been up for that long", Source.ARM),)
    return (Check(Mark.FACT, f"{told}: while it is up, the last use is not so long ago", Source.ARM),)


def _jobs(situation: Situation) -> tuple[Check, ...]:
    active = situation.active
    if active is None:
        return (Check(Mark.UNREAD, "Whether a job runs on it", Source.RUNS),)
    if active:
        return (Check(Mark.CAUSE, f"A job counts as use: {named(active)}", Source.RUNS, active[0].started or active[0].created),)
    return (last_job(situation),)


def _schedules(situation: Situation) -> tuple[Check, ...]:
    stops = [each for each in situation.compute.schedules if each.stops]
    if not stops:
        # With an idle shutdown that works there need be none.
        needed = durations.parse(situation.compute.idle_shutdown) is None or never_fired(situation)
        return (Check(Mark.CAUSE if needed else Mark.FACT, "No stop schedule is set", Source.ARM),)
    found = []
    for each in stops:
        told = f"Stop schedule: {each.when} {each.zone}".rstrip()
        if each.provisioning.lower() == "failed":
            found.append(Check(Mark.CAUSE, f"{told}; it could not be set up (provisioning Failed)", Source.ARM))
        elif not each.enabled:
            found.append(Check(Mark.CAUSE, f"{told}; it is {each.status or 'not enabled'}", Source.ARM))
        elif stop_is_due(situation):
            found.append(Check(Mark.CAUSE, f"{told}; it is on, yet did not stop it for over a week", Source.ARM))
        else:
            found.append(Check(Mark.FACT, f"{told}; it is on", Source.ARM))
    return tuple(found)


def _applications(situation: Situation) -> tuple[Check, ...]:
    names = situation.compute.setup.applications
    if not names:
        return (Check(Mark.RULED_OUT, "A custom application: none is set up", Source.ARM),)
    return (Check(Mark.POSSIBLE, f"Custom application {', '.join(names)}: counts as use while it runs", Source.ARM),)


def _identity(situation: Situation) -> tuple[Check, ...]:
    """An identity that may not stop its instance lets idle shutdown fail without a word."""
    if durations.parse(situation.compute.idle_shutdown) is None:
        return ()
    if not situation.compute.identities:
        return (Check(Mark.RULED_OUT, "A managed identity without rights on the workspace: it has none of its own", Source.ARM),)
    if situation.rights is None:
        return (Check(Mark.UNREAD, "Whether its managed identity has Contributor on the workspace", Source.ROLES),)
    if not situation.rights.roles:
        told = "Its managed identity has no role on the workspace: idle shutdown fails without a word"
        return (Check(Mark.CAUSE, told, Source.ROLES),)
    roles = ", ".join(situation.rights.roles)
    if situation.rights.enough:
        return (Check(Mark.RULED_OUT, f"Its managed identity without rights: it has {roles} on the workspace", Source.ROLES),)
    return (Check(Mark.POSSIBLE, f"Its managed identity has {roles} on the workspace; idle shutdown asks for Contributor", Source.ROLES),)


def _stops(situation: Situation) -> tuple[Check, ...]:
    """What Azure's activity log tells of attempts to stop it, and of changes to its setting."""
    if situation.events is None:
        return (Check(Mark.UNREAD, "Whether a stop was asked for and failed", Source.LOG),)
    found = [_failed_stop(event) for event in situation.events if _is(event, "stop") and event.status == "Failed"][:1]
    changed = next((event for event in situation.events if _is(event, "updateIdleShutdownSetting") and event.status != "Failed"), None)
    if changed is not None:
        sentence = f"{changed.who or '?'} changed its idle shutdown: that starts the idle clock anew"
        found.append(Check(Mark.FACT, sentence, Source.LOG, changed.at))
    return tuple(found) or (Check(Mark.RULED_OUT, "A stop that failed: the log holds none", Source.LOG),)


def _failed_stop(event: Event) -> Check:
    why = event.message or event.sub_status or "no reason is given"
    return Check(Mark.CAUSE, f"{event.who or '?'} asked to stop it, which failed: {why}{what_to_do(why)}", Source.LOG, event.at)


def what_to_do(why: str) -> str:
    """What helps where Azure's own words do not say it."""
    if "disk" in why.lower() and "full" in why.lower():
        return " Free space on it (terminal: the root disk), or delete it: home folders stay."
    return ""


def _is(event: Event, action: str) -> bool:
    return event.operation.lower().endswith(f"/{action.lower()}/action")


def _unseen(situation: Situation) -> tuple[str, ...]:
    compute = situation.compute
    told = list(OPEN_ON_IT)
    if compute.setup.applications:
        told.append("Whether its custom application runs just now.")
    if compute.setup.ssh.lower() != "disabled":
        told.append("Whether somebody works on it over SSH: that is not tracked, and does not keep it awake.")
    if compute.identities and situation.rights is None:
        told.append("Whether its managed identity may stop it: role assignments are not read, or you may not read them.")
    return tuple(told)
