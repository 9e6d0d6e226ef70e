"""Changes: plans are shown, agreed to, run, told of and taken back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import App

from console.domain.trouble import Kind, Trouble, TroubleError
from console.operations.journal import JournalError
from console.operations.operation import concerned, tally
from console.operations.plan import Danger, Plan
from console.session import Session
from screens.access_guard import guarded
from screens.host import Host
from screens.plan_keys import refusal_of, undo

if TYPE_CHECKING:
    from console.operations.operation import Operation, StepRun

#: Names of protected workspaces are typed and told one by one as long as they take no more cells than this; else how many they are.
MOST_TYPED = 40


class Changes:
    """Every plan of one session goes through here."""

    def __init__(self, app: App[Any], host: Host, session: Session) -> None:
        self._app, self._host, self._session = app, host, session
        self._last: Operation | None = None
        #: What is to be done once an operation, by its id, has ended otherwise than wanted.
        self._failed: dict[str, Callable[[], None]] = {}

    def propose(
        self,
        plan: Plan,
        refusal: str,
        *,
        notes: Sequence[str] = (),
        agreed: Callable[[], None] | None = None,
        run: Callable[[Plan], None] | None = None,
        failed: Callable[[], None] | None = None,
    ) -> None:
        """Show a plan with `notes`; run it once it is agreed to, and say so to `agreed`. A plan without danger runs at once.

        `run` is what is done with it instead of running it in the background; where it is not, `failed` is called when a step of it
        came to another end than done, unless somebody else is signed in by then.
        """
        context = self._session.context
        plan, against, said = guarded(self._session, plan)
        refusal, notes = refusal or against, (*notes, *said)
        shown_to = context.object_id
        places = list(dict.fromkeys(place for step in plan.steps for place in concerned(step)))
        protected = list(dict.fromkeys(place.name for place in places if context.is_protected(place)))

        def go(answer: Plan | None) -> None:
            if answer is None:
                return
            # Whoever signs in, and what they may, can change under an open dialog.
            other = f"it was shown to somebody else than {context.who}" if shown_to not in {"", context.object_id} else ""
            if why := other or refusal_of(self._session, answer):
                self._host.flash(f"{answer.verb} is not run: {why}", "bad", stays=True)
                return
            if agreed is not None:
                agreed()
            if run is not None:
                run(answer)
            else:
                self._run(answer, (lambda: failed() if context.object_id == shown_to else None) if failed is not None else None)

        refusal = refusal or plan.refused
        if plan.danger is Danger.NONE and not refusal and not protected and not notes:
            go(plan)
            return
        subscriptions = ", ".join(dict.fromkeys(context.subscription(place) for place in places))
        where = f"{plan.where} ({subscriptions})" if subscriptions else plan.where

        from screens.dialogs.confirm import Confirm

        typed = " ".join(filter(None, (plan.typed, _to_type(protected))))
        if len(protected) > 1:
            notes = (*notes, f"protected: {', '.join(protected)}")
        self._app.push_screen(Confirm(plan, where, refusal, typed=typed, notes=notes, needs_reason=_protection(protected)), go)

    def run(self, plan: Plan) -> None:
        """Run what was agreed to."""
        self._run(plan, None)

    def _run(self, plan: Plan, failed: Callable[[], None] | None) -> None:
        try:
            self._last = self._session.runner.run(plan)
        except TroubleError as error:
            self._host.report(error.trouble)
            if failed is not None:
                failed()
            return
        if failed is not None:
            self._failed[self._last.id] = failed

    def reveal(self, plan: Plan, refusal: str, then: Callable[[str], None]) -> None:
        """Show a plan that reads one secret; once it is agreed to and journaled, hand the value to `then`. A refusal is told as any is."""

        async def ask(agreed: Plan) -> None:
            from console.operations.revealing import reveal
            from console.operations.vault_values import value_of

            try:
                _, answers = await reveal(self._session.runner, agreed)
                for answer in answers:
                    if answer is not None:
                        then(value_of(answer))
            except TroubleError as error:
                self._host.report(error.trouble)
            except JournalError as error:
                self._host.report(Trouble(Kind.UNEXPECTED, str(error), "JournalUnwritable"))

        def run(agreed: Plan) -> None:
            self._app.run_worker(ask(agreed), name="reveal", group="reveal")

        self.propose(plan, refusal, run=run)

    def undo_last(self) -> None:
        undo(self._host, self._session, self._last)

    def step_changed(self, operation: Operation, run: StepRun) -> None:
        """Tell how a step stands; of a plan with several targets, how all ended."""
        verb, name = operation.plan.verb_of(run.step), run.step.target_name
        if operation.ended and (failed := self._failed.pop(operation.id, None)) is not None and not _went_well(operation):
            failed()
        if operation.adopted:
            name += " (of an earlier run; :ops lists them)"
        if operation.ended and len(operation.runs) > 1 and run.effective_at is None:
            self._tell_all(operation, run)
        elif run.effective_at is not None:
            self._host.flash(f"{verb} {name}: {run.note}", "ok")
        elif not run.progress.ended:
            self._host.flash(f"{verb} {name}: {run.progress}")
        elif run.progress == "done":
            undo = f"  ({self._host.key('app.undo', 'U')} undoes it)" if operation.undoable and operation is self._last else ""
            told = "done" if run.listed_at is None and not run.already else run.note
            self._host.flash(f"{verb} {name}: {told}{undo}", "ok")
        else:
            self._host.keep_trouble(run.trouble)
            self._host.flash(f"{verb} {name}: {run.progress}. {run.note}", "bad", stays=True)

    def _tell_all(self, operation: Operation, last: StepRun) -> None:
        well = _went_well(operation)
        self._host.keep_trouble(next((run.trouble for run in (last, *operation.runs) if run.trouble is not None), None))
        undo = f"; {self._host.key('app.undo', 'U')} undoes it" if operation.undoable and operation is self._last else ""
        text = f"{operation.plan.verb}: {tally(operation)} ({self._host.key('app.view-activity', '9')} shows them{undo})"
        then = f" · next: {operation.plan.then}" if well and operation.plan.then else ""
        self._host.flash(f"{text}{then}", "ok" if well else "bad", stays=not well or bool(then))


def _went_well(operation: Operation) -> bool:
    return all(run.progress == "done" for run in operation.runs)


def _to_type(protected: Sequence[str]) -> str:
    """What is typed for protected workspaces: the name of each, or, of many, how many they are."""
    names = " ".join(protected)
    return names if len(names) <= MOST_TYPED else f"{len(protected)} protected"


def _protection(protected: Sequence[str]) -> str:
    """Why a reason is wanted ("" where none is)."""
    if not protected:
        return ""
    names = " and ".join(filter(None, (", ".join(protected[:-1]), protected[-1])))
    named = names if len(" ".join(protected)) <= MOST_TYPED else f"{len(protected)} of its workspaces"
    return f"{named} {'is' if len(protected) == 1 else 'are'} protected"
