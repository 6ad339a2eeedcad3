/**
 * The one module that loads ONNX Runtime. Release 1.30 sends usage events to its maker unless ORT_DISABLE_TELEMETRY is set
 * when its library is loaded; the events hold the inputs' names, some of which are values learned from customers' data.
 * The lint rule `noRestrictedImports` keeps every other module from importing the package.
 */
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
// biome-ignore lint/style/noRestrictedImports: types only, nothing is loaded by them
import type * as OnnxRuntime from 'onnxruntime-node';

export type InferenceSession = OnnxRuntime.InferenceSession;
export type SessionOptions = OnnxRuntime.InferenceSession.SessionOptions;
export type Tensor = OnnxRuntime.Tensor;
export type ValueMetadata = OnnxRuntime.InferenceSession.ValueMetadata;

let loaded: typeof OnnxRuntime | undefined;

/** ONNX Runtime, loaded at the first call (about 95 ms) with its telemetry off. */
export function loadOnnxRuntime(): typeof OnnxRuntime {
  loaded ??= load();
  return loaded;
}

function load(): typeof OnnxRuntime {
  // A worker's process.env is a copy: what is set there does not reach the native library.
  if (!isMainThread && process.env.ORT_DISABLE_TELEMETRY !== '1') {
    throw new Error(
      'ONNX Runtime is loaded in the main thread only, where its telemetry can be switched off',
    );
  }
  process.env.ORT_DISABLE_TELEMETRY = '1';
  // `require` and not `import`: an import is evaluated before this module's first line, and a layer's packages are found
  // by `require` alone.
  return createRequire(import.meta.url)('onnxruntime-node') as typeof OnnxRuntime;
}
