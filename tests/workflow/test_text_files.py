"""Text files that cannot be read as they are, and files of other kinds."""

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from pellucid.exceptions import DataError
from pellucid.workflow.input_files.csvs import read_csv
from pellucid.workflow.input_files.dataset import read_table
from pellucid.workflow.input_files.dialect import Dialect

REFUSED: dict[str, tuple[bytes, str]] = {
    "a quote that is not closed": (b'a,b\n1,"abc\n2,def\n', r"quote that is not closed.* line 2 or before"),
    "in the names": (b'"a,b\n1,2\n', r"line 1 or before. Look for quotes that are not closed"),
    "a quote inside quotes": (b'a,b\n1,2\n3,"6" pipe"\n', r"in line 3 or before.*written twice"),
    "too many fields": (b"sep=,\na,b\n\n1,2\n1,2,3\n", r"Line 5 has 3 fields"),
    "a separator at the end of rows": (b"a,b\n1,2,\n3,4,\n", r"Line 2 has 3 fields"),
    "a comment among rows": (b"a,b\n1,2\n# half\n3,4\n", r"line 3 begins with #.*comment='#'"),
    "names twice": (b"a,a\n1,2\n", r"more than one column named 'a'"),
    "Latin 1": ("a,b\n1,é\n".encode("latin-1"), r"not UTF-8: line 2 holds the byte 0xe9. Give its 'encoding'"),
    "UTF-16 without a mark": ("a,b\n1,2\n".encode("utf-16-le"), r"zero bytes as UTF-16-LE does.*utf-16-le"),
    "UTF-16 with an odd byte": ("a,b\n1,2\n".encode("utf-16") + b"x", r"is not in utf-16"),
    "zero bytes": (b"a,b\n1,\0\n", r"zero bytes. Save it as CSV in UTF-8"),
    "nothing": (b"", r"is empty"),
    "a mark only": (b"\xef\xbb\xbf\n", r"is empty"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_by_its_line(name: str) -> None:
    data, match = REFUSED[name]
    with pytest.raises(DataError, match=rf"(?s)t\.csv.*{match}"):
        read_csv("t.csv", data, Dialect())


SHOWN: dict[str, tuple[bytes, list[list[Any]], str]] = {
    "short rows": (
        b"a,b\n1\n2,3\n",
        [["1", None], ["2", "3"]],
        "fewer fields than there are columns: 1, .* line 2",
    ),
    "a quote within a field": (b'a,b\n1,6" pipe\n', [["1", '6" pipe']], "quotes in the middle of a field"),
    "backslashes": (b'a,b\n1,"6\\" pipe"\n', [["1", '6" pipe']], "a backslash escapes a quote"),
    "comments on top": (
        b"# x\na,b\n1,2\n",
        [["1", "2"]],
        "begin with # at the top of t.csv were left out: 1",
    ),
    "semicolons": (b"a;b\n1,5;2\n", [["1,5", "2"]], "Fields of t.csv are separated by ';'"),
    "UTF-16": ("a,b\n1,é\n".encode("utf-16"), [["1", "é"]], "t.csv is in UTF-16, judging by its first bytes"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_was_found_out_is_said(name: str) -> None:
    data, rows, note = SHOWN[name]
    frame, notes = read_csv("t.csv", data, Dialect())

    assert [list(row) for row in frame.rows()] == rows
    (said,) = notes
    assert pytest.importorskip("re").search(note, said)


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b'a,b\n"x\n\ny",2\n\n3,4\n', [("x\n\ny", "2"), ("3", "4")]),
        (b"a,b,\n1,2,\n3,4,\n", [("1", "2"), ("3", "4")]),
        (b"a\n1\n\n2\n", [("1",), ("2",)]),
        (b"a,b\n1,2\r3,4\n", [("1", "2"), ("3", "4")]),
        (b"#a,b\n1,2\n", [("1", "2")]),
        (b"a,b\n1,\n,2\n", [("1", None), (None, "2")]),
    ],
)
def test_rows_are_those_that_were_meant(data: bytes, rows: list[Any]) -> None:
    """Blank lines in quotes are kept; unnamed columns of nothing are not; a # may begin a name."""
    assert read_csv("t.csv", data, Dialect())[0].rows() == rows


def test_records_do_not_end_with_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes, line ends and separators at any place of a block are found."""
    data = b'k,"a b"\r\n' + b"".join(b'%d,"x, ""%d""\ny"\r\n\r\n' % (i, i) for i in range(20))
    whole = read_csv("t.csv", data, Dialect())[0]
    for block in range(1, 40):
        monkeypatch.setattr("pellucid.workflow.input_files.records.BLOCK", block)
        assert read_csv("t.csv", data, Dialect())[0].equals(whole)
    assert whole.rows()[3] == ("3", 'x, "3"\ny')


# ---- other kinds of files, and standard input ---------------------------------------------------------------

FRAME = pl.DataFrame({"a": [1, 2, None], "b": ["x", "y", None], "c": [1.5, 2.0, 3.25]})


def _zipped(data: bytes) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as archive:
        archive.writestr("__MACOSX/._t.csv", b"?")
        archive.writestr("inner.csv", data)
    return into.getvalue()


def _zstandard(data: bytes) -> bytes:
    return bytes(pytest.importorskip("zstandard").compress(data))


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zip": _zipped, ".zst": _zstandard,
}  # fmt: skip
WRITERS: dict[str, Callable[[Any], Any]] = {
    "t.csv": FRAME.write_csv, "t.tsv": lambda file: FRAME.write_csv(file, separator="\t"),
    "t.jsonl": FRAME.write_ndjson, "t.json": FRAME.write_json, "t.parquet": FRAME.write_parquet,
    "t.feather": FRAME.write_ipc, "t.arrow": FRAME.write_ipc_stream,
}  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
def test_tables_of_other_kinds(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read by their names, and from standard input by their first bytes."""
    WRITERS[name](name)
    assert read_table(name).frame.equals(FRAME)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(Path(name).read_bytes())))
    found = read_table("-")
    assert found.frame.equals(FRAME)
    assert found.stem == "stdin"


@pytest.mark.parametrize("ending", PACKINGS)
def test_packed_tables(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A packed table is the table, by its name and from standard input; one that is cut is refused."""
    packed = PACKINGS[ending](FRAME.write_csv().encode())
    Path(f"t.csv{ending}").write_bytes(packed)
    assert read_table(f"t.csv{ending}").frame.equals(FRAME)
    assert read_table(f"t.csv{ending}").stem == "t"
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(packed)))
    assert read_table("-").frame.equals(FRAME)
    Path(f"t.csv{ending}").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DataError, match=r"is not a complete .* file"):
        read_table(f"t.csv{ending}")


def test_an_archive_holds_one_table() -> None:
    with zipfile.ZipFile("two.zip", "w") as archive:
        archive.writestr("a.csv", b"a\n1\n")
        archive.writestr("b.csv", b"a\n1\n")
    with pytest.raises(DataError, match=r"two\.zip: The zip archive holds 2 files: a\.csv, b\.csv"):
        read_table("two.zip")
    Path("one.zip").write_bytes(_zipped(b"a,b\n1,2\n"))
    assert read_table("one.zip").frame.rows() == [(1, 2)]


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
RELATION = (
    f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}/{{}}" Target="{{}}"/>'
    "</Relationships>"
)
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType='
    f'"application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{BOOK}"/></Types>',
    "_rels/.rels": RELATION.format("officeDocument", "xl/workbook.xml"),
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="homes" sheetId="1" '
    'r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": RELATION.format("worksheet", "worksheets/sheet1.xml"),
}


def _sheet(rows: list[list[Any]]) -> str:
    def cell(value: Any) -> str:
        if isinstance(value, str):
            return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        return f"<c><v>{value}</v></c>"

    held = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    return f'<worksheet xmlns="{MAIN}"><sheetData>{held}</sheetData></worksheet>'


def test_a_sheet_of_excel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers and text of a sheet are a table; without the reader the error names the extra."""
    pytest.importorskip("fastexcel")
    parts = PARTS | {"xl/worksheets/sheet1.xml": _sheet([["a", "b"], [1.5, "x"], [2, "y"]])}
    with zipfile.ZipFile("t.xlsx", "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)

    assert read_table("t.xlsx").frame.to_dict(as_series=False) == {"a": [1.5, 2.0], "b": ["x", "y"]}
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    with pytest.raises(DataError, match=r'pip install "pellucid\[files\]"'):
        read_table("t.xlsx")
