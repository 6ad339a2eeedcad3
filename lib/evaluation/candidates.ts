/**
 * The settings of an algorithm that a search tries beside the default. A short fixed list rather than a random one: every candidate
 * is a stance a practitioner would take on rare positives (shallower and calmer, deeper and sharper, fewer inputs a split, heavier
 * leaves), and the same list makes the same model everywhere.
 */
type Settings = Readonly<Record<string, number | string | boolean | null>>;

export interface SampledCandidate {
  readonly algorithm: 'forest' | 'boosting';
  readonly hyperParameters: Settings;
}

const FOREST: Settings = {
  trees: 100,
  maxLeaves: null,
  bootstrap: true,
  maxBins: 256,
};
const FORESTS: readonly Settings[] = [
  { maxDepth: 12, minSamplesLeaf: 1, maxFeatures: 'sqrt', classWeight: 'balanced' },
  { maxDepth: 8, minSamplesLeaf: 10, maxFeatures: 0.3, classWeight: 'none' },
  { maxDepth: 12, minSamplesLeaf: 3, maxFeatures: 'sqrt', classWeight: 'none' },
  { maxDepth: 12, minSamplesLeaf: 10, maxFeatures: 0.5, classWeight: 'none' },
  { maxDepth: 16, minSamplesLeaf: 3, maxFeatures: 0.2, classWeight: 'none' },
];

const BOOSTING: Settings = {
  maxLeaves: null,
  rowShare: 0.8,
  featureShare: 0.8,
  classWeight: 'none',
  maxBins: 256,
};
const BOOSTINGS: readonly Settings[] = [
  { trees: 100, learningRate: 0.1, maxDepth: 4, minSamplesLeaf: 20, l2: 1 },
  { trees: 300, learningRate: 0.03, maxDepth: 4, minSamplesLeaf: 20, l2: 1 },
  { trees: 300, learningRate: 0.03, maxDepth: 6, minSamplesLeaf: 50, l2: 5 },
  { trees: 150, learningRate: 0.1, maxDepth: 3, minSamplesLeaf: 10, l2: 1 },
  { trees: 200, learningRate: 0.05, maxDepth: 8, minSamplesLeaf: 50, l2: 10 },
];

/** Complete settings, in the order in which ties are won. */
export function sampleCandidates(algorithm: 'forest' | 'boosting'): readonly SampledCandidate[] {
  const [common, candidates] = algorithm === 'forest' ? [FOREST, FORESTS] : [BOOSTING, BOOSTINGS];
  return candidates.map((settings) => ({ algorithm, hyperParameters: { ...common, ...settings } }));
}
