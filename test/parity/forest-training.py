"""Average precision of scikit-learn's forest and histogram boosting, over six samples that a TypeScript test can draw again.

Writes golden/forest-training.json beside this script. The rows come from Park and Miller's generator in whole numbers, so both
languages draw the same ones (test/forest/training-parity.test.ts has the twin of draw_rows).
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import average_precision_score, roc_auc_score

TRAIN_ROWS, TEST_ROWS, SEEDS = 6000, 20000, range(6)
COLUMNS = 12


def draw_rows(rows, seed):
    state = seed

    def below(limit):
        nonlocal state
        state = state * 48271 % 2147483647
        return state % limit

    values = np.zeros((rows, COLUMNS), np.float32)
    labels = np.zeros(rows, np.uint8)
    for row in range(rows):
        numbers = [below(1000) for _ in range(5)]
        category = below(6)
        values[row, :5] = numbers
        values[row, 5] = np.nan if below(5) == 0 else below(50)
        values[row, 6 + category] = 1
        risk = below(500)
        risk += 250 if numbers[0] > 800 and numbers[1] < 400 else 0
        risk += numbers[2] // 5
        risk += 150 if category == 3 else 0
        risk += 120 if np.isnan(values[row, 5]) and numbers[3] > 500 else 0
        labels[row] = 1 if risk > 640 else 0
    return values, labels


samples = [draw_rows(TRAIN_ROWS, 1000 * seed + 7) for seed in SEEDS]
test, labels = draw_rows(TEST_ROWS, 99)
models = {
    "forest": lambda seed: RandomForestClassifier(
        100, max_depth=12, class_weight="balanced", n_jobs=1, random_state=seed
    ),
    "unlimitedForest": lambda seed: RandomForestClassifier(100, class_weight="balanced", n_jobs=1, random_state=seed),
    "boosting": lambda seed: HistGradientBoostingClassifier(
        max_iter=100, learning_rate=0.1, l2_regularization=1.0, early_stopping=False, random_state=seed
    ),
}
golden = {
    "scikitLearn": sklearn.__version__,
    "trainRows": TRAIN_ROWS,
    "testRows": TEST_ROWS,
    "trainPositives": [int(sample_labels.sum()) for _, sample_labels in samples],
    "testPositives": int(labels.sum()),
}
for name, create in models.items():
    scores = [create(seed).fit(*samples[seed]).predict_proba(test)[:, 1] for seed in SEEDS]
    golden[name] = {
        "averagePrecision": float(np.mean([average_precision_score(labels, s) for s in scores])),
        "rocAuc": float(np.mean([roc_auc_score(labels, s) for s in scores])),
    }
path = pathlib.Path(__file__).parent / "golden" / "forest-training.json"
path.write_text(json.dumps(golden, indent=2) + "\n")
