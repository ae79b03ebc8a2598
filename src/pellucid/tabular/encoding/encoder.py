"""Encoder of a raw table as the matrix that a network takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import starmap
from typing import Any, Self

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from pellucid.core.inputs import checked_csr
from pellucid.estimators.atomic import unchanged_on_failure
from pellucid.estimators.row_weights import rows_that_count
from pellucid.exceptions import DataWarning, ParameterError
from pellucid.host.docstrings import documented
from pellucid.host.streams import warn
from pellucid.tabular.called_columns import categorical_positions, text_positions
from pellucid.tabular.encoding.encoded_columns import EncodedColumns
from pellucid.tabular.encoding.features import unscaled_parts
from pellucid.tabular.encoding.fitting import Fitted, Found, find_columns, fit_columns
from pellucid.tabular.encoding.plain_columns import as_plain, column_from_plain
from pellucid.tabular.encoding.remarks import on_unlike, on_unread
from pellucid.tabular.encoding.sparse import encode_sparse, fit_sparse, read_sparse
from pellucid.tabular.reading.columns import Values, read_column
from pellucid.tabular.reading.sentinels import on_sentinels
from pellucid.tabular.reading.table import Table, read_table
from pellucid.tabular.settings import ENCODER_SETTINGS, check_settings

__all__ = ["TableEncoder"]

Array = NDArray[np.float64]

LATER = (("text_columns", None), ("text", None))  # missing in files of earlier versions
BLOCK = 1 << 16  # cells that are scaled at once


@documented(parameters=ENCODER_SETTINGS)
class TableEncoder(TransformerMixin, EncodedColumns, BaseEstimator):
    r"""Encoder of tables as numbers, following RealMLP's recipe.

    .. math:: x' = \frac{u}{\sqrt{1 + (u/c)^2}}, \qquad u = \frac{x - q_{1/2}}{q_{3/4} - q_{1/4}}

    with the quartiles q of the column and the bound c of ``smooth_clip``.

    Numeric columns are centered at the median, scaled by the interquartile range and smoothly clipped to (-3, 3);
    one that is mostly a single value is spread out first. Two categories become one column of -1 and
    +1, a few one column each, many a code that a network looks up. Everything that is not a code is then
    centered and scaled in the same way. Constant columns are left out. Missing and unknown values become 0,
    with a column that marks them if fit saw any.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    n_features_in_ : int
        The number of the user's columns.
    feature_names_in_ : ndarray of shape (n_features,)
        Their names, if they had any.
    columns_ : tuple of Column
        A record of each column that fit saw: name, kind, categories, n_missing, features, left_out.
    feature_names_ : tuple of str or None
        The names of the user's columns, None if they had none.
    is_sparse_ : bool
        True if X was sparse. Then the result is, and columns are only divided by their deviations.
    notes_ : tuple of str
        Remarks for the user, in sentences.

    References
    ----------
    Holzmüller, Grinsztajn and Steinwart, "Better by default: strong pre-tuned MLPs and boosted trees on tabular
    data", NeurIPS 2024.

    Examples
    --------
    >>> import pandas as pd
    >>> from pellucid.tabular import TableEncoder
    >>> X = pd.DataFrame({"rooms": [3.0, 4.0, None, 5.0], "near": ["sea", "lake", "sea", None]})
    >>> encoder = TableEncoder().fit(X)
    >>> encoder.names_
    ('rooms', 'rooms is missing', 'near=sea')
    >>> encoder.transform(X).round(2)
    array([[-0.95,  0.  ,  0.4 ],
           [ 0.  ,  0.  , -1.11],
           [ 0.  ,  2.4 ,  0.4 ],
           [ 0.95,  0.  , -0.4 ]])
    """

    feature_names_: tuple[str, ...] | None
    is_sparse_: bool
    notes_: tuple[str, ...]
    not_inputs_: tuple[str, ...] = ()  # columns that a table may have and nothing is learned from

    def __init__(
        self,
        categorical: str | Sequence[str | int] = "auto",
        *,
        text_columns: Any = None,
        max_one_hot: int = 8,
        max_categories: int | None = None,
        smooth_clip: float | None = 3.0,
        decimal: str = "auto",
        dates: str = "auto",
        sentinels: Any = "auto",
    ) -> None:
        self.categorical = categorical
        self.text_columns = text_columns
        self.max_one_hot = max_one_hot
        self.max_categories = max_categories
        self.smooth_clip = smooth_clip
        self.decimal = decimal
        self.dates = dates
        self.sentinels = sentinels

    # ---- fit and transform ------------------------------------------------------------------------------

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Learn the kinds of the columns, their categories, medians and scales.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.
        y : ignored
            Not used; present for a Pipeline, which passes targets.
        sample_weight : array-like of shape (n_rows,), default=None
            A weight of 2 is the row twice, one of 0 the row left out.

        Returns
        -------
        TableEncoder
            Itself.

        Raises
        ------
        DataError
            If a column cannot be read; the message names the column, the place and the remedy.
        ParameterError
            If an option is not accepted, or ``categorical`` names a column that does not exist.
        """
        check_settings(self, ENCODER_SETTINGS)
        if scipy.sparse.issparse(X):
            if self.text_columns is not None and len(self.text_columns):
                raise ParameterError(
                    "'text_columns' must be None for sparse tables, which contain only numbers; got "
                    f"{self.text_columns!r}."
                )
            weight, counts = rows_that_count(sample_weight, X.shape[0])
            columns, notes = fit_sparse(read_sparse(X, counts=counts)[counts], weight)
            return self._learned(Fitted(tuple(columns), tuple(notes), ()), None, is_sparse=True)
        table = read_table(X)
        weight, counts = rows_that_count(sample_weight, len(table.rows))
        named = categorical_positions(self.categorical, table)
        texts = text_positions(self.text_columns, table, named)
        return self.fit_found(find_columns(table.take(counts), named, weight, texts), table.names)

    def fit_found(self, found: Iterable[Found], names: tuple[str, ...] | None) -> Self:
        """Learn from the columns of a table, in memory (as ``fit`` does) or in pieces.

        Parameters
        ----------
        found : iterable of Found
            The columns in their order.
        names : tuple of str or None
            Their names.

        Returns
        -------
        TableEncoder
            Itself.
        """
        fitted = fit_columns(
            found,
            names,
            decimal=self.decimal,
            dates=self.dates,
            max_one_hot=self.max_one_hot,
            max_categories=self.max_categories,
            sentinels=self.sentinels if isinstance(self.sentinels, str) else _tuple(self.sentinels),
        )
        marks = on_sentinels(fitted.columns) if isinstance(self.sentinels, str) else []
        fitted = replace(fitted, notes=(*fitted.notes, *marks), doubts=(*fitted.doubts, *marks))
        return self._learned(fitted, names, is_sparse=False)

    def _learned(self, fitted: Fitted, names: tuple[str, ...] | None, *, is_sparse: bool) -> Self:
        with unchanged_on_failure(self):
            self.columns_, self.notes_ = fitted.columns, fitted.notes
            self.feature_names_, self.is_sparse_ = names, is_sparse
        if fitted.doubts:
            warn(" ".join(fitted.doubts), DataWarning, stacklevel=4)
        return self

    def transform(self, X: Any) -> Any:
        """Return the table as numbers.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            A table with the columns that fit saw: by name in any order, by position where either has no names.

        Returns
        -------
        ndarray, data frame or CSR array of shape (n_rows, n_encoded)
            In float64, all finite, of ``n_numeric_ + n_plain_ + len(cardinalities_)`` columns; a data frame where
            ``set_output`` asks for one.

        Raises
        ------
        DataError
            If a column is new, missing, infinite somewhere or of another kind than in fit.
        """
        return self.encode(X)

    def encode(self, X: Any) -> Any:
        """Return the table as numbers, as ``transform`` does, whatever ``set_output`` is set to.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        ndarray or CSR array
            In float64.
        """
        check_is_fitted(self)
        if self.is_sparse_:
            return encode_sparse(read_sparse(X, len(self.columns_)), self.columns_)
        table = read_table(checked_csr(X).toarray() if scipy.sparse.issparse(X) else X)
        result, found = self.encode_part(table)
        if found:
            warn(f"X differs from the table seen in fit: {' '.join(found)}", DataWarning, stacklevel=2)
        return result

    def encode_part(self, table: Table) -> tuple[Array, list[str]]:
        """Return rows of a table as numbers, and how they differ from those of fit.

        Parameters
        ----------
        table : Table
            The rows.

        Returns
        -------
        ndarray of shape (n_rows, n_encoded)
            In float64.
        list of str
            Sentences.
        """
        table = table.without(self.not_inputs_).ordered(self.feature_names_, len(self.columns_))
        layout = self._layout()
        place = {feature: at for at, feature in enumerate(layout)}
        result, found = np.empty((len(table.rows), len(place))), list[str]()
        for position, (values, said) in self._read(table):
            found += said
            for part, cells in enumerate(unscaled_parts(self.columns_[position], values)):
                result[:, place[position, part]] = cells
        features = [each for each in starmap(self._feature, layout) if each.group != "code"]
        size = max(1, BLOCK // max(1, len(layout)))
        for start in range(0, len(result), size):
            block = result[start : start + size, : len(features)]
            block[:] = self._scaled(block, features)
        return result, found

    def read(self, X: Any) -> dict[int, Values]:
        """Return the values of a table's cells, as ``encode`` reads them.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            The table.

        Returns
        -------
        dict of int to Values
            Numbers or categories, by the position of the column; columns that were left out are absent.
        """
        check_is_fitted(self)
        table = read_table(checked_csr(X).toarray() if scipy.sparse.issparse(X) else X)
        table = table.without(self.not_inputs_).ordered(self.feature_names_, len(self.columns_))
        return {position: values for position, (values, _) in self._read(table)}

    def _read(self, table: Table) -> Iterator[tuple[int, tuple[Values, list[str]]]]:
        """Yield the values of each column that is not left out, with remarks."""
        for position, column in enumerate(self.columns_):
            if not column.features:
                continue
            cells = table.cells(position)
            values = read_column(cells, categorical=column.kind in ("categorical", "text"))
            values, unread = column.adapt(values, cells)
            column.check(values, cells.label)
            said = on_unread(column, cells, unread), on_unlike(column, values, cells.label)
            yield position, (values, [one for one in said if one])

    # ---- names ------------------------------------------------------------------------------------------

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return a name for each column of the result.

        Parameters
        ----------
        input_features : array-like of str, default=None
            The names of the table's columns, which are those that fit saw.

        Returns
        -------
        ndarray of str
            ``names_``.
        """
        check_is_fitted(self)
        _check_feature_names_in(self, input_features)
        return np.array(self.names_, dtype=object)

    @property
    def n_features_in_(self) -> int:
        """The number of the user's columns."""
        return len(self.columns_)

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """The names of the user's columns, if they had any."""
        if self.feature_names_ is None:
            raise AttributeError("The table that fit saw had no names.")
        return np.array(self.feature_names_, dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.allow_nan = True
        tags.input_tags.string = tags.input_tags.categorical = True
        return tags

    # ---- to and from plain values -----------------------------------------------------------------------

    def to_plain(self) -> dict[str, Any]:
        """Return everything that ``transform`` needs, in a form for JSON and without any row of the table.

        Returns
        -------
        dict
            Of numbers, text, lists and dicts.
        """
        options = {row.name: as_plain(getattr(self, row.name)) for row in ENCODER_SETTINGS}
        plain = {
            "options": {name: value for name, value in options.items() if (name, value) not in LATER},
            "feature_names": as_plain(self.feature_names_),
            "is_sparse": self.is_sparse_,
            "columns": [
                {
                    name: value
                    for name, value in as_plain(asdict(column)).items()
                    if (name, value) not in LATER
                }
                for column in self.columns_
            ],
            "notes": list(self.notes_),
        }
        return {**plain, "not_inputs": list(self.not_inputs_)} if self.not_inputs_ else plain

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the encoder that :meth:`to_plain` described.

        Parameters
        ----------
        plain : dict
            The result of ``to_plain``, possibly read back from JSON.

        Returns
        -------
        TableEncoder
            An encoder that gives the same bits for the same table.
        """
        encoder = cls(**plain["options"])
        names = plain["feature_names"]
        encoder.feature_names_ = None if names is None else tuple(names)
        encoder.is_sparse_ = plain["is_sparse"]
        encoder.notes_ = tuple(plain["notes"])
        encoder.not_inputs_ = tuple(plain.get("not_inputs", ()))
        encoder.columns_ = tuple(map(column_from_plain, plain["columns"]))
        return encoder


def _tuple(values: Any) -> tuple[float, ...]:
    return () if values is None else tuple(values)
