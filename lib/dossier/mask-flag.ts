/** Personal data of a flag in a dossier: masked as the API masks it. */
import type { Pack } from '../packs/pack.ts';
import { MASKED, maskRecord, type PersonalData, personalDataOf } from '../packs/personal-data.ts';
import type { DossierFlag } from './dossier.ts';

export interface IdMask {
  readonly personal: PersonalData;
  readonly isHidden: (part: 'id' | 'entity' | 'time') => boolean;
}

export function maskId(pack: Pick<Pack, 'columns' | 'record'>, showPersonal: boolean): IdMask {
  const personal = personalDataOf(pack);
  return { personal, isHidden: (part) => !showPersonal && personal[part] };
}

export function maskFlag(flag: DossierFlag, personal: PersonalData): DossierFlag {
  const { record_id, entity, time, record, explanation, entries } = flag;
  const id = personal.id ? MASKED : record_id;
  return {
    ...flag,
    record_id: id,
    entity: personal.entity && entity !== null ? MASKED : entity,
    time: personal.time && time !== null ? MASKED : time,
    record: maskRecord(record, personal),
    explanation: { ...explanation, record_id: id },
    // Entries name the record: without its id they say nothing that could be checked.
    entries: personal.id ? [] : entries,
  };
}
