"""Models as a Python user brings them, trained on the matrix of `assay features` and converted by the usual tools.

    node test/parity/small-sample.ts FOLDER
    npm run assay -- features --domain finance --data FOLDER/labelled.csv \
        --rates FOLDER/rates.csv --out FOLDER/features.parquet
    python test/parity/python-models.py FOLDER/features.parquet test/parity/golden

Writes brought-NAME.onnx.gz, just as the converters give them (scikit-learn's and LightGBM's with a ZipMap, all without covers),
and brought-NAME.json: the probabilities that Python's onnxruntime gives by that file for some held-out records. (Not the Python
model's own: skl2onnx 1.20 forgets where scikit-learn's trees send missing values.)
"""

import gzip
import json
import os
import sys

os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when onnxruntime is loaded

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from onnxmltools import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from onnxruntime import InferenceSession
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from xgboost import XGBClassifier

frame = pd.read_parquet(sys.argv[1])
folder = sys.argv[2]
inputs = frame.columns.difference(["record_id", "label", "part"], sort=False)
train, held_out = frame[frame.part == "train"], frame[frame.part == "held_out"]
x, y = train[inputs].to_numpy(np.float32), train.label.to_numpy()
rows = held_out.head(100)
given = rows[inputs].to_numpy(np.float32)
floats = [("input", FloatTensorType([None, len(inputs)]))]

forest = RandomForestClassifier(20, max_depth=6, class_weight="balanced", random_state=1).fit(x, y)
xgboost = XGBClassifier(n_estimators=20, max_depth=4, random_state=1).fit(x, y)
lightgbm = LGBMClassifier(n_estimators=20, max_depth=4, random_state=1, verbose=-1).fit(x, y)
models = {
    "scikit-learn": to_onnx(forest, x[:1], target_opset={"": 17, "ai.onnx.ml": 3}),
    "xgboost": convert_xgboost(xgboost, initial_types=floats),
    "lightgbm": convert_lightgbm(lightgbm, initial_types=floats),
}
for name, onnx in models.items():
    with open(f"{folder}/brought-{name}.onnx.gz", "wb") as file:
        file.write(gzip.compress(onnx.SerializeToString(), mtime=0))
    session = InferenceSession(onnx.SerializeToString())
    golden = {
        "inputs": len(inputs),
        "record_id": rows.record_id.tolist(),
        "probability": [float(row[1]) for row in session.run(None, {session.get_inputs()[0].name: given})[1]],
    }
    with open(f"{folder}/brought-{name}.json", "w") as file:
        json.dump(golden, file)
        file.write("\n")
    print(name, golden["probability"][:3])
