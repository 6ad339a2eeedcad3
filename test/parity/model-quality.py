"""scikit-learn's forest on the matrix and split that `assay features` exports: what ours is held against.

Usage: python model-quality.py NAME=features.parquet ... > golden/model-quality.json
RandomForestClassifier(100, class_weight="balanced") as the tutorial has it, five seeds, and the same with depth 12.
"""

import json
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import average_precision_score, roc_auc_score

SEEDS = range(5)


def measure(frame: pd.DataFrame, **options) -> dict:
    inputs = frame.columns.difference(["record_id", "label", "part"], sort=False)
    train, held_out = frame[frame.part == "train"], frame[frame.part == "held_out"]
    scores = []
    for seed in SEEDS:
        forest = RandomForestClassifier(100, class_weight="balanced", random_state=seed, n_jobs=2, **options)
        forest.fit(train[inputs].to_numpy(np.float32), train.label)
        scores.append(forest.predict_proba(held_out[inputs].to_numpy(np.float32))[:, 1])
    return {
        "roc_auc": [roc_auc_score(held_out.label, score) for score in scores],
        "pr_auc": [average_precision_score(held_out.label, score) for score in scores],
    }


golden = {"scikit_learn": sklearn.__version__}
for argument in sys.argv[1:]:
    name, path = argument.split("=", 1)
    frame = pd.read_parquet(path)
    parts = {part: int((frame.part == part).sum()) for part in ("train", "held_out")}
    golden[name] = {**parts, "default": measure(frame), "depth_12": measure(frame, max_depth=12)}
json.dump(golden, sys.stdout, indent=1)
print()
