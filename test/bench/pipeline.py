"""The tutorial's pipeline, for test/bench/run.ts: pandas, scikit-learn, shap, on one thread.

Usage: python pipeline.py TRAIN.csv SCORE.csv FLAGGED_SHARE OUT_FOLDER
Prints one line of JSON: seconds a stage, peak memory, average precision on its own training file's last quarter.
It does what payments.yaml says: the payment's own columns, one-hot categories, four windows an account.
"""

import json
import resource
import sys
import time

import numpy as np
import pandas as pd
import shap
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import average_precision_score

OFFSHORE = ["Cayman Islands", "Panama", "British Virgin Islands", "Seychelles", "Bahamas", "Belize", "Luxembourg"]
CATEGORIES = ["customer_segment", "account_country", "counterparty_country", "currency", "transaction_type", "channel"]


def features(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.sort_values(["account_id", "timestamp", "transaction_id"], kind="stable")
    made = pd.DataFrame(index=frame.index)
    made["amount"] = frame["amount"]
    made["high_value"] = frame["amount"] >= 10000
    made["just_below"] = (frame["amount"] >= 8500) & (frame["amount"] < 10000)
    made["offshore"] = frame["counterparty_country"].isin(OFFSHORE)
    made["hour"] = frame["timestamp"].dt.hour
    made["weekend"] = frame["timestamp"].dt.dayofweek >= 5
    past = frame.set_index("timestamp").groupby("account_id", sort=False)["amount"]
    day, month = past.rolling("24h"), past.rolling("30D")
    made["payments_day"] = day.count().to_numpy()
    made["moved_day"] = day.sum().to_numpy()
    made["payments_month"] = month.count().to_numpy()
    made["amount_vs_usual"] = frame["amount"].to_numpy() / month.mean().to_numpy()
    dummies = pd.get_dummies(frame[CATEGORIES])
    return pd.concat([made, dummies], axis=1).astype(np.float32).sort_index()


def read(path: str) -> pd.DataFrame:
    return pd.read_csv(path, parse_dates=["timestamp"])


def main() -> None:
    train_path, score_path, share, out = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
    clock = time.perf_counter
    frame = read(train_path)
    matrix = features(frame)
    labels = frame["flagged_manual"].to_numpy()
    cut = int(len(frame) * 0.75)
    began = clock()
    forest = RandomForestClassifier(100, max_depth=12, class_weight="balanced", random_state=1, n_jobs=1)
    forest.fit(matrix.to_numpy()[:cut], labels[:cut])
    fit_seconds = clock() - began
    quality = average_precision_score(labels[cut:], forest.predict_proba(matrix.to_numpy()[cut:])[:, 1])
    columns = matrix.columns
    del frame, matrix

    cpu_began = time.process_time()
    began = clock()
    frame = read(score_path)
    read_seconds = clock() - began
    matrix = features(frame).reindex(columns=columns, fill_value=0).to_numpy()
    features_seconds = clock() - began - read_seconds
    scores = forest.predict_proba(matrix)[:, 1]
    predict_seconds = clock() - began - read_seconds - features_seconds
    flagged = np.flatnonzero(scores >= np.quantile(scores, 1 - share))
    explained_from = clock()
    contributions = shap.TreeExplainer(forest).shap_values(matrix[flagged], check_additivity=False)[:, :, 1]
    explain_seconds = clock() - explained_from
    strongest = np.argsort(-np.abs(contributions), axis=1)[:, :3]
    result = frame.iloc[flagged].copy()
    result["score"] = scores[flagged]
    for rank in range(3):
        result[f"reason_{rank + 1}"] = [columns[index] for index in strongest[:, rank]]
    result.to_csv(f"{out}/python_flags.csv", index=False)
    total = clock() - began
    cpu = time.process_time() - cpu_began
    print(
        json.dumps(
            {
                "rows": len(frame),
                "flagged": len(flagged),
                "fit": fit_seconds,
                "read": read_seconds,
                "features": features_seconds,
                "predict": predict_seconds,
                "explain": explain_seconds,
                "total": total,
                "cpu": cpu,
                "microseconds_per_explanation": 1e6 * explain_seconds / len(flagged),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "average_precision": quality,
                "versions": {"pandas": pd.__version__, "scikit-learn": sklearn.__version__, "shap": shap.__version__},
            }
        )
    )


main()
