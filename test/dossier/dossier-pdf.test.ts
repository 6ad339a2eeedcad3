import { describe, expect, test } from 'vitest';
import type { Dossier, DossierFlag } from '../../lib/dossier/dossier.ts';
import { dossierPdf } from '../../lib/dossier/dossier-pdf.ts';
import { showSigns } from '../../lib/dossier/pdf-writer.ts';

function flagOf(number: number): DossierFlag {
  return {
    ...{
      flag: `f${number}`,
      run: 'run',
      record_id: `T${number}`,
      entity: 'A-1',
      time: '2026-05-01T10:00:00.000Z',
    },
    ...{ severity: 'high', status: 'open', replayed: true },
    explanation: {
      ...{ record_id: `T${number}`, score: 0.9, threshold: 0.5, base: 0.1, decision_id: `f${number}` },
      contributions: [
        { column: 'amount', value: 9, usual: 1, contribution: 0.9, words: 'The amount is large' },
        { column: 'hour', value: 9, usual: 1, contribution: -0.1, words: 'It is day' },
      ],
      rules: [{ id: 'large', severity: 'high', words: 'It is large' }],
      ...{ model: 'm', pack: 'shop@1' },
    },
    record: { amount: 9, note: 'x'.repeat(5_000), empty: null },
    reviews: [
      {
        ...{ version: 1, kind: 'open', verdict: 'true_positive', reason: 'Seen', note: null, by: 'ada' },
        ...{ at: '2026-05-02T10:00:00.000Z', by_name: 'Ada Lovelace', signature_holds: true },
        signature: { name: 'Ada Lovelace', meaning: 'review', signedInAt: '2026-05-02T09:59:00.000Z' },
      },
    ],
    entries: [
      {
        ...{ seq: 7, event: 'flagged', actor: 'assay', subject: `T${number}`, data: {} },
        ...{ prev: '0'.repeat(64), hash: 'a'.repeat(64) },
      },
    ],
  };
}

function dossierOf(flags: number): Dossier {
  return {
    format: 'assay-dossier/1',
    subject: { kind: 'period', domain: 'shop', id: null, from: '2026-01-01T00:00:00.000Z', until: null },
    making: { made_at: '2026-11-28T12:00:00.000Z', made_by: 'ada', version: '0.1.0' },
    ...{ personal: 'masked', proof: 'logs', case: null, models: [] },
    flags: Array.from({ length: flags }, (_, at) => flagOf(at)),
  };
}

describe('the pages of a dossier', () => {
  test('are tagged, with a title, a language, headings in their order and tables with headers', async () => {
    const pdf = (await dossierPdf(dossierOf(2))).toString('latin1');
    expect(pdf).toMatch(/\/Marked true/);
    expect(pdf).toContain('/Lang (en)');
    expect(pdf).toContain('/DisplayDocTitle true');
    expect(pdf).toContain('<pdfuaid:part>1</pdfuaid:part>');
    const roles = [...pdf.matchAll(/\/S \/(\w+)/g)].map(([, role]) => role!);
    const headings = roles.filter((role) => /^H\d$/.test(role));
    expect(headings[0]).toBe('H1');
    const levels = headings.map((role) => Number(role.slice(1)));
    expect(levels.every((level, at) => at === 0 || level <= levels[at - 1]! + 1)).toBe(true);
    const count = (wanted: string) => roles.filter((role) => role === wanted).length;
    expect(count('Table')).toBeGreaterThan(8);
    expect(count('THead')).toBe(count('Table'));
    expect(count('TH')).toBeGreaterThan(count('Table'));
    expect([...pdf.matchAll(/\/Scope \/(Column|Row)/g)].length).toBe(count('TH'));
    // Each font is in the file: a reader needs none of its own.
    expect([...pdf.matchAll(/\/FontFile2/g)].length).toBe(2);
  });

  test('are the same for the same dossier', async () => {
    expect(await dossierPdf(dossierOf(1))).toEqual(await dossierPdf(dossierOf(1)));
  });

  test('show so many flags in full and no more, and list all', async () => {
    const pages = async (flags: number) =>
      [...(await dossierPdf(dossierOf(flags), 1)).toString('latin1').matchAll(/\/Type \/Page\b/g)].length;
    const [few, more] = [await pages(2), await pages(12)];
    expect(more - few).toBeLessThan(2);
  });

  test('have no heading in a table, and end each mark that they begin', async () => {
    const { inflateSync } = await import('node:zlib');
    const pdf = await dossierPdf(dossierOf(3));
    const text = pdf.toString('latin1');
    let marks = 0;
    for (const { index } of text.matchAll(/stream\n/g)) {
      if (text.slice(index - 3, index) === 'end') continue;
      let content: string;
      try {
        content = inflateSync(pdf.subarray(index + 7)).toString('latin1');
      } catch {
        continue;
      }
      if (!content.includes(' BDC')) continue;
      let depth = 0;
      for (const [mark] of content.matchAll(/\b(?:BDC|BMC|EMC)\b/g)) {
        depth += mark === 'EMC' ? -1 : 1;
        expect(depth).toBeGreaterThanOrEqual(0);
        marks++;
      }
      expect(depth).toBe(0);
    }
    expect(marks).toBeGreaterThan(150);
  });
});

test('a sign that the font does not have, or that turns the text round, is shown by its code', () => {
  const hasGlyph = (code: number) => code < 0x500 || (code >= 0x2000 && code < 0x2100);
  expect(showSigns('Grüße, Ωмега', hasGlyph)).toBe('Grüße, Ωмега');
  expect(showSigns('中 a\u{202e}b\u{0007}', hasGlyph)).toBe('[U+4E2D] a[U+202E]b[U+0007]');
  expect(showSigns('😀', hasGlyph)).toBe('[U+1F600]');
});
