"""A session: commands of a page in, messages out; no input or output of its own.

The page owns what is looked at; a session owns the course of one training. It works in slices, so that whoever
carries its messages stays responsive. ``page/kernel/engine.js`` is the same engine in the page, and a script of
commands gives the same states there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from time import perf_counter
from typing import Any

from pellucid.engines import Engine
from pellucid.exceptions import PellucidError
from pellucid.playground import answers
from pellucid.playground.course import Course
from pellucid.playground.datasets import Dataset, example
from pellucid.playground.errors import SetupError
from pellucid.playground.own import dataset_of
from pellucid.playground.parts import mapping, number, shown, whole
from pellucid.playground.protocol import MOST_BYTES, VERSION
from pellucid.playground.setups import MOST_PARAMETERS, Setup, read_setup
from pellucid.playground.tables import MOST_COLUMNS, MOST_ROWS, table_of_text

__all__ = ["LIMITS", "Session"]

Message = dict[str, Any]

SLICE = 0.012  # seconds, as a frame of the page takes
CALL = 0.004  # seconds that a call of the engine may take
PROGRESS = 0.2  # seconds between two reports on the way to a position
MOST_WAITING = 1000
LIMITS = {
    "bytes": MOST_BYTES, "rows": MOST_ROWS, "columns": MOST_COLUMNS, "parameters": MOST_PARAMETERS,
    "checkpoints": 64,
}  # fmt: skip


@dataclass
class _Goal:
    """The goal of a session: a position, with frames on the way or silently."""

    until: float
    pace: int | None = None
    silent: bool = False
    command: Mapping[str, Any] | None = None
    frame_at: float = 0.0
    told_at: float = field(default_factory=perf_counter)


class Session:
    """One training, steered by the commands of a page.

    Parameters
    ----------
    engine : Engine, optional
        The engine. Default: the fastest one that runs here.

    Examples
    --------
    >>> from pellucid.playground.session import Session
    >>> session = Session()
    >>> [m["type"] for m in session.receive({"type": "setup", "setup": {"data": {"name": "xor"}}})]
    ['state']
    >>> messages = session.receive({"type": "jump", "step": 25})
    >>> while session.is_busy:
    ...     messages += session.work()
    >>> messages[-1]["step"], messages[-1]["theta"].shape
    (25, (25,))
    """

    def __init__(self, engine: Engine | None = None) -> None:
        self.engine = engine
        self.course: Course | None = None
        self.dataset: Dataset | None = None
        self.setup: Setup | None = None
        self._goal: _Goal | None = None
        self._waiting: deque[tuple[Any, int]] = deque()  # commands and their sizes in bytes
        self._frame = self._acknowledged = 0
        self._seconds_per_step = CALL

    # ---- commands -----------------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """True if :meth:`work` has something to do."""
        goal = self._goal
        return goal is not None and (goal.silent or goal.pace is None or not self.awaits_page)

    @property
    def awaits_page(self) -> bool:
        """True if the page has not yet acknowledged the last frame."""
        return self._frame > self._acknowledged

    def receive(self, command: Any, n_bytes: int = 0) -> list[Message]:
        """Carry out a command, or begin to.

        A command that comes while training is on its way to a position (``jump``, ``undo``, ``redo``) waits until
        it is there; another ``jump`` or ``setup`` takes its place, and ``pause`` ends the way where it is.

        Parameters
        ----------
        command : dict
            Of the page, honest or hostile.
        n_bytes : int, default=0
            Its size as a message; what waits may not be larger in all than one message may.

        Returns
        -------
        list of dict
            The messages to send.
        """
        kind = command.get("type") if isinstance(command, Mapping) else None
        on_the_way = self._goal is not None and self._goal.silent
        if (
            on_the_way
            and kind != "pause"
            and (self._waiting or kind not in ("jump", "setup", "ack", "hello"))
        ):
            if len(self._waiting) >= MOST_WAITING or sum(n for _, n in self._waiting) + n_bytes > MOST_BYTES:
                return [
                    self._error(command, SetupError("type", "Too many commands wait; the last was left out."))
                ]
            self._waiting.append((command, n_bytes))
            return []
        return self._carry_out(command)

    def _carry_out(self, command: Any) -> list[Message]:
        try:
            if not isinstance(command, Mapping):
                raise SetupError("type", "A command must be an object.")
            kind = command.get("type")
            handle = COMMANDS.get(kind) if isinstance(kind, str) else None
            if handle is None:
                raise SetupError("type", f"'type' must be one of {', '.join(COMMANDS)}; got {shown(kind)}.")
            return handle(self, command)
        except PellucidError as error:
            return [self._error(command, error)]
        except Exception as error:  # a fault of ours, or too little memory: the conversation goes on
            return [self._fault(command, error)]

    def work(self, seconds: float = SLICE) -> list[Message]:
        """Work for a while.

        Parameters
        ----------
        seconds : float, default=0.012
            About how long.

        Returns
        -------
        list of dict
            The messages to send.
        """
        goal, course = self._goal, self.course
        if goal is None or course is None or not self.is_busy:
            return []
        try:
            return self._work(goal, course, seconds)
        except Exception as error:  # see above; without a goal it does not come again
            self._goal = None
            return [self._fault(goal.command, error)]

    def _work(self, goal: _Goal, course: Course, seconds: float) -> list[Message]:
        last = goal.until if goal.pace is None else min(goal.until, goal.frame_at)
        ends = perf_counter() + seconds
        while course.step < last and not course.diverged and perf_counter() < ends:
            started, step = perf_counter(), course.step
            course.approach(int(min(last, step + max(1, CALL / self._seconds_per_step))))
            self._seconds_per_step = max(1e-7, (perf_counter() - started) / max(1, course.step - step))
        if course.diverged or course.step >= goal.until:
            return self._arrive(goal)
        if goal.silent:
            return self._progress(goal)
        if self.awaits_page or (goal.pace is not None and course.step < goal.frame_at):
            return []
        goal.frame_at += goal.pace or 0
        return [self._next_frame()]

    def _arrive(self, goal: _Goal) -> list[Message]:
        self._goal, course = None, self._needed()
        found = [self.state(goal.command)]
        if course.diverged:
            found.insert(0, {"type": "diverged", "step": course.step, "reason": course.diverged})
        return [*found, *self._go_on()]

    def _go_on(self) -> list[Message]:
        """Carry out what waited, until something is on its way again."""
        found: list[Message] = []
        while self._waiting and not (self._goal is not None and self._goal.silent):
            found += self._carry_out(self._waiting.popleft()[0])
        return found

    def _progress(self, goal: _Goal) -> list[Message]:
        """Report how far the way is, now and then; the page acknowledges a report as it does a frame."""
        if self.awaits_page or perf_counter() - goal.told_at < PROGRESS:
            return []
        goal.told_at = perf_counter()
        self._frame += 1
        return [{"type": "progress", "frame": self._frame, "step": self._needed().step, "until": goal.until}]

    # ---- messages -----------------------------------------------------------------------------------------

    def state(self, command: Mapping[str, Any] | None = None) -> Message:
        """Return the whole state of the course.

        Parameters
        ----------
        command : dict, optional
            The command that it answers.

        Returns
        -------
        dict
            The message.
        """
        course = self._needed()
        stepper = course.stepper
        message = {
            "type": "state", **self._position(), "batches": stepper.problem.n_steps,
            "canUndo": bool(course.edits), "canRedo": bool(course.undone),
            "edits": [{"step": e.step, "index": e.index, "value": e.value} for e in course.edits],
            "history": {"step": list(course.curve.steps), "loss": list(course.curve.losses)},
            "epochs": [{k: v for k, v in row.items() if k != "seconds"} for row in course.rows[-1024:]],
            "diverged": course.diverged or None, "running": self._goal is not None,
            "order": stepper.order.astype(float), "theta": course.parameters.copy(),
            "memory": stepper.state.memory.ravel().copy(), "statistics": stepper.network.state.copy(),
        }  # fmt: skip
        return _answering(message, command)

    def _next_frame(self) -> Message:
        course = self._needed()
        self._frame += 1
        loss = course.curve.losses[-1] if course.curve.losses else None
        theta = course.parameters.copy()
        return {"type": "frame", "frame": self._frame, **self._position(), "loss": loss, "theta": theta}

    def _position(self) -> Message:
        course = self._needed()
        n = course.stepper.problem.n_steps
        return {"step": course.step, "epoch": course.step // n, "batch": course.step % n}

    def _error(self, command: Any, error: Exception) -> Message:
        message = {
            "type": "error", "code": "refused", "message": str(error),
            "parameter": getattr(error, "parameter", None),
        }  # fmt: skip
        return _answering(message, command)

    def _fault(self, command: Any, error: Exception) -> Message:
        """Return the answer to a fault: its kind alone, since its text may hold data or names of files."""
        said = (
            f"Python could not do this ({type(error).__name__}). Open the page again, or take smaller data."
        )
        return _answering({"type": "error", "code": "fault", "message": said, "parameter": None}, command)

    def _needed(self) -> Course:
        if self.course is None:
            raise SetupError("setup", "There is no run yet: send a setup first.")
        return self.course

    # ---- what the commands do -----------------------------------------------------------------------------

    def _hello(self, command: Mapping[str, Any]) -> list[Message]:
        if command.get("version") != VERSION:
            raise SetupError("version", f"'version' must be {VERSION}; got {shown(command.get('version'))}.")
        welcome = {"type": "welcome", "version": VERSION, "engine": "python", "limits": LIMITS}
        return [_answering(welcome, command)]

    def _setup(self, command: Mapping[str, Any]) -> list[Message]:
        setup = read_setup(command.get("setup"))
        given = command.get("dataset")
        if given is not None:
            dataset = dataset_of(given)
        elif setup.data.get("name") == "own":
            if self.dataset is None:
                raise SetupError("dataset", "dataset: the first setup with own data must bring them.")
            dataset = self.dataset
        else:
            dataset = example(setup.data.get("name"))
        course = Course(setup.stepper(dataset, self.engine), setup.edits)
        superseded = self._supersede()
        self.setup, self.dataset, self.course = setup, dataset, course
        return [*superseded, self.state(command)]

    def _run(self, command: Mapping[str, Any]) -> list[Message]:
        course, until, pace = self._needed(), command.get("until"), command.get("pace")
        self._goal = _Goal(
            inf if until is None else whole("until", until, 0),
            None if pace is None else whole("pace", pace, 1),
        )
        self._goal.frame_at = course.step + (self._goal.pace or 0)
        return []

    def _pause(self, command: Mapping[str, Any]) -> list[Message]:
        return [*self._supersede(), self.state(command), *self._go_on()]

    def _jump(self, command: Mapping[str, Any]) -> list[Message]:
        course, step = self._needed(), whole("step", command.get("step"), 0)
        superseded = self._supersede()
        course.turn(step)
        return [*superseded, *self._go(step, command)]

    def _edit(self, command: Mapping[str, Any]) -> list[Message]:
        course = self._needed()
        index = whole("index", command.get("index"), 0, len(course.parameters) - 1)
        course.edit(index, number("value", command.get("value")))
        return [self.state(command)]

    def _undo(self, command: Mapping[str, Any]) -> list[Message]:
        self._goal = None
        return self._go(self._needed().undo(), command)

    def _redo(self, command: Mapping[str, Any]) -> list[Message]:
        self._goal = None
        return self._go(self._needed().redo(), command)

    def _ack(self, command: Mapping[str, Any]) -> list[Message]:
        frame = whole("frame", command.get("frame"), 0)
        self._acknowledged = max(self._acknowledged, min(frame, self._frame))
        return []

    def _data(self, command: Mapping[str, Any]) -> list[Message]:
        text, name, target = command.get("text"), command.get("name", "the table"), command.get("target")
        if not isinstance(text, str) or not isinstance(name, str) or not isinstance(target, str | None):
            raise SetupError("data", "data takes the text of a file, its name, and the name of its target.")
        return [
            _answering({"type": "answer", "what": "data", "data": table_of_text(name, text, target)}, command)
        ]

    def _ask(self, command: Mapping[str, Any]) -> list[Message]:
        self._needed()
        assert self.setup is not None
        assert self.dataset is not None
        found = answers.answer(command, self.setup, self.dataset, self._needed())
        return [_answering({"type": "answer", **mapping("answer", found)}, command)]

    # ---- on the way ---------------------------------------------------------------------------------------

    def _go(self, step: int | None, command: Mapping[str, Any]) -> list[Message]:
        course = self._needed()
        if step is None or course.step >= step:
            return [self.state(command)]
        self._goal = _Goal(step, silent=True, command=command)
        return []

    def _supersede(self) -> list[Message]:
        """Drop the goal; who waits for it by an identity is told."""
        goal, self._goal = self._goal, None
        if goal is None or goal.command is None or "id" not in goal.command:
            return []
        message = {"type": "error", "code": "superseded", "message": "Another command took its place.",
                   "parameter": None}  # fmt: skip
        return [_answering(message, goal.command)]


def _answering(message: Message, command: Any) -> Message:
    identity = command.get("id") if isinstance(command, Mapping) else None
    is_plain = isinstance(identity, int | str) and len(str(identity)) <= 64
    return {**message, "id": identity} if is_plain else message


COMMANDS = {
    "hello": Session._hello, "setup": Session._setup, "run": Session._run, "pause": Session._pause,
    "jump": Session._jump, "edit": Session._edit, "undo": Session._undo, "redo": Session._redo,
    "ack": Session._ack, "data": Session._data, "ask": Session._ask,
}  # fmt: skip
