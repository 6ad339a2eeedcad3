"""Makes the goldens of test/training/import-parity.test.ts: models of every kind that `assay import` takes, with what Python says.

    python test/parity/imports.py [NAME ...]

needs scikit-learn, xgboost, lightgbm, catboost, skl2onnx, onnxmltools and shap. For each case it writes golden/imports/NAME.json.gz: the
ONNX file (base64) and the library's own file if there are any, rows, Python's scores for them, and the contributions that the library or
shap gives. All rows are float32: what `assay features` writes.
"""

import base64
import gzip
import json
import pathlib
import sys
import tempfile
import warnings

import lightgbm
import numpy as np
import onnxmltools
import shap
import skl2onnx
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloat
from skl2onnx import to_onnx
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeClassifier
from tree_table import tree_table

warnings.filterwarnings("ignore")
FOLDER = pathlib.Path(__file__).parent / "golden" / "imports"
COLUMNS = 6
TRAINED, SHOWN = 800, 60
OPSETS = {"": 17, "ai.onnx.ml": 3}


def make_data(missing=0.0, seed=0):
    """Columns of several sizes; the third holds few values, so that rows lie on thresholds."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(TRAINED, COLUMNS)) * [1, 30, 2000, 0.02, 1, 5] + [0, 12, 900, 0.5, 0, 3]
    x[:, 2] = np.round(x[:, 2], -3)
    x[:, 4] = x[:, 4] > 0.5
    logit = x[:, 0] + x[:, 1] / 30 + x[:, 2] / 2000 * x[:, 4] + (x[:, 3] - 0.5) * 40 - 1
    y = (rng.random(TRAINED) < 1 / (1 + np.exp(-2 * logit))).astype(int)
    x[rng.random(x.shape) < missing] = np.nan
    return x.astype(np.float32), y


X, Y = make_data()
MISSING, MISSING_Y = make_data(missing=0.15, seed=1)
CASES = {}


def case(make):
    CASES[make.__name__.replace("_", "-")] = make
    return make


def xgb(model, x=X, y=Y, **fit):
    model.fit(x, y, **fit)
    onnx = onnxmltools.convert_xgboost(model, initial_types=[("input", ToolsFloat([None, COLUMNS]))])
    booster = model.get_booster()
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        booster.save_model(file.name)
        text = pathlib.Path(file.name).read_text()
    used = (0, model.best_iteration + 1) if "early_stopping_rounds" in fit or model.early_stopping_rounds else (0, 0)
    contributions = lambda rows: booster.predict(xgboost.DMatrix(rows), pred_contribs=True, iteration_range=used)
    return dict(model=model, onnx=onnx, original=("xgboost", text), contributions=contributions)


def lgb(model, x=X, y=Y):
    model.fit(x, y)
    onnx = onnxmltools.convert_lightgbm(model, initial_types=[("input", ToolsFloat([None, COLUMNS]))])
    text = model.booster_.model_to_string()
    return dict(model=model, onnx=onnx, original=("lightgbm", text), contributions=lambda rows: model.predict(rows, pred_contrib=True))


def by_shap(model):
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent", model_output="raw")

    def contributions(rows):
        values = np.asarray(explainer.shap_values(rows, check_additivity=False))
        values = values[..., 1] if values.ndim == 3 else values
        base = np.full((len(rows), 1), np.atleast_1d(explainer.expected_value)[-1])
        return np.hstack([values, base])

    return contributions


def sk(model, x=X, y=Y, onnx=True):
    model.fit(x, y)
    proto = to_onnx(model, x[:1], target_opset=OPSETS) if onnx else None
    table = tree_table(model).to_csv(index=False)
    return dict(model=model, onnx=proto, original=("sklearn", table), contributions=by_shap(model))


@case
def xgboost_plain():
    return xgb(xgboost.XGBClassifier(n_estimators=12, max_depth=4))


@case
def xgboost_missing():
    return xgb(xgboost.XGBClassifier(n_estimators=12, max_depth=4, base_score=0.3), MISSING, MISSING_Y) | dict(rows=MISSING)


@case
def xgboost_early_stopped():
    fit = dict(eval_set=[(X[:200], 1 - Y[:200])], verbose=False)
    return xgb(xgboost.XGBClassifier(n_estimators=12, max_depth=3, early_stopping_rounds=2), **fit)


@case
def lightgbm_plain():
    return lgb(lightgbm.LGBMClassifier(n_estimators=12, num_leaves=9, verbose=-1)) | dict(rows=MISSING)


@case
def lightgbm_missing():
    return lgb(lightgbm.LGBMClassifier(n_estimators=12, num_leaves=9, verbose=-1), MISSING, MISSING_Y) | dict(rows=MISSING)


@case
def random_forest():
    return sk(RandomForestClassifier(12, max_depth=5, class_weight="balanced", random_state=1))


@case
def random_forest_missing():
    # shap sends missing values of scikit-learn's trees all one way.
    return sk(RandomForestClassifier(12, max_depth=5, random_state=1), MISSING, MISSING_Y) | dict(rows=MISSING, contributions=None)


@case
def extra_trees():
    return sk(ExtraTreesClassifier(12, max_depth=5, random_state=1))


@case
def decision_tree():
    return sk(DecisionTreeClassifier(max_depth=4, random_state=1))


@case
def gradient_boosting():
    return sk(GradientBoostingClassifier(n_estimators=12, max_depth=3, random_state=1))


@case
def hist_gradient_boosting():
    # skl2onnx 1.20 fails on it with onnx 1.23: the table is the model.
    return sk(HistGradientBoostingClassifier(max_iter=12, max_leaf_nodes=9, random_state=1), MISSING, MISSING_Y, onnx=False) | dict(
        rows=MISSING
    )


def write(name, make):
    made = make()
    rows = made.get("rows", X)[:SHOWN]
    score = made.get("score", lambda given: made["model"].predict_proba(given)[:, 1])
    contributions = made.get("contributions")
    golden = {
        "versions": {m.__name__: m.__version__ for m in (xgboost, lightgbm, shap, skl2onnx, onnxmltools)},
        "onnx": made["onnx"] and base64.b64encode(made["onnx"].SerializeToString()).decode(),
        "original": made.get("original") and {"kind": made["original"][0], "text": made["original"][1]},
        "rows": [[None if np.isnan(v) else float(v) for v in row] for row in rows],
        "scores": [float(p) for p in score(rows)],
        "contributions": contributions and np.asarray(contributions(rows), np.float64).tolist(),
    }
    path = FOLDER / f"{name}.json.gz"
    path.write_bytes(gzip.compress(json.dumps(golden).encode(), 9, mtime=0))
    print(f"{path.name}: {path.stat().st_size} bytes")


FOLDER.mkdir(exist_ok=True)
for name, make in CASES.items():
    if len(sys.argv) == 1 or name in sys.argv[1:]:
        write(name, make)
