"""Instance findings: what runs, or lies stopped, for nobody.

Azure tells no idle time of an instance, so no rule claims one; a rule that needs the last job waits for it (a finding of unknown
confidence) instead of taking silence for "never".
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from console.domain import durations
from console.domain.billing import fixed_costs
from console.domain.compute import LONGEST_IDLE, SHORTEST_IDLE, Kind
from console.domain.cost import PER_HOUR, burn
from console.domain.figures import Confidence, Figure
from console.domain.findings.finding import NO_SUGGESTION, Evidence, Finding, Remedy, Severity, Source, Suggestion
from console.domain.findings.subject import LAST_JOB_UNREAD, Rule, Subject, idle_setting, last_job, up_evidence

#: An instance that nobody gave a job for this long is worth a question. Shorter would name every weekend.
QUIET_FOR = timedelta(days=3)
#: From here on it is no long weekend and no short illness.
FORGOTTEN_FOR = timedelta(days=7)
#: Up for a week without a break: nobody works through seven nights, so an idle shutdown of hours ought to have come.
DEFEATED_AFTER = timedelta(days=7)
#: The longest idle shutdown that a week disproves; Azure allows up to three days.
LONGEST_DISPROVED = timedelta(days=1)
#: Up over night without idle shutdown: somebody forgot, or means it.
OVER_NIGHT = timedelta(hours=16)
#: The part of a week beyond twelve hours on each of five days: nobody sits at a notebook then, whatever their hours are.
OUT_OF_HOURS = Decimal(168 - 5 * 12) / 168
#: Stopped for a month: longer than a holiday.
SHELVED_AFTER = timedelta(days=30)

#: Up for two weeks without a break: no patch of its image came, and somebody should know why.
WEEKS = timedelta(days=14)
#: What is proposed as an idle shutdown; whoever sets it can change it in the form.
PROPOSED_IDLE = "PT30M"

IDENTITY_UNREAD = "Whether its managed identity may stop it: without rights on the workspace idle shutdown fails silently (w reads them)."

UP_STATES = frozenset({"Running", "JobRunning"})

NO_IDLE_TIME = "Whether somebody works on it in a notebook, a terminal or VS Code: Azure tells no idle time of an instance."


def quiet_instance(subject: Subject) -> Finding | None:
    """An instance that has been up for days, and without a job for days."""
    compute, up = subject.compute, subject.since(subject.compute.up_since)
    if compute.state != "Running" or up is None or up < QUIET_FOR or subject.busy:
        return None
    quiet = subject.since(subject.quiet_since)
    if subject.run_known and (quiet is None or quiet < QUIET_FOR):
        return None
    known = subject.run_known
    without = f"and without a job for {durations.words(min(quiet, up))}" if quiet is not None else "and its last job is not read yet"
    return Finding(
        rule="quiet-instance",
        subject_id=compute.id,
        subject_name=compute.name,
        what="up, no job for long" if known else "up for long, last job ?",
        claim=f"{compute.name} has been up for {durations.words(up)} {without}.",
        severity=Severity.NOTE if not known or quiet is None else Severity.SERIOUS if quiet >= FORGOTTEN_FOR else Severity.WARNING,
        confidence=Confidence.RECONSTRUCTED if known else Confidence.UNKNOWN,
        evidence=(up_evidence(subject), *last_job(subject), idle_setting(compute)),
        unseen=(NO_IDLE_TIME,) if known else (LAST_JOB_UNREAD, NO_IDLE_TIME),
        cost=burn(compute, subject.prices),
        since=compute.up_since,
        advice="Ask its owner, then stop it; its files stay.",
        remedy=Remedy.STOP,
    )


def defeated_shutdown(subject: Subject) -> Finding | None:
    """Idle shutdown is set, and the instance has been up for so long that it evidently does not come."""
    compute, up = subject.compute, subject.since(subject.compute.up_since)
    after = durations.parse(compute.idle_shutdown)
    if compute.state not in UP_STATES or after is None or after > LONGEST_DISPROVED or up is None or up < DEFEATED_AFTER:
        return None
    return Finding(
        rule="idle-shutdown-defeated",
        subject_id=compute.id,
        subject_name=compute.name,
        what="idle shutdown defeated",
        claim=f"{compute.name} should stop after {durations.words(after)} idle, yet it has been up for {durations.words(up)}.",
        severity=Severity.WARNING,
        confidence=Confidence.RECONSTRUCTED,
        evidence=(idle_setting(compute), up_evidence(subject), *last_job(subject)),
        unseen=(
            "What keeps it awake: an open kernel, terminal or VS Code connection or a custom application counts as use.",
            *((IDENTITY_UNREAD,) if compute.identities else ()),
            *(() if subject.run_known else (LAST_JOB_UNREAD,)),
        ),
        cost=None if quiet_instance(subject) else out_of_hours(subject),
        since=compute.up_since,
        advice="Stop it, and look at what its owner leaves open; a stop schedule comes whatever is open.",
        remedy=Remedy.STOP,
    )


def no_idle_shutdown(subject: Subject) -> Finding | None:
    """An instance that is up and has no idle shutdown."""
    compute = subject.compute
    if compute.kind is not Kind.INSTANCE or compute.state not in UP_STATES or durations.parse(compute.idle_shutdown) is not None:
        return None
    up = subject.since(compute.up_since)
    stops = [each for each in compute.schedules if each.stops and each.enabled]
    long = up is not None and up >= OVER_NIGHT and not stops
    until = f"its stop schedule ({stops[0].when} {stops[0].zone})" if stops else "somebody"
    return Finding(
        rule="no-idle-shutdown",
        subject_id=compute.id,
        subject_name=compute.name,
        what="no idle shutdown",
        claim=f"{compute.name} has no idle shutdown: idle or not, it runs until {until} stops it.",
        severity=Severity.WARNING if long else Severity.NOTE,
        confidence=Confidence.OBSERVED,
        evidence=(idle_setting(compute), up_evidence(subject), *(() if stops else (Evidence("No stop schedule is on", Source.ARM),))),
        cost=out_of_hours(subject) if long and not quiet_instance(subject) and not up_for_weeks(subject) else None,
        since=compute.up_since,
        advice="Set an idle shutdown (POST updateIdleShutdownSetting; az has no command for it).",
        remedy=Remedy.IDLE_SHUTDOWN,
        suggestion=Suggestion(idle=PROPOSED_IDLE),
    )


def barred_shutdown(subject: Subject) -> Finding | None:
    """Idle shutdown is set, and something that Azure tells of keeps it from coming: a value it does not keep to, or an application."""
    compute = subject.compute
    after = durations.parse(compute.idle_shutdown)
    if compute.kind is not Kind.INSTANCE or compute.state not in UP_STATES or after is None:
        return None
    outside = not SHORTEST_IDLE <= after <= LONGEST_IDLE
    names = ", ".join(compute.setup.applications)
    if not outside and not names:
        return None
    why = "Azure keeps to 15 minutes up to 3 days" if outside else f"its custom application {names} counts as use while it runs"
    return Finding(
        rule="idle-shutdown-barred",
        subject_id=compute.id,
        subject_name=compute.name,
        what="idle shutdown cannot come",
        claim=f"{compute.name} should stop after {durations.words(after)} idle, but {why}.",
        severity=Severity.WARNING if outside else Severity.NOTE,
        confidence=Confidence.OBSERVED if outside else Confidence.ESTIMATED,
        evidence=(
            idle_setting(compute),
            *((Evidence(f"Custom applications: {names}", Source.ARM),) if names else ()),
            up_evidence(subject),
        ),
        unseen=("Whether the application runs just now: Azure does not tell.",) if names else (),
        since=compute.up_since,
        advice="Set an idle shutdown that Azure keeps to." if outside else "A stop schedule comes whatever runs on it.",
        remedy=Remedy.IDLE_SHUTDOWN if outside else Remedy.NONE,
        suggestion=Suggestion(idle=PROPOSED_IDLE) if outside else NO_SUGGESTION,
    )


def up_for_weeks(subject: Subject) -> Finding | None:
    """Up for weeks, with work of late, so that no other rule says it."""
    compute, up = subject.compute, subject.since(subject.compute.up_since)
    if compute.state not in UP_STATES or up is None or up < WEEKS or quiet_instance(subject) or defeated_shutdown(subject):
        return None
    return Finding(
        rule="up-for-weeks",
        subject_id=compute.id,
        subject_name=compute.name,
        what="up for weeks",
        claim=f"{compute.name} has been up for {durations.words(up)} without a break, nights and weekends included.",
        severity=Severity.NOTE,
        confidence=Confidence.OBSERVED,
        evidence=(up_evidence(subject), *last_job(subject), idle_setting(compute)),
        unseen=(NO_IDLE_TIME,),
        cost=burn(compute, subject.prices),
        since=compute.up_since,
        advice="Ask its owner whether nights are needed; idle shutdown or a schedule ends them.",
        remedy=Remedy.STOP,
    )


def old_image(subject: Subject) -> Finding | None:
    """An instance that is up on an OS image that is not the latest; a stopped one runs nothing that could be attacked."""
    compute = subject.compute
    if compute.kind is not Kind.INSTANCE or compute.state not in UP_STATES or compute.setup.image_current is not False:
        return None
    image, latest = compute.setup.image or "?", compute.setup.image_latest or "?"
    return Finding(
        rule="old-image",
        subject_id=compute.id,
        subject_name=compute.name,
        what="old OS image",
        claim=f"{compute.name} runs OS image {image}; the latest is {latest}.",
        severity=Severity.NOTE,
        confidence=Confidence.OBSERVED,
        evidence=(Evidence(f"Image {image}, latest {latest} (osImageMetadata)", Source.ARM), up_evidence(subject)),
        unseen=("Which packages were updated by hand since: Azure does not tell.",),
        advice="Azure patches no instance that is there: make it anew for the latest image; home folders stay.",
    )


def shelved_instance(subject: Subject) -> Finding | None:
    """An instance that was stopped long ago: its disk is billed, and its cores are held unless they are released on stop."""
    compute, operation = subject.compute, subject.compute.last_operation
    if compute.kind is not Kind.INSTANCE or compute.state != "Stopped" or operation is None or operation.name != "Stop":
        return None
    stopped = subject.since(operation.time)
    if stopped is None or stopped < SHELVED_AFTER:
        return None
    size = subject.prices.get(compute.vm_size.upper()) if subject.prices is not None else None
    cores = f"{size.cores} cores of {size.family or 'its family'}" if size is not None and size.cores else "its cores"
    held = "" if compute.release_quota_on_stop else f" and {cores} held"
    release = "releases its cores on stop" if compute.release_quota_on_stop else "does not release its cores on stop (releaseQuotaOnStop)"
    return Finding(
        rule="shelved-instance",
        subject_id=compute.id,
        subject_name=compute.name,
        what="stopped, disk billed" if compute.release_quota_on_stop else "stopped, cores held",
        claim=f"{compute.name} was stopped {durations.words(stopped)} ago; its disk stays billed{held}.",
        severity=Severity.NOTE if compute.release_quota_on_stop else Severity.WARNING,
        confidence=Confidence.OBSERVED,
        evidence=(
            Evidence(f"Stopped by {operation.trigger or '?'}", Source.ARM, operation.time),
            Evidence(f"{compute.name} {release}", Source.ARM),
        ),
        unseen=("Whether its owner still needs it: home folders live in the workspace's file share and outlive it.",),
        cost=Figure(
            fixed_costs.of_instance(compute.setup.public_ip is not False),
            PER_HOUR,
            "list prices of a P10 disk, a load balancer and a public IP in the US",
            Confidence.ESTIMATED,
        ),
        since=operation.time,
        advice="Delete it if nobody needs it; home folders stay.",
        remedy=Remedy.DELETE,
    )


def out_of_hours(subject: Subject) -> Figure | None:
    """What an instance burns beyond working hours, as a mean over the week in USD/h; None while a job keeps it busy."""
    rate = burn(subject.compute, subject.prices)
    if subject.busy or rate is None or rate.value is None:
        return None if subject.busy else rate
    return Figure(rate.value * OUT_OF_HOURS, rate.unit, f"{rate.source}, 108 of 168 hours a week", rate.confidence, rate.as_of)


RULES: tuple[Rule, ...] = (
    quiet_instance,
    defeated_shutdown,
    barred_shutdown,
    no_idle_shutdown,
    up_for_weeks,
    old_image,
    shelved_instance,
)
