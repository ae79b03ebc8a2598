"""Estimators for Dask collections: what needs no cluster."""

import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from pellucid import MLPClassifier, MLPRegressor, TabularClassifier
from pellucid.dask import DaskMLPClassifier, DaskMLPRegressor, DaskTabularClassifier, DaskTabularRegressor
from pellucid.dask.choosing import chosen_number, client_of
from pellucid.dask.partitions import aligned, persisted
from pellucid.dask.parts import check_parts, described, joined
from pellucid.exceptions import DataError, ParameterError

needs_dask = pytest.mark.skipif(
    find_spec("distributed") is None or find_spec("pandas") is None,
    reason="Dask is not installed: pip install 'pellucid[dask]'",
)
KINDS = [DaskMLPClassifier, DaskMLPRegressor, DaskTabularClassifier, DaskTabularRegressor]


# ---- as estimators ----------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_importing_the_estimators_does_not_import_dask() -> None:
    """It is loaded when a collection comes."""
    code = "import sys, pellucid.dask as d; d.DaskMLPRegressor(); assert 'dask' not in sys.modules, 'dask'"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_those_of_the_ordinary_estimator(kind: Any) -> None:
    """They are got, set, cloned and read as attributes; the client stays out of them, but is kept by a clone."""
    client = object()
    model = kind(max_iter=7, client=client, n_workers=2)
    own = {"n_workers": 2, "n_shards": None, "memory": "2GB"}
    assert model.get_params() == {**kind._kind(max_iter=7).get_params(), **own}

    model.set_params(max_iter=9, n_workers=4).batch_size = 50
    twin = clone(model)
    assert (twin.max_iter, twin.batch_size, twin.n_workers, twin.client) == (9, 50, 4, client)
    assert twin.get_params() == model.get_params()
    assert repr(model).startswith(f"{kind.__name__}(")
    assert (copy := pickle.loads(pickle.dumps(model))).client is None
    assert copy.get_params() == model.get_params()
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        model.set_params(depth=1)
    with pytest.raises(AttributeError, match=f"'{kind.__name__}' object has no attribute 'depth'"):
        _ = model.depth
    with pytest.raises(NotFittedError):
        model.to_local()


def test_an_ordinary_estimator_comes_and_goes() -> None:
    """The learned attributes are there; the two share nothing."""
    X, y = np.arange(20.0)[:, None], np.arange(20) % 2
    local = MLPClassifier((2,), learning_rate="cosine", max_iter=2, random_state=0).fit(X, y)
    model = DaskMLPClassifier.from_local(local)
    assert model.classes_.tolist() == [0, 1]
    assert len(model.history_) == 2

    model.to_local().network_.parameters[:] = 0.0
    assert (model.to_local().predict_proba(X) == local.predict_proba(X)).all()
    with pytest.raises(DataError, match="'model' must be a MLPRegressor; got MLPClassifier"):
        DaskMLPRegressor.from_local(local)


# ---- errors -----------------------------------------------------------------------------------------------


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the command."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ParameterError, match=r"need Dask .*pip install 'pellucid\[dask\]'"):
        DaskMLPRegressor().fit(None, None)


@needs_dask
def test_a_client_is_needed() -> None:
    """The remedy is given."""
    with pytest.raises(ParameterError, match=r"'client' must be .*there is none. Create one"):
        client_of(None)
    with pytest.raises(ParameterError, match=r"'client' must be .*got int"):
        client_of(5)


class Cluster:
    """A client of a cluster with some workers."""

    def __init__(self, n: int) -> None:
        self.n = n

    def nthreads(self) -> dict[str, int]:
        return {f"tcp://10.0.0.{k}:1": 1 for k in range(self.n)}


def test_the_number_of_workers() -> None:
    """It is the largest power of two, with a word about those left over; or the one asked for."""
    said: list[str] = []
    assert [chosen_number(Cluster(n), None, said.append) for n in (1, 2, 3, 4, 7)] == [1, 2, 2, 4, 4]
    assert [text[:29] for text in said] == ["2 of the 3 workers train, sin", "4 of the 7 workers train, sin"]
    assert chosen_number(Cluster(7), 2, said.append) == 2
    assert len(said) == 2
    with pytest.raises(ParameterError, match=r"'client' has no workers. Start some"):
        chosen_number(Cluster(0), None, said.append)
    with pytest.raises(ParameterError, match="'n_workers' is 4, but the cluster has 3"):
        chosen_number(Cluster(3), 4, said.append)
    for wrong in (3, 0, -2, 2.0, True):
        with pytest.raises(ParameterError, match="'n_workers' must be a power of two or None; got"):
            chosen_number(Cluster(8), wrong, said.append)  # type: ignore[arg-type]


@needs_dask
def test_collections_that_do_not_go_together() -> None:
    """Messages name the argument, what it must be and what to do."""
    import dask.array as da
    import dask.dataframe as dd
    import pandas as pd

    X, y = da.ones((10, 2), chunks=(5, 1)), da.ones(10, chunks=5)
    frame = dd.from_pandas(pd.DataFrame({"a": range(10), "y": range(10)}), npartitions=2)
    (rows,) = aligned({"X": X, "y": y})
    assert rows["X"].chunks == ((5, 5), (2,))
    assert len(aligned({"X": frame[["a"]], "y": y, "X_val": X, "y_val": y})) == 2

    with pytest.raises(DataError, match="'y' must be a Dask DataFrame, Series or Array; got ndarray"):
        aligned({"X": X, "y": np.ones(10)})
    with pytest.raises(DataError, match=r"'y' must have 2 partitions, as 'X' has; got 1. .*rechunk"):
        aligned({"X": X, "y": y.rechunk(10)})
    with pytest.raises(DataError, match=r"'y' must be chunked into the rows \(5, 5\) of 'X'; got \(6, 4\)"):
        aligned({"X": X, "y": y.rechunk(6)})
    with pytest.raises(DataError, match="chunks of 'y' are unknown: call its compute_chunk_sizes"):
        aligned({"X": X, "y": frame["a"].repartition(npartitions=1).to_dask_array()})
    with pytest.raises(DataError, match="'y_val' must have the divisions of 'X_val'"):
        aligned({"X": X, "y": y, "X_val": frame, "y_val": frame["y"].repartition(divisions=[0, 3, 9])})


@needs_dask
@pytest.mark.skipif(find_spec("pyarrow") is None, reason="pyarrow is not installed.")
def test_partitions_of_files_stay_as_they_are(tmp_path: Path) -> None:
    """Dask would join those of y, which has one column of three, and leave those of X."""
    import dask.dataframe as dd
    import pandas as pd

    for part in range(3):
        table = pd.DataFrame({"a": np.arange(100.0), "b": ["word"] * 100, "y": part})
        table.to_parquet(tmp_path / f"{part}.parquet")
    frame = dd.read_parquet(tmp_path)
    assert len(frame["y"].to_delayed()) < len(frame[["a", "b"]].to_delayed())

    class Client:
        def compute(self, pieces: list[Any]) -> list[Any]:
            return [piece.compute(scheduler="synchronous") for piece in pieces]

    (found,) = persisted(Client(), aligned({"X": frame[["a", "b"]], "y": frame["y"]}))
    assert [(part["X"].shape, part["y"].tolist()) for part in found] == [
        ((100, 2), [k] * 100) for k in range(3)
    ]


def facts(*parts: dict[str, Any]) -> Any:
    return [described(part) for part in parts]


@needs_dask
def test_partitions_that_do_not_go_together() -> None:
    """The message names the column, both types and both partitions; an empty partition has no say."""
    import pandas as pd

    def frame(**columns: Any) -> Any:
        return {"X": pd.DataFrame(columns)}

    whole, empty = frame(a=[1, 2], b=["u", "v"]), frame(a=pd.Series([], dtype=object), b=pd.Series([]))
    check_parts(facts(whole, empty, frame(a=[0.5], b=["w"])))
    with pytest.raises(
        DataError, match=r"Column 'a' of 'X' has the type int64 in partition 0, but str in parti.* 2"
    ):
        check_parts(facts(whole, empty, frame(a=["1", "2"], b=["u", "v"])))
    with pytest.raises(DataError, match=r"Column 'b' of 'X' has the type str .* datetime64"):
        check_parts(facts(whole, frame(a=[1], b=[pd.Timestamp(0)])))
    with pytest.raises(DataError, match=r"columns of 'X' are \['a', 'b'\] in partition 0, but \['b', 'a'\]"):
        check_parts(facts(whole, frame(b=["u"], a=[1])))
    with pytest.raises(DataError, match="'y' has the type float64 in partition 0, but bool in partition 1"):
        check_parts(facts({"y": np.ones(2)}, {"y": np.ones(2, bool)}))
    with pytest.raises(DataError, match="Partition 1 of 'y' has 3 rows, but that of 'X' has 2"):
        check_parts(facts({"X": np.ones(1), "y": np.ones(1)}, {"X": np.ones(2), "y": np.ones(3)}))


@needs_dask
def test_pieces_are_joined_in_their_order() -> None:
    """Arrays, sparse rows, and frames whose categories differ; the type is not that of an empty piece."""
    import pandas as pd
    from scipy.sparse import csr_matrix

    assert joined([np.array([1]), np.array([]), np.array([2, 3])]).tolist() == [1, 2, 3]
    assert joined([csr_matrix(np.eye(2)), csr_matrix(2 * np.eye(2))]).toarray()[:, 0].tolist() == [1, 0, 2, 0]
    parts = [pd.DataFrame({"k": pd.Categorical(list(text)), "n": 1}) for text in ("ab", "cb")]
    whole = joined(parts)
    assert whole["k"].tolist() == ["a", "b", "c", "b"]
    assert whole["k"].dtype == pd.CategoricalDtype(["a", "b", "c"])
    assert joined([part["k"] for part in parts]).dtype == whole["k"].dtype


# ---- lazy predictions -------------------------------------------------------------------------------------


@needs_dask
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("classes", [[0, 1], ["no", "yes", "perhaps"]])
def test_predictions_of_arrays(classes: list[Any]) -> None:
    """Chunks and types are those announced; nothing is calculated before; chunks of columns do not matter."""
    import dask.array as da

    X = np.random.default_rng(0).normal(size=(23, 3))
    y = np.array(classes)[np.arange(23) % len(classes)]
    local = MLPClassifier((3,), max_iter=1, random_state=0).fit(X, y)
    model, rows = DaskMLPClassifier.from_local(local), da.from_array(X, chunks=(10, 2))
    found, shares = model.predict(rows), model.predict_proba(rows)

    assert isinstance(found, da.Array)
    assert (found.chunks, shares.chunks) == (((10, 10, 3),), ((10, 10, 3), (len(classes),)))
    for lazy, now in ((found, local.predict(X)), (shares, local.predict_proba(X))):
        assert lazy.dtype == now.dtype == lazy.compute(scheduler="threads").dtype
    assert found.compute(scheduler="threads").tolist() == local.predict(X).tolist()
    np.testing.assert_allclose(shares.compute(scheduler="threads"), local.predict_proba(X), rtol=1e-6)
    with pytest.raises(DataError, match="'X' must be a Dask DataFrame or Array; got ndarray"):
        model.predict(X)


@needs_dask
def test_predictions_of_several_targets() -> None:
    """A row of an array has a row of predictions."""
    import dask.array as da

    X = np.random.default_rng(0).normal(size=(8, 2))
    local = MLPRegressor((2,), learning_rate="cosine", max_iter=1, random_state=0).fit(
        X, np.hstack([X, X[:, :1]])
    )
    found = DaskMLPRegressor.from_local(local).predict(da.from_array(X, chunks=3))
    assert found.chunks == ((3, 3, 2), (3,))
    np.testing.assert_allclose(found.compute(scheduler="threads"), local.predict(X), rtol=1e-6)


@needs_dask
def test_predictions_of_data_frames() -> None:
    """Index, divisions, names and types are those announced, also of a partition without rows."""
    import dask.dataframe as dd
    import pandas as pd

    rng = np.random.default_rng(0)
    table = pd.DataFrame({"size": rng.normal(size=40), "kind": rng.choice(["flat", "house"], 40)})
    table.index = pd.RangeIndex(100, 140)
    y = np.where(table["size"] > 0.0, "dear", "cheap")
    local = TabularClassifier("fast", max_iter=1, linear=False, random_state=0).fit(table, y)
    model, rows = DaskTabularClassifier.from_local(local), dd.from_pandas(table, npartitions=4)
    found, shares = model.predict(rows), model.predict_proba(rows)

    assert found.divisions == shares.divisions == rows.divisions
    assert (found.name, list(shares.columns)) == ("prediction", ["cheap", "dear"])
    now = found.compute(scheduler="threads")
    assert now.dtype == found.dtype
    assert now.index.equals(table.index)
    assert now.tolist() == local.predict(table).tolist()
    parts = [local.predict_proba(table[k : k + 10]) for k in range(0, 40, 10)]
    np.testing.assert_array_equal(shares.compute(scheduler="threads"), np.concatenate(parts))
    none = model.predict_proba(rows[rows["size"] > 1e9]).compute(scheduler="threads")
    assert none.shape == (0, 2)
    assert (none.dtypes == shares.dtypes).all()


@needs_dask
def test_a_made_up_row_that_the_model_does_not_take() -> None:
    """The first row tells types then: words that are numbers here."""
    import dask.dataframe as dd
    import pandas as pd

    table = pd.DataFrame({"size": [f"{k},5" for k in range(40)]})
    local = TabularClassifier("fast", max_iter=1, linear=False, random_state=0).fit(
        table, np.arange(40) // 20
    )
    model = DaskTabularClassifier.from_local(local)
    found = model.predict(dd.from_pandas(table, npartitions=2)).compute(scheduler="threads")
    assert found.tolist() == local.predict(table).tolist()
