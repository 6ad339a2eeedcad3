"""The trees of a model of scikit-learn for two classes as a table, one node a row: what `assay import --sklearn` reads.

Random forests, extra trees, decision trees, gradient boosting and HistGradientBoosting, isolation forests; docs/models.md shows this function.
"""

import numpy as np
import pandas as pd


def tree_table(model):
    if hasattr(model, "_predictors"):  # HistGradientBoosting
        base, link = float(np.ravel(model._baseline_prediction)[0]), "logit"
        parts = [hist_part(trees[0].nodes) for trees in model._predictors]
    elif hasattr(model, "init_"):  # GradientBoosting
        base, link = float(model._raw_predict_init(np.zeros((1, model.n_features_in_), np.float32))[0, 0]), "logit"
        parts = [part(one.tree_, model.learning_rate * one.tree_.value[:, 0, 0]) for one in model.estimators_[:, 0]]
    elif hasattr(model, "score_samples"):  # IsolationForest: 2 to the power of the mean depth over that of chance, negative
        base, link = 0.0, "power_of_2"
        usual = -len(model.estimators_) * average_depth(model.max_samples_)
        parts = [part(one.tree_, depths(one.tree_) / usual) for one in model.estimators_]
    else:  # a forest, or a tree
        base, link = 0.0, "identity"
        trees = [one.tree_ for one in getattr(model, "estimators_", [model])]
        shares = [tree.value[:, 0, 1] / tree.value[:, 0, :].sum(1) / len(trees) for tree in trees]
        parts = [part(tree, share) for tree, share in zip(trees, shares)]
    for number, one in enumerate(parts):
        one.insert(0, "tree", number)
    return pd.concat(parts).assign(base=base, link=link)


def part(tree, value):
    return pd.DataFrame({"node": range(tree.node_count), "left": tree.children_left, "right": tree.children_right,
        "feature": tree.feature, "threshold": tree.threshold, "missing_left": tree.missing_go_to_left,
        "cover": tree.weighted_n_node_samples, "value": value})  # fmt: skip


def depths(tree):
    depth = np.zeros(tree.node_count)
    for node in range(tree.node_count):  # children come after their parent
        if tree.children_left[node] >= 0:
            depth[[tree.children_left[node], tree.children_right[node]]] = depth[node] + 1
    return depth + [average_depth(count) for count in tree.n_node_samples]


def average_depth(rows):
    return 0 if rows <= 1 else 1 if rows == 2 else 2 * (np.log(rows - 1) + np.euler_gamma) - 2 * (rows - 1) / rows


def hist_part(nodes):
    if nodes["is_categorical"].any():
        raise ValueError("categorical splits are not taken in: let the pack list the categories, and train on these inputs")
    leaf = nodes["is_leaf"] == 1
    return pd.DataFrame({"node": range(len(nodes)), "left": np.where(leaf, -1, nodes["left"].astype(int)),
        "right": np.where(leaf, -1, nodes["right"].astype(int)), "feature": nodes["feature_idx"],
        "threshold": nodes["num_threshold"], "missing_left": nodes["missing_go_to_left"],
        "cover": nodes["count"], "value": nodes["value"]})  # fmt: skip
