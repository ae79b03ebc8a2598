"""Calculation as named steps, each with its formula and the formulas of the slips made there.

The same formulas give the exact solution, the solution rounded after every step, the ranges of all answers
that rounding on the way may give, and the results of a student who made a slip or continues from an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.courses.exercises.ranges import Range, around, is_short
from pellucid.explain.hand import rounded

__all__ = ["Calculation", "Slip", "Step"]

Array = NDArray[np.floating]
Formula = Callable[..., Any]


@dataclass(frozen=True)
class Slip:
    """Wrong formula of a step.

    Parameters
    ----------
    name : str
        A key of :data:`~pellucid.courses.exercises.slips.SLIPS`.
    formula : callable
        The formula used in place of the right one, with the same arguments.
    """

    name: str
    formula: Formula


@dataclass(frozen=True)
class Step:
    """Step of a calculation.

    Parameters
    ----------
    name : str
        Such as ``"delta1"``.
    needs : tuple of str
        The names of its arguments: given arrays or earlier steps.
    formula : callable
        Returns its array, or ranges, from theirs.
    slips : tuple of Slip, default=()
        The wrong formulas.
    """

    name: str
    needs: tuple[str, ...]
    formula: Formula
    slips: tuple[Slip, ...] = ()


@dataclass(frozen=True, eq=False)
class Calculation:
    """Given arrays, and steps in an order in which they can be computed.

    Parameters
    ----------
    given : dict of str to ndarray
        Arrays that the sheet prints.
    steps : tuple of Step
        In order.
    digits : int
        The decimals that the sheet asks for.
    asked : frozenset of str
        The steps whose results a student writes down.
    """

    given: Mapping[str, Array]
    steps: tuple[Step, ...]
    digits: int
    asked: frozenset[str]
    by_name: Mapping[str, Step] = field(init=False)
    _regions: dict[str, list[Range]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {step.name: step for step in self.steps})
        object.__setattr__(self, "_exact", self._run(lambda value: value + 0.0))
        object.__setattr__(self, "_hand", self._run(lambda value: np.asarray(rounded(value, self.digits))))
        object.__setattr__(self, "_right", self._run(lambda value: value.rounded(), ranges=True))

    exact = property(lambda self: self._exact, doc="The arrays by name, at full precision.")
    by_hand = property(lambda self: self._hand, doc="The arrays by name, rounded after every step.")
    reachable = property(
        lambda self: self._right, doc="The ranges that any rounding from the start can reach."
    )

    def right(self, name: str) -> list[Range]:
        """Return the ranges of a step's results for right earlier answers: rounded on the way, or exact.

        They are narrower than what rounding from the start could add up to, because an answer is measured
        against the answers before it. They do not depend on the student, and are computed once.
        """
        if name not in self._regions:
            nearest = {key: np.asarray(rounded(value, self.digits)) for key, value in self.exact.items()}
            self._regions[name] = [self.carried(name, answers) for answers in (self.by_hand, nearest)]
        return self._regions[name]

    def _run(self, after: Callable[[Any], Any], *, ranges: bool = False) -> dict[str, Any]:
        """Return every step's result, treated before it is used; with ranges, those of all ways to round."""
        values: dict[str, Any] = dict(self.given)
        if ranges:
            values = {name: Range(value, value, self.digits) for name, value in self.given.items()}
        for step in self.steps:
            found = step.formula(*(values[name] for name in step.needs))
            values[step.name] = after(as_range(found, self.digits) if ranges else np.asarray(found, float))
        return values

    def carried(
        self, name: str, answers: Mapping[str, Array], slip: tuple[str, Formula] | None = None
    ) -> Range:
        """Return the ranges of a step's results for a student with certain earlier answers.

        Parameters
        ----------
        name : str
            The step.
        answers : dict of str to ndarray
            Answers to asked steps, NaN where there is none: the ranges that any rounding can reach replace it.
        slip : (str, callable), optional
            A step on the way, and the wrong formula used for it.

        Returns
        -------
        Range
            Of the step's shape, or of what the wrong formula gives.
        """
        step = self.by_name[name]
        formula = slip[1] if slip is not None and slip[0] == name else step.formula
        values = [self._known(need, answers, slip) for need in step.needs]
        return as_range(formula(*values), self.digits).rounded()

    def _known(self, name: str, answers: Mapping[str, Array], slip: tuple[str, Formula] | None) -> Any:
        if name in self.given:
            return Range(self.given[name], self.given[name], self.digits)
        if name in self.asked:
            own = answers.get(name)
            return self.reachable[name] if own is None else self._own(name, own)
        return self.carried(name, answers, slip)

    def _own(self, name: str, own: Array) -> Range:
        """Return the ranges of an answer: a right one that is short is exact."""
        exact = self.exact[name]
        known = is_short(exact, self.digits) & (np.abs(own - exact) < 1e-9)
        wide, blank, any_way = around(own, self.digits), np.isnan(own), self.reachable[name]
        low = np.where(blank, any_way.low, np.where(known, own, wide.low))
        high = np.where(blank, any_way.high, np.where(known, own, wide.high))
        return Range(low, high, self.digits)

    def slips_of(self, name: str) -> list[tuple[str, str, Formula]]:
        """Return the slips that first show in an asked step: names, the step on the way, the wrong formula."""
        places = [step for step in self.steps if self._shows_in(step.name) == name]
        return [(slip.name, step.name, slip.formula) for step in places for slip in step.slips]

    def _shows_in(self, name: str) -> str | None:
        """Return the first asked step that a step leads to without another one between."""
        if name in self.asked:
            return name
        for step in self.steps:
            if name in step.needs:
                found = self._shows_in(step.name)
                if found is not None:
                    return found
        return None


def as_range(value: Any, digits: int) -> Range:
    """Return a value as ranges."""
    return value if isinstance(value, Range) else Range(value, value, digits)
