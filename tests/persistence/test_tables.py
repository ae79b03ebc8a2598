"""Estimators for tables through a file: the same predictions, none of the rows, nothing that was forged."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.metrics import make_scorer, r2_score

from pellucid import load, save
from pellucid.exceptions import ParameterError
from pellucid.persistence import read_header
from pellucid.persistence.values import decode, encode
from pellucid.tabular import TabularClassifier, TabularRegressor
from persistence.forgery import forge, refused

QUICK: dict[str, Any] = {"max_iter": 3, "hidden_layer_sizes": (8,), "random_state": 0}
N = 60


def _frame() -> pd.DataFrame:
    """Return a table with every kind of column, and numbers that nothing else would hold."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "size": rng.normal(size=N),
            "near": rng.choice(["sea", "lake", "town"], N),
            "street": rng.choice([f"street {i}" for i in range(11)], N),
            "new": rng.random(N) < 0.5,
            "sold": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, N), unit="D"),
            "nothing": 1.0,
            "gain": np.where(rng.random(N) < 0.9, 0.0, rng.normal(size=N)),
        }
    )
    X.loc[::7, "size"] = np.nan
    return X


X = _frame()
Y = np.random.default_rng(1).normal(size=N)
LABELS = np.random.default_rng(2).integers(0, 2, (N, 3))

MODELS: dict[str, Callable[[], Any]] = {
    "classes": lambda: TabularClassifier(calibrate=True, n_members=2, **QUICK).fit(X, X["near"].fillna("?")),
    "truth values": lambda: TabularClassifier("fast", **QUICK).fit(X, Y > 0),
    "labels": lambda: TabularClassifier(**QUICK).fit(X, LABELS),
    "numbers": lambda: TabularRegressor(n_members=2, **QUICK).fit(X, Y),
    "numbers with weights": lambda: TabularRegressor(**QUICK).fit(X, Y, np.arange(N) % 3 + 0.5),
    "groups and sentinels": lambda: TabularRegressor(sentinels=[-999], **QUICK).fit(
        X.assign(size=np.where(np.arange(N) % 3, X["size"], -999.0)), Y, groups=np.arange(N) // 4),
    "a few numbers": lambda: TabularRegressor(coverage_by="near", **QUICK).fit(X[:9], Y[:9]),
    "a few classes": lambda: TabularClassifier(**QUICK).fit(X[:9], Y[:9] > 0),
    "several numbers": lambda: TabularRegressor("fast", **QUICK).fit(X, np.c_[Y, 100.0 * Y]),
    "quantiles": lambda: TabularRegressor(loss="quantile", **QUICK).fit(X, np.c_[Y, -Y]),
    "counts": lambda: TabularRegressor(loss="poisson", **QUICK).fit(X, np.round(Y**2)),
    "huber": lambda: TabularRegressor(loss="huber", huber_delta=0.7, **QUICK).fit(X, Y),
    "an array": lambda: TabularRegressor(categorical_features=[1], **QUICK).fit(np.c_[Y, np.arange(N) % 20], Y),
    "searched": lambda: TabularRegressor("best", n_members=2, n_trials=16, **QUICK).fit(X, Y),
    "sparse": lambda: TabularRegressor(**QUICK).fit(sparse.random_array((N, 5), density=0.5, rng=0), Y),
}  # fmt: skip


def _table(name: str) -> Any:
    if name == "an array":
        return np.c_[Y, np.arange(N) % 23]
    return sparse.random_array((N, 5), density=0.5, rng=1, format="csr") if name == "sparse" else X


def _said(model: Any, table: Any) -> dict[str, Any]:
    """Return all that a model says of a table."""
    names = ("predict", "predict_proba", "predict_interval", "spread", "encode")
    said = {name: getattr(model, name)(table) for name in names if hasattr(model, name)}
    if getattr(model, "loss", None) == "quantile":
        said["predict_quantiles"] = model.predict_quantiles(table)
    return {name: v.toarray() if sparse.issparse(v) else v for name, v in said.items()}


@cache
def _fitted(name: str) -> tuple[Any, bytes]:
    """Return the model of that name, and its file."""
    model = MODELS[name]()
    with TemporaryDirectory() as folder:
        save(model, Path(folder, "model"))
        return model, Path(folder, "model").read_bytes()


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], tuple[Any, Path]]:
    """Return a model of that name, and a file of it that may be changed."""

    def of(name: str) -> tuple[Any, Path]:
        model, data = _fitted(name)
        (tmp_path / "model.safetensors").write_bytes(data)
        return model, tmp_path / "model.safetensors"

    return of


# ---- the same -----------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:The intervals are infinite")
@pytest.mark.few("classes", "numbers", "a few numbers", "several numbers", "an array", "sparse")
@pytest.mark.parametrize("name", MODELS)
def test_predictions_come_back(name: str, written: Any, tmp_path: Path) -> None:
    """Every method gives the same bits, and the same file is written again."""
    model, path = written(name)
    back = load(path)

    for method, expected in _said(model, _table(name)).items():
        found = _said(back, _table(name))[method]
        assert found.dtype.kind == expected.dtype.kind
        np.testing.assert_array_equal(found, expected, err_msg=method)
    assert back.get_params() == model.get_params()
    assert back.notes_ == model.notes_
    assert [m.history for m in back.members_] == [m.history for m in model.members_]
    assert [m.outcome for m in back.members_] == [m.outcome for m in model.members_]
    assert back.tried_ == model.tried_
    for attribute in ("n_features_in_", "feature_names_in_", "classes_", "temperature_"):
        assert np.array_equal(*(getattr(m, attribute, None) for m in (back, model)))
    save(back, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_sets_of_a_model_that_held_out_no_row_come_back(written: Any) -> None:
    """Every class, with the same reason: the fit was finished, but its rows were too few."""
    model, path = written("a few classes")
    for one in (model, load(path)):
        with pytest.warns(UserWarning, match=r"takes at least 10 held-out rows, and this model held out 0"):
            assert one.predict_set(X, 0.5).all()


@pytest.mark.slow
def test_predictions_come_back_in_another_process(written: Any, tmp_path: Path) -> None:
    """From the file alone."""
    model, path = written("classes")
    X.to_pickle(tmp_path / "X.pickle")
    code = (
        "import sys, numpy, pandas, pellucid\n"
        "folder = sys.argv[1]\n"
        "model = pellucid.load(folder + '/model.safetensors')\n"
        "numpy.save(folder + '/p.npy', model.predict_proba(pandas.read_pickle(folder + '/X.pickle')))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(path.parent)], check=True)

    assert (np.load(tmp_path / "p.npy") == model.predict_proba(X)).all()


def test_a_loaded_model_is_fitted_again(written: Any) -> None:
    """As the first one is."""
    model, path = written("numbers")

    assert (load(path).fit(X, Y).predict(X) == model.predict(X)).all()


def test_a_loaded_model_checks_columns(written: Any) -> None:
    """It knows their names and kinds."""
    back = load(written("numbers")[1])

    with pytest.raises(ValueError, match="It lacks 'near'"):
        back.predict(X.drop(columns="near"))
    with pytest.raises(ValueError, match="'size' held numbers"):
        back.predict(X.assign(size="large"))


def test_the_header_says_what_it_is(written: Any) -> None:
    """Without loading: class, parameters, networks, members, columns."""
    header = read_header(written("numbers")[1])

    assert header["class"] == "TabularRegressor"
    assert header["parameters"]["n_members"] == 2
    assert [network["layer_sizes"][-1] for network in header["networks"]] == [1, 1]
    assert [len(member["history"]) for member in header["members"]] == [3, 3]
    assert [column["name"] for column in header["encoder"]["columns"]] == list(X.columns)


def test_what_cannot_be_saved(tmp_path: Path) -> None:
    """A scorer is code; a model that is not fitted has nothing to save."""
    model = TabularRegressor(scoring=make_scorer(r2_score), **QUICK).fit(X, Y)
    with pytest.raises(ParameterError, match=r"scoring=.*set_params\(scoring=None\)"):
        save(model, tmp_path / "model")
    with pytest.raises(ValueError, match="not fitted"):
        save(TabularRegressor(), tmp_path / "model")
    assert not list(tmp_path.iterdir())


# ---- none of the rows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["squared_error", "quantile"])
@pytest.mark.parametrize("n_members", [1, 3])
def test_the_file_holds_none_of_the_rows(loss: str, n_members: int, tmp_path: Path) -> None:
    """No number of X or y but medians and ends, as bytes or as text; of text only the categories."""
    rng = np.random.default_rng(3)
    secret = pd.DataFrame(
        {"a": rng.normal(size=200), "b": rng.normal(size=200) ** 3, "c": rng.choice([*"xyz"], 200)}
    )
    y = rng.normal(size=200)
    model = TabularRegressor(loss=loss, n_members=n_members, **QUICK).fit(secret, y)
    save(model, tmp_path / "model")
    data = (tmp_path / "model").read_bytes()

    def traces(values: Any) -> int:
        as_text = [repr(v).encode() for v in values.tolist()]
        as_bytes = [v.astype(kind).tobytes() for v in values for kind in ("<f8", ">f8")]
        return sum(data.count(trace) > 0 for trace in (*as_text, *as_bytes))

    ends = [getattr(member.targets, name) for member in model.members_ for name in ("low", "high")]
    assert traces(y[~np.isin(y, ends)]) == 0
    assert traces(secret["a"].to_numpy()) == traces(secret["b"].to_numpy()) == 0
    encoded = model.encode(secret).astype(np.float32)
    assert not any(data.count(row.tobytes()) for row in encoded[:, :2])
    standardized = ((y - y.mean()) / y.std()).astype(np.float32)
    assert not any(data.count(pair.tobytes()) for pair in standardized[:100].reshape(-1, 2))
    assert traces(np.array([model.members_[0].targets.mean[0]])) > 0  # so that a trace would be found


def test_a_file_from_before_groups_sentinels_and_shares_loads_as_it_was(written: Any) -> None:
    """Fields that it lacks mean what there was: no sentinels, no shares, rows that stand for themselves."""
    model, path = written("numbers")
    expected = _said(model, X)

    def older(header: Any, tensors: Any) -> None:
        encoder = decode(header["encoder"], None)
        del encoder["options"]["sentinels"]
        for column in encoder["columns"]:
            del column["sentinels"], column["shares"], column["histogram"]
        header["encoder"] = encode(encoder, "")
        del header["predicted"]
        parameters = decode(header["parameters"], None)
        del parameters["sentinels"]
        header["parameters"] = encode(parameters, "")

    forge(path, older)
    back = load(path)
    assert back.conformal_groups_ is None
    for method, values in _said(back, X).items():
        np.testing.assert_array_equal(values, expected[method])


# ---- forged -------------------------------------------------------------------------------------------------


def _set(*path: Any, to: Any) -> Callable[[Any, Any], None]:
    """Return a change of a value in the header, by its way through decoded dicts and lists."""

    def change(header: Any, tensors: Any) -> None:
        name, *rest = path
        if not rest:
            header[name] = to
            return
        whole = (
            [decode(v, None) for v in header[name]]
            if isinstance(header[name], list)
            else decode(header[name], None)
        )
        inner = whole
        for key in rest[:-1]:
            inner = inner[key]
        if to is KeyError:
            del inner[rest[-1]]
        else:
            inner[rest[-1]] = to
        header[name] = [encode(v, "") for v in whole] if isinstance(whole, list) else encode(whole, "")

    return change


def _tensor(name: str, make: Any) -> Callable[[Any, Any], None]:
    def change(header: Any, tensors: Any) -> None:
        tensors[name] = make(tensors.get(name))

    return change


def _without(name: str) -> Callable[[Any, Any], None]:
    return lambda header, tensors: (header if name in header else tensors).pop(name)


COLUMNS = "encoder", "columns"
ONE = np.ones(1)
FORGERIES: dict[str, tuple[str, Callable[[Any, Any], None]]] = {
    "no encoder": ("numbers", _without("encoder")),
    "no networks": ("numbers", _set("networks", to=[])),
    "a network less": ("numbers", lambda header, tensors: header["networks"].pop()),
    "a member less": ("numbers", lambda header, tensors: header["members"].pop()),
    "a member of another kind": ("numbers", _set("members", 0, to=[1])),
    "more in the header": ("numbers", _set("more", to=1)),
    "another class": ("numbers", _set("class", to="TabularClassifier")),
    "a class of MLPs": ("numbers", _set("class", to="MLPRegressor")),
    "numbers are no classes": ("classes", _set("class", to="TabularRegressor")),
    "another parameter": ("numbers", _set("parameters", "colour", to=1)),
    "no parameters": ("numbers", _set("parameters", to=[])),
    "no tensor": ("numbers", _without("1.parameters")),
    "more tensors": ("numbers", _tensor("2.parameters", lambda _: ONE)),
    "a tensor of a third kind": ("numbers", _tensor("0.memory", lambda _: ONE)),
    "another shape": ("numbers", _tensor("0.parameters", lambda t: t[:-1].copy())),
    "no scores": ("numbers", _without("conformal_scores")),
    "no row held out, and scores": ("numbers", _set("no_row_held_out", to=True)),
    "a row held out, and no scores": ("a few numbers", _set("no_row_held_out", to=False)),
    "scores of more targets": ("numbers", _tensor("conformal_scores", lambda t: np.c_[t, t])),
    "scores that are none": ("numbers", _tensor("conformal_scores", lambda t: t * np.nan)),
    "more weights": ("numbers with weights", _tensor("conformal_weight", lambda t: np.r_[t, 1.0])),
    "weights of 0": ("numbers with weights", _tensor("conformal_weight", lambda t: 0.0 * t)),
    "groups of fractions": ("groups and sentinels", _tensor("conformal_groups", lambda t: t + 0.5)),
    "groups beyond the rows": ("groups and sentinels", _tensor("conformal_groups", lambda t: t + len(t))),
    "groups below 0": ("groups and sentinels", _tensor("conformal_groups", lambda t: t - 1.0)),
    "classes of fractions": ("classes", _tensor("conformal_classes", lambda t: t + 0.5)),
    "scores without classes": ("classes", _without("conformal_classes")),
    "classes without scores": ("classes", _without("conformal_scores")),
    "scores of a classifier": ("classes", _tensor("conformal_scores", lambda _: np.ones((3, 1)))),
    "several flat targets": ("several numbers", _set("is_flat", to=True)),
    "more targets": ("numbers", _set("n_targets", to=2)),
    "targets beyond memory": ("numbers", _set("n_targets", to=10**15)),
    "another loss": ("numbers", _set("loss", to="log_loss")),
    "quantiles without levels": ("numbers", _set("loss", to="quantile")),
    "levels without quantiles": ("numbers", _set("levels", to=[0.5])),
    "levels not in order": ("quantiles", _set("levels", to=[0.5, 0.1, 0.9])),
    "levels beyond": ("quantiles", _set("levels", to=[0.5, 0.9, 1.5])),
    "levels fewer": ("quantiles", _set("levels", to=[0.5, 0.9])),
    "a delta below 0": ("huber", _set("huber_delta", to=-1.0)),
    "counts of numbers": ("numbers", _set("loss", to="poisson")),
    "a scale beyond 64 bits": ("numbers", _set(*COLUMNS, 0, "features", 0, "scale", to=10**30)),
    "a temperature of 0": ("classes", _set("temperature", to=0.0)),
    "a temperature without end": ("classes", _set("temperature", to={"$": "float", "value": "inf"})),
    "classes twice": ("classes", _set("classes", to=encode(np.array(["a", "a", "b", "c"]), ""))),
    "classes fewer": ("classes", _set("classes", to=encode(np.array(["a", "b"]), ""))),
    "classes are labels": ("classes", _set("labels", to="multilabel-indicator")),
    "labels are classes": ("labels", _set("labels", to="multiclass")),
    "no scale": ("numbers", _set("members", 0, "scale", to=None)),
    "a scale of 0": ("numbers", _set("members", 0, "scale", to=0.0 * ONE)),
    "a scale of two": ("numbers", _set("members", 1, "scale", to=np.ones(2))),
    "a scale of text": ("numbers", _set("members", 1, "scale", to=np.array(["a"]))),
    "a mean without end": ("numbers", _set("members", 1, "mean", to=np.inf * ONE)),
    "a range upside down": ("numbers", _set("members", 0, "low", to=1e9 * ONE)),
    "a scale of classes": ("classes", _set("members", 0, "scale", to=ONE)),
    "no history": ("numbers", _set("members", 0, "history", to=[])),
    "a history of text": ("numbers", _set("members", 0, "history", to=["none"])),
    "another ending": ("numbers", _set("members", 0, "reason", to="bored")),
    "more of a member": ("numbers", _set("members", 0, "more", to=1)),
    "no options": ("numbers", _set("encoder", "options", to={})),
    "a clip below 0": ("numbers", _set("encoder", "options", "smooth_clip", to=-3.0)),
    "columns named twice over": ("numbers", _set("encoder", "options", "categorical", to=[1.5])),
    "names of other columns": ("numbers", _set("encoder", "feature_names", to=list("abcdefg"))),
    "names fewer": ("numbers", _set("encoder", "feature_names", to=["size"])),
    "names of a sparse matrix": ("sparse", _set("encoder", "feature_names", to=[f"x{i}" for i in range(5)])),
    "a frame that is sparse": ("numbers", _set("encoder", "is_sparse", to=True)),
    "sparse by a number": ("sparse", _set("encoder", "is_sparse", to=1)),
    "a column less": ("sparse", _set("encoder", "columns", 0, to=KeyError)),
    "a column of another kind": ("numbers", _set(*COLUMNS, 0, "kind", to="nested")),
    "numbers as dates": ("numbers", _set(*COLUMNS, 4, "kind", to="numeric")),
    "numbers with categories": ("numbers", _set(*COLUMNS, 0, "categories", to=["a"])),
    "numbers as codes": ("numbers", _set(*COLUMNS, 0, "as_codes", to=True)),
    "codes as numbers": ("numbers", _set(*COLUMNS, 2, "as_codes", to=False)),
    "a category more": ("numbers", _set(*COLUMNS, 2, "categories", to=[f"street {i}" for i in range(12)])),
    "a category twice": ("numbers", _set(*COLUMNS, 2, "categories", to=["street 0"] * 11)),
    "another category in one column": ("numbers", _set(*COLUMNS, 1, "categories", to=["a", "b", "c"])),
    "categories of numbers": ("numbers", _set(*COLUMNS, 2, "categories", to=list(range(11)))),
    "another suffix": ("numbers", _set(*COLUMNS, 0, "features", 0, "suffix", to=": month (sin)")),
    "another group": ("numbers", _set(*COLUMNS, 0, "features", 0, "group", to="code")),
    "a group that is none": ("numbers", _set(*COLUMNS, 0, "features", 0, "group", to="other")),
    "a median without end": ("numbers", _set(*COLUMNS, 0, "features", 0, "median", to=np.nan)),
    "sentinels of text": ("numbers", _set(*COLUMNS, 0, "sentinels", to=["a"])),
    "shares beyond 1": ("numbers", _set(*COLUMNS, 3, "shares", to=[2.0, 0.0])),
    "shares of more categories": ("numbers", _set(*COLUMNS, 3, "shares", to=[0.5, 0.25, 0.25])),
    "shares of codes": ("numbers", _set(*COLUMNS, 2, "shares", to=[1.0] + [0.0] * 10)),
    "a histogram of text": ("numbers", _set(*COLUMNS, 0, "histogram", "bounds", to=["a"] * 9)),
    "a histogram without a bin": ("numbers", _set(*COLUMNS, 0, "histogram", "shares", to=[])),
    "a histogram of no rows": ("numbers", _set(*COLUMNS, 0, "histogram", "n_rows", to=0.0)),
    "a histogram of shares that are none": ("numbers", _set(*COLUMNS, 0, "histogram", "shares", to=[0.5] * 10)),
    "histograms of predictions too many": ("numbers", _set("predicted", to=[None] * 3)),
    "a share of 0": ("searched", _set("members", 0, "share", to=0.0)),
    "a share beyond 1": ("searched", _set("members", 1, "share", to=1.5)),
    "a share of text": ("searched", _set("members", 1, "share", to="all")),
    "what was tried, without a loss": ("searched", _set("tried", 0, "loss", to=KeyError)),
    "what was tried, with a share below 0": ("searched", _set("tried", 0, "share", to=-0.5)),
    "what was tried, of numbers": ("searched", _set("tried", to=[1, 2])),
    "knots without order": ("numbers", _set(*COLUMNS, 0, "features", 0, "knots", to=[1.0, 0.0])),
    "knots of text": ("numbers", _set(*COLUMNS, 0, "features", 0, "knots", to=["a"])),
    "a scale of truth": ("numbers", _set(*COLUMNS, 0, "features", 0, "scale", to=True)),
    "a feature less": ("numbers", _set(*COLUMNS, 0, "features", to=[])),
    "missing below 0": ("numbers", _set(*COLUMNS, 0, "n_missing", to=-1)),
    "a note of numbers": ("numbers", _set("encoder", "notes", to=[1])),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_what_does_not_fit_is_refused(name: str, written: Any) -> None:
    """A file that was changed by someone who knows how the digest is made."""
    kind, change = FORGERIES[name]
    _, path = written(kind)
    forge(path, change)

    assert "cannot be loaded" in refused(path)


def test_other_codes_in_the_network_are_refused(written: Any) -> None:
    """The table of a lookup must be as long as the codes that come."""
    _, path = written("numbers")

    def change(header: Any, tensors: Any) -> None:
        network = decode(header["networks"][0], None)
        kind, options = network["input_layers"][0]
        assert kind == "Lookup"
        options["n_codes"] = [options["n_codes"][0] - 1]
        header["networks"][0] = encode(network, "")
        tensors["0.parameters"] = tensors["0.parameters"][: -options["width"]].copy()

    forge(path, change)
    refused(path, "does not match its columns")


def test_a_forgery_that_changes_nothing_is_read(written: Any) -> None:
    """So that the refusals are those of what was changed."""
    for name in ("numbers", "classes", "sparse"):
        model, path = written(name)
        forge(path, _set("members", 0, "message", to="Changed."))
        back = load(path)
        assert back.members_[0].outcome.message == "Changed."
        assert (back.predict(_table(name)) == model.predict(_table(name))).all()
