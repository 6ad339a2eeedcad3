"""Every type of Parquet's, each as a column of one file, and the texts that Assay is to make of them:
python test/parity/parquet-types.py, which writes golden/parquet-types.parquet and golden/parquet-types.json beside it.

The texts are made from pyarrow's own reading of the file. Needs pyarrow (21.0.0).
"""

import datetime as dt
import decimal
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

golden = pathlib.Path(__file__).parent / "golden"
D = decimal.Decimal
utc = dt.timezone.utc
at = dt.datetime(2024, 2, 29, 13, 14, 15, 123456)

columns = {
    "boolean": (pa.bool_(), [True, False]),
    **{f"int{n}": (getattr(pa, f"int{n}")(), [-(2 ** (n - 1)), 2 ** (n - 1) - 1]) for n in (8, 16, 32, 64)},
    **{f"uint{n}": (getattr(pa, f"uint{n}")(), [0, 2**n - 1]) for n in (8, 16, 32, 64)},
    "float32": (pa.float32(), [0.1, -2.0]),
    "float64": (pa.float64(), [0.1 + 0.2, -1e-7]),
    "decimal9": (pa.decimal128(9, 2), [D("1234567.89"), D("-0.01")]),
    "decimal18": (pa.decimal128(18, 2), [D("1234567890123456.78"), D("-0.01")]),
    "decimal38": (pa.decimal128(38, 10), [D("1234567890123456789012345678.0123456789"), D("-0.0000000001")]),
    "decimal38wide": (pa.decimal256(38, 2), [D("123456789012345678901234567890123456.78"), D("-1.50")]),
    "date32": (pa.date32(), [dt.date(1969, 7, 20), dt.date(2024, 2, 29)]),
    "date64": (pa.date64(), [dt.date(1969, 7, 20), dt.date(2024, 2, 29)]),
    "time32": (pa.time32("ms"), [dt.time(13, 14, 15, 123000), dt.time(0, 0)]),
    "time64": (pa.time64("us"), [dt.time(13, 14, 15, 123456), dt.time(0, 0)]),
    "timestamp_s": (pa.timestamp("s"), [at.replace(microsecond=0), dt.datetime(1969, 7, 20)]),
    "timestamp_ms": (pa.timestamp("ms"), [at.replace(microsecond=123000), dt.datetime(1969, 7, 20)]),
    "timestamp_us": (pa.timestamp("us"), [at, dt.datetime(1969, 7, 20)]),
    "timestamp_ns": (pa.timestamp("ns"), [at, dt.datetime(1969, 7, 20)]),
    "timestamp_utc": (pa.timestamp("us", "UTC"), [at.replace(tzinfo=utc), dt.datetime(1969, 7, 20, tzinfo=utc)]),
    "timestamp_berlin": (pa.timestamp("ms", "Europe/Berlin"), [at.replace(microsecond=123000, tzinfo=utc), dt.datetime(2024, 10, 27, 0, 30, tzinfo=utc)]),
    "string": (pa.string(), ["é", "日本"]),
    "large_string": (pa.large_string(), ["a", " b "]),
    "dictionary": (pa.dictionary(pa.int32(), pa.string()), ["card", "cash"]),
    "binary": (pa.binary(), [b"ABC", b"12"]),
    "null": (pa.null(), [None, None]),
}


def text(value):
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{D(repr(value)):f}".removesuffix(".0")
    if isinstance(value, D):
        return f"{value:f}"
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dt.datetime):
        plain = value.astimezone(utc).replace(tzinfo=None) if value.tzinfo else value
        return time_text(plain.isoformat(" ")) + ("+00" if value.tzinfo else "")
    return time_text(value.isoformat()) if isinstance(value, dt.time) else str(value)


def time_text(iso):
    return iso.rstrip("0") if "." in iso else iso


arrays = {name: pa.array([*values, None], kind) for name, (kind, values) in columns.items()}
path = golden / "parquet-types.parquet"
pq.write_table(pa.table(arrays), path, compression="zstd")
read = pq.read_table(path).to_pydict()
# Of a float32 the shortest text that is the same float32.
read["float32"] = [None if value is None else float(f"{value:.7g}") for value in read["float32"]]
texts = {name: [text(value) for value in values] for name, values in read.items()}
(golden / "parquet-types.json").write_text(json.dumps({"pyarrow": pa.__version__, "texts": texts}, ensure_ascii=False, indent=1) + "\n")
