import fc from 'fast-check';

/** Probabilities (many of them tied) with labels of both classes. */
export const scored = fc
  .array(
    fc.record({
      score: fc.oneof(fc.constantFrom(0, 0.1, 0.25, 0.5, 1), fc.float({ min: 0, max: 1, noNaN: true })),
      label: fc.constantFrom(0, 1),
    }),
    { minLength: 2, maxLength: 60 },
  )
  .filter((rows) => rows.some((row) => row.label === 1) && rows.some((row) => row.label === 0))
  .map((rows) => ({
    scores: Float32Array.from(rows, (row) => row.score),
    labels: Uint8Array.from(rows, (row) => row.label),
  }));
