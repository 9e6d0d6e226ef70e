"""Snoozing: what is accepted for a while, one finding or several with one reason, and what ends before its time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from console.domain.findings.finding import Finding
from console.domain.trouble import TroubleError
from console.feeds.findings import Accepted
from screens.row_screen import RowScreen


def snooze(screen: RowScreen[Any], findings: Sequence[Finding], notes: Sequence[str], agreed: Callable[[], None]) -> None:
    """Ask why these are accepted and until when, and keep that; `agreed` is called once it is kept."""
    from screens.dialogs.snooze import Answer, SnoozeForm

    session = screen.session

    def accept(answer: Answer | None) -> None:
        if answer is None:
            return
        who, until = session.context.who, f"until {answer.until:%Y-%m-%d %H:%M} UTC"

        def keep(finding: Finding) -> Awaitable[None]:
            return session.findings.accept(finding, who, answer.reason, answer.until)

        screen.run_worker(_kept(screen, findings, keep, f"snoozed {until}", agreed), name="snooze")

    screen.app.push_screen(SnoozeForm(findings, session.clock.now, notes), accept)


def wake(screen: RowScreen[Any], accepted: Sequence[Accepted], agreed: Callable[[], None]) -> None:
    """Ask whether the snoozes of these are to end now."""
    from screens.dialogs.snooze import EndSnooze

    def end(sure: bool | None) -> None:
        if sure:
            findings, keep = [each.finding for each in accepted], screen.session.findings.wake
            screen.run_worker(_kept(screen, findings, keep, "no longer snoozed", agreed), name="snooze")

    screen.app.push_screen(EndSnooze(accepted), end)


async def _kept(
    screen: RowScreen[Any], findings: Sequence[Finding], keep: Callable[[Finding], Awaitable[None]], said: str, agreed: Callable[[], None]
) -> None:
    """Keep one after the other; the first that cannot be is told, with how many were."""
    for done, each in enumerate(findings):
        try:
            await keep(each)
        except TroubleError as error:
            part = f" ({done} of {len(findings)} are {said})" if done else ""
            screen.host.flash(error.trouble.sentence + part, "bad")
            return
    agreed()
    what = f"{findings[0].subject_name}, {findings[0].what}" if len(findings) == 1 else f"{len(findings)} findings"
    screen.host.flash(f"{said}: {what}", "ok")
