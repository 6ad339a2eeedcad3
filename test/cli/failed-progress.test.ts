import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { openProgress } from '../../lib/cli/terminal-progress.ts';

test('work that failed is not drawn as done, and the cursor is shown again', () => {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const terminal = Object.assign(stream, {
    isTTY: true,
    columns: 80,
    rows: 24,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  const progress = openProgress(terminal as unknown as NodeJS.WriteStream, false);
  progress.stage('reading records');
  progress.share(0.4);
  progress.abandon();
  expect(text).toContain('40 % · reading records');
  expect(text).not.toContain('100 %');
  expect(text.split('\x1B[?25').at(-1)!.startsWith('h')).toBe(true);
});
