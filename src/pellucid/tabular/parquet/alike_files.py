"""Parquet files of one table: comparison of their columns, and conversion to types that can be concatenated."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pellucid.exceptions import DataError, DataWarning
from pellucid.host.streams import warn

__all__ = [
    "alike",
    "check_alike",
    "kind_of_type",
    "row_labels",
    "said_of_labels",
    "warn_of_folders",
    "warn_of_labels",
    "whole_types",
]

LABELS = re.compile(r"__index_level_[0-9]+__")


def check_alike(files: Sequence[str], schemas: Sequence[Any]) -> dict[str, Any]:
    """Refuse files whose columns differ.

    Parameters
    ----------
    files : sequence of str
        The files.
    schemas : sequence of pyarrow.Schema
        Their schemas.

    Returns
    -------
    dict
        The common types of columns that files store as different types of one kind, for :func:`alike`.

    Raises
    ------
    DataError
        Naming the file and the column.
    """
    kinds: dict[str, tuple[str, Any, str]] = {}
    names = list(schemas[0].names)
    for place, (file, schema) in enumerate(zip(files, schemas, strict=True), 1):
        which = f"File {place} of {len(files)}, {file},"
        twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
        if twice:
            raise DataError(f"{which} has more than one column {twice[0]!r}. Rename or drop all but one.")
        if "" in schema.names:
            raise DataError(
                f"{which} has a column without a name: number {1 + schema.names.index('')}. Give it one."
            )
        lacking = [name for name in names if name not in schema.names]
        new = [name for name in schema.names if name not in names]
        if lacking or new:
            what = f"lacks the column {lacking[0]!r}" if lacking else f"has the column {new[0]!r}"
            has = "has" if lacking else "lacks"
            raise DataError(
                f"{which} {what}, which {files[0]} {has}. All files must have the same columns, in any order."
            )
        for held in schema:
            kind = kind_of_type(held.type)
            before = kinds.setdefault(held.name, (kind, held.type, file))
            if before[0] == "null":
                kinds[held.name] = before = (kind, held.type, file)
            if kind not in ("null", before[0]):
                raise DataError(
                    f"{which} holds {held.type} in the column {held.name!r}, and {before[2]} holds {before[1]}. "
                    "Write the column with one type in all files."
                )
    found = {name: list(dict.fromkeys(schema.field(name).type for schema in schemas)) for name in names}
    return {
        name: _common(kinds[name][0], of)
        for name, of in found.items()
        if len(of) > 1 or any(map(_is_rare, of))
    }


def _is_rare(of: Any) -> bool:
    """Return whether a type is one that other libraries do not read: views of text, and decimals of 256 bits."""
    types: Any = import_module("pyarrow").types
    return bool(types.is_string_view(of) or types.is_decimal256(of))


def row_labels(names: Sequence[str]) -> list[str]:
    """Return the columns in which pandas keeps labels of rows that have no name, such as ``__index_level_0__``.

    Parameters
    ----------
    names : sequence of str
        Columns of a file.

    Returns
    -------
    list of str
        Those of labels.
    """
    return [name for name in names if LABELS.fullmatch(name)]


def warn_of_folders(files: Sequence[str], names: Sequence[str]) -> None:
    """Warn of columns that are in the names of folders, as in ``year=2026/1.parquet``, and not in the files.

    Parameters
    ----------
    files : sequence of str
        The files.
    names : sequence of str
        Their columns.
    """
    each = [{part for part in Path(file).parent.parts if "=" in part} for file in files]
    parts = {part for some in each for part in some if any(part not in others for others in each)}
    lacking = sorted(part for part in parts if part.partition("=")[0] not in names)
    if lacking:
        warn(
            f"The column {lacking[0].partition('=')[0]!r} exists only in the names of folders such as "
            f"{lacking[0]!r}, so it is not read. If you need it, write it into the files.",
            DataWarning,
            stacklevel=3,
        )


def warn_of_labels(names: Sequence[str]) -> None:
    """Warn of columns of row labels, which are left out.

    Parameters
    ----------
    names : sequence of str
        Of :func:`row_labels`.
    """
    warn(said_of_labels(names), DataWarning, stacklevel=3)


def said_of_labels(names: Sequence[str]) -> str:
    """Return a remark on columns of row labels that are left out."""
    return (
        f"The column {names[0]!r} holds row labels written by pandas, not data, and is left out. To use "
        "it, rename it; to_parquet(..., index=False) does not write it."
    )


def whole_types(
    types: Mapping[str, Any], schemas: Sequence[Any], names: Collection[str | None]
) -> dict[str, Any]:
    """Return common types in which columns of whole numbers, signed and unsigned, stay such.

    Parameters
    ----------
    types : dict
        Of :func:`check_alike`.
    schemas : sequence of pyarrow.Schema
        Those of the files.
    names : collection of str
        Columns whose values name something: classes or groups. In float64 large ones become one another.

    Returns
    -------
    dict
        The types.
    """
    pa: Any = import_module("pyarrow")
    whole = {
        name: pa.int64()
        for name in types
        if name in names and all(pa.types.is_integer(schema.field(name).type) for schema in schemas)
    }
    return {**types, **whole}


def alike(table: Any, types: Mapping[str, Any], where: str, exact: Collection[str] = ()) -> Any:
    """Return a table with columns that can be concatenated with those of other files.

    Parameters
    ----------
    table : pyarrow.Table
        The table.
    types : dict
        The types of columns that files store as different ones, of :func:`check_alike`.
    where : str
        The file and the rows, for messages.
    exact : collection of str, default=()
        Columns whose values must stay what they are, such as identifiers. Others may be rounded, as large whole
        numbers among numbers are in any table.

    Returns
    -------
    pyarrow.Table
        With these columns in these types.

    Raises
    ------
    DataError
        If a value cannot be of the common type.
    """
    pa, pc = import_module("pyarrow"), import_module("pyarrow.compute")
    for place, name in enumerate(table.column_names):
        if name not in types:
            continue
        column, to = table.column(name), types[name]
        may_change = name in exact and pa.types.is_floating(to) and not pa.types.is_null(column.type)
        options = pc.CastOptions(
            to, allow_float_truncate=True, allow_time_truncate=True, allow_decimal_truncate=True
        )
        try:
            found = column.cast(options=options)
            is_same = not may_change or found.cast(column.type, safe=False).equals(column)
        except pa.ArrowException:
            is_same = False
        if not is_same:
            raise DataError(
                f"{where} holds {column.type} in the column {name!r}, and other files hold other types. "
                f"Converting its values to {to}, for all files, would change them. Write the column with "
                "one type in all files."
            )
        table = table.set_column(place, name, found)
    return table


def _common(kind: str, of: Sequence[Any]) -> Any:
    """Return the type of a column that files store as these: values of categories, times of dates, in UTC."""
    pa: Any = import_module("pyarrow")
    types = pa.types
    plain = [each.value_type if types.is_dictionary(each) else each for each in of]
    plain = [each for each in plain if not types.is_null(each)]
    if kind == "text":
        return pa.large_string()
    if kind.endswith("timestamp"):
        return pa.timestamp("us", "UTC" if kind.startswith("zoned") else None)
    if kind == "duration":
        return pa.duration("us")
    is_mixed = len(set(plain)) > 1 and any(types.is_decimal(each) or types.is_uint64(each) for each in plain)
    if is_mixed or any(map(types.is_decimal256, plain)):
        return pa.float64()  # no other type holds all numbers of both
    return (
        pa.unify_schemas([pa.schema([("", each)]) for each in plain], promote_options="permissive")
        .field(0)
        .type
    )


def kind_of_type(of: Any) -> str:
    """Return the kind of a type: types of one kind can be concatenated in a column.

    Parameters
    ----------
    of : pyarrow.DataType
        The type.

    Returns
    -------
    str
        "number", "text" and so on, or the type itself where no other can follow it.
    """
    types: Any = import_module("pyarrow").types
    if types.is_dictionary(of):
        return kind_of_type(of.value_type)
    if types.is_timestamp(of):
        return "zoned timestamp" if of.tz else "timestamp"
    tests = {
        "null": (types.is_null,),
        "boolean": (types.is_boolean,),
        "number": (types.is_integer, types.is_floating, types.is_decimal),
        "text": (types.is_string, types.is_large_string, types.is_string_view),
        "timestamp": (types.is_date,),
        "duration": (types.is_duration,),
    }
    return next((kind for kind, each in tests.items() if any(test(of) for test in each)), str(of))
