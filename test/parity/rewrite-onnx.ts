/** Writes an ONNX file again by `writeOnnx`: for tree-shap.py, which runs it in Python. */
import { readFileSync, writeFileSync } from 'node:fs';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';

const [source = '', target = ''] = process.argv.slice(2);
writeFileSync(target, writeOnnx(readOnnx(readFileSync(source), source).ensemble));
