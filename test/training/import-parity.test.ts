/** Every kind of model that is taken in, held against its library: scores and reasons. The goldens are of test/parity/imports.py. */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { withCover } from '../../lib/forest/node-cover.ts';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { scoreRows } from '../../lib/forest/onnx/score-rows.ts';
import type { OriginalKind } from '../../lib/forest/originals/read-original.ts';
import { createExplainer, toProbabilityContributions } from '../../lib/forest/shap/tree-shap.ts';
import { nextFloat32Below } from '../../lib/forest/tree-ensemble.ts';
import { readSource, type SourceFiles } from '../../lib/training/import-source.ts';
import { moveInputs, placeInputs } from '../../lib/training/place-inputs.ts';
import { checkSameScores } from '../../lib/training/same-scores.ts';

interface Golden {
  readonly onnx: string | null;
  readonly original: { readonly kind: OriginalKind; readonly text: string } | null;
  readonly rows: readonly (readonly (number | null)[])[];
  readonly scores: readonly number[];
  readonly labels: readonly string[] | null;
  /** Whether the original is the whole model: nothing stands before its trees. */
  readonly alone: boolean;
  /** One a column, and the base last. */
  readonly contributions: readonly (readonly number[])[] | null;
}

const folder = new URL('../parity/golden/imports/', import.meta.url);
const names = readdirSync(folder).map((file) => file.replace('.json.gz', ''));
const readGolden = (name: string): Golden =>
  JSON.parse(gunzipSync(readFileSync(new URL(`${name}.json.gz`, folder))).toString()) as Golden;

function filesOf({ onnx, original }: Golden): SourceFiles {
  return {
    name: 'model.onnx',
    ...(onnx !== null && { onnx: new Uint8Array(Buffer.from(onnx, 'base64')) }),
    ...(original !== null && {
      original: { kind: original.kind, name: 'original', bytes: Buffer.from(original.text) },
    }),
  };
}

const namesOf = (columns: number): string[] => Array.from({ length: columns }, (_, at) => `f${at}`);

/** As it is stored and read back. */
function take(files: SourceFiles, columns: number) {
  const { ensemble, onnxModel } = readSource(files);
  const names = namesOf(columns);
  const places = onnxModel === null ? names.map((_, at) => at) : placeInputs(onnxModel, names, files.name);
  const onnx = writeOnnx(moveInputs(ensemble, places, columns));
  return { onnx, ensemble: readOnnx(onnx).ensemble };
}

describe.each(names)('%s', (name) => {
  const golden = readGolden(name);
  const columns = golden.rows[0]!.length;
  const values = Float32Array.from(golden.rows.flat(), (value) => value ?? Number.NaN);
  const { onnx, ensemble } = take(filesOf(golden), columns);

  test('scores as in Python', async () => {
    const scores = await scoreRows(onnx, values, golden.rows.length);
    golden.scores.forEach((theirs, row) => {
      expect(Math.abs(scores[row]! - theirs), `row ${row}`).toBeLessThan(1e-6);
    });
  });

  test.runIf(golden.onnx !== null)('names its classes as Python does', () => {
    expect(readSource(filesOf(golden)).labels).toEqual(golden.labels);
  });

  test('gives reasons that add up to the score, whatever covers they average by', () => {
    const covered = withCover(ensemble, values, golden.rows.length);
    const explainer = createExplainer(covered);
    const own = new Float64Array(columns);
    golden.scores.forEach((theirs, row) => {
      explainer.explain(values, row * columns, own, 0);
      const { base, contributions } = toProbabilityContributions(explainer.base, own, covered.link);
      const total = contributions.reduce((sum, one) => sum + one, base);
      expect(Math.abs(total - theirs), `row ${row}`).toBeLessThan(1e-6);
    });
  });

  test.runIf(golden.onnx !== null)('goes the ways of its ONNX file on each side of every split', async () => {
    const { onnx: file, name: called } = filesOf(golden);
    const data = { rows: golden.rows.length, columns, values, labels: new Uint8Array(golden.rows.length) };
    const model = readOnnx(file!, called);
    const places = placeInputs(model, namesOf(columns), called);
    await checkSameScores({ model, onnx: file!, name: called }, data, places);
    // One float32 off, and it is seen.
    const nudged = model.ensemble.threshold.map((cut) => nextFloat32Below(cut));
    const off = { ...model, ensemble: { ...model.ensemble, threshold: nudged } };
    await expect(checkSameScores({ model: off, onnx: file!, name: called }, data, places)).rejects.toThrow(
      /model\.onnx: rewritten it scores [\d.e-]+ where the file scores [\d.e-]+/,
    );
  });

  test.runIf(golden.contributions !== null)('gives the reasons of its library to 1e-6', () => {
    const explainer = createExplainer(ensemble);
    const own = new Float64Array(columns);
    golden.contributions!.forEach((theirs, row) => {
      explainer.explain(values, row * columns, own, 0);
      [...own, explainer.base].forEach((one, column) => {
        expect(Math.abs(one - theirs[column]!), `row ${row}, column ${column}`).toBeLessThan(
          1e-6 * Math.max(1, Math.abs(theirs[column]!)),
        );
      });
    });
  });

  test.runIf(golden.alone && golden.onnx !== null)(
    'is the same model without its ONNX file, which only confirms the trees',
    () => {
      const { original } = filesOf(golden);
      const alone = take({ name: 'original', original: original! }, columns).ensemble;
      // Nodes may come in another order.
      const sorted = (list: ArrayLike<number>): number[] => Array.from(list).sort((a, b) => a - b);
      expect(sorted(alone.threshold)).toEqual(sorted(ensemble.threshold));
      expect(sorted(alone.cover)).toEqual(sorted(ensemble.cover));
    },
  );
});

test('docs show the Python that wrote the tables of trees', () => {
  const docs = readFileSync(new URL('../../docs/models.md', import.meta.url), 'utf8');
  const script = readFileSync(new URL('../parity/tree_table.py', import.meta.url), 'utf8');
  expect(docs).toContain(script.slice(script.indexOf('import numpy')).trim());
});
