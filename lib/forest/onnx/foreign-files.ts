/** What people give in place of an ONNX model, recognized by its first bytes, and how it becomes one. */
const KINDS: readonly {
  readonly begins: (bytes: Uint8Array) => boolean;
  readonly is: string;
}[] = [
  {
    begins: ([first, second]) => first === 0x80 && second !== undefined && second >= 2 && second <= 5,
    is: 'a Python pickle, which would run code to be read; convert the model with skl2onnx or onnxmltools',
  },
  {
    begins: (bytes) => textOf(bytes, 1) === '{',
    is: "JSON or UBJSON, as XGBoost saves models; give it as --xgboost model.json, or convert it with onnxmltools' convert_xgboost",
  },
  {
    begins: (bytes) => textOf(bytes, 5) === 'tree\n' || textOf(bytes, 6) === 'tree\r\n',
    is: "LightGBM's text format; give it as --lightgbm, or convert it with onnxmltools' convert_lightgbm",
  },
  {
    begins: (bytes) => textOf(bytes, 4) === 'CBM1',
    is: "CatBoost's own format; save it with format='onnx'",
  },
  {
    begins: (bytes) => textOf(bytes, 4) === 'PK\u0003\u0004',
    is: 'a ZIP archive (skops or PyTorch save such); expected the ONNX file itself',
  },
];

/** Null: it looks like none of them. */
export function foreignFile(bytes: Uint8Array): string | null {
  return KINDS.find(({ begins }) => begins(bytes))?.is ?? null;
}

function textOf(bytes: Uint8Array, length: number): string {
  return String.fromCharCode(...bytes.subarray(0, length));
}
