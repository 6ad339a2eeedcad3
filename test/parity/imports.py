"""Makes the goldens of test/training/import-parity.test.ts: models of every kind that `assay import` takes, with what Python says.

    python test/parity/imports.py [NAME ...]

needs scikit-learn, xgboost, lightgbm, catboost, skl2onnx, onnxmltools and shap. For each case it writes golden/imports/NAME.json.gz: the
ONNX file (base64) and the library's own file if there are any, rows, Python's scores for them, and the contributions that the library or
shap gives; and golden/refused-imports, what is not taken in. All rows are float32: what `assay features` writes.
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
import onnx as onnx_package
import onnxmltools
import pandas as pd
import shap
import skl2onnx
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloat
from skl2onnx import to_onnx
from catboost import CatBoostClassifier
from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import FloatTensorType
from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import SelectKBest
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    PowerTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier
from tree_table import tree_table

warnings.filterwarnings("ignore")
FOLDER = pathlib.Path(__file__).parent / "golden" / "imports"
COLUMNS = 6
TRAINED, SHOWN = 800, 60
OPSETS = {"": 17, "ai.onnx.ml": 3}
OPTIONS = {"zipmap": [True, False, "columns"], "nocl": [True, False], "raw_scores": [True, False]}
for kind, convert in [(xgboost.XGBClassifier, convert_xgboost), (lightgbm.LGBMClassifier, convert_lightgbm)]:
    update_registered_converter(kind, kind.__name__, calculate_linear_classifier_output_shapes, convert, options=OPTIONS)


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


FOREST = RandomForestClassifier(8, max_depth=4, random_state=1)
BOOSTED = GradientBoostingClassifier(n_estimators=8, max_depth=3, random_state=1)


def pipeline(model, x=X, y=Y, zipmap=True, double=False):
    """The last step's trees and reasons are in the units that its scaler makes; the reasons are the inputs' own."""
    model.fit(x, y)
    given = x[:1].astype(np.float64) if double else x[:1]
    proto = to_onnx(model, given, target_opset=OPSETS, options=None if zipmap else {"zipmap": False})
    last = getattr(model, "steps", [[None, model]])[-1][1]
    made = dict(model=model, onnx=proto, rows=x)
    if isinstance(last, (DecisionTreeClassifier, RandomForestClassifier, ExtraTreesClassifier, GradientBoostingClassifier)):
        explain = by_shap(last)
        made["original"] = ("sklearn", tree_table(last).to_csv(index=False))
        made["contributions"] = lambda rows: explain(model[:-1].transform(rows) if hasattr(model, "steps") else rows)
    return made


@case
def imputer_scaler_forest():
    return pipeline(make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), FOREST), MISSING, MISSING_Y)


@case
def imputer_of_a_constant_boosting():
    return pipeline(make_pipeline(SimpleImputer(strategy="constant", fill_value=-999), BOOSTED), MISSING, MISSING_Y, zipmap=False)


@case
def min_max_boosting():
    return pipeline(make_pipeline(MinMaxScaler(), BOOSTED))


@case
def min_max_clipped_forest():
    return pipeline(make_pipeline(MinMaxScaler(clip=True), FOREST))


@case
def robust_extra_trees():
    return pipeline(make_pipeline(RobustScaler(), ExtraTreesClassifier(8, max_depth=4, random_state=1)))


@case
def max_abs_tree():
    return pipeline(make_pipeline(MaxAbsScaler(), DecisionTreeClassifier(max_depth=4, random_state=1)), zipmap=False)


@case
def doubles_scaler_forest():
    return pipeline(make_pipeline(StandardScaler(), FOREST), double=True)


@case
def doubles_forest():
    return pipeline(RandomForestClassifier(8, max_depth=4, random_state=1), double=True)


def without_reasons(made):
    """Columns have moved: the parts are held against the score, not against shap."""
    return {key: value for key, value in made.items() if key != "contributions"}


@case
def column_transformer_forest():
    parts = [("scaled", StandardScaler(), [3, 0]), ("imputed", SimpleImputer(), [1])]
    return without_reasons(pipeline(make_pipeline(ColumnTransformer(parts, remainder="passthrough"), FOREST), MISSING, MISSING_Y))


@case
def inputs_by_column():
    """An input a column, in another order than the pack's."""
    frame = pd.DataFrame(X, columns=[f"f{at}" for at in range(COLUMNS)])
    parts = [("scaled", StandardScaler(), ["f4", "f2"]), ("imputed", SimpleImputer(), ["f0"])]
    model = make_pipeline(ColumnTransformer(parts, remainder="passthrough"), FOREST).fit(frame, Y)
    types = [(f"f{at}", FloatTensorType([None, 1])) for at in reversed(range(COLUMNS))]
    onnx = skl2onnx.convert_sklearn(model, initial_types=types, target_opset=OPSETS)
    return dict(model=model, onnx=onnx, score=lambda rows: model.predict_proba(pd.DataFrame(rows, columns=frame.columns))[:, 1])


@case
def selected_boosting():
    return without_reasons(pipeline(make_pipeline(SelectKBest(k=3), StandardScaler(), BOOSTED)))


@case
def scaler_xgboost():
    return pipeline(make_pipeline(StandardScaler(), xgboost.XGBClassifier(n_estimators=8, max_depth=3)), MISSING, MISSING_Y)


@case
def imputer_lightgbm():
    return pipeline(make_pipeline(SimpleImputer(), lightgbm.LGBMClassifier(n_estimators=8, num_leaves=6, verbose=-1)), MISSING, MISSING_Y)


@case
def calibrated_forest():
    return pipeline(CalibratedClassifierCV(FOREST, method="sigmoid", cv=3))


@case
def calibrated_boosting():
    return pipeline(CalibratedClassifierCV(BOOSTED, method="sigmoid", cv=2), zipmap=False)


@case
def calibrated_without_ensemble():
    return pipeline(CalibratedClassifierCV(FOREST, method="sigmoid", cv=3, ensemble=False))


@case
def calibrated_pipeline():
    inner = make_pipeline(SimpleImputer(), StandardScaler(), FOREST)
    return pipeline(CalibratedClassifierCV(inner, method="sigmoid", cv=2), MISSING, MISSING_Y)


@case
def calibrated_frozen():
    model = CalibratedClassifierCV(FrozenEstimator(BOOSTED.fit(X[:400], Y[:400])), method="sigmoid").fit(X[400:], Y[400:])
    # skl2onnx 1.20 knows no FrozenEstimator.
    for one in model.calibrated_classifiers_:
        one.estimator = one.estimator.estimator
    return dict(model=model, onnx=to_onnx(model, X[:1], target_opset=OPSETS))


@case
def calibrated_xgboost():
    return pipeline(CalibratedClassifierCV(xgboost.XGBClassifier(n_estimators=8, max_depth=3), method="sigmoid", cv=2))


@case
def voting():
    models = [("forest", FOREST), ("boosted", BOOSTED)]
    # skl2onnx 1.20 takes weights as an array only.
    return pipeline(VotingClassifier(models, voting="soft", weights=np.array([2, 1]), flatten_transform=False))


@case
def voting_of_forests():
    models = [("forest", FOREST), ("trees", ExtraTreesClassifier(8, max_depth=4, random_state=1))]
    return pipeline(VotingClassifier(models, voting="soft", flatten_transform=False))


@case
def bagging():
    return pipeline(BaggingClassifier(DecisionTreeClassifier(max_depth=4), n_estimators=5, random_state=1))


@case
def voting_of_names():
    """Its models number the classes that it names."""
    names = np.where(Y, "ok", "fraud")
    return pipeline(VotingClassifier([("forest", FOREST), ("boosted", BOOSTED)], voting="soft", flatten_transform=False), y=names, zipmap=False)


@case
def voting_by_columns():
    models = [("forest", FOREST), ("trees", ExtraTreesClassifier(8, max_depth=4, random_state=1))]
    model = VotingClassifier(models, voting="soft", flatten_transform=False).fit(X, Y + 1)
    return dict(model=model, onnx=to_onnx(model, X[:1], target_opset=OPSETS, options={"zipmap": "columns"}))


@case
def calibrated_bagging():
    return pipeline(CalibratedClassifierCV(BaggingClassifier(DecisionTreeClassifier(max_depth=3), n_estimators=3, random_state=1), cv=2))


@case
def catboost():
    model = CatBoostClassifier(iterations=12, depth=4, verbose=0, allow_writing_files=False, random_seed=1).fit(MISSING, MISSING_Y)
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        model.save_model(file.name, format="onnx")
        return dict(model=model, onnx=onnx_package.load(file.name), rows=MISSING)


@case
def isolation_forest():
    model = IsolationForest(n_estimators=12, random_state=1).fit(X)
    return dict(model=model, original=("sklearn", tree_table(model).to_csv(index=False)), score=lambda rows: -model.score_samples(rows))


SMALL = RandomForestClassifier(2, max_depth=2, random_state=1)
REFUSED = {
    "isotonic": lambda: CalibratedClassifierCV(SMALL, method="isotonic", cv=2),
    "stacking": lambda: StackingClassifier([("a", SMALL), ("b", BOOSTED)], cv=2),
    "normalizer": lambda: make_pipeline(Normalizer(), SMALL),
    "polynomial": lambda: make_pipeline(PolynomialFeatures(2), SMALL),
    "power-transformer": lambda: make_pipeline(PowerTransformer(), SMALL),
    "indicator": lambda: make_pipeline(SimpleImputer(add_indicator=True), RandomForestClassifier(8, max_features=1, random_state=1)),
    "ada-boost": lambda: AdaBoostClassifier(n_estimators=2),
    "isolation-forest": lambda: IsolationForest(n_estimators=2, random_state=1),
    "three-classes": lambda: SMALL,
    # These can be read, but are not the models in Python: test/training/import-checks.test.ts.
    "calibrated-lightgbm": lambda: CalibratedClassifierCV(lightgbm.LGBMClassifier(n_estimators=2, num_leaves=4, verbose=-1), cv=2),
    "calibrated-boosting-pipeline": lambda: CalibratedClassifierCV(make_pipeline(StandardScaler(), BOOSTED), cv=2),
    "lightgbm-rf": lambda: lightgbm.LGBMClassifier(
        n_estimators=4, boosting_type="rf", bagging_freq=1, bagging_fraction=0.6, num_leaves=4, verbose=-1
    ),
}


def refuse(name, make):
    labels = np.where(MISSING[:, 3] > 0.52, 2, MISSING_Y) if name == "three-classes" else MISSING_Y
    x = MISSING if name == "indicator" else np.nan_to_num(MISSING)
    onnx = to_onnx(make().fit(x, labels), x[:1], target_opset=OPSETS | {"ai.onnx.ml": 3})
    path = FOLDER.parent / "refused-imports" / f"{name}.onnx.gz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress(onnx.SerializeToString(), 9, mtime=0))
    print(f"{path.name}: {path.stat().st_size} bytes")


def write(name, make):
    made = make()
    rows = made.get("rows", X)[:SHOWN]
    score = made.get("score", lambda given: made["model"].predict_proba(given)[:, 1])
    contributions = made.get("contributions")
    golden = {
        "versions": {m.__name__: m.__version__ for m in (xgboost, lightgbm, shap, skl2onnx, onnxmltools)},
        "onnx": made.get("onnx") and base64.b64encode(made["onnx"].SerializeToString()).decode(),
        "original": made.get("original") and {"kind": made["original"][0], "text": made["original"][1]},
        "labels": [str(label) for label in made["model"].classes_] if made.get("onnx") else None,
        "alone": "original" in made and not hasattr(made["model"], "steps"),
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
for name, make in REFUSED.items():
    if len(sys.argv) == 1 or name in sys.argv[1:]:
        refuse(name, make)
