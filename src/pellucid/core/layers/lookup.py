r"""The category lookup: a code is replaced by a row of numbers that are learned."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pellucid.core.checks import check_whole
from pellucid.core.layers.layer import Array, InputLayer, Loops, ParameterSpec, Run, Views
from pellucid.core.layers.worked import Factor, Index, Names, Origin, Quantity, Shown, Values, Worked
from pellucid.exceptions import DataError, ParameterError

__all__ = ["Lookup"]

Sizes = np.ndarray[Any, np.dtype[np.int64]]


def _standard_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    return rng.normal(size=shape)


@dataclass(frozen=True)
class Lookup(InputLayer):
    r"""The layer that replaces the last inputs, codes c, by the rows :math:`E_c` of tables, one per input.

    It is a dense layer without biases on one-hot rows that are never made. Since it reads columns of X, it is the
    first of a network's input layers.

    Parameters
    ----------
    n_plain : int
        The number of inputs, the first ones, that pass unchanged.
    n_codes : tuple of int
        For each input that follows, the number of its codes: whole numbers from 0, held as floats.
    width : int, default=8
        The length of a row.

    References
    ----------
    C. Guo and F. Berkhahn (2016), Entity embeddings of categorical variables, arXiv:1604.06737.
    """

    n_plain: int
    n_codes: tuple[int, ...]
    width: int = 8
    is_embedding = True

    def __post_init__(self) -> None:
        check_whole("n_plain", self.n_plain, 0)
        if not self.n_codes:
            raise ParameterError("'n_codes' must hold the number of codes of at least one column; got ().")
        for k, n in enumerate(self.n_codes):
            check_whole(f"n_codes[{k}]", n, 1)
        check_whole("width", self.width, 1)

    @property
    def n_in(self) -> int:
        """The number of inputs."""
        return self.n_plain + len(self.n_codes)

    @property
    def n_out(self) -> int:
        """The number of outputs."""
        return self.n_plain + self.width * len(self.n_codes)

    @property
    def label(self) -> str:
        """Its kind and widths."""
        return f"lookup {self.n_in} → {self.n_out}"

    @cached_property
    def starts(self) -> Sizes:
        """First row of each table among the rows of all tables."""
        return np.cumsum([0, *self.n_codes[:-1]], dtype=np.int64)

    def check_codes(self, codes: Array) -> None:
        """Refuse a code that has no row.

        Parameters
        ----------
        codes : ndarray of shape (n_samples, n_columns)
            The last columns of X.

        Raises
        ------
        DataError
            If a number is negative, too large, fractional or NaN.
        """
        fine = (codes >= 0) & (codes < np.array(self.n_codes)) & (codes == np.floor(codes))
        if not fine.all():
            i, k = (int(n) for n in np.argwhere(~fine)[0])
            raise DataError(
                f"X[{i}, {self.n_plain + k}] = {codes[i, k]:g} is not a code: this column takes integers "
                f"from 0 to {self.n_codes[k] - 1}, since Lookup has n_codes[{k}] = {self.n_codes[k]}. "
                "Reserve a code, such as 0, for missing and unknown values."
            )

    def parameters(self) -> tuple[ParameterSpec, ...]:
        """Declare the tables, one below the other."""
        shape = (sum(self.n_codes), self.width)
        return (ParameterSpec("rows", shape, start=_standard_normal, group="categories"),)

    def reached(self, codes: Array, sample_weight: Array | None = None) -> Array:
        """Return the weight of the samples that reach each row of the tables, one table below the other.

        Parameters
        ----------
        codes : ndarray of shape (n_samples, n_columns)
            The last columns of X.
        sample_weight : ndarray of shape (n_samples,), default=None
            Weights of the samples; None for 1 each.

        Returns
        -------
        ndarray of shape (n_rows,)
            0 for a row that training on these samples leaves as it was drawn.
        """
        rows = np.rint(codes).astype(np.int64) + self.starts
        weight = None if sample_weight is None else np.repeat(sample_weight, rows.shape[1])
        return np.bincount(rows.ravel(), weight, minlength=sum(self.n_codes)).astype(np.float64)

    def fill_unreached(self, rows: Array, reached: Array) -> None:
        """Put the mean of the reached rows of each table, by weight, in place of those that nothing trains.

        Such a row is what was drawn for it, so a category that training did not see would be predicted at random.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, width)
            The tables, one below the other, as :meth:`parameters` declares them; changed in place.
        reached : ndarray of shape (n_rows,)
            The result of :meth:`reached` for the training samples.
        """
        for start, n in zip(self.starts, self.n_codes, strict=True):
            table, weight = rows[start : start + n], reached[start : start + n]
            if weight.any() and not weight.all():
                table[weight == 0.0] = np.average(table, axis=0, weights=weight)

    def forward(self, x: Any, p: Views, s: Views, run: Run) -> tuple[Array, Any]:
        """Put the rows in the place of their codes."""
        codes = np.rint(x[:, self.n_plain :])
        self.check_codes(codes)
        rows = codes.astype(np.int64) + self.starts
        embedded = p["rows"][rows].reshape(len(x), self.n_out - self.n_plain)
        return np.concatenate([x[:, : self.n_plain], embedded], axis=1), rows

    def gradient(self, upstream: Array, kept: Any, p: Views, g: Views) -> None:
        r""":math:`\nabla_{E_c}`: the sum over the samples with this code."""
        g["rows"][...] = 0.0
        np.add.at(g["rows"], kept, upstream[:, self.n_plain :].reshape(*kept.shape, self.width))

    def backward(self, upstream: Array, kept: Any, p: Views, run: Run) -> Array:
        """Hand on the derivative of what passed; a code has none."""
        codes = np.zeros((len(upstream), len(self.n_codes)), upstream.dtype)
        return np.concatenate([upstream[:, : self.n_plain], codes], axis=1)

    def loops(self) -> Loops:
        """Return both ways number by number."""
        return Loops(
            _forward, _backward, self.n_out, sizes=(len(self.n_codes), self.width, *self.starts.tolist())
        )

    # ---- number by number ---------------------------------------------------------------------------------

    def worked(self) -> Worked:
        """Return both ways number by number."""
        return Worked(
            {
                "rows": Shown(
                    "E", "rows of the codes", "number", ("row", "number"), lambda v: np.unique(self._rows(v))
                )
            },
            forward=(
                Quantity(
                    "y", "", "with rows for codes",
                    "$y = ($x, ${rows}_{$code})" if self.n_plain else "$y = ${rows}_{$code}",
                    ("sample", "output"), self._looked_up, self._entry,
                ),
            ),
            backward=(
                Quantity(
                    "to_rows", "∂$J/∂$rows", "gradient, rows", "∂$J/∂${rows}_{$code} = $S∂$J/∂$y",
                    ("row", "number"), self._to_rows, self._to_entry,
                ),
                Quantity(
                    "to_x", "∂$J/∂$x", "derivative of the input", "", ("sample", "input"),
                    self._to_x, self._to_input,
                ),
            ),
            labels=self._labels,
            symbols={"code": "v"},
            remarks=(
                "A code $code, in the last columns, is replaced by row $code of its column's table."
                + " The other columns pass unchanged." * (self.n_plain > 0),
            ),
            remarks_back=(
                "The gradient of a row is the derivative of its numbers, summed over the samples with its "
                "code. The rows of other codes have gradient 0 and do not change. A code has no "
                "derivative.",
            ),
        )  # fmt: skip

    def _rows(self, v: Values) -> Any:
        return np.rint(v["x"][:, self.n_plain :]).astype(np.int64) + self.starts

    def _looked_up(self, v: Values) -> Array:
        looked_up = np.hstack([v["rows"][rows] for rows in self._rows(v).T])
        return np.hstack([v["x"][:, : self.n_plain], looked_up])

    def _place(self, output: int) -> tuple[int, int]:
        """Return the column of codes and the number of its row that an output is."""
        return divmod(output - self.n_plain, self.width)

    def _entry(self, v: Values, at: Index, names: Names) -> Origin:
        i, j = at
        if j < self.n_plain:
            return Origin(((Factor("input", v["x"][i, j], input=j),),))
        k, number = self._place(j)
        row = int(self._rows(v)[i, k])
        word = f"number {number + 1} of the row '{self._labels('row', names)[row]}'"
        return Origin(((Factor(word, v["rows"][row, number]),),))

    def _to_rows(self, v: Values) -> Array:
        found = np.zeros_like(v["rows"])
        for k, rows in enumerate(self._rows(v).T):
            first = self.n_plain + k * self.width
            for row, derivatives in zip(rows, v["to_y"][:, first : first + self.width], strict=True):
                found[row] += derivatives
        return found

    def _to_entry(self, v: Values, at: Index, names: Names) -> Origin:
        row, number = at
        k = int(np.searchsorted(self.starts, row, side="right")) - 1
        samples = np.flatnonzero(self._rows(v)[:, k] == row)
        derivatives = v["to_y"][samples, self.n_plain + k * self.width + number]
        terms = tuple((Factor("upstream", d, is_derivative=True),) for d in derivatives)
        return Origin(terms, samples=tuple(samples.tolist()), nothing="no sample has this code")

    def _to_x(self, v: Values) -> Array:
        found = np.zeros_like(v["x"])
        found[:, : self.n_plain] = v["to_y"][:, : self.n_plain]
        return found

    def _to_input(self, v: Values, at: Index, names: Names) -> Origin:
        if at[1] >= self.n_plain:
            return Origin((), nothing="a code has no derivative")
        return Origin(((Factor("upstream", v["to_y"][at], is_derivative=True),),))

    def _labels(self, axis: str, names: Names) -> tuple[str, ...]:
        if axis == "number":
            return tuple(str(number + 1) for number in range(self.width))
        inputs = names.inputs
        if axis == "output":
            every = [
                f"{name} ({number + 1})" for name in inputs[self.n_plain :] for number in range(self.width)
            ]
            return (*inputs[: self.n_plain], *every)
        if axis == "row":
            codes = names.categories or [[f"code {c}" for c in range(n)] for n in self.n_codes]
            return tuple(
                f"{name}: {code}"
                for name, each in zip(inputs[self.n_plain :], codes, strict=True)
                for code in each
            )
        return inputs


def _forward(x: Array, p: Array, y: Array, sizes: Sizes) -> None:
    n_codes, width, starts = sizes[0], sizes[1], sizes[2:]
    table, n_plain = p.reshape(p.size // width, width), x.shape[1] - n_codes
    for i in range(x.shape[0]):
        for j in range(n_plain):
            y[i, j] = x[i, j]
        for k in range(n_codes):
            row = starts[k] + int(x[i, n_plain + k])
            for j in range(width):
                y[i, n_plain + k * width + j] = table[row, j]


def _backward(x: Array, g: Array, delta: Array, below: Array, sizes: Sizes, has_below: int) -> None:
    n_codes, width, starts = sizes[0], sizes[1], sizes[2:]
    to_table, n_plain = g.reshape(g.size // width, width), x.shape[1] - n_codes
    for k in range(g.size):
        g[k] = 0.0
    for i in range(x.shape[0]):
        for k in range(n_codes):
            row = starts[k] + int(x[i, n_plain + k])
            for j in range(width):
                to_table[row, j] += delta[i, n_plain + k * width + j]
        if has_below:
            for j in range(n_plain):
                below[i, j] = delta[i, j]
            for k in range(n_codes):
                below[i, n_plain + k] = 0.0
