"""Scores of predictions, computed by the same code for all."""

import numpy as np
from sklearn.metrics import log_loss, mean_absolute_error, roc_auc_score, root_mean_squared_error


def regression_scores(y: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    return {
        "rmse": float(root_mean_squared_error(y, predicted)),
        "mae": float(mean_absolute_error(y, predicted)),
    }


def classification_scores(y: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Return the scores of two classes, 0 and 1."""
    return {
        "error": float(np.mean(probabilities.argmax(axis=1) != y)),
        "auc": float(roc_auc_score(y, probabilities[:, 1])),
        "log_loss": mean_log_loss(y, probabilities),
    }


def mean_log_loss(y: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the log loss in float64, so that nobody's float32 is clipped sooner than another's float64."""
    p = np.asarray(probabilities, dtype=np.float64)
    return float(log_loss(y, p / p.sum(axis=1, keepdims=True)))
