import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import type { ModelCard } from '../../lib/models/card.ts';
import { renderReport } from '../../lib/report/render-report.ts';
import type { ReportData } from '../../lib/report/report-data.ts';
import { fakeScoringReport, fakeTrainingReport } from '../helpers/report-data.ts';

const training = renderReport(fakeTrainingReport(1));
const scoring = renderReport(fakeScoringReport(1));

function parse(page: string) {
  return parseHTML(page).document;
}

function sectionIds(page: string): string[] {
  return [...parse(page).querySelectorAll('main section')].map((section) => section.id);
}

function withCard(data: ReportData, card: Partial<ModelCard>): ReportData {
  return { ...data, card: { ...data.card, ...card } };
}

/** Everything that a person can read or hear, without style and markup. */
function readableText(page: string): string {
  const document = parse(page);
  document.querySelector('style')?.remove();
  const labels = [...document.querySelectorAll('[aria-label]')].map((element) =>
    element.getAttribute('aria-label'),
  );
  return [document.documentElement.textContent, ...labels].join('\n');
}

/** `value` with every number in it passed through `change`. */
function changeNumbers(value: unknown, change: (number: number) => number | null): unknown {
  if (typeof value === 'number') return change(value);
  if (Array.isArray(value)) return value.map((item) => changeNumbers(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, changeNumbers(item, change)]));
}

describe('renderReport, of a training', () => {
  it('shows every section that there is data for, in the order of reading', () => {
    expect(sectionIds(training)).toEqual([
      'class-balance',
      'scores',
      'curves',
      'confusion',
      'thresholds',
      'precision-at-k',
      'calibration',
      'over-fitting',
      'segments',
      'importances',
      'beeswarm',
      'rejects',
      'provenance',
    ]);
  });

  it('leaves out sections without data, and says that the quality is not known', () => {
    const bare = renderReport({
      ...withCard(fakeTrainingReport(1), {
        evaluation: null,
        training: null,
        crossValidation: [],
        importances: [],
        split: null,
      }),
      beeswarm: [],
      rejects: [],
    });
    expect(sectionIds(bare)).toEqual(['class-balance', 'provenance']);
    expect(readableText(bare)).toContain('the quality of this model is not known');
  });

  it('gives key figures with their intervals, and the four counts of the confusion matrix', () => {
    const text = readableText(training);
    expect(text).toContain('95% interval 0.944 to 0.962');
    for (const count of ['489', '214', '37,467', '242']) expect(text).toContain(count);
  });

  it('says so where a figure has no interval', () => {
    const data = fakeTrainingReport(1);
    const { evaluation } = data.card;
    const rocAuc = { value: 0.5, low: null, high: null };
    const page = renderReport(withCard(data, { evaluation: { ...evaluation!, rocAuc } }));
    expect(readableText(page)).toContain('too few records for an interval');
  });

  it('names the hashes, settings and versions that the model came from', () => {
    const { card } = fakeTrainingReport(1);
    const text = readableText(training);
    for (const hash of [card.onnx.sha256, card.pack.hash, card.dataset.hash, card.dataset.files[0]!.sha256]) {
      expect(text).toContain(hash);
    }
    for (const name of [
      'featuresPerSplit',
      'onnxruntime-node',
      '24.21.0',
      'by time, each account on one side',
    ]) {
      expect(text).toContain(name);
    }
  });

  it('draws a dot of the beeswarm for each sampled record, joined into a path a colour', () => {
    const data = fakeTrainingReport(1);
    const { source } = data.beeswarm[0]!;
    const beeswarm = data.beeswarm.filter((point) => point.source === source);
    const plot = parse(renderReport({ ...data, beeswarm })).querySelector('#beeswarm .if-wide svg')!;
    expect(plot.querySelectorAll('circle')).toHaveLength(0);
    const paths = [...plot.querySelectorAll('.dots path')].map((path) => path.getAttribute('d')!);
    expect(paths).toHaveLength(9);
    expect(paths.join('').match(/h0/g)).toHaveLength(beeswarm.length);
  });

  it('distinguishes candidates by the settings in which they differ', () => {
    const text = readableText(training);
    expect(text).toContain('★ maxDepth 12, minLeaf 20');
    expect(text).not.toContain('trees 100');
  });
});

describe('renderReport, of a scored drop', () => {
  it('shows the drop first and the model behind it after', () => {
    expect(sectionIds(scoring)).toEqual([
      'flags',
      'rules',
      'scores',
      'beeswarm',
      'drift',
      'rejects',
      'curves',
      'confusion',
      'calibration',
      'importances',
      'provenance',
    ]);
  });

  it('distinguishes scores by decision, where training distinguishes them by label', () => {
    const groups = (page: string) =>
      [
        ...parse(page).querySelectorAll(
          '#scores .if-wide text[font-weight], #scores .if-wide [font-weight] text',
        ),
      ].map((text) => text.textContent);
    expect(groups(scoring)).toEqual(['Flagged', 'Not flagged']);
    expect(groups(training)).toEqual(['Positive', 'Negative']);
    expect(readableText(scoring)).toContain('Labels play no part here');
  });

  it('leaves out what the drop has none of', () => {
    const data = fakeScoringReport(1);
    const empty = {
      ...data.scoring!,
      scored: 0,
      flagged: 0,
      scores: { negatives: [0, 0], positives: [0, 0] },
      ruleHits: [],
      drift: [],
      flags: [],
    };
    const page = renderReport({ ...data, beeswarm: [], rejects: [], scoring: empty });
    expect(sectionIds(page)).toEqual(['curves', 'confusion', 'calibration', 'importances', 'provenance']);
  });

  it('gives each flag its record, score, strongest reasons and rules in words, and no value by itself', () => {
    const data = fakeScoringReport(1);
    const [flag] = data.scoring!.flags!;
    const { explanation } = flag!;
    const contributions = explanation.contributions.map((contribution) => ({
      ...contribution,
      value: 'secret-value',
    }));
    const page = renderReport({
      ...data,
      scoring: { ...data.scoring!, flags: [{ ...flag!, explanation: { ...explanation, contributions } }] },
    });
    const row = parse(page).querySelector('.flag')!.textContent!;
    expect(row).toContain(explanation.record_id);
    expect(row).toContain(explanation.score.toFixed(3));
    expect(row).toContain(contributions.find(({ contribution }) => contribution > 0)!.words);
    for (const rule of explanation.rules) expect(row).toContain(rule.words);
    for (const { name, text } of flag!.facts) expect(row).toContain(`${name}${text}`);
    expect(page).not.toContain('secret-value');
  });

  it('puts the flags of one account together, where its most urgent one stands', () => {
    const data = fakeScoringReport(1);
    const cases = [...parse(renderReport(data)).querySelectorAll('.case')];
    const heads = cases.map((one) => one.querySelector('h3')!.textContent);
    const { flags } = data.scoring!;
    const entities = [...new Set(flags!.map(({ entity }) => entity))];
    expect(heads).toEqual(
      entities.map((entity) => {
        const count = flags!.filter((flag) => flag.entity === entity).length;
        return `${entity} ${count} ${count === 1 ? 'flag' : 'flags'}`;
      }),
    );
  });

  it('adds up a group once, and has its parts behind the expander', () => {
    const data = fakeScoringReport(1);
    const [flag] = data.scoring!.flags!;
    const all = parse(renderReport(data)).querySelector('.flag details')!;
    expect(all.querySelector('summary')!.textContent).toBe('All 14 reasons');
    const group = [...all.querySelectorAll('li')].find((row) => row.querySelector('b') !== null)!;
    const parts = flag!.explanation.contributions.filter(({ group }) => group !== undefined);
    expect(group.querySelector('b')!.textContent).toBe('The amount');
    expect(group.querySelectorAll('li')).toHaveLength(3);
    const sum = parts.reduce((total, { contribution }) => total + contribution, 0);
    expect(group.querySelector('span')!.textContent!.replace('−', '-')).toContain(Math.abs(sum).toFixed(3));
  });

  it('draws the report of an earlier version, which had the most urgent flags only', () => {
    const data = fakeScoringReport(1);
    const { flags, ...earlier } = data.scoring!;
    const top = flags!.map(({ explanation }) => explanation);
    const page = parse(renderReport({ ...data, scoring: { ...earlier, top } }));
    expect(page.querySelectorAll('.flag')).toHaveLength(flags!.length);
  });

  it('sorts drift by how far inputs moved, whatever the order they came in', () => {
    const data = fakeScoringReport(1);
    const drift = data.scoring!.drift.toReversed();
    const rows = parse(renderReport({ ...data, scoring: { ...data.scoring!, drift } })).querySelectorAll(
      '#drift tbody tr',
    );
    expect([...rows].map((row) => row.querySelector('th')!.textContent)).toEqual(
      data.scoring!.drift.map(({ name }) => name),
    );
  });
});

describe.each([
  ['training', training],
  ['scoring', scoring],
])('the %s report', (kind, page) => {
  it('is the same bytes for the same data, however many were made before', () => {
    const data = kind === 'training' ? fakeTrainingReport(1) : fakeScoringReport(1);
    expect(renderReport(data)).toBe(page);
  });

  it('loads nothing: no script, no link to elsewhere, no import', () => {
    const document = parse(page);
    for (const selector of [
      'script',
      'link',
      'img',
      'iframe',
      'image',
      'use',
      'object',
      '[onload]',
      '[src]',
    ]) {
      expect(document.querySelector(selector), selector).toBeNull();
    }
    const targets = [...document.querySelectorAll('[href]')].map((element) => element.getAttribute('href')!);
    for (const target of targets) expect(document.querySelector(target), target).not.toBeNull();
    expect(page).not.toMatch(/https?:|@import|url\(/);
  });

  it('is smaller than 600 kB', () => {
    expect(Buffer.byteLength(page)).toBeLessThan(600_000);
  });

  it('never shows a number that is none', () => {
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
    expect(page).not.toContain('⚠');
  });

  it('says in a sentence what each plot shows', () => {
    const plots = [...parse(page).querySelectorAll('svg')];
    expect(plots.length).toBeGreaterThan(8);
    for (const plot of plots) {
      expect(plot.getAttribute('role')).toBe('img');
      expect(plot.getAttribute('aria-label')).toMatch(/^[A-Z“\d].{20,}\.$/);
    }
  });

  it('has one h1, and headings that never skip a level', () => {
    const levels = [...parse(page).querySelectorAll('h1,h2,h3,h4')].map((heading) =>
      Number(heading.tagName[1]),
    );
    expect(levels.filter((level) => level === 1)).toEqual([1]);
    for (let i = 1; i < levels.length; i++) expect(levels[i]! - levels[i - 1]!).toBeLessThanOrEqual(1);
  });

  it('has one style sheet, its own', () => {
    expect(parse(page).querySelectorAll('style')).toHaveLength(1);
  });

  it('has no id twice', () => {
    const ids = [...parse(page).querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('draws with colours that follow light and dark only', () => {
    const style = page.slice(0, page.indexOf('</style>'));
    expect(style).toContain('@media screen and (prefers-color-scheme:dark)');
    expect(page.slice(style.length)).not.toMatch(/(fill|stroke)="(#|black|white|rgb|steelblue)/);
  });
});

describe('renderReport, of hostile data', () => {
  const HOSTILE = '<script>alert("1")</script>\u0000\u202E&\'';

  it('keeps every text a text', () => {
    const rename = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(rename);
      if (typeof value !== 'object' || value === null) return typeof value === 'string' ? HOSTILE : value;
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          ['kind', 'algorithm', 'policy'].includes(key) ? item : rename(item),
        ]),
      );
    };
    for (const data of [fakeTrainingReport(1), fakeScoringReport(1)]) {
      const page = renderReport(rename(data) as ReportData);
      expect(page).not.toContain('<script');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect(page).not.toMatch(/[\u0000\u202E]/);
      expect(parse(page).querySelector('h1')!.textContent).toContain('<script>alert("1")</script>');
    }
  });

  it.each([
    ['not a number', Number.NaN],
    ['null, as JSON writes what is not a number', null],
    ['zero', 0],
    ['one', 1],
  ])('stands every number being %s', (_, replacement) => {
    for (const data of [fakeTrainingReport(1), fakeScoringReport(1)]) {
      const page = renderReport(changeNumbers(data, () => replacement) as ReportData);
      expect(page.match(/.{0,40}(NaN|undefined|Infinity|⚠)/g)).toBeNull();
    }
  });

  it('stays small with thousands of sources and dots', () => {
    const data = fakeTrainingReport(1);
    const sources = Array.from({ length: 300 }, (_, i) => `source_${i}`);
    const page = renderReport({
      ...withCard(data, {
        importances: sources.map((source) => ({
          source,
          gain: 1 / 300,
          permutation: 0,
          meanContribution: 0.01,
        })),
      }),
      beeswarm: sources.flatMap((source, i) =>
        Array.from({ length: 1000 }, (_, j) => ({
          source,
          contribution: ((j * 7919) % 1000) / (i + 1000),
          valueRank: j / 1000,
        })),
      ),
    });
    expect(Buffer.byteLength(page)).toBeLessThan(600_000);
    expect(readableText(page)).toContain('The 16 strongest of 300 sources');
  });
});
