"""Own data on the page: paste, drop and picker; refused cells; classes and regression; points and formulas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pellucid.playground.own import encode
from playground.driving import at_step, network_of, opened, opens, press, run_of, table_of

pytestmark = pytest.mark.slow
COLUMNS = 30


def wide_table(rng: np.random.Generator) -> str:
    """Return a table of 29 inputs and a class that two of them tell."""
    X = rng.normal(size=(60, COLUMNS - 1)).round(3)
    kind = np.where(X[:, 0] + X[:, 1] > 0, "up", "down")
    lines = [",".join([f"c{j}" for j in range(COLUMNS - 1)] + ["kind"])]
    lines += [",".join([*map(str, row), k]) for row, k in zip(X.tolist(), kind, strict=True)]
    return "\n".join(lines)


def drop(page: Any, text: str, target: str) -> None:
    """Drop a file on an element, with the events of a browser."""
    transfer = page.evaluate_handle(
        "(text) => { const d = new DataTransfer();"
        " d.items.add(new File([text], 'dropped.csv', { type: 'text/csv' })); return d; }",
        text,
    )
    page.locator(target).dispatch_event("drop", {"dataTransfer": transfer})


@pytest.mark.parametrize("way", ["paste", "drop", "drop in the dialog", "picker"])
def test_thirty_columns_come_in_by_every_way(
    page: Any, built: Path, tmp_path: Path, rng: np.random.Generator, way: str
) -> None:
    """A table of 30 columns is read alike by paste, drop and picker, and standardized as the library does."""
    text = wide_table(rng)
    opened(page, built)
    if way == "drop":
        drop(page, text, "main")
    else:
        page.get_by_role("button", name="Your data", exact=True).click()
    if way == "paste":
        page.locator("dialog textarea").fill(text)
    if way == "drop in the dialog":
        drop(page, text, "dialog .drop")
    if way == "picker":
        file = tmp_path / "table.csv"
        file.write_text(text)
        page.locator("dialog input[type=file]").set_input_files(file)
    page.locator("dialog").get_by_role("button", name="Open", exact=True).click()
    page.locator("dialog").wait_for(state="detached")
    run = run_of(page)
    assert run["sizes"][0] == COLUMNS - 1
    rows = table_of(page, "Predictions, CSV")
    assert {row["target"] for row in rows} == {"up", "down"}
    raw = np.array([line.split(",")[0] for line in text.splitlines()[1:]], float)
    shown = np.array([float(row["c0"]) for row in rows])
    np.testing.assert_allclose(shown, (raw - raw.mean()) / raw.std(), rtol=0, atol=1e-12)
    assert page.locator(".columns tbody tr").count() == COLUMNS - 1


def test_the_menu_of_examples_shows_the_data_that_are_there(page: Any, built: Path) -> None:
    """Also after the dialog of own data was opened from it, and closed again."""
    menu = opened(page, built).get_by_label("Example")
    menu.select_option("own")
    page.locator("dialog textarea").wait_for()
    page.keyboard.press("Escape")
    assert menu.input_value() == "moons"
    menu.select_option("xor")
    page.locator(".about", has_text="two classes").wait_for()
    assert menu.input_value() == "xor"


def test_a_file_in_the_encoding_of_excel_is_read(page: Any, built: Path, tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are windows-1252; the names of columns and classes are whole."""
    file = tmp_path / "table.csv"
    file.write_bytes("\n".join(["größe;art", *["1;süß", "2;5 €"] * 9]).encode("windows-1252"))
    opened(page, built)
    page.get_by_role("button", name="Your data", exact=True).click()
    page.locator("dialog input[type=file]").set_input_files(file)
    page.locator("dialog").get_by_role("button", name="Open", exact=True).click()
    assert page.locator(".columns tbody th").inner_text().startswith("größe")
    assert page.locator(".legend li").all_inner_texts() == ["5 €", "süß"]


def test_the_dialog_names_why_a_file_is_not_read(page: Any, built: Path, tmp_path: Path) -> None:
    """A file of more than 20 MB is refused in words, which go with the next table."""
    file = tmp_path / "table.csv"
    file.write_bytes(b"1,2\n" * 5_100_000)
    opened(page, built)
    page.get_by_role("button", name="Your data", exact=True).click()
    page.locator("dialog input[type=file]").set_input_files(file)
    page.locator("dialog .problem", has_text="larger than 20 MB").wait_for()
    page.locator("dialog textarea").fill("a,b\n1,2\n2,3\n3,5")
    page.locator("dialog .problem").wait_for(state="detached")
    assert page.locator("dialog").get_by_role("button", name="Open", exact=True).is_enabled()


def test_missing_and_refused_cells_are_named(page: Any, built: Path) -> None:
    """Each cell that does not fit is named with row and column; what is missing is marked by a column."""
    opened(page, built)
    rows = [f"{i / 10};{'x' if i % 2 else 'y'};{'ja' if i % 3 else 'nein'}" for i in range(10)]
    text = "\n".join(["a;b;c", *rows, "foo;x;ja", ";y;nein", "3,1;;ja", "4,5;x;", "7;y", '"8,5";y;"ja"'])
    opens(page, text.replace(".", ","))
    said = page.locator(".refused").inner_text()
    assert "Row 12, column “a”: “foo” is not a number" in said
    assert "Row 15: the target “c” is “”" in said
    assert "Row 16 has 2 fields" in said
    names = page.locator(".columns tbody th").all_inner_texts()
    assert [name.splitlines()[0] for name in names] == ["a", "a ?", "b=x", "b=y", "b ?"]
    rows = table_of(page, "Predictions, CSV")
    assert len(rows) == 14
    a = np.array([i / 10 for i in range(10)] + [np.nan, np.nan, 3.1, 8.5])
    filled = np.where(np.isnan(a), np.nanmean(a), a)
    expected = (filled - filled.mean()) / filled.std()
    np.testing.assert_allclose([float(row["a"]) for row in rows], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", None),
        ("a,b\n1,2\n3,2", "single value"),
        ('a,b\n"1,2\n3,4', "line 2 never closes"),
        ("a,b\n" + "\n".join(f"{i},t{i}" for i in range(40)), "40 distinct texts"),
        ("a,b\nq1,0\nq1,1", "No column is left"),
        ("a\0b", "not a text file"),
    ],
)
def test_tables_that_cannot_be_read_say_why(page: Any, built: Path, text: str, word: str | None) -> None:
    """A table without use is refused in one sentence, and cannot be opened."""
    opened(page, built)
    page.get_by_role("button", name="Your data", exact=True).click()
    page.locator("dialog textarea").fill(text)
    if word:
        assert word in page.locator("dialog .problem").inner_text()
    assert page.locator("dialog").get_by_role("button", name="Open", exact=True).is_disabled()


def test_three_classes_are_learned(page: Any, built: Path, rng: np.random.Generator) -> None:
    """Three classes get three outputs, and the confusion adds up to the rows."""
    centers = np.array([[0, 2], [-2, -1], [2, -1]])
    X = np.repeat(centers, 20, axis=0) + rng.normal(0, 0.3, (60, 2))
    lines = ["u,v,kind", *(f"{x:.3f},{y:.3f},{'abc'[i // 20]}" for i, (x, y) in enumerate(X.tolist()))]
    opened(page, built)
    opens(page, "\n".join(lines))
    assert run_of(page)["sizes"][-1] == 3
    press(page, ">", 40)
    page.locator(".where output", has_text="epoch 40").wait_for()
    page.locator("summary", has_text="Confusion").click()
    cells = [int(text) for text in page.locator(".confusion tbody td").all_inner_texts()]
    assert sum(cells) == 60
    assert cells[0] + cells[4] + cells[8] >= 58


def test_a_number_as_target_is_regression(page: Any, built: Path, rng: np.random.Generator) -> None:
    """A target of numbers is standardized, learned with squared error, and shown in its own units."""
    x = rng.uniform(-1, 1, 60)
    text = "\n".join(["x,price", *(f"{a:.3f},{1000 + 250 * a:.2f}" for a in x.tolist())])
    opened(page, built)
    opens(page, text)
    run = run_of(page)
    assert run["setup"]["loss"] == "squared_error"
    press(page, ">", 40)
    page.locator(".where output", has_text="epoch 40").wait_for()
    assert "R²" in page.locator(".scores").inner_text()
    rows = table_of(page, "Predictions, CSV")
    errors = [float(row["prediction"]) - float(row["target"]) for row in rows]
    assert np.abs(errors).mean() < 40
    assert 700 < float(rows[0]["target"]) < 1300


def test_several_numbers_are_several_outputs(page: Any, built: Path, rng: np.random.Generator) -> None:
    """Further targets become outputs in units of their own; each has its R², and Python encodes them alike."""
    X = rng.uniform(-1, 1, (60, 2)).round(3)
    Y = np.column_stack([X.sum(axis=1), 500 + 100 * X[:, 0]]).round(3)
    lines = [",".join(map(str, row)) for row in np.column_stack([X, Y]).tolist()]
    opened(page, built)
    page.get_by_role("button", name="Your data", exact=True).click()
    page.locator("dialog textarea").fill("\n".join(["u,v,sum,price", *lines]))
    page.locator("dialog summary", has_text="Further targets").click()
    page.locator("dialog").get_by_role("checkbox", name="sum").check()
    page.locator("dialog").get_by_role("button", name="Open", exact=True).click()
    press(page, ">", 40)
    page.locator(".where output", has_text="epoch 40").wait_for()
    run = run_of(page)
    assert (run["sizes"][0], run["sizes"][-1]) == (2, 2)
    assert run["setup"]["data"]["target"] == ["price", "sum"]
    rows = table_of(page, "Predictions, CSV")
    shown = np.array([[float(row[f"target_{k}"]) for k in (1, 2)] for row in rows])
    np.testing.assert_allclose(shown, Y[:, ::-1], rtol=0, atol=1e-9)
    said = np.array([[float(row[f"prediction_{k}"]) for k in (1, 2)] for row in rows])
    r2 = 1 - ((said - shown) ** 2).sum(axis=0) / ((shown - shown.mean(axis=0)) ** 2).sum(axis=0)
    assert page.locator(".scores p").inner_text().startswith(f"price R² {r2[0]:.3f}, sum R² {r2[1]:.3f}")
    ours = encode(run["setup"]["data"])
    network = network_of(run, "identity")
    scales = ours.more["targets"]
    outputs = network.predict(ours.X) * [s["scale"] for s in scales] + [s["mean"] for s in scales]
    np.testing.assert_allclose(said, outputs, rtol=0, atol=1e-9)


def test_two_valued_targets_are_labels(page: Any, built: Path) -> None:
    """Several targets of two values each become one logistic output each; a row is right where all are."""
    lines = [f"{i % 10},{'hot' if i % 10 > 4 else 'cold'},{int(i % 10 % 2)}" for i in range(40)]
    opened(page, built)
    page.get_by_role("button", name="Your data", exact=True).click()
    page.locator("dialog textarea").fill("\n".join(["x,heat,odd", *lines]))
    page.locator("dialog summary", has_text="Further targets").click()
    page.locator("dialog").get_by_role("checkbox", name="heat").check()
    page.locator("dialog").get_by_role("button", name="Open", exact=True).click()
    rows = table_of(page, "Predictions, CSV")
    assert rows[0].keys() >= {"target_1", "target_2", "prediction_1", "prediction_2", "output_1", "output_2"}
    assert [(row["target_1"], row["target_2"]) for row in rows[4:6]] == [("0", "cold"), ("1", "hot")]
    right = sum(
        (row["prediction_1"], row["prediction_2"]) == (row["target_1"], row["target_2"]) for row in rows
    )
    assert f"right ({right} of 40)" in page.locator(".scores p").inner_text()


def test_columns_can_stay_as_they_are(page: Any, built: Path) -> None:
    """Without standardizing, inputs and target are the numbers of the table, and undo standardizes them again."""
    opened(page, built)
    opens(page, "\n".join(["x,y", *(f"{10 * i},{i / 4}" for i in range(20))]))
    page.get_by_label("standardize the columns").uncheck()
    page.locator(".about").wait_for()
    assert run_of(page)["setup"]["data"]["raw"] is True
    rows = table_of(page, "Predictions, CSV")
    assert [float(row["x"]) for row in rows] == [10.0 * i for i in range(20)]
    assert [float(row["target"]) for row in rows] == [i / 4 for i in range(20)]
    page.get_by_role("button", name="Undo").click()
    assert abs(sum(float(row["x"]) for row in table_of(page, "Predictions, CSV"))) < 1e-12


def test_columns_are_left_out_and_taken_back(page: Any, built: Path, rng: np.random.Generator) -> None:
    """A column that is not used leaves the network; undo brings it back."""
    opened(page, built)
    opens(page, wide_table(rng))
    page.get_by_label("Use the column c3").uncheck()
    page.locator(".columns .out").wait_for()
    assert run_of(page)["sizes"][0] == COLUMNS - 2
    page.get_by_role("button", name="Undo").click()
    assert run_of(page)["sizes"][0] == COLUMNS - 1


def test_points_are_drawn(page: Any, built: Path) -> None:
    """Points set by mouse and by keyboard become a table of two columns and a class."""
    opened(page, built)
    page.get_by_role("button", name="Draw points").click()
    plane = page.locator("dialog .draw")
    box = plane.bounding_box()
    for share in (0.2, 0.3):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
    page.locator("dialog input[type=radio]").nth(1).check()
    plane.focus()
    for key in ("ArrowRight", "ArrowRight", "Enter", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    page.locator("dialog").get_by_role("button", name="Open", exact=True).click()
    data = run_of(page)["setup"]["data"]
    assert [row[2] for row in data["rows"]] == ["A", "A", "B", "B"]
    assert data["rows"][2][:2] == [0.1, 0]
    press(page, ".")
    at_step(page, 1)


@pytest.mark.parametrize(
    ("formula", "problem"),
    [
        ("x^", "ends too early"),
        ("alert(1)", "no function alert"),
        ("x $ 2", "“$” at position 3"),
        ("3", "no variable"),
    ],
)
def test_formulas_are_parsed_and_never_run(page: Any, built: Path, formula: str, problem: str) -> None:
    """A text that is not a formula is refused with its place, and nothing of it runs."""
    opened(page, built)
    page.get_by_role("button", name="Formula").click()
    page.locator("dialog").get_by_label("Formula", exact=True).fill(formula)
    assert problem in page.locator("dialog .problem").inner_text()


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("x^2", lambda x: x**2),
        ("-x^2 + 2*x/4", lambda x: -(x**2) + x / 2),
        ("sin(pi*x) - max(x, 0.5)", lambda x: np.sin(np.pi * x) - np.maximum(x, 0.5)),
    ],
)
def test_a_formula_gives_its_values(node: Any, formula: str, value: Any) -> None:
    """A formula's rows are its values, with the precedence of mathematics."""
    data = node(
        "const { formulaData } = await load('data/formula.js');"
        " return formulaData(formula, { low: -1, high: 1, n: 9 });",
        formula=formula,
    )
    x, y = np.array(data["rows"], float).T
    np.testing.assert_allclose(x, np.linspace(-1, 1, 9))
    np.testing.assert_allclose(y, value(x), atol=1e-6)


@pytest.mark.parametrize(
    "rows",
    [
        [["a", "b"], ["1", 'say "x"'], ["2", "two\nlines"]],
        [["a", "b;c", "d"], ["1", "x,y", ""], ["-2.5", " z ", "\t"]],
        [["n", "t"], ["=1+1", "@x"], ["-3", "+4"]],
    ],
)
def test_csv_is_what_the_library_writes_and_reads(node: Any, rows: list[list[str]]) -> None:
    """A table written by Python's csv module is read; a table that the page writes is read by it."""
    import csv
    import io

    out = io.StringIO()
    csv.writer(out).writerows(rows)
    read = node(
        "const { parseTable } = await load('data/csv.js'); return parseTable(text);", text=out.getvalue()
    )
    assert read["columns"] == [name.strip() for name in rows[0]]
    assert read["rows"] == [[cell.strip() for cell in row] for row in rows[1:]]
    text = node(
        "const { writeTable } = await load('data/csv.js'); return writeTable(columns, rows);",
        columns=rows[0],
        rows=rows[1:],
    )
    back = list(csv.reader(io.StringIO(text, newline="")))
    shielded = [[f"'{c}" if c[:1] in "=@" and c else c for c in row] for row in rows]
    assert [[c.lstrip("'") for c in row] for row in back] == [
        [c.lstrip("'") for c in row] for row in shielded
    ]
    assert back[1][0] != "=1+1"
