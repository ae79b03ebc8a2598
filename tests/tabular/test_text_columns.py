"""Columns of free text: hashed n-grams as numbers, off unless asked for."""

import base64
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from tests.tabular.conftest import QUICK

from pellucid import TabularClassifier, TabularRegressor, drift, load, save, trace
from pellucid.exceptions import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.exports import program_of
from pellucid.inspection import attributions
from pellucid.persistence.encoders import unpack_encoder
from pellucid.serving.json_columns import columns_of_model
from pellucid.tabular import ParquetSource, TableEncoder
from pellucid.tabular.comparison import compare
from pellucid.tabular.encoding.grams import N_BUCKETS, gram_counts, mixed_bits
from pellucid.tabular.encoding.text_block import learn_text
from pellucid.workflow.columns_found import becomes, kind_of

PARTS = ("oak", "pine", "steel", "glass", "cloth", "cork", "lead", "wool")


def _names(rng: Any, n: int) -> tuple[list[str], np.ndarray]:
    """Return names of three words, and which of them have a part that matters."""
    words = rng.choice(PARTS, (n, 3))
    return [" ".join(row) + f" {k}" for k, row in enumerate(words)], (words == "steel").any(axis=1)


@pytest.fixture(scope="module")
def named() -> Any:
    """Return 120 rows with a name each, and a target that is told by a part of the names."""
    rng = np.random.default_rng(3)
    names, marked = _names(rng, 120)
    X = pd.DataFrame({"size": rng.normal(size=120), "name": names})
    X.loc[::10, "name"] = None
    return X, np.where(marked & X["name"].notna(), 1.0, 0.0) + 0.1 * X["size"].to_numpy()


@pytest.fixture(scope="module")
def model(named: Any) -> TabularRegressor:
    """Return a model of these rows that reads the names."""
    return TabularRegressor("fast", text_columns=["name"], **QUICK).fit(*named)


def _fnv(gram: str) -> int:
    found = 2166136261
    for letter in gram:
        found = ((found ^ ord(letter)) * 16777619) % 2**32
    return found


def _lowbias(x: int) -> int:
    x = ((x ^ x >> 16) * 0x7FEB352D) % 2**32
    x = ((x ^ x >> 15) * 0x846CA68B) % 2**32
    return x ^ x >> 16


# ---- the hash -----------------------------------------------------------------------------------------------


def test_the_hash_is_fnv_1a() -> None:
    """For ASCII it has the values that the authors of FNV-1a publish for these bytes."""
    assert [_fnv("fo"), _fnv("foo"), _fnv("foob")] == [0x6222E842, 0xA9F37ED7, 0x3F5076EF]


@pytest.mark.parametrize("text", ["ab", "Straße 12", "日本 語", "e\u0301\U0001f600x", "\ud800a", "a\0b"])
def test_counts_are_those_of_every_gram(text: str) -> None:
    """Each run of 2, 3 and 4 code points of the folded text adds 1 to the bucket of its hash."""
    folded, expected = f" {' '.join(text.lower().split())} ", np.zeros(N_BUCKETS)
    for length in (2, 3, 4):
        for start in range(len(folded) - length + 1):
            expected[_lowbias(_fnv(folded[start : start + length])) % N_BUCKETS] += 1.0

    np.testing.assert_array_equal(gram_counts([text, "other"]).toarray()[0], expected)
    assert int(mixed_bits(np.array([123], np.uint32))[0]) == _lowbias(123)


def test_no_gram_crosses_from_one_text_to_the_next() -> None:
    """The counts of texts are those of each alone, of none as well."""
    texts = ["ab cd", "", "  ", "xyz"]
    together = gram_counts(texts).toarray()

    np.testing.assert_array_equal(together, np.vstack([gram_counts([text]).toarray() for text in texts]))
    assert gram_counts([]).shape == (0, N_BUCKETS)
    np.testing.assert_array_equal(gram_counts(["AB  CD"]).toarray()[0], together[0])


def test_directions_are_those_of_the_singular_values() -> None:
    """With as many parts as texts, the numbers keep all products of the weighted texts."""
    texts, counts = ["red chair", "red table", "blue chair"], np.array([3.0, 1.0, 2.0])
    block = learn_text(texts, counts, 96.0)
    assert block is not None
    found = gram_counts(texts).toarray()
    v = np.where(found > 0, 1.0 + np.log(np.maximum(found, 1.0)), 0.0)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    parts, n = block.parts(texts), block.n_directions
    share = counts @ (found > 0) / counts.sum()

    assert n == 3
    np.testing.assert_allclose(parts[:, :n] @ parts[:, :n].T, v @ v.T, atol=1e-5)
    np.testing.assert_array_equal(parts[:, n:], v[:, block.buckets])
    chosen = np.abs(share - 0.5)[list(block.buckets)]
    others = np.delete(np.abs(share - 0.5), block.buckets)
    assert len(block.buckets) == 3
    assert chosen.max() <= others.min()  # those nearest to half of the rows


# ---- the encoder --------------------------------------------------------------------------------------------


def test_missing_empty_and_unseen_text(named: Any) -> None:
    """Missing and empty cells are 0 with a mark of their own; unseen, strange and long text is fine."""
    encoder = TableEncoder(text_columns=["name"]).fit(named[0])
    new = pd.DataFrame(
        {"size": 0.0, "name": ["steel oak", None, "", "NA", "日本", "x" * 50_000, "Steel  OAK "]}
    )
    found = encoder.transform(new)
    of_text = [name.startswith("name: text ") for name in encoder.names_]
    gone = encoder.names_.index("name is missing")

    assert np.isfinite(found).all()
    assert sum(of_text) == 8 + 3  # of 108 rows with a name
    np.testing.assert_array_equal(found[1:4][:, of_text], 0.0)
    assert (found[:, gone] > 0).tolist() == [False, True, True, True, False, False, False]
    np.testing.assert_array_equal(found[0], found[6])
    assert encoder.columns_[1].features[0].group == "plain"


def test_a_weight_of_two_is_the_row_twice(named: Any) -> None:
    """Weights count rows, in what is learned of text as well, whatever the order of the rows."""
    X = named[0]
    weight = 1.0 + np.arange(len(X)) % 2
    twice = X.loc[np.repeat(np.arange(len(X)), weight.astype(int))]
    a = TableEncoder(text_columns=["name"]).fit(X, sample_weight=weight)
    b = TableEncoder(text_columns=["name"]).fit(twice)

    np.testing.assert_allclose(a.transform(X), b.transform(X), atol=1e-12)


def test_the_order_of_the_rows_does_not_matter(named: Any) -> None:
    """Nor which text comes first."""
    X = named[0]
    shuffled = X.iloc[np.random.default_rng(0).permutation(len(X))]
    a, b = (TableEncoder(text_columns=["name"]).fit(table) for table in (X, shuffled))

    np.testing.assert_allclose(a.transform(X), b.transform(X), atol=1e-10)


@pytest.mark.parametrize("columns", [np.array(["name"]), pd.Index(["name"]), ("name",)])
def test_names_may_be_in_any_sequence(named: Any, columns: Any) -> None:
    encoder = TableEncoder(text_columns=columns).fit(named[0])
    same = TableEncoder(text_columns=["name"]).fit(named[0])

    np.testing.assert_array_equal(encoder.transform(named[0]), same.transform(named[0]))


def test_dates_are_not_text() -> None:
    """The column is refused when it is called text, not later."""
    X = pd.DataFrame({"x": np.arange(20.0), "day": pd.date_range("2026-01-01", periods=20)})
    with pytest.raises(
        ParameterError, match="'text_columns' must name text columns; column 'day' holds dates"
    ):
        TableEncoder(text_columns=["day"]).fit(X)


def test_cells_of_other_kinds_are_text_too(named: Any) -> None:
    """Numbers and truth values among text are text; a date where fit saw text is refused by name."""
    encoder = TableEncoder(text_columns=["name"]).fit(named[0])
    mixed = pd.DataFrame({"size": [1.0, 2.0], "name": ["12", 12]})
    found = encoder.transform(mixed)
    np.testing.assert_array_equal(found[0, 1:], found[1, 1:])
    assert np.isfinite(encoder.transform(pd.DataFrame({"size": [1.0], "name": [np.nan]}))).all()
    dates = pd.DataFrame({"size": [1.0], "name": [pd.Timestamp("2020-01-01")]})
    with pytest.raises(DataError, match="column 'name' held free text when the encoder was fitted, and now"):
        encoder.transform(dates)


def test_an_encoder_survives_json(named: Any) -> None:
    """The encoder back from JSON gives the same bits."""
    encoder = TableEncoder(text_columns=[1]).fit(named[0])
    back = TableEncoder.from_plain(json.loads(json.dumps(encoder.to_plain())))

    np.testing.assert_array_equal(back.transform(named[0]), encoder.transform(named[0]))
    assert back.columns_ == encoder.columns_


def test_without_being_asked_nothing_changes(named: Any) -> None:
    """Free text is left out as an identifier, and the remark names the option."""
    X = named[0].assign(name=[f"a name {k}" for k in range(120)])
    encoder = TableEncoder().fit(X)

    assert not encoder.columns_[1].features
    assert any("name it in 'text_columns'" in note for note in encoder.notes_)


@pytest.mark.parametrize("texts", [[None] * 6, ["", " ", "NA"] * 2, ["same"] * 6])
def test_a_column_that_says_nothing_is_left_out(texts: list[Any]) -> None:
    """Without two different texts there is nothing to learn from the column."""
    X = pd.DataFrame({"a": np.arange(6.0), "t": pd.Series(texts, dtype=object)})
    column = TableEncoder(text_columns=["t"]).fit(X).columns_[1]

    assert column.left_out in ("no row has a value", "it is constant")
    assert kind_of(column) == "free text"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            {"text_columns": ["nome"]},
            r"'text_columns' names the column 'nome', and X has the columns \['size'",
        ),
        ({"text_columns": "name"}, "'text_columns' must be None or a list of names or positions"),
        (
            {"text_columns": ["name"], "categorical_features": ["name"]},
            "'text_columns' and 'categorical_features' both name column 'name'",
        ),
        ({"text_columns": {"name"}}, "'text_columns' must be None or a list of names or positions"),
        ({"text_columns": iter(["name"])}, "'text_columns' must be None or a list of names or positions"),
        ({"text_columns": ["name"], "coverage_by": "name"}, "'name' is text"),
        (
            {"text_columns": ["name"], "monotonic_cst": {"name": 1}},
            "must name columns of numbers; 'name' is text",
        ),
    ],
)
def test_what_does_not_fit_is_refused(named: Any, options: dict[str, Any], said: str) -> None:
    """Errors name the option and the columns that there are."""
    with pytest.raises(ParameterError, match=said):
        TabularRegressor("fast", **{**QUICK, **options}).fit(*named)


def test_sparse_tables_have_no_text() -> None:
    """A sparse matrix holds numbers only."""
    with pytest.raises(ParameterError, match="'text_columns' must be None for sparse tables"):
        TableEncoder(text_columns=[0]).fit(sparse.eye_array(4, format="csr"))


# ---- the estimators -----------------------------------------------------------------------------------------


def test_a_model_in_a_file_reads_text_as_before(named: Any, model: Any, tmp_path: Path) -> None:
    """A saved model predicts the same bits; without the option the file does not mention it."""
    save(model, tmp_path / "m.safetensors")
    back = load(tmp_path / "m.safetensors")

    np.testing.assert_array_equal(back.predict(named[0]), model.predict(named[0]))
    assert back.get_params()["text_columns"] == ["name"]
    save(TabularRegressor("fast", **QUICK).fit(named[0][["size"]], named[1]), tmp_path / "n.safetensors")
    head = (tmp_path / "n.safetensors").read_bytes()
    assert b"text_columns" not in head.split(b'"encoder"')[0]


@pytest.mark.parametrize(
    "change",
    [
        {"buckets": [N_BUCKETS]},
        {"buckets": list(range(65))},
        {"n_directions": 3},
        {"n_directions": 0},
        {"stored": "?"},
        {"stored": base64.b64encode(np.full(N_BUCKETS * 8, np.nan, "<f4").tobytes()).decode()},
        {"more": 1},
    ],
    ids=str,
)
def test_a_damaged_way_from_text_to_numbers_is_refused(model: Any, change: dict[str, Any]) -> None:
    """An encoder of a file whose text has other sizes, places or numbers than a fit leaves is not loaded."""
    plain = json.loads(json.dumps(model.encoder_.to_plain()))
    assert unpack_encoder(plain).columns_ == model.encoder_.columns_
    plain["columns"][1]["text"].update(change)
    with pytest.raises(ModelFileError):
        unpack_encoder(plain)


def test_contributions_are_those_of_the_users_columns(named: Any, model: Any) -> None:
    """A text column is one column, and the contributions add up."""
    found = attributions(model, named[0][:3], background=named[0][:8])

    assert found.columns == ("size", "name")
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), model.predict(named[0][:3]), atol=1e-3)


def test_an_export_is_refused_by_the_name_of_the_column(model: Any) -> None:
    """No other language computes n-grams; nothing is written."""
    with pytest.raises(ParameterError, match="reads column 'name' as free text, and no export"):
        program_of(model)


def test_drift_compares_lengths_of_text(named: Any, model: Any) -> None:
    """Text of the same kind is stable; text ten times as long is not."""
    same = drift(model, named[0])
    longer = drift(model, named[0].assign(name=named[0]["name"] * 10))

    assert [row.level for row in same.columns] == ["stable", "stable"]
    assert longer.columns[1].level == "major"


def test_a_service_takes_text_and_numbers(model: Any) -> None:
    """The schema of a text column is that of a string, which may be null."""
    column = columns_of_model(model)[1]

    assert (column.kind, column.takes_numbers, column.examples) == ("text", True, ())
    n = len(model.encoder_.columns_[1].features) - 1
    assert becomes(model.encoder_.columns_[1]) == f"{n} numbers of its n-grams, and if it is missing"


def test_a_table_that_does_not_fit_in_memory_is_refused(named: Any, tmp_path: Path) -> None:
    """A stream says why; the same file, small enough to be read at once, is learned from."""
    pytest.importorskip("pyarrow")
    X = pd.DataFrame({"y": np.arange(4000.0), "name": [f"name {k} " * 20 for k in range(4000)]})
    X.to_parquet(tmp_path / "t.parquet", row_group_size=100)
    source = ParquetSource(tmp_path / "t.parquet", "y", memory="8MB")
    model = TabularRegressor("fast", text_columns=["name"], **QUICK)
    with pytest.raises(
        ParameterError, match="'text_columns' must be None for rows that do not fit in memory"
    ):
        model.fit(source)


def test_clones_and_comparisons_keep_the_option(named: Any) -> None:
    """clone and compare pass it on."""
    assert clone(TabularClassifier(text_columns=["a"])).text_columns == ["a"]
    with pytest.raises(ParameterError, match="'text_columns' names the column 'b'"):
        compare(*named, task="regression", models=["pellucid-fast"], n_splits=1, text_columns=["b"])


@pytest.mark.slow
def test_parts_of_words_are_learned() -> None:
    """If a part of the text tells the target, the option beats categories by far."""
    rng = np.random.default_rng(0)
    names, marked = _names(rng, 900)
    X, y = pd.DataFrame({"size": rng.normal(size=900), "name": names}), marked.astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        models = [TabularClassifier("fast", text_columns=texts, random_state=0) for texts in (None, ["name"])]
        scores = [each.fit(X[:600], y[:600]).score(X[600:], y[600:]) for each in models]

    assert scores[1] > 0.97
    assert scores[1] > scores[0] + 0.2


def test_a_trace_says_how_text_was_centered(named: Any, model: Any) -> None:
    """Numbers of free text by their mean, all others by a median."""
    X, y = named
    t = trace(model, X[1:3], y[1:3])
    step = next(s for s in t.document().steps if s.entries and s.entries[0].symbol == "cell")
    (column,) = (column for column in model.encoder_.columns_ if column.name == "name")
    at = model.encoder_.names_.index("name: text 1")
    known = X["name"].dropna().tolist()
    mean = column.text.parts(known)[:, 0].mean()

    assert step.equations[0] == "scaled = (cell − center) · scale"
    center = next(entry for entry in step.entries if entry.symbol == "center")
    assert center.caption == "of the training rows: the median, and of numbers of text the mean"
    assert any("groups of 2 to 4 characters" in note for note in step.remarks)
    told = str(t.explain("inputs", input_layer=0, index="name: text 1", sample=0, precision=6))
    value = column.text.parts([X["name"][1]])[0, 0]
    assert told.startswith(f"(number of the text {value:.6f} − mean {mean:.6f}) × scale ")
    assert " − median " in str(t.explain("inputs", input_layer=0, index="size", sample=0))
    assert t.explain("inputs", input_layer=0, index=at, sample=0).value == model.encode(X[1:2])[0, at]


def test_a_trace_without_text_does_not_speak_of_it(named: Any) -> None:
    X, y = named
    plain = TabularRegressor("fast", **QUICK).fit(X[["size"]], y)
    page = trace(plain, X[["size"]][1:3], y[1:3]).document()
    step = next(s for s in page.steps if s.entries and s.entries[0].symbol == "cell")

    assert step.equations[0] == "scaled = (cell − median) · scale"
    assert not any("text" in note for note in step.remarks)
