"""Goldens for lib/evaluation from scikit-learn and SciPy: python test/parity/metrics.py > test/parity/golden/metrics.json

Versions are written into the file. Needs numpy, scipy and scikit-learn.
"""

import json
import sys

import numpy as np
import scipy
import sklearn
from scipy.spatial.distance import jensenshannon
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_curve,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)
from sklearn.model_selection import StratifiedGroupKFold


def draw(rng, rows, rate, digits):
    labels = (rng.random(rows) < rate).astype(int)
    logits = np.log(rate / (1 - rate)) + rng.normal(0, 1, rows) + 1.5 * labels
    scores = 1 / (1 + np.exp(-logits))
    return (np.round(scores, digits) if digits else scores), labels


def metrics(name, scores, labels, weights=None):
    threshold = float(np.quantile(scores, 0.8))
    flagged = (scores >= threshold).astype(int)
    precision, recall, _ = precision_recall_curve(labels, scores, sample_weight=weights)
    with np.errstate(invalid="ignore"):
        f1 = np.nan_to_num(2 * precision * recall / (precision + recall))
    fpr, tpr, _ = roc_curve(labels, scores, sample_weight=weights)
    tn, fp, fn, tp = confusion_matrix(labels, flagged, sample_weight=weights).ravel()
    golden = {
        "name": name,
        "type": str(scores.dtype),
        "scores": [float(score) for score in scores],
        "labels": labels.tolist(),
        "weights": None if weights is None else weights.tolist(),
        "rocAuc": roc_auc_score(labels, scores, sample_weight=weights),
        "averagePrecision": average_precision_score(labels, scores, sample_weight=weights),
        "logLoss": log_loss(labels, scores, sample_weight=weights),
        "brier": brier_score_loss(labels, scores, sample_weight=weights),
        "maxF1": float(f1.max()),
        "roc": [fpr.tolist(), tpr.tolist()],
        "threshold": threshold,
        "confusion": {"tp": tp, "fp": fp, "tn": tn, "fn": fn},
        "precision": precision_score(labels, flagged, sample_weight=weights),
        "recall": recall_score(labels, flagged, sample_weight=weights),
        "f1": f1_score(labels, flagged, sample_weight=weights),
    }
    if weights is None:
        observed, predicted = calibration_curve(labels, scores, n_bins=10, strategy="quantile")
        golden["calibration"] = {"predicted": predicted.tolist(), "observed": observed.tolist()}
    return golden


def distances(rng):
    cases = []
    for size in (2, 5, 11):
        then, now = rng.dirichlet(np.ones(size)), rng.dirichlet(np.ones(size))
        cases.append(
            {
                "then": then.tolist(),
                "now": now.tolist(),
                "jensenShannon": jensenshannon(then, now, base=2),
                "psi": float(np.sum((np.maximum(now, 1e-4) - np.maximum(then, 1e-4)) * np.log(np.maximum(now, 1e-4) / np.maximum(then, 1e-4)))),
            }
        )
    return cases


def folds(rng):
    """How uneven scikit-learn's grouped, stratified folds are: what ours may not exceed by much."""
    groups = np.repeat(np.arange(60), rng.integers(1, 30, 60))
    risky = rng.random(60) < 0.3
    labels = ((rng.random(len(groups)) < 0.2) & risky[groups]).astype(int)
    parts = [test for _, test in StratifiedGroupKFold(5, shuffle=True, random_state=0).split(labels, labels, groups)]
    return {
        "groups": groups.tolist(),
        "labels": labels.tolist(),
        "positives": [int(labels[part].sum()) for part in parts],
        "rows": [len(part) for part in parts],
    }


def main():
    rng = np.random.default_rng(7)
    weighted_scores, weighted_labels = draw(rng, 300, 0.2, 2)
    certain, certain_labels = draw(rng, 200, 0.3, 1)
    certain[:3], certain_labels[:3] = [0.0, 1.0, 1.0], [1, 0, 1]
    plain, plain_labels = draw(rng, 400, 0.15, None)
    json.dump(
        {
            "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
            "metrics": [
                metrics("distinct float64 scores", plain, plain_labels),
                metrics("many ties", *draw(rng, 400, 0.1, 2)),
                metrics("few distinct scores, some certain and wrong", certain, certain_labels),
                metrics("the same as float32", certain.astype(np.float32), certain_labels),
                metrics("weighted", weighted_scores, weighted_labels, rng.uniform(0.2, 5, 300)),
            ],
            "distances": distances(rng),
            "folds": folds(rng),
        },
        sys.stdout,
        default=lambda value: value.item(),
    )
    print()


if __name__ == "__main__":
    main()
