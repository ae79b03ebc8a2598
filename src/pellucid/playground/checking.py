"""A hand-in file, recomputed: whether the answers in it are right, and whether it tells the truth about them.

The file is JSON, or a saved page whose boot data are the same::

    {"format": "pellucid hand-in", "version": 1, "name": "...", "setup": {...},
     "answers": [{"step": 12, "row": 3, "quantity": "W", "block": 0, "i": 2, "j": 1,
                  "digits": 3, "answer": "-0.488", "right": true}]}

Rows, blocks and units count from 0; in ``W`` the bias is row 0. ``quantity`` is one of
:meth:`pellucid.explain.Trace.explain`, or ``"parameter"`` for the value of a parameter itself. An answer
may name the ``notation`` in which it was asked, and the decimals of a calculation ``byHand``.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Any

from pellucid.exceptions import DataError, ParameterError
from pellucid.explain import NOTATIONS, trace
from pellucid.explain.digits import with_hyphens, write
from pellucid.host.plain_json import once
from pellucid.playground.course import Course
from pellucid.playground.datasets import Dataset, example
from pellucid.playground.errors import SetupError
from pellucid.playground.own import encode
from pellucid.playground.parts import flag, mapping, name_of, shown, whole
from pellucid.playground.setups import Setup, read_setup

__all__ = ["CheckedAnswer", "CheckedFile", "check_file", "dataset_for"]

FORMAT, VERSION = "pellucid hand-in", 1
MOST_BYTES, MOST_ANSWERS, MOST_STEPS = 50_000_000, 1000, 1_000_000
MOST_WORK = 1e12  # steps times rows of a step times parameters: some minutes
FEWEST_DIGITS, MOST_DIGITS = 3, 12  # as the page shows; with fewer, 0 would be right for many a number
QUANTITIES = ("W", "weights", "b", "z", "a", "outputs", "delta", "loss", "parameter")
TYPED = re.compile(r"[-+]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][-+]?[0-9]+)?")
BOOT = re.compile(r'<script type="application/json" id="boot">([^<]*)</script>')


@dataclass(frozen=True)
class CheckedAnswer:
    """An answer of a hand-in file, recomputed.

    Parameters
    ----------
    question : str
        The question, in words.
    answer : str
        The answer, as typed.
    value : float
        The number.
    digits : int
        The decimals by which it is judged.
    is_right : bool
        True if the answer is the number, rounded.
    claimed : bool
        The claim of the file: True if it calls the answer right.
    """

    question: str
    answer: str
    value: float
    digits: int
    is_right: bool
    claimed: bool

    @property
    def is_forged(self) -> bool:
        """True if the file calls an answer right that is not."""
        return self.claimed and not self.is_right

    @property
    def verdict(self) -> str:
        """The judgement in words."""
        if self.is_right:
            return "right"
        return "FORGED: the file calls it right" if self.is_forged else "wrong"

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain data."""
        about = {"question": self.question, "answer": self.answer, "value": self.value}
        return {**about, "right": self.is_right, "forged": self.is_forged}


@dataclass(frozen=True)
class CheckedFile:
    """A hand-in file, recomputed.

    Parameters
    ----------
    name : str
        The name of whoever hands it in, as the file states it.
    answers : tuple of CheckedAnswer
        Its answers.

    Examples
    --------
    >>> import json, tempfile
    >>> from pathlib import Path
    >>> from pellucid.playground import check_file
    >>> question = {"step": 0, "row": 0, "quantity": "parameter", "block": 0, "i": 0, "j": 0, "digits": 3}
    >>> setup = {"data": {"name": "moons"}, "network": {"hidden": [2], "initializer": "zeros"}}
    >>> handed = {"format": "pellucid hand-in", "version": 1, "name": "Ada", "setup": setup,
    ...           "answers": [{**question, "answer": "0.5", "right": True}]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "ada.json")
    ...     _ = path.write_text(json.dumps(handed))
    ...     checked = check_file(path)
    >>> checked.name, checked.n_right, len(checked.forged)
    ('Ada', 0, 1)
    """

    name: str
    answers: tuple[CheckedAnswer, ...]

    @property
    def n_right(self) -> int:
        """The number of right answers."""
        return sum(answer.is_right for answer in self.answers)

    @property
    def forged(self) -> tuple[CheckedAnswer, ...]:
        """The answers that the file calls right and that are not."""
        return tuple(answer for answer in self.answers if answer.is_forged)

    def to_dict(self) -> dict[str, Any]:
        """Return the answers as plain data.

        Returns
        -------
        dict
            The name, and a dict for each answer.
        """
        return {"name": self.name, "answers": [answer.to_dict() for answer in self.answers]}


def check_file(path: str | Path) -> CheckedFile:
    """Recompute the answers of a hand-in file: the run is made again, from its setup.

    Parameters
    ----------
    path : str or Path
        The file: JSON, or a saved page.

    Returns
    -------
    CheckedFile
        Each answer with the number that it should be.

    Raises
    ------
    DataError
        If it is not a hand-in file, or something in it is not accepted.

    Examples
    --------
    >>> import json, tempfile
    >>> from pathlib import Path
    >>> from pellucid.playground import check_file
    >>> question = {"step": 0, "row": 0, "quantity": "parameter", "block": 0, "i": 0, "j": 0, "digits": 3}
    >>> setup = {"data": {"name": "moons"}, "network": {"hidden": [2], "initializer": "zeros"}}
    >>> handed = {"format": "pellucid hand-in", "version": 1, "name": "Ada", "setup": setup,
    ...           "answers": [{**question, "answer": "0.5", "right": True}]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "ada.json")
    ...     _ = path.write_text(json.dumps(handed))
    ...     checked = check_file(path)
    >>> [(answer.answer, answer.value, answer.is_forged) for answer in checked.answers]
    [('0.5', 0.0, True)]
    """
    plain = _read(Path(path))
    try:
        setup = read_setup(plain.get("setup"))
        dataset = dataset_for(setup)
        course = Course(setup.stepper(dataset), setup.edits)
        given = plain.get("answers")
        if not isinstance(given, list) or len(given) > MOST_ANSWERS:
            raise SetupError("answers", f"'answers' must be a list of up to {MOST_ANSWERS} answers.")
        plainly = [mapping("answers", each) for each in given]
        steps = [whole("answers.step", each.get("step"), 0, MOST_STEPS) for each in plainly]
        _check_work(max(steps, default=0), course)
        answers: dict[int, CheckedAnswer] = {}
        for k in sorted(range(len(steps)), key=steps.__getitem__):  # each step is made once
            answers[k] = _checked(plainly[k], steps[k], setup, dataset, course)
    except ParameterError as error:
        raise DataError(f"{path} cannot be checked: {error}") from error
    name = plain.get("name", "")
    return CheckedFile(
        name[:80] if isinstance(name, str) else "", tuple(answers[k] for k in range(len(answers)))
    )


def dataset_for(setup: Setup) -> Dataset:
    """Return the dataset of a setup that holds all of its data.

    Parameters
    ----------
    setup : Setup
        Its data are an example, or an own table with its rows.

    Returns
    -------
    Dataset
        The dataset.
    """
    name = setup.data.get("name")
    return encode(setup.data) if name == "own" else example(name)


def _read(path: Path) -> dict[str, Any]:
    if not stat.S_ISREG(path.stat().st_mode):
        raise DataError(f"{path} is not a file. Give the name of one.")
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise DataError(
            f"{path} is too large for a hand-in file, of which the limit is {MOST_BYTES:,} bytes."
        )
    text = data.decode("utf-8", "replace")
    page = BOOT.search(text)
    try:
        plain = json.loads(page[1] if page else text, object_pairs_hook=once)
    except (ValueError, RecursionError):
        plain = None
    if isinstance(plain, Mapping) and isinstance(plain.get("handIn"), Mapping):
        plain = plain["handIn"]
    if not isinstance(plain, Mapping) or plain.get("format") != FORMAT:
        raise DataError(
            f"{path} is not a hand-in file. The page writes one with 'Save the hand-in file', which is below the "
            "calculation once a guess was made."
        )
    if plain.get("version") != VERSION:
        raise DataError(
            f"{path} has version {shown(plain.get('version'))} of hand-in files. Update pellucid."
        )
    return dict(plain)


def _check_work(step: int, course: Course) -> None:
    problem = course.stepper.problem
    if step * min(problem.batch_size, len(problem.Y)) * len(course.parameters) > MOST_WORK:
        raise SetupError(
            "answers.step",
            f"answers.step: {step:,} steps of this network take too long. Check an earlier step.",
        )


def _checked(
    given: dict[str, Any], step: int, setup: Setup, dataset: Dataset, course: Course
) -> CheckedAnswer:
    quantity = name_of("answers.quantity", given.get("quantity"), QUANTITIES)
    digits = whole("answers.digits", given.get("digits", 3), FEWEST_DIGITS, MOST_DIGITS)
    course.jump(step)
    if course.step < step:
        raise SetupError(
            "answers.step", f"answers.step: training does not get to step {step}. {course.diverged}"
        )
    value, place = _value(quantity, given, setup, dataset, course)
    answer = given.get("answer", "")
    answer = answer[:40] if isinstance(answer, str) else shown(answer)
    plain = with_hyphens(answer.strip())
    typed = float(plain.replace(",", ".")) if TYPED.fullmatch(plain) else nan
    is_right = abs(typed - value) <= 0.5 * _unit_of(value, digits) * (1.0 + 1e-9)
    claimed = flag("answers.right", given.get("right", False))
    return CheckedAnswer(f"step {step}, {place}", answer, value, digits, is_right, claimed)


def _unit_of(value: float, digits: int) -> float:
    """Return a unit of the last digit that the page shows of a number, which may be in e-notation."""
    power = write(value, digits).partition("e")[2]
    return 10.0 ** (int(power) - max(digits - 1, 0) if power else -digits)


def _value(
    quantity: str, given: dict[str, Any], setup: Setup, dataset: Dataset, course: Course
) -> tuple[float, str]:
    network = course.stepper.network
    block = whole("answers.block", given.get("block", network.n_blocks - 1), 0, network.n_blocks - 1)
    of = network.weights[block].shape
    where = f"{quantity} of block {block}"
    if quantity in ("W", "parameter"):
        i, j = whole("answers.i", given.get("i"), 0, of[0]), whole("answers.j", given.get("j"), 0, of[1] - 1)
        where = f"{where}, row {i}, column {j}"
    if quantity == "parameter":
        return float(network.biases[block][j] if i == 0 else network.weights[block][i - 1, j]), where
    row = whole("answers.row", given.get("row"), 0, len(dataset.Y) - 1)
    made = trace(
        network, dataset.X[[row]], dataset.Y[[row]], loss=course.stepper.problem.objective.loss.loss,
        l1=setup.l1, l2=setup.l2, learning_rate=setup.learning_rate,
    )  # fmt: skip
    if given.get("byHand") is not None:
        made = made.by_hand(whole("answers.byHand", given["byHand"], FEWEST_DIGITS, MOST_DIGITS))
    place: dict[str, Any] = {"block": block}
    if quantity == "loss":
        place, where = {}, "loss"
    elif quantity == "W":
        place.update(row=i, column=j)
    elif quantity == "weights":
        place["row"] = whole("answers.i", given.get("i"), 0, of[0] - 1)
        place["column"] = whole("answers.j", given.get("j"), 0, of[1] - 1)
    else:
        place["column"] = whole("answers.j", given.get("j"), 0, of[1] - 1)
    if quantity in ("z", "a", "outputs", "delta", "loss"):
        place["sample"] = 0
    if "column" in place and quantity != "W":
        where += f", column {place['column']}"
    notation = name_of("answers.notation", given.get("notation", "pellucid"), tuple(NOTATIONS))
    return float(made.explain(quantity, **place, notation=notation).value), f"row {row}: {where}"
