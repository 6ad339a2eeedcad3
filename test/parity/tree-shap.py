"""Makes the goldens of test/forest/python-models.test.ts: models trained in Python, as ONNX, with what Python says of them.

    python test/parity/tree-shap.py

needs scikit-learn, xgboost, lightgbm, skl2onnx, onnxmltools, onnxruntime and shap, and `node` on the PATH. For each model it
writes golden/<name>.onnx.gz (with the covers that converters leave out, taken from the source model) and
golden/<name>.json.gz: rows, the probabilities of onnxruntime, the values of shap.TreeExplainer (its C extension), and the
SHA-256 of the model as `writeOnnx` writes it, which this script has run in onnxruntime to the same probabilities.
"""

import gzip
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when onnxruntime is loaded

import lightgbm
import numpy as np
import onnx
import onnxmltools
import onnxruntime
import shap
import skl2onnx
import sklearn
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloat
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier

HERE = pathlib.Path(__file__).parent
COLUMNS = 12
EXPLAINED = 60


def make_data(seed, missing):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(4000, COLUMNS)).astype(np.float32)
    x[:, 6:] = x[:, 6:] > 0.8  # like one-hot inputs
    logit = x[:, 0] * x[:, 1] + x[:, 2] - 1.5 * x[:, 6] * x[:, 3] + x[:, 7] - 2
    y = (rng.random(len(x)) < 1 / (1 + np.exp(-logit))).astype(int)
    if missing:
        x[rng.random(x.shape) < 0.1] = np.nan
    return x, y


def forest():
    x, y = make_data(1, missing=False)
    model = RandomForestClassifier(20, max_depth=12, class_weight="balanced", random_state=1).fit(x, y)
    proto = skl2onnx.convert_sklearn(model, initial_types=[("X", FloatTensorType([None, COLUMNS]))])
    trees = [sklearn_tree(one.tree_) for one in model.estimators_]
    return x, proto, trees, c_shap(model)


def gradient_boosting():
    x, y = make_data(2, missing=False)
    model = GradientBoostingClassifier(n_estimators=40, max_depth=4, random_state=1).fit(x, y)
    options = {id(model): {"zipmap": False}}
    types = [("X", FloatTensorType([None, COLUMNS]))]
    proto = skl2onnx.convert_sklearn(model, initial_types=types, options=options)
    return x, proto, [sklearn_tree(one.tree_) for one in model.estimators_[:, 0]], c_shap(model)


def xgboost_model():
    x, y = make_data(3, missing=True)
    model = xgboost.XGBClassifier(n_estimators=40, max_depth=6, random_state=1).fit(x, y)
    proto = onnxmltools.convert_xgboost(model, initial_types=[("input", ToolsFloat([None, COLUMNS]))])
    raw = json.loads(model.get_booster().save_raw("json"))
    trees = raw["learner"]["gradient_booster"]["model"]["trees"]
    trees = [(t["left_children"], t["right_children"], t["sum_hessian"]) for t in trees]
    return x, proto, trees, c_shap(model)


def lightgbm_model():
    x, y = make_data(4, missing=True)
    model = lightgbm.LGBMClassifier(n_estimators=40, num_leaves=31, random_state=1, verbose=-1).fit(x, y)
    proto = onnxmltools.convert_lightgbm(model, initial_types=[("input", ToolsFloat([None, COLUMNS]))])
    trees = [lightgbm_tree(t["tree_structure"]) for t in model.booster_.dump_model()["tree_info"]]
    return x, proto, trees, c_shap(model)


def sklearn_tree(tree):
    return tree.children_left, tree.children_right, tree.weighted_n_node_samples


def lightgbm_tree(root):
    left, right, cover = [], [], []

    def add(node):
        at = len(cover)
        cover.append(node["internal_count"] if "left_child" in node else node["leaf_count"])
        left.append(-1)
        right.append(-1)
        if "left_child" in node:
            left[at] = add(node["left_child"])
            right[at] = add(node["right_child"])
        return at

    add(root)
    return left, right, cover


def c_shap(model):
    """The C extension of shap itself; for XGBoost and LightGBM it would ask these libraries instead.

    They are asked first all the same: only then is shap's expected value for XGBoost the right one.
    """
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent", model_output="raw")

    def explain(rows):
        explainer.shap_values(rows[:1], check_additivity=False)
        base = np.atleast_1d(explainer.expected_value)
        explainer.model.model_type = "internal"
        values = np.asarray(explainer.shap_values(rows, check_additivity=False))
        return (values[..., 1] if values.ndim == 3 else values), float(base[-1])

    return explain


def set_covers(proto, trees):
    """Writes nodes_hitrates by walking the ONNX trees and the source's together: "true" is left in both."""
    node = next(n for n in proto.graph.node if n.op_type == "TreeEnsembleClassifier")
    values = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    keys = list(zip(values["nodes_treeids"], values["nodes_nodeids"]))
    place = {key: i for i, key in enumerate(keys)}
    cover = [0.0] * len(keys)
    for number, (left, right, counts) in enumerate(trees):
        stack = [(0, 0)]
        while stack:
            at, source = stack.pop()
            i = place[(number, at)]
            cover[i] = float(counts[source])
            if values["nodes_modes"][i] != b"LEAF":
                stack.append((values["nodes_truenodeids"][i], left[source]))
                stack.append((values["nodes_falsenodeids"][i], right[source]))
    kept = [a for a in node.attribute if a.name != "nodes_hitrates"]
    del node.attribute[:]
    node.attribute.extend([*kept, onnx.helper.make_attribute("nodes_hitrates", cover)])


def run(proto_bytes, rows):
    session = onnxruntime.InferenceSession(proto_bytes)
    out = session.run(None, {session.get_inputs()[0].name: rows})[1]
    return np.array([p[1] for p in out], dtype=np.float64)


def rewrite(proto_bytes):
    """What writeOnnx makes of the model."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in.onnx"), pathlib.Path(folder, "out.onnx")
        source.write_bytes(proto_bytes)
        subprocess.run(["node", str(HERE / "rewrite-onnx.ts"), str(source), str(target)], check=True)
        onnx.checker.check_model(onnx.load(target))
        return target.read_bytes()


def write(path, content):
    path.write_bytes(gzip.compress(content, 9, mtime=0))
    print(f"{path.name}: {path.stat().st_size} bytes")


def main():
    makers = {
        "forest": forest,
        "gradient-boosting": gradient_boosting,
        "xgboost": xgboost_model,
        "lightgbm": lightgbm_model,
    }
    for name, make in makers.items():
        x, proto, trees, explain = make()
        set_covers(proto, trees)
        rows = x[:EXPLAINED]
        probabilities = run(proto.SerializeToString(), rows)
        values, base = explain(rows)
        ours = rewrite(proto.SerializeToString())
        apart = float(np.abs(run(ours, x) - run(proto.SerializeToString(), x)).max())
        print(f"{name}: our file is {apart:g} away on {len(x)} rows")
        assert apart < 1e-6
        golden = {
            "versions": {m.__name__: m.__version__ for m in (sklearn, xgboost, lightgbm, shap, onnxruntime, skl2onnx)},
            "columns": COLUMNS,
            "rows": [[None if np.isnan(v) else float(v) for v in row] for row in rows],
            "probabilities": probabilities.tolist(),
            "base": base,
            "shap": values.tolist(),
            "rewrittenSha256": hashlib.sha256(ours).hexdigest(),
        }
        write(HERE / "golden" / f"{name}.onnx.gz", proto.SerializeToString())
        write(HERE / "golden" / f"{name}.json.gz", json.dumps(golden).encode())


main()
