"""What Python's tree models make of the matrix and split that `assay features` exports: the peers of docs/models.md.

    npm run assay -- features --domain finance --data … --out finance.parquet      (and so on, for each data set)
    python test/parity/peers.py finance=finance.parquet pharma=pharma.parquet …

    python test/parity/peers.py --splits matrices/splits.json       # of test/bench/quality.ts --splits

Defaults of each library, five seeds (XGBoost and LightGBM draw nothing by default: all seeds give the same); and a forest like Assay's (depth 12, 3 rows a leaf, a fifth of the inputs a split).
Prints mean and range of PR-AUC (average precision) and the mean ROC-AUC on the held-out part. Of several splits: by how much Assay's
PR-AUC is above each peer's on the same split, its mean and standard error over splits, both sides with the split's number as seed.
"""

import json
import pathlib
import sys

import numpy as np
import pandas as pd
import lightgbm
import sklearn
import xgboost
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.metrics import average_precision_score, roc_auc_score
from xgboost import XGBClassifier

PEERS = {
    "RandomForest, balanced": lambda seed: RandomForestClassifier(100, class_weight="balanced", random_state=seed),
    "RandomForest": lambda seed: RandomForestClassifier(100, random_state=seed),
    "RandomForest, as Assay's": lambda seed: RandomForestClassifier(
        100, max_depth=12, min_samples_leaf=3, max_features=0.2, random_state=seed
    ),
    "HistGradientBoosting": lambda seed: HistGradientBoostingClassifier(random_state=seed),
    "XGBoost": lambda seed: XGBClassifier(random_state=seed, n_jobs=1),
    "LightGBM": lambda seed: LGBMClassifier(random_state=seed, n_jobs=1, verbose=-1),
}


def read(path):
    """Inputs and labels to train on, and those held out."""
    frame = pd.read_parquet(path)
    inputs = frame.columns.difference(["record_id", "label", "part"], sort=False)
    parts = [frame[frame.part == part] for part in ("train", "held_out")]
    return [values for part in parts for values in (part[inputs].to_numpy(np.float32), part.label.to_numpy())]


def compare_seeds(name, path):
    x, y, unseen, truth = read(path)
    print(f"{name}: {len(x)} to train on, {len(unseen)} held out, {int(truth.sum())} positive", flush=True)
    for peer, make in PEERS.items():
        scores = [make(seed).fit(x, y).predict_proba(unseen)[:, 1] for seed in range(5)]
        pr = [average_precision_score(truth, score) for score in scores]
        roc = [roc_auc_score(truth, score) for score in scores]
        print(
            f"  {peer:26} PR-AUC {np.mean(pr):.3f} ({min(pr):.3f} to {max(pr):.3f})  ROC-AUC {np.mean(roc):.3f}",
            flush=True,
        )


def compare_splits(name, folder, files, ours):
    print(f"{name}: {len(files)} splits, Assay {np.mean(ours):.3f}", flush=True)
    splits = [read(folder / file) for file in files]
    for peer, make in PEERS.items():
        ahead = []
        for seed, ((x, y, unseen, truth), own) in enumerate(zip(splits, ours), start=1):
            ahead.append(own - average_precision_score(truth, make(seed).fit(x, y).predict_proba(unseen)[:, 1]))
        error = np.std(ahead, ddof=1) / len(ahead) ** 0.5
        print(f"  {peer:26} Assay above it by {np.mean(ahead):+.3f} ± {error:.3f}", flush=True)


print(f"scikit-learn {sklearn.__version__}, xgboost {xgboost.__version__}, lightgbm {lightgbm.__version__}")
if sys.argv[1] == "--splits":
    splits = pathlib.Path(sys.argv[2])
    for name, of in json.loads(splits.read_text()).items():
        compare_splits(name, splits.parent, of["files"], of["prAuc"])
else:
    for argument in sys.argv[1:]:
        compare_seeds(*argument.split("=", 1))
