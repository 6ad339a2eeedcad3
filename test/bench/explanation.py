"""Explains rows by the ensemble of test/bench/explanation.ts with XGBoost and shap, one thread each, where Python has them.

Usage: python explanation.py FOLDER ROUNDS
FOLDER holds model.json (arrays of a TreeEnsemble) and values.bin (float32, row-major).
Prints one line of JSON: by library its version, CPU seconds a row (the best round) and, row after row, its contributions.
"""

import json
import sys
import time

import numpy as np

folder, rounds = sys.argv[1], int(sys.argv[2])
model = json.load(open(f"{folder}/model.json"))
columns = model["featureCount"]
values = np.fromfile(f"{folder}/values.bin", np.float32).reshape(-1, columns)
arrays = {name: np.array(model[name]) for name in ("feature", "threshold", "left", "right", "missingLeft", "cover", "value")}


def trees():
    """Each tree's arrays, breadth first: XGBoost takes a right child to stand beside its left one. Children of leaves are -1."""
    left, right, feature = (arrays[name].tolist() for name in ("left", "right", "feature"))
    for root in model["treeStart"][:-1]:
        order = [root]
        for node in order:
            if feature[node] >= 0:
                order += [left[node], right[node]]
        place = {node: number for number, node in enumerate(order)}
        own = {name: array[order] for name, array in arrays.items()}
        leaf = own["feature"] < 0
        for child in ("left", "right"):
            own[child] = np.array([-1 if feature[node] < 0 else place[arrays[child][node]] for node in order])
        yield own, leaf


def for_xgboost():
    """The model file: `x < t` goes left there, so a threshold is the next float32 above ours."""
    made = []
    for number, (own, leaf) in enumerate(trees()):
        count = len(leaf)
        parents = np.full(count, 2147483647)
        for child in ("left", "right"):
            parents[own[child][~leaf]] = np.flatnonzero(~leaf)
        above = np.nextafter(own["threshold"].astype(np.float32), np.float32(np.inf))
        made.append({
            "id": number,
            "tree_param": {"num_deleted": "0", "num_feature": str(columns), "num_nodes": str(count), "size_leaf_vector": "1"},
            "left_children": own["left"].tolist(),
            "right_children": own["right"].tolist(),
            "parents": parents.tolist(),
            "split_indices": np.maximum(own["feature"], 0).tolist(),
            "split_conditions": np.where(leaf, own["value"], above).astype(float).tolist(),
            "split_type": [0] * count,
            "default_left": own["missingLeft"].tolist(),
            "sum_hessian": own["cover"].astype(float).tolist(),
            "base_weights": own["value"].astype(float).tolist(),
            "loss_changes": [0.0] * count,
            "categories": [],
            "categories_nodes": [],
            "categories_segments": [],
            "categories_sizes": [],
        })
    booster = {
        "name": "gbtree",
        "model": {
            "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": str(len(made))},
            "iteration_indptr": list(range(len(made) + 1)),
            "tree_info": [0] * len(made),
            "trees": made,
        },
    }
    learner = {
        "attributes": {},
        "feature_names": [],
        "feature_types": [],
        "gradient_booster": booster,
        "learner_model_param": {"base_score": "0", "boost_from_average": "0", "num_class": "0", "num_feature": str(columns), "num_target": "1"},
        "objective": {"name": "reg:squarederror", "reg_loss_param": {"scale_pos_weight": "1"}},
    }
    return {"learner": learner, "version": [2, 0, 0]}


def best(explain):
    seconds = []
    for _ in range(rounds):
        began = time.process_time()
        found = explain()
        seconds.append(time.process_time() - began)
    return min(seconds), found


def by_xgboost():
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(bytearray(json.dumps(for_xgboost()).encode()))
    matrix = xgboost.DMatrix(values, nthread=1)
    seconds, found = best(lambda: booster.predict(matrix, pred_contribs=True))
    return xgboost.__version__, seconds, found[:, :-1]


def by_shap():
    import shap

    made = [
        {
            "children_left": own["left"],
            "children_right": own["right"],
            "children_default": np.where(own["missingLeft"] == 1, own["left"], own["right"]),
            "features": np.where(leaf, -2, own["feature"]),
            "thresholds": own["threshold"],
            "values": own["value"].reshape(-1, 1),
            "node_sample_weight": own["cover"],
        }
        for own, leaf in trees()
    ]
    types = {"internal_dtype": np.float64, "input_dtype": np.float32}
    explainer = shap.TreeExplainer({"trees": made, **types, "tree_output": "raw_value", "objective": "squared_error", "base_offset": 0.0})
    seconds, found = best(lambda: explainer.shap_values(values, check_additivity=False))
    return shap.__version__, seconds, np.asarray(found)


answers = {}
for name, run in (("XGBoost", by_xgboost), ("shap", by_shap)):
    try:
        version, seconds, found = run()
    except ImportError as error:
        print(f"{name} is left out: {error}", file=sys.stderr)
        continue
    answers[name] = {"version": version, "seconds": seconds / len(values), "contributions": found.reshape(-1).tolist()}
print(json.dumps(answers))
