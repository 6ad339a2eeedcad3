import { expect, test } from 'vitest';
import { type Dossier, dossierAct } from '../../lib/dossier/dossier.ts';

test('the log says of a dossier which one was made, by whom, of what and how much, and shows none of it', () => {
  const subject = { kind: 'flag', domain: 'finance', id: 'f1', from: null, until: null } as const;
  const dossier = { subject, personal: 'shown', flags: [{ record_id: 'T-1' }] } as unknown as Dossier;
  const [manifest, actor, at] = ['a'.repeat(64), 'ana', '2026-03-01T00:00:00Z'];
  const act = dossierAct({ dossier }, { manifest, actor, at });
  expect(act).toEqual({
    ...{ event: 'dossier_made', actor, subject: 'f1', at },
    data: { manifest, kind: 'flag', flags: 1, personal: 'shown' },
  });
  expect(JSON.stringify(act)).not.toContain('T-1');
  const period = { ...dossier, subject: { ...subject, kind: 'period', id: null } } as unknown as Dossier;
  expect(dossierAct({ dossier: period }, { manifest, actor, at }).subject).toBe('dossier of finance');
});
