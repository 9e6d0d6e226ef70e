"""Why an instance is not up: who stopped it and what would keep it from starting, why it failed, or why it takes so long."""

from __future__ import annotations

from console.domain import durations
from console.domain.activity import Event
from console.domain.findings.finding import Source
from console.domain.reasons.answer import Answer, Check, Mark, Situation, errors_told
from console.domain.reasons.running import what_to_do

#: What each passing state usually takes, as studio's users and the emulator's recordings know it.
USUAL = {"Starting": "2 to 5 min", "Stopping": "1 to 3 min", "Restarting": "2 to 5 min", "Creating": "up to 10 min", "Deleting": "minutes"}
SEEN_ON_TRYING = (
    "Whether the region has such a machine free now: only a start tells.",
    "Whether a policy or a lock refuses a start: Azure tells when it is tried.",
)


def not_running(situation: Situation) -> Answer:
    """An instance that is stopped: by whom, and would it start."""
    stopped = _stopped(situation)
    checks = (
        stopped,
        *_failed_before(situation, "start"),
        *errors_told(situation.compute),
        _cores(situation),
        _may(situation),
        *_schedules(situation),
    )
    causes = [check for check in checks[1:] if check.mark is Mark.CAUSE]
    if causes:
        then = f"What stands in the way of a start: {causes[0].sentence}."
    else:
        then = "Nothing that can be seen from here keeps it from starting."
    return Answer("Why is it stopped, and would it start?", f"{stopped.sentence}. {then}", checks, SEEN_ON_TRYING)


def failed(situation: Situation) -> Answer:
    """An instance that could not be made or set up."""
    checks = (_state(situation), *errors_told(situation.compute), *_failed_before(situation, ""))
    causes = [check for check in checks if check.mark is Mark.CAUSE]
    conclusion = f"Azure says: {causes[0].sentence}." if causes else "Azure gives no reason with it."
    return Answer(
        "Why did it fail?", conclusion, checks, ("What its setup script printed: its log is in studio, under the compute's details.",)
    )


def on_its_way(situation: Situation) -> Answer:
    """An instance between two states."""
    compute = situation.compute
    since = situation.since(compute.last_changed)
    length = durations.words(since) if since is not None else "?"
    usual = USUAL.get(compute.shown_state)
    told = f"It has been {compute.shown_state} for {length}{f'; that usually takes {usual}' if usual else ''}."
    checks = (
        _state(situation),
        *errors_told(situation.compute),
        *_failed_before(situation, "stop" if compute.shown_state == "Stopping" else "start"),
    )
    return Answer(f"Why is it still {compute.shown_state}?", told, checks, SEEN_ON_TRYING[:1] if compute.shown_state != "Stopping" else ())


def _stopped(situation: Situation) -> Check:
    operation = situation.compute.last_operation
    if operation is None or operation.name != "Stop":
        return Check(Mark.FACT, f"Its state is {situation.compute.shown_state}; by whom is not told", Source.ARM)
    by = {"IdleShutdown": "its idle shutdown", "Schedule": "a schedule", "User": "a user"}.get(operation.trigger, operation.trigger or "?")
    since = situation.since(operation.time)
    when = f" {durations.words(since)} ago" if since is not None else ""
    asked = next((event for event in situation.events or () if event.operation.lower().endswith("/stop/action") and event.who), None)
    who = f" ({asked.who})" if asked is not None and operation.trigger == "User" else ""
    return Check(Mark.FACT, f"{by[0].upper()}{by[1:]}{who} stopped it{when}", Source.ARM, operation.time)


def _state(situation: Situation) -> Check:
    compute = situation.compute
    operation = compute.last_operation
    did = f"; last: {operation.name} by {operation.trigger or '?'}, {operation.status or '?'}" if operation is not None else ""
    return Check(Mark.FACT, f"State {compute.shown_state}{did}", Source.ARM, compute.last_changed)


def _failed_before(situation: Situation, action: str) -> tuple[Check, ...]:
    """The last attempt that Azure's log knows of, where it failed."""
    if situation.events is None:
        return (Check(Mark.UNREAD, f"Whether a {action or 'request'} was asked for and failed", Source.LOG),)
    asked = [event for event in situation.events if not action or event.operation.lower().endswith(f"/{action}/action")]
    ended = next((event for event in asked if event.status.lower() in {"failed", "succeeded"}), None)
    if ended is None or ended.status.lower() != "failed":
        return (Check(Mark.RULED_OUT, f"An earlier {action or 'request'} that failed: the log holds none", Source.LOG),)
    return (_failure(ended, action),)


def _failure(event: Event, action: str) -> Check:
    why = event.message or event.sub_status or "no reason is given"
    told = f"The last {action or 'request'}, by {event.who or '?'}, failed: {why.rstrip('.')}{what_to_do(why).rstrip('.')}"
    return Check(Mark.CAUSE, told, Source.LOG, event.at)


def _cores(situation: Situation) -> Check:
    if situation.compute.release_quota_on_stop:
        sentence = "Its cores went back to the quota when it stopped (releaseQuotaOnStop): others may hold them now"
        return Check(Mark.POSSIBLE, sentence, Source.ARM)
    return Check(Mark.RULED_OUT, "Quota: it holds its cores while it is stopped (releaseQuotaOnStop is off)", Source.ARM)


def _may(situation: Situation) -> Check:
    if situation.refusal:
        return Check(Mark.CAUSE, f"You may not start it now: {situation.refusal.rstrip('.')}", Source.ROLES)
    return Check(Mark.RULED_OUT, "Your permission: as far as it could be read, you may start it", Source.ROLES)


def _schedules(situation: Situation) -> tuple[Check, ...]:
    return tuple(
        Check(Mark.FACT, f"{each.action or '?'} schedule: {each.when} {each.zone}; {each.status or '?'}", Source.ARM)
        for each in situation.compute.schedules
    )
