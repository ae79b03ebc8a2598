"""Findings of the doctor, the rules that they follow from, and the diagnosis that collects them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from textwrap import indent, wrap
from typing import Any, overload

import numpy as np

from pellucid.diagnostics.examination import Examination
from pellucid.host.counted import counted
from pellucid.host.escaping import for_terminal

__all__ = ["STATUSES", "Diagnosis", "Finding", "Rule", "Symptom"]

STATUSES = {
    "published": "the definition or the number is in the source",
    "heuristic": "a rule of thumb that the source gives",
    "ours": "pellucid's own, calibrated on constructed cases",
}
WARNING, SERIOUS = 0.3, 0.7  # where the levels begin


@dataclass(frozen=True)
class Symptom:
    """Symptom that a rule found in one place of one network.

    Parameters
    ----------
    severity : float
        From 0 (worth knowing) to 1 (nothing can be learned); :attr:`Finding.level` names three levels.
    where : dict
        The place as plain data, counted from 0: of ``"layer"``, ``"layers"``, ``"units"``, ``"rows"``,
        ``"columns"``, ``"names"``, ``"classes"`` those that make sense.
    measured : dict of str to float
        The measured values, by name.
    summary : str
        The problem, in one sentence with its numbers.
    why : str
        The reason for it in this network.
    remedy : str
        The recommended action.
    parameters : dict, default={}
        Parameters of the estimator that would do it.
    """

    severity: float
    where: Mapping[str, Any]
    measured: Mapping[str, float]
    summary: str
    why: str
    remedy: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """One row of the table of rules.

    Parameters
    ----------
    code : str
        The name of the problem.
    check : callable
        ``check(examination)`` yields a :class:`Symptom` per place.
    needs : tuple of str
        Parts of the examination that it reads, of ``"network"``, ``"vitals"``, ``"initial"``, ``"record"``,
        ``"validation"``, ``"data"``. If one of them is missing, the rule is skipped.
    rule : str
        The rule with its threshold.
    source : str
        The origin of the rule.
    status : str
        A key of :data:`STATUSES`.

    Examples
    --------
    >>> from pellucid.diagnostics import RULES
    >>> next((rule.status, rule.needs) for rule in RULES if rule.code == "dead-units")
    ('published', ('vitals',))
    """

    code: str
    check: Callable[[Examination], Iterable[Symptom]]
    needs: tuple[str, ...]
    rule: str
    source: str
    status: str

    def findings(self, examination: Examination) -> Iterator[Finding]:
        """Yield the symptoms that the rule finds, or nothing if its inputs are missing.

        Parameters
        ----------
        examination : Examination
            The examination of the model.

        Yields
        ------
        Finding
            One per place.
        """
        if all(examination.has(need) for need in self.needs):
            for symptom in self.check(examination):
                yield Finding.of(self, symptom, examination.model)


@dataclass(frozen=True)
class Finding:
    """One problem with its place, cause and remedy.

    Parameters
    ----------
    code : str
        The name of the problem, such as ``"dead-units"``.
    severity : float
        From 0 to 1; the worst come first.
    where : dict
        The place as plain data, counted from 0: of ``"layer"``, ``"layers"``, ``"units"``, ``"rows"``,
        ``"columns"``, ``"names"``, ``"classes"`` those that make sense.
    measured : dict of str to float
        The measured values.
    summary : str
        The problem, in one sentence.
    rule : str
        The rule with its threshold.
    source, status : str
        Origin of the rule, and its status: ``"published"``, ``"heuristic"`` or ``"ours"``.
    why : str
        The reason for it in this network.
    remedy : str
        The recommended action.
    parameters : dict
        Parameters of the estimator that would do it.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network, diagnose
    >>> net = Network([2, 4, 1], activation="relu", initializer="zeros")
    >>> finding = diagnose(net, np.ones((5, 2)), np.ones(5)).find("zero-initialization")[0]
    >>> finding.status, finding.where
    ('published', {'layers': [0], 'layer': 0})
    """

    code: str
    severity: float
    where: Mapping[str, Any]
    measured: Mapping[str, float]
    summary: str
    rule: str
    source: str
    status: str
    why: str
    remedy: str
    parameters: Mapping[str, Any]

    @classmethod
    def of(cls, rule: Rule, symptom: Symptom, model: Any = None) -> Finding:
        """Return the finding of a rule that saw a symptom.

        Parameters
        ----------
        rule : Rule
            The row of the table.
        symptom : Symptom
            The symptom.
        model : Network or estimator, optional
            The model with its present parameters.

        Returns
        -------
        Finding
            Both together, as plain data.
        """
        s = symptom
        return cls(
            rule.code,
            float(np.clip(s.severity, 0.0, 1.0)),
            {name: _plain(value) for name, value in s.where.items()},
            {name: _plain(value) for name, value in s.measured.items()},
            s.summary,
            rule.rule,
            rule.source,
            rule.status,
            s.why,
            s.remedy,
            {name: value for name, value in s.parameters.items() if not _is_set(model, name, value)},
        )

    @property
    def level(self) -> str:
        """``"note"`` (worth knowing, but not a problem), ``"warning"`` (from 0.3) or ``"serious"`` (from 0.7)."""
        return "note" if self.severity < WARNING else "warning" if self.severity < SERIOUS else "serious"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data, for JSON.

        Returns
        -------
        dict
            The fields, and the level.
        """
        return {**asdict(self), "level": self.level}

    def __str__(self) -> str:
        words = f"{self.summary} {self.why} {self.remedy}"
        if self.parameters:
            words += f" ({', '.join(f'{name}={value!r}' for name, value in self.parameters.items())})"
        return for_terminal(
            f"[{self.level}] {self.code}: {words} Rule: {self.rule} ({self.status}; {self.source})."
        )


@dataclass(frozen=True)
class Diagnosis(Sequence[Finding]):
    """All findings, worst first; a sequence of :class:`Finding`.

    Parameters
    ----------
    findings : tuple of Finding
        The findings, sorted.
    checked : tuple of str
        The codes that were looked for.
    subject : str
        Description of the model examined.
    n_rows : int
        On how many rows.

    See Also
    --------
    diagnose : Makes one.

    Examples
    --------
    >>> import numpy as np
    >>> from pellucid import Network, diagnose
    >>> net = Network([2, 4, 1], activation="relu", initializer="zeros")
    >>> found = diagnose(net, np.ones((5, 2)), np.ones(5))
    >>> "zero-initialization" in found.codes, found.find("zero-initialization")[0].level
    (True, 'serious')
    """

    findings: tuple[Finding, ...]
    checked: tuple[str, ...]
    subject: str
    n_rows: int

    @overload
    def __getitem__(self, index: int) -> Finding: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...

    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of what is ill (warnings and serious findings, not notes), each once, worst first."""
        return tuple(dict.fromkeys(f.code for f in self.findings if f.level != "note"))

    def find(self, code: str) -> tuple[Finding, ...]:
        """Return the findings of one code.

        Parameters
        ----------
        code : str
            The name of a problem.

        Returns
        -------
        tuple of Finding
            Worst first; empty if there is none.
        """
        return tuple(f for f in self.findings if f.code == code)

    def summary(self) -> str:
        """Return the diagnosis in one line.

        Returns
        -------
        str
            The number of findings and their codes, or a note that nothing was found.
        """
        subject = f"{self.subject} on {counted(self.n_rows, 'row')}"
        if not self.findings:
            return f"{subject}: nothing found; checked for {len(self.checked)} problems."
        counts = Counter(f.level for f in self.findings)
        levels = ", ".join(
            f"{counts[level]} {level}" for level in ("serious", "warning", "note") if counts[level]
        )
        codes = ", ".join(dict.fromkeys(f.code for f in self.findings))
        return f"{subject}: {len(self.findings)} found ({levels}): {codes}."

    def headline(self) -> str:
        """Return how many problems were checked for, and how many findings of each level there are.

        Returns
        -------
        str
            One line.
        """
        counts = Counter(f.level for f in self.findings)
        levels = [
            counted(counts[level], level, "serious" if level == "serious" else None)
            for level in ("serious", "warning", "note")
            if counts[level]
        ]
        order = ", worst first" * (len(self.findings) > 1)
        return f"Checked for {len(self.checked)} problems. Found: {', '.join(levels) or 'nothing'}{order}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain data, for JSON.

        Returns
        -------
        dict
            ``"subject"``, ``"n_rows"``, ``"checked"``, ``"findings"``.
        """
        return {
            "subject": self.subject,
            "n_rows": self.n_rows,
            "checked": list(self.checked),
            "findings": [f.to_dict() for f in self.findings],
        }

    def __str__(self) -> str:
        paragraphs = ["\n".join(wrap(self.summary(), 100))]
        for number, finding in enumerate(self.findings, start=1):
            text = "\n".join(wrap(str(finding), 96))
            paragraphs.append(f"{number:2d}. {indent(text, '    ').lstrip()}")
        return "\n\n".join(paragraphs)


def _plain(value: Any) -> Any:
    """Return numbers of NumPy as Python's, arrays and tuples as lists."""
    if isinstance(value, np.ndarray | tuple | list):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _is_set(model: Any, name: str, value: Any) -> bool:
    """Return whether a model has that value already."""
    own = getattr(model, name, _is_set)
    return type(own) is type(value) and bool(own == value)
