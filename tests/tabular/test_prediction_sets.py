"""Sets of classes hold the class of a new row as often as asked for."""

from typing import Any

import numpy as np
import pytest

from pellucid import load, save
from pellucid.exceptions import ParameterError
from pellucid.tabular import TabularClassifier, coverage_by_group
from tabular.conftest import QUICK


def _classes(n: int, seed: int) -> tuple[Any, Any]:
    """Return rows and three overlapping classes, one of them rare, as text."""
    rng = np.random.default_rng(seed)
    k = rng.choice(3, n, p=[0.6, 0.33, 0.07])
    return rng.normal(size=(n, 3)) + 1.2 * np.eye(3)[k], np.array(["often", "some", "rare"])[k]


@pytest.fixture(scope="module")
def model() -> Any:
    """Return a classifier of 900 rows."""
    return TabularClassifier(**{**QUICK, "n_members": 5, "max_iter": 12}).fit(*_classes(900, 0))


@pytest.mark.parametrize("coverage", [0.6, 0.8, 0.95])
def test_sets_hold_their_share(model: Any, coverage: float) -> None:
    """On average; none is empty, and the most probable class is in each."""
    X, y = _classes(5000, 1)
    sets = model.predict_set(X, coverage)
    (row,) = coverage_by_group(y, sets, classes=model.classes_)

    assert sets.shape == (5000, 3)
    assert sets[np.arange(5000), model.predict_proba(X).argmax(axis=1)].all()
    assert row.share >= coverage - 0.03
    assert row.size == sets.sum(axis=1).mean()


def test_rare_classes_are_held_too(model: Any) -> None:
    """By class each has its share, where without that the rare one has less."""
    X, y = _classes(5000, 1)
    plain, own = (
        {
            row.group: row.share
            for row in coverage_by_group(y, model.predict_set(X, by_class=b), y, classes=model.classes_)
        }
        for b in (False, True)
    )

    assert plain["rare"] < 0.8
    assert all(share > 0.84 for share in own.values())


def test_the_limit_is_that_of_the_definition(model: Any) -> None:
    """A class is in the set where 1 - p is at most the ceil((n + 1) c)-th smallest of the held-out scores."""
    X = _classes(50, 2)[0]
    p = model.predict_proba(X)
    limit = np.sort(model.conformal_scores_[:, 0])[int(np.ceil(901 * 0.9)) - 1]
    expected = (1.0 - p <= limit) | (p == p.max(axis=1, keepdims=True))

    assert (model.predict_set(X, 0.9) == expected).all()


def test_scores_are_of_the_true_class_by_who_held_the_row_out() -> None:
    """Of one member: 1 - p of the rows that it held out, whose classes are those of y."""
    X, y = _classes(200, 3)
    fit = TabularClassifier(**QUICK, calibrate=True).fit(X, y)

    assert fit.conformal_scores_.shape == (40, 1)
    counts = dict(zip(*np.unique(fit.classes_[fit.conformal_classes_], return_counts=True), strict=True))
    assert counts["often"] > counts["some"] > counts["rare"]
    assert ((fit.conformal_scores_ >= 0.0) & (fit.conformal_scores_ <= 1.0)).all()


def test_few_rows_give_every_class_and_say_so() -> None:
    """Of 60 rows 12 are held out, which promise 12/13; a class by itself has fewer."""
    X, y = _classes(60, 4)
    fit = TabularClassifier(**QUICK).fit(X, y)
    with pytest.warns(
        UserWarning, match="The sets hold every class: coverage=0.95 takes at least 19 held-out rows"
    ):
        sets = fit.predict_set(X, 0.95)

    assert sets.all()
    with pytest.warns(UserWarning, match="held-out rows of 'rare'"):
        assert fit.predict_set(X, 0.9, by_class=True)[:, list(fit.classes_).index("rare")].all()


def test_labels_have_no_sets() -> None:
    """They do not exclude each other."""
    X, _ = _classes(60, 0)
    fit = TabularClassifier(**QUICK).fit(X, (X[:, :2] > 0.0).astype(int))
    with pytest.raises(ParameterError, match="predict_set needs mutually exclusive classes"):
        fit.predict_set(X)


@pytest.mark.parametrize("options", [{}, {"coverage_by": "g"}])
def test_a_saved_classifier_has_the_same_sets(options: Any, tmp_path: Any) -> None:
    """By category and by class too; the two are not combined."""
    pd = pytest.importorskip("pandas")
    X, y = _classes(300, 5)
    X = pd.DataFrame(X, columns=list("abc")).assign(g=np.where(X[:, 0] > 0.0, "x", "y"))
    fit = TabularClassifier(**QUICK, **options).fit(X, y)
    save(fit, tmp_path / "model.safetensors")
    back = load(tmp_path / "model.safetensors")

    assert (back.predict_set(X, 0.8) == fit.predict_set(X, 0.8)).all()
    if options:
        with pytest.raises(ParameterError, match="'by_class' must be False for a model with 'coverage_by'"):
            fit.predict_set(X, by_class=True)
    else:
        assert (back.predict_set(X, 0.5, by_class=True) == fit.predict_set(X, 0.5, by_class=True)).all()
