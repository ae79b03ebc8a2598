"""A table as it is to a matrix that a network takes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from pellucid.core.inputs import checked_csr
from pellucid.estimators.atomic import unchanged_on_failure
from pellucid.estimators.row_weights import check_weights
from pellucid.exceptions import DataWarning, ParameterError
from pellucid.tabular.columns import Values, read_column
from pellucid.tabular.features import GROUPS, Column, Feature, encode_column
from pellucid.tabular.fitting import fit_columns
from pellucid.tabular.readings import Reading
from pellucid.tabular.remarks import drift, on_unread
from pellucid.tabular.sentinels import is_sentinels, on_sentinels
from pellucid.tabular.sparse import encode_sparse, fit_sparse, read_sparse
from pellucid.tabular.table import Table, read_table
from pellucid.tabular.text_dates import ORDERS
from pellucid.tabular.text_numbers import DECIMALS

__all__ = ["TableEncoder"]

Array = NDArray[np.float64]


class TableEncoder(TransformerMixin, BaseEstimator):
    r"""Turn any table into numbers, as RealMLP's recipe does.

    Numeric columns are centered at the median, scaled by the distance of the quartiles and drawn into (-3, 3)
    smoothly; one that is mostly a single value is spread out before. Two categories become one column of -1 and
    +1, a few one column each, many a code that a network looks up. Everything that is not a code is then
    centered and scaled alike. Columns that do not vary are left out. What was missing or unknown becomes 0,
    where fit saw it beside a column that says so.

    Parameters
    ----------
    categorical : "auto" or list of str or int, default="auto"
        Columns of numbers that are names of categories, by name or position, beside those whose type says so:
        text, categories, True and False.
    max_one_hot : int, default=8
        With up to so many categories, each gets a column of its own.
    max_categories : int, default=None
        Keep so many categories of a column, the most frequent ones; the others are like unknown ones. None
        keeps all.
    smooth_clip : float, default=3.0
        The bound c of x/√(1 + (x/c)²); None for none.
    decimal : {"auto", ".", ","}, default="auto"
        The decimal mark of numbers in text; the other one groups thousands. "auto" reads what is certain, and
        warns where 1,234 could be either.
    dates : {"auto", "mdy", "dmy", "ymd"}, default="auto"
        The order of day, month and year in text such as 3/4/2024. "auto" reads what is certain, and warns where
        no value is above 12.
    sentinels : "auto", None or list of float, default="auto"
        Numbers that stand for something else, such as -999 for a missing value. Each gets a column of its own that
        says where it is, and is missing among the numbers, whose scale it would spoil. ``"auto"``: values that are
        repeated and lie farther outside of all others than these lie apart; a warning names them. None: none.

    Attributes
    ----------
    n_features_in_ : int
        The number of the user's columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where they had any.
    columns_ : tuple of Column
        What fit saw of each column: name, kind, categories, n_missing, features, left_out.
    feature_names_ : tuple of str or None
        The names of the user's columns, None where they had none.
    is_sparse_ : bool
        Whether X was sparse. Then the result is, and columns are only divided by their deviations.
    notes_ : tuple of str
        What a user might want to know, in sentences.

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

    columns_: tuple[Column, ...]
    feature_names_: tuple[str, ...] | None
    is_sparse_: bool
    notes_: tuple[str, ...]

    def __init__(
        self,
        categorical: str | Sequence[str | int] = "auto",
        *,
        max_one_hot: int = 8,
        max_categories: int | None = None,
        smooth_clip: float | None = 3.0,
        decimal: str = "auto",
        dates: str = "auto",
        sentinels: Any = "auto",
    ) -> None:
        self.categorical = categorical
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
            There for a Pipeline, which passes targets.
        sample_weight : array-like of shape (n_rows,), default=None
            A weight of 2 is the row twice, one of 0 the row left out.

        Returns
        -------
        TableEncoder
            Itself.

        Raises
        ------
        DataError
            If a column cannot be read; the message says which, where, and what to do.
        ParameterError
            If an option is none of what is accepted, or ``categorical`` names a column that is not there.
        """
        self._check_options()
        is_sparse, names = scipy.sparse.issparse(X), None
        if is_sparse:
            matrix = read_sparse(X)
            weight, counts = _weights(sample_weight, matrix.shape[0])
            columns, notes = fit_sparse(matrix[counts], weight)
            doubts: tuple[str, ...] = ()
        else:
            table = read_table(X)
            weight, counts = _weights(sample_weight, len(table.rows))
            names = table.names
            found = fit_columns(
                table.take(counts),
                self._named(table),
                weight,
                decimal=self.decimal,
                dates=self.dates,
                max_one_hot=self.max_one_hot,
                max_categories=self.max_categories,
                sentinels=self.sentinels if isinstance(self.sentinels, str) else _tuple(self.sentinels),
            )
            columns = found.columns
            marks = on_sentinels(columns) if isinstance(self.sentinels, str) else []
            notes, doubts = (*found.notes, *marks), (*found.doubts, *marks)
        with unchanged_on_failure(self):
            self.columns_, self.notes_ = tuple(columns), tuple(notes)
            self.feature_names_, self.is_sparse_ = names, is_sparse
        if doubts:
            warnings.warn(" ".join(doubts), DataWarning, stacklevel=2)
        return self

    def transform(self, X: Any) -> Any:
        """Return the table as numbers.

        Parameters
        ----------
        X : data frame, array-like or sparse matrix of shape (n_rows, n_columns)
            A table with the columns that fit saw: by name in any order, by position where either has no names.

        Returns
        -------
        ndarray, data frame or CSR array of shape (n_rows, n_numeric_ + n_plain_ + len(cardinalities_))
            In float64, all finite; a data frame where ``set_output`` asks for one.

        Raises
        ------
        DataError
            If a column is new, missing, infinite somewhere or of another kind than in fit.
        """
        return self.encode(X)

    def encode(self, X: Any) -> Any:
        """Return the table as numbers, as ``transform`` does, whatever ``set_output`` asks for.

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
        table = table.ordered(self.feature_names_, len(self.columns_))
        place = {feature: at for at, feature in enumerate(self._layout())}
        result, found = np.empty((len(table.rows), len(place))), list[str]()
        for position, column in enumerate(self.columns_):
            if not column.features:
                continue
            cells = table.cells(position)
            values = read_column(cells, categorical=column.kind == "categorical")
            values, unread = column.adapt(values, cells)
            column.check(values, cells.label)
            found += [
                said
                for said in (on_unread(column, cells, unread), drift(column, values, cells.label))
                if said
            ]
            for part, encoded in enumerate(encode_column(column, values, self.smooth_clip)):
                result[:, place[position, part]] = encoded
        if said := " ".join(filter(None, found)):
            warnings.warn(f"X is unlike the table of fit: {said}", DataWarning, stacklevel=2)
        return result

    # ---- the result's columns ---------------------------------------------------------------------------

    def _layout(self) -> list[tuple[int, int]]:
        """Return, for each column of the result, the position of the user's column and of its feature."""
        places = [(i, j) for i, column in enumerate(self.columns_) for j in range(len(column.features))]
        return sorted(places, key=lambda place: GROUPS.index(self._feature(*place).group))

    def one_hot_columns(self) -> Iterator[tuple[list[int], Array, Array, Array]]:
        """Yield what the columns hold in which fit saw a few categories and no row without one.

        Yields
        ------
        at : list of int
            Their columns of the result.
        none, known : ndarray of shape (n_columns,) and (n_categories, n_columns)
            What these hold for no known category, and for each known one.
        shares : ndarray of shape (n_categories,)
            How frequent the categories were.
        """
        place = {feature: at for at, feature in enumerate(self._layout())}
        for position, column in enumerate(self.columns_):
            if column.shares:
                codes = np.arange(-1, len(column.categories))
                every = Values(column.kind, None, codes, column.categories, frozenset())
                parts = np.column_stack(encode_column(column, every, self.smooth_clip))
                at = [place[position, part] for part in range(len(column.features))]
                yield at, parts[0], parts[1:], np.array(column.shares)

    def _feature(self, position: int, part: int) -> Feature:
        return self.columns_[position].features[part]

    def _n_of(self, group: str) -> int:
        return sum(feature.group == group for column in self.columns_ for feature in column.features)

    @property
    def n_numeric_(self) -> int:
        """The number of numeric columns, the first ones."""
        return self._n_of("numeric")

    @property
    def n_plain_(self) -> int:
        """The number of the columns after the numeric ones that are no codes."""
        return self._n_of("plain")

    @property
    def cardinalities_(self) -> tuple[int, ...]:
        """How many codes there are in each of the last columns, 0 with them."""
        return tuple(len(column.categories) + 1 for column in self.columns_ if column.as_codes)

    @property
    def names_(self) -> tuple[str, ...]:
        """A name for each column of the result."""
        return tuple(self.columns_[i].name + self._feature(i, j).suffix for i, j in self._layout())

    @property
    def source_(self) -> tuple[int, ...]:
        """The position of the user's column for each column of the result."""
        return tuple(i for i, _ in self._layout())

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
        """Their names, where they had any."""
        if self.feature_names_ is None:
            raise AttributeError("The table that fit saw had no names.")
        return np.array(self.feature_names_, dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.allow_nan = True
        tags.input_tags.string = tags.input_tags.categorical = True
        return tags

    # ---- there and back ---------------------------------------------------------------------------------

    def to_plain(self) -> dict[str, Any]:
        """Return everything that transform needs, as JSON can hold it; no row of the table is in it.

        Returns
        -------
        dict
            Of numbers, text, lists and dicts.
        """
        return {
            "options": {name: _listed(option) for name, option in self._options().items()},
            "feature_names": _listed(self.feature_names_),
            "is_sparse": self.is_sparse_,
            "columns": [_listed(asdict(column)) for column in self.columns_],
            "notes": list(self.notes_),
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the encoder that :meth:`to_plain` described.

        Parameters
        ----------
        plain : dict
            What it returned, also by way of JSON.

        Returns
        -------
        TableEncoder
            That gives the same bits for the same table.
        """
        encoder = cls(**plain["options"])
        names = plain["feature_names"]
        encoder.feature_names_ = None if names is None else tuple(names)
        encoder.is_sparse_ = plain["is_sparse"]
        encoder.notes_ = tuple(plain["notes"])
        encoder.columns_ = tuple(
            Column(
                **{
                    **column,
                    "categories": tuple(column["categories"]),
                    "sentinels": tuple(column.get("sentinels", ())),
                    "shares": tuple(column.get("shares", ())),
                    "reading": None if column.get("reading") is None else Reading(**column["reading"]),
                    "features": tuple(
                        Feature(**{**feature, "knots": tuple(feature.get("knots", ()))})
                        for feature in column["features"]
                    ),
                }
            )
            for column in plain["columns"]
        )
        return encoder

    # ---- options ----------------------------------------------------------------------------------------

    def _options(self) -> dict[str, Any]:
        names = (
            "categorical", "max_one_hot", "max_categories", "smooth_clip", "decimal", "dates", "sentinels"
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}

    def _check_options(self) -> None:
        accepted = {
            "max_one_hot": (_is_whole(self.max_one_hot, 0), "a whole number >= 0"),
            "max_categories": (
                self.max_categories is None or _is_whole(self.max_categories, 2),
                "a whole number >= 2, or None for no limit",
            ),
            "smooth_clip": (
                self.smooth_clip is None or (_is_real(self.smooth_clip) and 0.0 < self.smooth_clip < np.inf),
                "a number > 0, or None for no bound",
            ),
            "decimal": (_is_one_of(self.decimal, ("auto", *DECIMALS)), "'auto', '.' or ','"),
            "dates": (_is_one_of(self.dates, ("auto", *ORDERS)), "'auto', 'mdy', 'dmy' or 'ymd'"),
            "sentinels": (
                is_sentinels(self.sentinels),
                "'auto', None or a list of finite numbers",
            ),
            "categorical": (
                self.categorical == "auto"
                if isinstance(self.categorical, str)
                else isinstance(self.categorical, Iterable),
                "'auto' or a list of names or positions of columns",
            ),
        }
        for name, (fits, what) in accepted.items():
            if not fits:
                raise ParameterError(f"{name} must be {what}; got {getattr(self, name)!r}.")

    def _named(self, table: Table) -> set[int]:
        """Return the positions of the columns that the user calls categorical."""
        if isinstance(self.categorical, str):
            return set()
        n, named = len(table.columns), set()
        for column in self.categorical:
            if table.names is not None and column in table.keys:
                named.add(table.keys.index(column))
            elif table.names is not None and column in table.names:
                named.add(table.names.index(column))
            elif not isinstance(column, str) and _is_whole(column, -n) and column < n:
                named.add(column % n)
            else:
                have = f"columns 0 to {n - 1}" if table.names is None else f"the columns {list(table.names)}"
                raise ParameterError(f"categorical names the column {column!r}, and X has {have}.")
        return named


def _weights(sample_weight: Any, n_rows: int) -> tuple[Array | None, NDArray[np.intp]]:
    """Return the weights that are not 0, and the rows that have them."""
    weight: Any = check_weights(sample_weight, n_rows, None, None)[0]
    if weight is None:
        return None, np.arange(n_rows)
    counts = np.flatnonzero(weight)
    return weight[counts], counts


def _listed(value: Any) -> Any:
    """Return a value with lists for tuples, and Python's numbers for NumPy's, as JSON would."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if isinstance(value, tuple | list | np.ndarray):
        return [_listed(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _is_one_of(value: Any, accepted: tuple[str, ...]) -> bool:
    return isinstance(value, str) and value in accepted


def _tuple(values: Any) -> tuple[float, ...]:
    return () if values is None else tuple(values)


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def _is_real(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
