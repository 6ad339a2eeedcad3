/**
 * After the tests of the stack: what its functions asked AWS for, the template allows. The emulator allows everything.
 * CONTRIBUTING.md says how new calls get on the list that test/stack/permissions.test.ts reads.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { places } from '../../operations/places.ts';
import { RECORDER_URL, type RecordedRight } from '../helpers/call-recorder.ts';
import { FIXTURE, joinLines, linesOf, recordedRights } from '../stack/recorded-rights.ts';
import { refusedCalls, type Template as StackTemplate } from '../stack/rights.ts';
import { synthesise } from '../stack/synthesise.ts';

const recorder = process.env[RECORDER_URL];
const SETTINGS = {
  events: { webhookUrl: 'https://hooks.example.com/assay' },
  erasure: { domains: ['kiosk'] },
};

/** Of the one stack that is deployed. */
function readOutputs(): Readonly<Record<string, string>> {
  const stacks = JSON.parse(readFileSync(places.outputs, 'utf8')) as Record<string, Record<string, string>>;
  return Object.values(stacks)[0]!;
}

// Where the engine was not started by these tests in Python, nothing is recorded.
test.skipIf(recorder === undefined)(
  'no function asks for a right that its role does not give',
  async () => {
    const recorded = (await (await fetch(recorder!)).json()) as RecordedRight[];
    const asked = linesOf(recorded, readOutputs());
    expect(Object.keys(asked).length).toBeGreaterThan(0);
    if (process.env.ASSAY_WRITE_RIGHTS !== undefined) {
      writeFileSync(FIXTURE, `${JSON.stringify(joinLines(recordedRights(), asked), null, 2)}\n`);
    }
    const template = synthesise(SETTINGS).toJSON() as StackTemplate;
    expect(refusedCalls(template, asked)).toEqual([]);
  },
  120_000,
);
