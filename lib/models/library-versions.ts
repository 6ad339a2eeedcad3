import manifest from '../../package.json' with { type: 'json' };

/** The versions that a model or a run depends on: Assay's own and those of the engines under it. */
export function libraryVersions(): Record<string, string> {
  return {
    assay: manifest.version,
    '@duckdb/node-api': manifest.dependencies['@duckdb/node-api'],
    'onnxruntime-node': manifest.dependencies['onnxruntime-node'],
  };
}
