"""Activity: what was changed, by whom and how it went: this session, the journal and Azure's activity log as one list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

import msgspec
from textual.binding import Binding, BindingType

from console.activity_now import ActivityNow
from console.clock import step
from console.domain import scopes
from console.domain.activity import Entry, Origin, merge
from console.domain.scopes import WorkspaceRef
from console.feeds.source import Joined
from console.operations import entries
from console.operations.operation import Operation, Progress, StepRun
from console.session import Session
from screens import links, plan_keys
from screens.actions import Action
from screens.operations import GLYPHS, LOOKS, entry_facts, operation_facts, step_facts
from screens.resource_screen import ResourceScreen
from screens.widgets.columns import Column
from screens.widgets.facts import Fact
from screens.widgets.status_line import Part

LATE = "Azure's log comes minutes late"
#: How far back Azure's log is read, in days; `t` goes from one to the next.
SPANS = (1, 7, 30)
#: Results of steps of ours that have not ended.
OPEN = frozenset(str(progress) for progress in Progress if not progress.ended)
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class ActivityScreen(ResourceScreen[Entry]):
    """Azure's log of the resource groups of the workspaces, asked only while this is open; what is newer than the last look of an earlier
    session is marked.
    """

    kind = "activity"
    number = "9"
    aliases = ("ops", "operations", "changes")
    default_sort = ("WHEN", True)
    workspace_width = 10
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("U", "undo", "undo this change, or those that are marked", show=False, id="activity.undo"),
        Binding("X", "halt_or_resume", "stop this plan between targets; resume a paused one", show=False, id="activity.halt"),
        Binding("ctrl+d", "drop", "give up a paused plan", show=False, id="activity.drop"),
        Binding("t", "span", "how far back: a day, a week, a month", show=False, id="activity.span"),
    ]

    def __init__(self, session: Session, activity: ActivityNow | None = None) -> None:
        self.activity = activity if activity is not None else session.activity
        self.activity.open()
        self._source: Joined[Entry] = Joined((self.activity.log, self.activity.journal), self._merged, self._raw)
        super().__init__(session)
        self._dropping = ""

    @property
    def columns(self) -> tuple[Column[Entry], ...]:  # type: ignore[override]  # built per screen: some cells read the session
        return (
            Column("WHEN", 5, self._when, lambda row: "busy" if self._is_new(row) else "", sort=_order, priority=0),
            Column("WHO", 13, self._who, priority=1, most=20),
            Column("WHAT", 17, lambda row: row.what, priority=0, most=26),
            Column("TARGET", 17, lambda row: row.target_name, priority=0, most=26),
            Column(
                "RESULT", 12, self._result, lambda row: LOOKS.get(row.result, "muted"), sort=lambda row: row.result, priority=0, most=20
            ),
            Column("SOURCE", 8, source_text, lambda _: "muted", priority=2, most=14),
            Column("REASON", 12, lambda row: row.reason, priority=3, most=20),
            Column("NOTE", 20, lambda row: row.note, priority=4, stretch=True),
        )

    # Rows

    @property
    def feed(self) -> Joined[Entry]:
        return self._source

    def key_of(self, row: Entry) -> str:
        return row.key

    def workspace_of(self, row: Entry) -> WorkspaceRef | None:
        """None where what was changed is in no workspace: Azure's log is that of resource groups."""
        try:
            return WorkspaceRef.parse(row.target_id)
        except ValueError:
            return None

    @property
    def what(self) -> str:
        days = self.activity.days
        return f"activity of {days} days" if days > 1 else "activity of 24 h"

    def _merged(self) -> tuple[Entry, ...]:
        ours = entries.of_operations(self.session.operations)
        merged = merge((*ours, *self.activity.journal.items), self.activity.log.items)
        about = self.activity.about
        return merged if not about else tuple(entry for entry in merged if scopes.key(entry.target_id) == scopes.key(about))

    def _raw(self, key: str) -> bytes | None:
        """Azure's events of a row; where there is none, the entry itself."""
        row = next((row for row in self._source.items if row.key.lower() == key), None)
        if row is None:
            return None
        raw = [raw for event in row.events if (raw := self.activity.log.raw(event.id)) is not None]
        return b"[" + b",".join(raw) + b"]" if raw else msgspec.json.encode(row)

    def rows_changed(self) -> None:
        """Names for callers that Azure's log knows by their object id only: applications."""
        height = max(1, self.table.size.height)
        first = max(0, self.table.cursor_position - height)
        in_view = self.table.visible_rows[first : self.table.cursor_position + height]
        self.session.names.want([row.who for row in in_view if _is_guid(row.who)])
        if self._source.loaded and not self.activity.about:
            self.activity.keep_look()

    def on_unmount(self) -> None:
        self._source.close()
        self.activity.close()

    def _update(self) -> None:
        """Steps of ours move without a poll."""
        self._source.touch()
        super()._update()

    # Cells

    def _when(self, row: Entry) -> str:
        age = "?" if row.at is None else step(self.session.clock.age(row.at).total_seconds())
        return f"•{age}" if self._is_new(row) else age

    def _is_new(self, row: Entry) -> bool:
        """Whether it came to be known since the last look of an earlier session; of a change of ours that is when it was made."""
        since = self.activity.looked_before
        known = row.known_at if row.origin is Origin.AZURE else row.at
        return since is not None and row.origin is not Origin.HERE and known is not None and known > since

    def _who(self, row: Entry) -> str:
        name = (self.session.names.get(row.who) if _is_guid(row.who) else None) or row.who or "?"
        return name.split("@", 1)[0]

    def _result(self, row: Entry) -> str:
        word = row.result
        operation = self._operation(row)
        run = _run_of(operation, row)
        if run is not None and not run.progress.ended and run.progress is not Progress.PAUSED and row.at is not None:
            age = step(self.session.clock.age(row.at).total_seconds())
            word = f"{word} {age}" if age != "now" else word
        return f"{GLYPHS.get(LOOKS.get(row.result, 'muted'), ' ')} {word}"

    def _title(self) -> tuple[list[Part], list[Part]]:
        left, right = super()._title()
        since = self.activity.looked_before
        if not self.feed.troubles and since is not None:
            new = sum(map(self._is_new, self.feed.items))
            age = step(self.session.clock.age(since).total_seconds())
            left.append((f"  {new} new since you looked {age} ago" if new else "", "busy"))
        if not self.feed.troubles:
            left.append((f"  {LATE}", "muted"))
        return left, right

    def _hints(self) -> tuple[list[Part], list[Part]]:
        """The keys of a row of ours beside those of every list."""
        left, right = super()._hints()
        operation = self._operation(self.table.cursor_row)
        if self.host.flashed is not None:
            return left, right
        halts = operation is not None and (operation.paused or operation.unsent > 0)
        keys = [("U", "undo", operation is not None and operation.undoable)]
        if operation is not None and operation.paused:
            keys += [("X", "resume", True), ("^d", "give up", True)]
        else:
            keys.append(("X", "stop", halts))
        own: list[Part] = []
        for key, label, offered in keys:
            own += [(key, "key" if offered else "muted"), (f" {label}  ", "" if offered else "muted")]
        return [*left[:1], *own, (self._hint_key("activity.span", "t"), "key"), (" how far back  ", ""), *left[1:]], right

    # What can be done

    def refusal(self, action: Action[Entry], row: Entry) -> str:
        return f"{action.label} does not apply to what was done"

    def describe(self, row: Entry) -> list[Fact]:
        operation = self._operation(row)
        facts = entry_facts(row, self._who(row))
        if operation is not None and len(operation.runs) > 1:
            facts += [Fact("", ""), *operation_facts([operation])]
        elif operation is not None:
            facts += [Fact("", ""), *step_facts(operation, operation.runs[0]), *plan_keys.transcript(operation.plan)]
        remark = f"{LATE}: what is not in it yet may still come. Calls that only read are left out."
        return [*facts, Fact("", ""), Fact("", remark, "muted")]

    def action_describe(self) -> None:
        row = self.table.cursor_row
        if row is not None:
            self.host.read(f"{row.what} {row.target_name}", self.describe(row))

    def links(self, row: Entry) -> list[Fact]:
        return [Fact("portal", links.portal(row.target_id))] if row.target_id else []

    def action_copy_name(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.table.cursor_row.target_name)

    def action_copy_id(self) -> None:
        if self.table.cursor_row is not None:
            self.host.copy(self.table.cursor_row.target_id)

    def action_span(self) -> None:
        self.activity.look_back(SPANS[(SPANS.index(self.activity.days) + 1) % len(SPANS)])
        self.host.flash(f"Azure's log is read as far back as {self.what.removeprefix('activity of ')}")

    def action_undo(self) -> None:
        """Take back what the marked rows did, else what the row under the cursor did: of a plan with several targets only these."""
        rows = self.table.marked_rows or [row for row in (self.table.cursor_row,) if row is not None]
        operations = [self._operation(row) for row in rows]
        foreign = next((row for row, operation in zip(rows, operations, strict=True) if operation is None), None)
        if foreign is not None:
            self.host.flash(f"{foreign.what} {foreign.target_name} is not of this session: its undo is not known here", "warn")
        elif len({id(operation) for operation in operations}) > 1:
            self.host.flash("the marked rows are of several plans: one is taken back at a time", "warn")
        elif operations:
            plan_keys.undo(self.host, self.session, operations[0], [row.key for row in rows])

    def action_halt_or_resume(self) -> None:
        operation = self._operation(self.table.cursor_row)
        if operation is None:
            self.host.flash("only a plan of this console can be stopped or resumed", "warn")
        elif operation.paused:
            self.run_worker(plan_keys.resume(self.host, self.session, operation), name="resume", exclusive=True)
        else:
            plan_keys.halt(self.host, self.session, operation)

    def action_drop(self) -> None:
        """Twice on the same row: a plan that is given up does not come back."""
        operation = self._operation(self.table.cursor_row)
        if operation is None or not operation.paused:
            self.host.flash("only a paused plan can be given up", "warn")
        elif self._dropping != operation.id:
            self._dropping = operation.id
            self.host.flash(f"ctrl+d again gives {operation.plan.title!r} up; nothing of it was sent", "warn")
        else:
            plan_keys.drop(self.host, self.session, operation)
            self._update()

    def _operation(self, row: Entry | None) -> Operation | None:
        """The operation of this session that a row is a step of."""
        if row is None or row.origin is not Origin.HERE:
            return None
        return next((each for each in self.session.operations if _run_of(each, row) is not None), None)


def source_text(row: Entry) -> str:
    """Who tells of it: "here", "journal", "Azure", or one of ours and Azure's log too."""
    return f"{row.origin}+log" if row.events and row.origin is not Origin.AZURE else str(row.origin)


def _order(row: Entry) -> datetime | None:
    """By time; a step of ours that has not ended comes with the newest, as it is what there is to be done with."""
    return END_OF_TIME if row.origin is Origin.HERE and row.result in OPEN else row.at


def _run_of(operation: Operation | None, row: Entry) -> StepRun | None:
    return next((run for run in operation.runs if run.id == row.key), None) if operation is not None else None


def _is_guid(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4 and "@" not in text
