"""Tables with a column of text, generated: what ``text_columns`` gains, and where it must not be needed.

``python -m benchmarks.tabular.texts`` prints the test loss of the fast and the default preset with and without the
option, and of logistic or ridge regression on TF-IDF of character n-grams of scikit-learn.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.metrics import log_loss, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pellucid import TabularClassifier, TabularRegressor

Made = tuple[pd.DataFrame, NDArray[Any]]
Rng = np.random.Generator

CONSONANTS, VOWELS = "bcdfghjklmnprstvwz", "aeiou"
TITLES = (
    ("software engineer", "sw engineer", "software developer", "programmer"),
    ("nurse", "registered nurse", "rn", "staff nurse"),
    ("sales manager", "sales mgr", "mgr, sales", "head of sales"),
    ("accountant", "accounting clerk", "acct", "bookkeeper"),
    ("teacher", "school teacher", "teaching assistant", "lecturer"),
    ("electrician", "electrical technician", "elec. tech", "electrical fitter"),
    ("data analyst", "analyst (data)", "business analyst", "data scientist"),
    ("truck driver", "driver - hgv", "lorry driver", "delivery driver"),
)
RANKS = (
    ("junior ", -0.9),
    ("jr. ", -0.9),
    ("", 0.0),
    ("", 0.0),
    ("senior ", 0.8),
    ("sr. ", 0.8),
    ("lead ", 1.3),
)


def _word(rng: Rng, syllables: int) -> str:
    return "".join(rng.choice(list(CONSONANTS)) + rng.choice(list(VOWELS)) for _ in range(syllables))


def _words(rng: Rng, n: int) -> list[str]:
    return [_word(rng, int(rng.integers(2, 4))) for _ in range(n)]


def _misspelled(rng: Rng, text: str, rate: float) -> str:
    letters = list(text)
    for at in range(len(letters) - 1, -1, -1):
        if rng.random() < rate:
            kind = rng.integers(4)
            if kind == 0:
                del letters[at]
            elif kind == 1:
                letters.insert(at, letters[at])
            elif kind == 2:
                letters[at] = rng.choice(list(CONSONANTS + VOWELS))
            else:
                letters[at] = letters[at].upper()
    return "".join(letters)


def _numbers(rng: Rng, n: int, m: int = 3) -> pd.DataFrame:
    return pd.DataFrame(rng.normal(size=(n, m)), columns=[f"x{j}" for j in range(m)])


def _drawn(rng: Rng, score: NDArray[np.float64]) -> NDArray[Any]:
    return (rng.random(len(score)) < 1.0 / (1.0 + np.exp(-score))).astype(int)


def substrings(rng: Rng, n: int) -> Made:
    """Product names; four parts of names move the odds, one of them only with a number."""
    vocabulary = _words(rng, 250)
    X = _numbers(rng, n)
    marks = ["pro", "mini", "xl", "eco"]
    has = rng.random((n, 4)) < [0.2, 0.15, 0.1, 0.2]
    names = []
    for row in range(n):
        words = list(rng.choice(vocabulary, int(rng.integers(2, 4))))
        for mark, present in zip(marks, has[row], strict=True):
            if present:  # a part of a word, at either end
                at = int(rng.integers(len(words)))
                words[at] = mark + words[at] if rng.random() < 0.5 else words[at] + mark
        names.append(" ".join(words))
    X["name"] = names
    score = (
        2.5 * has[:, 0] - 2.5 * has[:, 1] + 2.0 * has[:, 2] - 0.8 + 2.0 * has[:, 3] * X["x0"] + 0.7 * X["x1"]
    )
    return X, _drawn(rng, score.to_numpy())


def typos(rng: Rng, n: int) -> Made:
    """Thirty companies with effects of their own, written with typing errors and endings."""
    companies = [f"{_word(rng, 3)} {_word(rng, 2)}" for _ in range(30)]
    effect, which = rng.normal(0.0, 1.6, 30), rng.integers(30, size=n)
    X = _numbers(rng, n)
    endings = ["", " ltd", " inc.", " GmbH", " & sons"]
    X["company"] = [_misspelled(rng, companies[k] + rng.choice(endings), 0.08) for k in which]
    return X, _drawn(rng, effect[which] + np.sin(2.0 * X["x0"]).to_numpy() + 0.5 * X["x1"].to_numpy())


def titles(rng: Rng, n: int) -> Made:
    """Job titles of eight trades and four ranks in several spellings; pay grows with years, by trade."""
    base, growth = rng.normal(0.0, 1.0, len(TITLES)), rng.uniform(0.1, 1.0, len(TITLES))
    which, rank = rng.integers(len(TITLES), size=n), rng.integers(len(RANKS), size=n)
    X = pd.DataFrame({"years": rng.uniform(0.0, 30.0, n), "hours": rng.normal(38.0, 4.0, n)})
    X["title"] = [
        _misspelled(rng, (RANKS[r][0] + rng.choice(TITLES[k])).title(), 0.03)
        for k, r in zip(which, rank, strict=True)
    ]
    step = np.array([RANKS[r][1] for r in rank])
    y = base[which] + growth[which] * np.sqrt(X["years"]) + step + 0.04 * X["hours"] + rng.normal(0.0, 0.4, n)
    return X, y.to_numpy()


def topics(rng: Rng, n: int) -> Made:
    """Descriptions of 8 to 25 words from six topics, with common words; the mixture of topics moves the odds."""
    common, own = _words(rng, 80), [_words(rng, 60) for _ in range(6)]
    mixtures = rng.dirichlet(np.full(6, 0.4), n)
    X = _numbers(rng, n, 2)
    texts = []
    for row in range(n):
        length = int(rng.integers(8, 26))
        drawn = rng.choice(6, length, p=mixtures[row])
        texts.append(" ".join(
            rng.choice(common) if rng.random() < 0.4 else rng.choice(own[topic]) for topic in drawn
        ))  # fmt: skip
    X["text"] = texts
    return X, _drawn(rng, mixtures @ np.array([4.0, -4.0, 2.0, -2.0, 0.0, 0.0]) + 0.7 * X["x0"].to_numpy())


def codes(rng: Rng, n: int) -> Made:
    """Part numbers such as KD-4821-X: the letters in front and the last one matter, the digits do not."""
    letters = list("ABCDEFGHKLMNPRSTUVWXYZ")
    front, last = rng.choice(letters, (n, 2)), rng.choice(list("ABCX"), n)
    effect = {letter: rng.normal(0.0, 1.0) for letter in letters}
    end = dict(zip("ABCX", (0.0, 0.5, -0.5, 1.5), strict=True))
    X = _numbers(rng, n, 2)
    X["part"] = [
        f"{a}{b}-{d}-{c}" for (a, b), c, d in zip(front, last, rng.integers(1000, 9999, n), strict=True)
    ]
    y = [effect[a] + 0.5 * effect[b] + end[c] for (a, b), c in zip(front, last, strict=True)]
    return X, np.array(y) + X["x0"].to_numpy() + rng.normal(0.0, 0.4, n)


def notes(rng: Rng, n: int) -> Made:
    """Notes that have nothing to do with the target."""
    vocabulary = _words(rng, 400)
    X = _numbers(rng, n)
    X["note"] = [" ".join(rng.choice(vocabulary, int(rng.integers(3, 9)))) for _ in range(n)]
    return X, np.sin(2.0 * X["x0"]).to_numpy() + (X["x1"] * X["x2"]).to_numpy() + rng.normal(0.0, 0.3, n)


def categories(rng: Rng, n: int) -> Made:
    """Four hundred names with effects of their own, spelled without error: categories, no text."""
    names, effect, which = _words(rng, 400), rng.normal(size=400), rng.integers(400, size=n)
    X = _numbers(rng, n)
    X["shop"] = [names[k] for k in which]
    return X, effect[which] + X["x0"].to_numpy() + rng.normal(0.0, 0.4, n)


TABLES: dict[str, tuple[Callable[[Rng, int], Made], str]] = {
    "substrings": (substrings, "name"),
    "typos": (typos, "company"),
    "titles": (titles, "title"),
    "topics": (topics, "text"),
    "codes": (codes, "part"),
    "notes (useless)": (notes, "note"),
    "categories": (categories, "shop"),
}


def linear(column: str, *, classes: bool) -> Any:
    """Return scikit-learn's usual answer: TF-IDF of n-grams beside scaled numbers, and a linear model."""
    prepared = make_column_transformer(
        (TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True), column),
        remainder=StandardScaler(),
    )
    model = (
        LogisticRegressionCV(
            Cs=6, max_iter=500, scoring="neg_log_loss", use_legacy_attributes=False, l1_ratios=(0,)
        )
        if classes
        else RidgeCV(np.logspace(-2, 3, 11))
    )
    return make_pipeline(prepared, model)


def made(name: str, table: str, column: str, *, classes: bool, seed: int) -> Any:
    """Return a contender by its name."""
    if name == "linear":
        return linear(column, classes=classes)
    preset, _, option = name.partition("+")
    kind = TabularClassifier if classes else TabularRegressor
    return kind(preset, text_columns=[column] if option else None, random_state=seed)


def main() -> None:
    """Print a row for each table and number of rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[500, 4000])
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--only", nargs="*", default=list(TABLES))
    parser.add_argument(
        "--models", nargs="*", default=["linear", "fast", "fast+text", "default", "default+text"]
    )
    asked = parser.parse_args()
    print("| table | rows |", " | ".join(asked.models), "|")
    print("|---|---|" + "---|" * len(asked.models))
    for table in asked.only:
        for n in asked.rows:
            cells = []
            for model in asked.models:
                losses, seconds = [], 0.0
                for seed in asked.seeds:
                    generate, column = TABLES[table]
                    X, y = generate(np.random.default_rng(seed), n + 4000)
                    classes = y.dtype.kind == "i"
                    started = process_time()
                    fitted = made(model, table, column, classes=classes, seed=seed).fit(X[:n], y[:n])
                    seconds += process_time() - started
                    losses.append(
                        log_loss(y[n:], fitted.predict_proba(X[n:]))
                        if classes
                        else root_mean_squared_error(y[n:], fitted.predict(X[n:]))
                    )
                cells.append(f"{np.mean(losses):.3f} ({seconds / len(asked.seeds):.1f} s)")
            print(f"| {table} | {n} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    sys.exit(main())
