"""Trains scikit-learn's forest and histogram boosting on the arrays that forest-training.ts wrote; prints one JSON object."""

import json
import sys
import time

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import average_precision_score, roc_auc_score

folder, columns = sys.argv[1], int(sys.argv[2])


def load(name):
    values = np.fromfile(f"{folder}/{name}-values.bin", np.float32).reshape(-1, columns)
    return values, np.fromfile(f"{folder}/{name}-labels.bin", np.uint8)


train, train_labels = load("train")
held_out, labels = load("test")
models = {
    "forest": RandomForestClassifier(100, max_depth=12, class_weight="balanced", n_jobs=1, random_state=1),
    "boosting": HistGradientBoostingClassifier(max_iter=100, learning_rate=0.1, early_stopping=False, random_state=1),
}
results = {}
for name, model in models.items():
    start, cpu_start = time.perf_counter(), time.process_time()
    model.fit(train, train_labels)
    fit_ms = (time.perf_counter() - start) * 1000
    cpu_ms = (time.process_time() - cpu_start) * 1000
    scores = model.predict_proba(held_out)[:, 1]
    results[name] = {
        "fitMs": fit_ms,
        "cpuMs": cpu_ms,
        "auc": roc_auc_score(labels, scores),
        "ap": average_precision_score(labels, scores),
    }
print(json.dumps(results))
