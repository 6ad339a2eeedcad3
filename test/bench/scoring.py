"""Trains a boosting and scores rows by it, one thread each, with XGBoost and scikit-learn: the peers of test/bench/scoring.ts.

Usage: python scoring.py FOLDER ROWS ROUNDS
Leaves XGBoost's model.json and values.bin (float32, row-major) in FOLDER. Prints one line of JSON: by library its version and
CPU seconds a row (the best round). scikit-learn's model is its own, of the same size.
"""

import json
import sys
import time

import numpy as np
import sklearn
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier

folder, rows, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
TREES, DEPTH, NUMERIC, ONE_HOT, TRAINING_ROWS = 200, 6, 36, 58, 20_000
random = np.random.default_rng(7)


def draw(count):
    numbers = random.random((count, NUMERIC), np.float32)
    numbers[random.random(numbers.shape) < 0.05] = np.nan
    return np.hstack([numbers, (random.random((count, ONE_HOT)) < 0.05).astype(np.float32)])


def fastest(score):
    times = []
    for _ in range(rounds + 1):
        start = time.process_time()
        score()
        times.append(time.process_time() - start)
    return min(times[1:]) / rows


known = draw(TRAINING_ROWS)
filled = np.nan_to_num(known)
labels = random.random(TRAINING_ROWS) < 1 / (1 + np.exp(2 - filled[:, :8] @ random.normal(size=8) * filled[:, 8]))
values = draw(rows)
boosted = xgboost.XGBClassifier(n_estimators=TREES, max_depth=DEPTH, tree_method="hist", n_jobs=1).fit(known, labels)
booster = boosted.get_booster()
own = HistGradientBoostingClassifier(max_iter=TREES, max_depth=DEPTH, max_leaf_nodes=None, early_stopping=False).fit(known, labels)
booster.save_model(f"{folder}/model.json")
values.tofile(f"{folder}/values.bin")
print(json.dumps({
    f"XGBoost {xgboost.__version__}": fastest(lambda: booster.inplace_predict(values)),
    f"scikit-learn {sklearn.__version__}, its own model": fastest(lambda: own.predict_proba(values)),
}))
