/** Believable report data from a seed: what a finance model's training and one scored drop would hand to the report. */
import type { Contribution, Explanation } from '../../lib/decisions/explanation.ts';
import type { Estimate, Evaluation } from '../../lib/evaluation/evaluation.ts';
import type { ModelCard } from '../../lib/models/card.ts';
import type { ReportData, ReportedFlag } from '../../lib/report/report-data.ts';

/** mulberry32: small, and good enough for pictures. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const SOURCES: readonly (readonly [name: string, words: string])[] = [
  ['payments_day', '12 payments from this account in 24 hours; it usually makes 1'],
  ['amount_vs_usual', 'The amount is 41 times what this account usually pays'],
  ['counterparty_country', 'The counterparty is in Panama, where 0.4% of payments go'],
  ['just_below_high_value', 'The amount, 9,850.00, lies just below the reporting threshold of 10,000'],
  ['new_counterparty', 'This account has never paid this counterparty before'],
  ['sum_day', '118,200.00 paid from this account in 24 hours; it usually pays 950.00'],
  ['hours_since_last', '4 minutes since the last payment; usually 31 hours'],
  ['night', 'The payment was made at night'],
  ['offshore', 'The counterparty is in an offshore country on the list'],
  ['transaction_type', 'The payment is a wire transfer'],
  ['amount', 'The amount is 9,850.00; usually 210.00'],
  ['weekend', 'The payment was made on a working day'],
  ['account_age_days', 'The account is 12 days old; usually 1,460'],
  ['distinct_counterparties_month', '17 counterparties in 30 days; usually 3'],
  ['round_amount', 'The amount is round'],
  ['channel', 'The payment came through the web'],
  ['sum_month_vs_declared_income', 'Payments of 30 days are 8.2 times the declared income'],
  ['currency', 'The currency is EUR'],
];

const CANDIDATE_SETTINGS = [
  { maxDepth: 8, minLeaf: 5 },
  { maxDepth: 12, minLeaf: 5 },
  { maxDepth: 12, minLeaf: 20 },
  { maxDepth: 16, minLeaf: 1 },
];

function estimate(value: number, half: number): Estimate {
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}

function hexOf(random: () => number, length: number): string {
  return Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
}

function fakeScores(random: () => number, rows: number, rate: number) {
  const negatives = new Array<number>(50).fill(0);
  const positives = new Array<number>(50).fill(0);
  for (let i = 0; i < rows; i++) {
    const positive = random() < rate;
    const score = positive ? 1 - random() ** 1.6 * random() : random() ** 2.2 * random() ** 0.8;
    const bins = positive ? positives : negatives;
    bins[Math.min(49, Math.floor(score * 50))]! += 1;
  }
  return { negatives, positives };
}

function fakeEvaluation(random: () => number): Evaluation {
  const steps = Array.from({ length: 121 }, (_, i) => i / 120);
  return {
    rows: 38_412,
    positives: 731,
    rocAuc: estimate(0.953, 0.009),
    prAuc: estimate(0.612, 0.034),
    logLoss: 0.0712,
    brier: 0.0119,
    atThreshold: {
      threshold: 0.437,
      confusion: { tp: 489, fp: 214, tn: 37_467, fn: 242 },
      precision: estimate(489 / 703, 0.035),
      recall: estimate(489 / 731, 0.034),
      falsePositiveRate: estimate(214 / 37_681, 0.0008),
      f1: 0.682,
      flaggedShare: 703 / 38_412,
    },
    atK: [50, 100, 200, 500, 1000].map((k, i) => ({
      k,
      precision: estimate(0.98 - i * 0.09, 0.03 + 0.01 / (i + 1)),
      recall: (k * (0.98 - i * 0.09)) / 731,
    })),
    roc: steps.map((x) => ({ x, y: Math.min(1, x ** 0.09 * 1.001), threshold: 1 - x })),
    pr: steps.map((x) => ({ x, y: Math.max(0.019, 0.99 - 0.95 * x ** 3.1), threshold: 1 - x })),
    calibration: Array.from({ length: 10 }, (_, i) => ({
      predicted: (i + 0.5) / 10,
      observed: estimate(Math.min(1, ((i + 0.5) / 10) ** 1.25 + (random() - 0.5) * 0.06), 0.02 + i * 0.008),
      count: Math.round(30_000 / (i + 1) ** 2.4),
    })),
    calibrationError: 0.021,
    segments: [
      ...['wire', 'card', 'cash deposit', 'direct debit', 'standing order'].map((value, i) => ({
        column: 'transaction_type',
        value,
        rows: 18_000 - i * 4100,
        positives: i === 4 ? 0 : 420 - i * 110,
        rocAuc: i === 4 ? null : estimate(0.95 - i * 0.02, 0.01 + i * 0.012),
        prAuc: i === 4 ? null : estimate(0.66 - i * 0.09, 0.03 + i * 0.03),
        precision: i === 4 ? null : estimate(0.73 - i * 0.06, 0.03 + i * 0.03),
        recall: i === 4 ? null : estimate(0.7 - i * 0.08, 0.03 + i * 0.03),
        flaggedShare: 0.03 - i * 0.006,
      })),
    ],
    scores: fakeScores(random, 38_412, 0.019),
  };
}

function fakeCard(seed: number): ModelCard {
  const random = seededRandom(seed);
  const names = SOURCES.map(([name]) => name);
  return {
    format: 'assay-model-card/1',
    domain: 'finance',
    version: hexOf(random, 12),
    algorithm: 'forest',
    pack: { version: 3, hash: hexOf(random, 64), source: 'domain: finance\n' },
    onnx: { sha256: hexOf(random, 64), bytes: 1_843_220 },
    fitted: {
      inputs: names.map((name) => ({ name, kind: 'feature', source: name })),
      encodings: [],
    },
    base: 0.0191,
    threshold: {
      value: 0.437,
      policy: { policy: 'min_recall', recall: 0.65 },
      chosenOn: 'out-of-fold scores',
    },
    hyperParameters: {
      trees: 100,
      maxDepth: 12,
      minLeaf: 20,
      featuresPerSplit: 0.35,
      classWeight: 'balanced',
      bootstrap: true,
      maxLeaves: null,
    },
    seed: 7,
    dataset: {
      files: [
        { name: 'payments-2023.csv.gz', sha256: hexOf(random, 64), bytes: 48_211_034 },
        { name: 'payments-2024-q1.csv', sha256: hexOf(random, 64), bytes: 21_500_871 },
      ],
      received: 192_480,
      rejected: 368,
      labelled: 192_112,
      positives: 3_655,
      hash: hexOf(random, 64),
    },
    split: {
      method: 'by time, each account on one side',
      train: 148_230,
      trainPositives: 2_812,
      heldOut: 38_412,
      heldOutPositives: 731,
      unused: 5_470,
      cutTime: '2024-01-09 00:00:00',
    },
    evaluation: fakeEvaluation(random),
    training: { rocAuc: estimate(0.991, 0.002), prAuc: estimate(0.874, 0.012), logLoss: 0.0388 },
    crossValidation: CANDIDATE_SETTINGS.map((settings, i) => {
      const center = [0.571, 0.598, 0.609, 0.583][i]!;
      const folds = Array.from({ length: 5 }, () => ({
        rocAuc: 0.94 + random() * 0.02,
        prAuc: center + (random() - 0.5) * 0.07,
        trainPrAuc: [0.72, 0.85, 0.83, 0.98][i]! + (random() - 0.5) * 0.02,
      }));
      return {
        algorithm: 'forest',
        hyperParameters: { trees: 100, ...settings },
        folds,
        meanPrAuc: folds.reduce((sum, { prAuc }) => sum + prAuc, 0) / folds.length,
        chosen: i === 2,
      };
    }),
    importances: names.map((source, i) => ({
      source,
      gain: 0.2 * 0.8 ** i * (0.6 + random() * 0.8),
      permutation: 0.11 * 0.7 ** i * (0.4 + random()) - 0.002,
      meanContribution: 0.03 * 0.78 ** i * (0.7 + random() * 0.6),
    })),
    profiles: names.map((name, i) => ({
      name,
      missingShare: i % 4 === 0 ? 0.02 : 0,
      edges: [1, 2, 5, 10],
      shares: [0.5, 0.2, 0.15, 0.1, 0.05],
      median: 1 + i * 37.5,
      mean: 2 + i * 41.3,
    })),
    libraries: {
      assay: '0.1.0',
      node: '24.21.0',
      'onnxruntime-node': '1.30.0',
      '@duckdb/node-api': '1.5.6-r.1',
    },
    approvedBy: null,
  };
}

export function fakeExplanation(seed: number, count: number): Explanation {
  const random = seededRandom(seed);
  const contributions: Contribution[] = Array.from({ length: count }, (_, i) => {
    const [column, words] = SOURCES[i % SOURCES.length]!;
    const size = 0.2 * 0.82 ** i * (0.8 + random() * 0.4);
    return {
      column: i < SOURCES.length ? column : `${column}_${i}`,
      value: 12,
      usual: 1,
      contribution: Number((random() < 0.28 ? -size : size).toFixed(9)),
      words,
    };
  });
  const base = 0.019104233;
  const sum = () => contributions.reduce((total, { contribution }) => total + contribution, 0);
  const scale = (0.5 + random() * 0.4 - base) / Math.max(sum(), 0.05);
  for (const contribution of contributions) {
    Object.assign(contribution, {
      contribution: Number((contribution.contribution * Math.min(scale, 3)).toFixed(9)),
    });
  }
  contributions.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  return {
    record_id: `TX-2024-${String(100_000 + Math.floor(random() * 899_999))}`,
    score: Number((base + sum()).toFixed(9)),
    threshold: 0.437,
    base,
    contributions,
    rules:
      seed % 2 === 0
        ? [
            {
              id: 'structuring',
              severity: 'high',
              words: '4 payments just below 10,000 from this account in 24 hours',
            },
          ]
        : [],
    model: '3f9a01c2b7de',
    pack: 'finance/3',
    decision_id: hexOf(random, 32),
  };
}

/** Of one of three accounts, the first three of its sources in one group. */
function fakeFlag(seed: number): ReportedFlag {
  const explanation = fakeExplanation(seed, 16);
  const contributions = explanation.contributions.map((one, index) =>
    index < 3 ? { ...one, group: 'The amount' } : one,
  );
  return {
    explanation: { ...explanation, contributions },
    entity: `AC00${seed % 3}`,
    facts: [
      { name: 'timestamp', text: '2024-01-09 13:05:11 UTC' },
      { name: 'amount', text: '9,800.00 EUR' },
    ],
  };
}

function fakeBeeswarm(random: () => number) {
  return SOURCES.flatMap(([source], i) =>
    Array.from({ length: 300 }, () => {
      const rank = random();
      const scale = 0.12 * 0.82 ** i;
      const tail = random() < 0.12 ? 2.6 : 0.35;
      return {
        source,
        contribution: scale * tail * ((i % 3 === 2 ? 0.6 - rank : rank - 0.4) + (random() - 0.5) * 0.4),
        valueRank: source.startsWith('c') || source === 'transaction_type' ? null : rank,
      };
    }),
  );
}

export function fakeTrainingReport(seed: number): ReportData {
  return {
    kind: 'training',
    title: 'Payments watched for money laundering',
    card: fakeCard(seed),
    beeswarm: fakeBeeswarm(seededRandom(seed + 1)),
    rejects: [
      { column: 'amount', reason: 'not a number: expected decimal(18,2)', count: 201 },
      { column: 'timestamp', reason: 'not a timestamp', count: 119 },
      { column: 'counterparty_country', reason: 'required, but empty', count: 41 },
      { column: '', reason: 'the line has 13 fields, the header 14', count: 7 },
    ],
    scoring: null,
  };
}

export function fakeScoringReport(seed: number): ReportData {
  const random = seededRandom(seed + 2);
  const { negatives } = fakeScores(random, 24_951, 0);
  const flagged = fakeScores(random, 480, 1).positives;
  return {
    ...fakeTrainingReport(seed),
    kind: 'scoring',
    rejects: [{ column: 'amount', reason: 'not a number: expected decimal(18,2)', count: 49 }],
    scoring: {
      received: 25_480,
      scored: 25_431,
      rejected: 49,
      flagged: 503,
      unexplained: 0,
      files: ['payments-2024-04-03.csv'],
      scores: { negatives: negatives.map((count, bin) => (bin < 22 ? count : 0)), positives: flagged },
      ruleHits: [
        { id: 'structuring', severity: 'high', count: 37 },
        { id: 'rapid_movement', severity: 'medium', count: 112 },
        { id: 'offshore_high_value', severity: 'critical', count: 9 },
        { id: 'dormant_account_awakes', severity: 'low', count: 0 },
      ],
      drift: SOURCES.map(([name], i) => ({
        name,
        psi: 0.42 * 0.72 ** i,
        jensenShannon: 0.24 * 0.8 ** i,
        missingShare: i === 3 ? 0.14 : 0,
        median: i % 5 === 4 ? null : 1.3 + i * 36,
      })),
      flags: Array.from({ length: 8 }, (_, i) => fakeFlag(seed + 10 + i)).sort(
        (a, b) => b.explanation.score - a.explanation.score,
      ),
    },
  };
}
