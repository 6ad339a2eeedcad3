import { expect, test } from 'vitest';
import { contentDisposition } from '../../lib/aws/presign-download.ts';
import { AttachmentRefused, checkAttachment } from '../../lib/cases/attachment.ts';

const MAX = 1_000;
const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const IEND = [0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82];
const refusal = (name: string, content: Uint8Array): string => {
  try {
    return `taken: ${checkAttachment(name, content, MAX)}`;
  } catch (error) {
    if (error instanceof AttachmentRefused) return error.message;
    throw error;
  }
};

test.each([
  ['Letter.PDF', bytes('%PDF-1.7\n…\n%%EOF\r\n'), 'pdf'],
  ['scan.png', bytes(PNG, 'data', IEND), 'png'],
  ['scan.jpeg', bytes([0xff, 0xd8, 0xff, 0xe0], 'data', [0xff, 0xd9]), 'jpeg'],
  ['list.csv', bytes('a,b\r\n"ü",=1+1\n'), 'csv'],
  ['notes.v2.txt', bytes('\uFEFFTabs\tand lines\n'), 'txt'],
])('%s is taken by its name and its content', (name, content, type) => {
  expect(refusal(name, content)).toBe(`taken: ${type}`);
});

test.each([
  [
    'macro.xlsm',
    bytes('PK'),
    '"macro.xlsm" is not of a type that is attached here: expected .pdf, .png, .jpg, .jpeg, .csv, .txt',
  ],
  [
    'page.html',
    bytes('<p>'),
    '"page.html" is not of a type that is attached here: expected .pdf, .png, .jpg, .jpeg, .csv, .txt',
  ],
  [
    'noname',
    bytes('x'),
    '"noname" is not of a type that is attached here: expected .pdf, .png, .jpg, .jpeg, .csv, .txt',
  ],
  ['a.txt', bytes(), 'the file is empty'],
  ['a.txt', bytes('x'.repeat(1_001)), 'the file has 1,001 bytes; at most 1,000 are attached'],
  ['a.pdf', bytes('MZ'), '"a.pdf" is no PDF: it begins with 4d 5a, expected 25 50 44 46 2d'],
  ['a.pdf', bytes('%PDF-1.7 %%EOF', 'PK\u0003\u0004'), '"a.pdf" is no PDF: it does not end with %%EOF'],
  [
    'a.png',
    bytes(PNG, 'data', IEND, 'PK'),
    '"a.png" is no PNG picture: it ends with 4e 44 ae 42 60 82 50 4b, expected 49 45 4e 44 ae 42 60 82',
  ],
  ['a.jpg', bytes('%PDF-1.7'), '"a.jpg" is no JPEG picture: it begins with 25 50 44, expected ff d8 ff'],
  ['a.csv', bytes('a,', [0xff, 0xfe]), '"a.csv" is no CSV text: it is not UTF-8'],
  ['a.txt', bytes('ab\u0000c'), '"a.txt" is no text: character 3 is the control character 00'],
])('%s is refused: %#', (name, content, expected) => {
  expect(refusal(name, content)).toBe(expected);
});

test('a download is named as the file was, whatever it is called', () => {
  expect(contentDisposition('Kündigung "alt"; x.pdf')).toBe(
    `attachment; filename="Ku_ndigung _alt__ x.pdf"; filename*=UTF-8''K%C3%BCndigung%20%22alt%22%3B%20x.pdf`,
  );
});
