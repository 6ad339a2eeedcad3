import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../lib/aws/environment.ts';
import { InputError } from '../../lib/errors.ts';

describe('readEnvironment', () => {
  it('gives the variables that were asked for, typed, with their defaults', () => {
    const variables = {
      ASSAY_FLAGS_TABLE: 'flags',
      ASSAY_AUDIT_RETENTION_DAYS: '2557',
      ASSAY_DATA_BUCKET: 'data',
    };
    const read = readEnvironment(
      ['ASSAY_FLAGS_TABLE', 'ASSAY_AUDIT_RETENTION_DAYS', 'ASSAY_ROWS_PER_PARTITION'],
      variables,
    );
    expect(read).toEqual({
      ASSAY_FLAGS_TABLE: 'flags',
      ASSAY_AUDIT_RETENTION_DAYS: 2557,
      ASSAY_ROWS_PER_PARTITION: 250_000,
    });
  });

  it('names every variable that is missing or wrong, what was found and what was expected', () => {
    const variables = {
      ASSAY_AUDIT_RETENTION_MODE: 'forever',
      ASSAY_ROWS_PER_PARTITION: '0',
      ASSAY_DROP_MACHINE_ARN: 'machine',
    };
    const read = () =>
      readEnvironment(
        [
          'ASSAY_FLAGS_TABLE',
          'ASSAY_AUDIT_RETENTION_MODE',
          'ASSAY_ROWS_PER_PARTITION',
          'ASSAY_DROP_MACHINE_ARN',
        ],
        variables,
      );
    expect(read).toThrow(InputError);
    expect(read).toThrow(
      'ASSAY_FLAGS_TABLE is not set; ASSAY_AUDIT_RETENTION_MODE is "forever": expected GOVERNANCE or COMPLIANCE; ' +
        'ASSAY_ROWS_PER_PARTITION is "0": expected a whole number above 0; ASSAY_DROP_MACHINE_ARN is "machine": expected an ARN',
    );
  });
});
