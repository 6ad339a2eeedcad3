import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generatePharma, pharmaHeader } from '../../samples/generators/pharma.ts';

const small = { records: 6000, seed: 3, start: '2025-01-06', days: 90 };
const names = pharmaHeader.split(',');

describe('generatePharma', () => {
  const lines = [...generatePharma(small)];
  const rows = lines.map(({ cells, label }) => {
    const texts = [...cells.split(','), label];
    return Object.fromEntries(names.map((name, index) => [name, texts[index]!]));
  });
  const created = rows.filter((row) => row.entry_type === 'create' && row.status === 'completed');

  it('yields exactly as many records as asked, each with a cell for every column', () => {
    expect(lines).toHaveLength(6000);
    for (const { cells } of lines) expect(cells.split(',')).toHaveLength(names.length - 1);
  });

  it('gives the same bytes for the same seed', () => {
    const hash = createHash('sha256');
    for (const { cells, label } of lines) hash.update(`${cells},${label}\n`);
    expect(hash.digest('hex')).toBe('3399f033cf11db338119b3042617fb7d823ec6e12ef1bec74c78b71bb21b3de1');
  });

  it('yields entries in the order in which they were made, never before the step began', () => {
    const times = rows.map((row) => row.recorded_at!);
    expect(times).toEqual([...times].sort());
    for (const row of rows) expect(row.recorded_at! >= row.timestamp!).toBe(true);
  });

  it('leaves what is not known yet empty while a step is in progress', () => {
    const open = rows.filter((row) => row.status === 'in_progress');
    expect(open.length).toBeGreaterThan(50);
    for (const row of open) expect([row.reading, row.duration_minutes]).toEqual(['', '']);
  });

  it('has a machine serve one step only', () => {
    const steps = new Map<string, Set<string>>();
    for (const row of rows) {
      steps.set(row.equipment_id!, (steps.get(row.equipment_id!) ?? new Set()).add(row.step!));
    }
    expect(Math.max(...[...steps.values()].map((set) => set.size))).toBe(1);
  });

  it('holds late entries, repeats, edits after completion and swapped steps, most of them without a deviation', () => {
    const late = created.filter((row) => {
      const end = Date.parse(row.timestamp!) + Number(row.duration_minutes) * 60_000;
      return Date.parse(row.recorded_at!) - end > 2 * 3_600_000;
    });
    const edits = rows.filter(
      (row) => row.entry_type === 'modify' && row.reason_for_change !== 'step completed',
    );
    const rework = rows.filter((row) => row.reason_for_change === 'planned rework');
    for (const peculiar of [late, edits, rework]) {
      expect(peculiar.length).toBeGreaterThan(20);
      expect(peculiar.filter((row) => row.deviation === '1').length).toBeLessThan(peculiar.length / 2);
    }
    const begun = new Map<string, number>();
    const swapped = created.filter((row) => {
      const last = begun.get(row.batch_id!) ?? 0;
      begun.set(row.batch_id!, Math.max(last, Number(row.step_sequence)));
      return Number(row.step_sequence) < last;
    });
    expect(swapped.length).toBeGreaterThan(20);
  });

  it('holds own checks, two places at once and a switched off audit trail, some with a deviation and some without', () => {
    const byHand = new Set([
      'dispensing',
      'bioburden_sample',
      'in_process_check',
      'label_check',
      'inspection',
    ]);
    const manual = created.filter((row) => byHand.has(row.step!));
    const end = (row: Record<string, string>) =>
      Date.parse(row.timestamp!) + Number(row.duration_minutes) * 60_000;
    const twice = manual.filter((row) =>
      manual.some(
        (other) =>
          other !== row &&
          other.operator_id === row.operator_id &&
          other.timestamp! < row.timestamp! &&
          end(other) > Date.parse(row.timestamp!),
      ),
    );
    const own = rows.filter((row) => row.checked_by === row.operator_id);
    const hidden = rows.filter((row) => row.audit_trail === 'no');
    for (const peculiar of [own, twice, hidden]) {
      const found = peculiar.filter((row) => row.deviation === '1').length;
      expect(peculiar.length).toBeGreaterThan(15);
      expect(found).toBeGreaterThan(2);
      expect(found).toBeLessThan(peculiar.length * 0.8);
    }
  });

  it('reports a deviation for five to nine entries in a hundred', () => {
    const share = rows.filter((row) => row.deviation === '1').length / rows.length;
    expect(share).toBeGreaterThan(0.05);
    expect(share).toBeLessThan(0.09);
  });
});
