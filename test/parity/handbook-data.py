"""The transactions that the Fraud Detection Handbook publishes, as the CSV that test/bench/handbook-cards.yaml reads. The repository holds none.

    git clone …/Fraud-Detection-Handbook/simulated-data-raw
    python test/parity/handbook-data.py simulated-data-raw payments.csv

Its daily files are pickles of a pandas that today's no longer reads. A pickle can run anything, so only its arrays are let in.
"""

import pathlib
import pickle
import sys

import numpy as np
import pandas as pd


class Index:
    pass


class Frame:
    def __setstate__(self, state):
        self.blocks = state.get("_mgr", state.get("_data"))


class Blocks:
    def __setstate__(self, state):
        _, self.blocks, self.items = state[:3]


def index_of(kind, given):
    index = Index()
    index.data = given["data"]
    return index


class ArraysOnly(pickle.Unpickler):
    KNOWN = {
        ("pandas.core.frame", "DataFrame"): Frame,
        ("pandas.core.internals.managers", "BlockManager"): Blocks,
        ("pandas.core.indexes.base", "_new_Index"): index_of,
        ("pandas.core.indexes.base", "Index"): Index,
        ("pandas.core.indexes.numeric", "Int64Index"): Index,
        ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("builtins", "slice"): slice,
    }

    def find_class(self, module, name):
        if (module, name) not in self.KNOWN:
            raise ValueError(f"found {module}.{name}, expected the arrays of a data frame")
        return self.KNOWN[module, name]


def read_day(path: pathlib.Path) -> pd.DataFrame:
    with path.open("rb") as file:
        blocks = ArraysOnly(file).load().blocks
    columns = {}
    for values, items in zip(blocks.blocks, blocks.items):
        for name, column in zip(items.data, values):
            columns[name] = column
    return pd.DataFrame(columns)


folder, out = pathlib.Path(sys.argv[1]), sys.argv[2]
days = [read_day(path) for path in sorted((folder / "data").glob("*.pkl"))]
paid = pd.concat(days).sort_values("TRANSACTION_ID")
pd.DataFrame(
    {
        "id": paid.TRANSACTION_ID,
        "time": pd.to_datetime(paid.TX_DATETIME).dt.strftime("%Y-%m-%dT%H:%M:%S"),
        "customer": "C" + paid.CUSTOMER_ID.astype(str),
        "terminal": "T" + paid.TERMINAL_ID.astype(str),
        "amount": paid.TX_AMOUNT.map("{:.2f}".format),
        "fraud": paid.TX_FRAUD.astype(int),
    }
).to_csv(out, index=False)
print(f"{out}: {len(paid):,} payments, {int(paid.TX_FRAUD.sum()):,} fraudulent")
