import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { openProgress } from '../../lib/cli/terminal-progress.ts';

/** A stream that keeps what is written to it: a terminal, or a file. */
function openStream(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const terminal = Object.assign(stream, {
    isTTY,
    columns: 80,
    rows: 24,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  return { stream: terminal as unknown as NodeJS.WriteStream, text: () => text };
}

describe('where no one watches', () => {
  test('a stage is a line, shares are nothing', () => {
    const { stream, text } = openStream(false);
    const progress = openProgress(stream, false);
    progress.stage('reading records');
    progress.share(0.5);
    progress.stage('scoring');
    progress.finish();
    expect(text()).toBe('reading records\nscoring\n');
  });

  test.each([true, false])('--quiet writes nothing (terminal: %s)', (isTTY) => {
    const { stream, text } = openStream(isTTY);
    const progress = openProgress(stream, true);
    progress.stage('reading records');
    progress.share(1);
    progress.finish();
    expect(text()).toBe('');
  });
});

describe('on a terminal', () => {
  test('a stage is a bar with its name that fills up; the next begins when it is full', () => {
    const { stream, text } = openStream(true);
    const progress = openProgress(stream, false);
    progress.stage('reading records');
    progress.share(0.25);
    progress.stage('scoring');
    progress.share(1);
    progress.finish();
    expect(text()).toMatch(/100 % · reading records/);
    expect(text()).toMatch(/100 % · scoring/);
  });

  test('the cursor is hidden while bars are drawn, and shown again at the end, once or twice finished', () => {
    const { stream, text } = openStream(true);
    const progress = openProgress(stream, false);
    progress.stage('scoring');
    progress.finish();
    progress.finish();
    const cursor = text().split('\x1B[?25');
    expect(cursor.length).toBeGreaterThan(2);
    expect(cursor.at(-1)!.startsWith('h')).toBe(true);
  });

  test('finished before it began, and shares before any stage, are no failure', () => {
    const { stream } = openStream(true);
    const progress = openProgress(stream, false);
    progress.share(0.5);
    progress.finish();
  });
});
