import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { AttachmentFiles } from '../../lib/aws/attachment-files.ts';
import { contentDisposition } from '../../lib/aws/presign-download.ts';
import { AttachmentRefused, checkAttachment } from '../../lib/cases/check-attachment.ts';

const MAX = 1_000;
const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));
const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const chunk = (type: string, data = '') => bytes([0, 0, 0, data.length], type, data, [1, 2, 3, 4]);
const png = bytes(PNG, [...chunk('IHDR', 'head')], [...chunk('IDAT', 'IEND')], [...chunk('IEND')]);
/** A segment; a scan with a restart, an ff of its own and padding before the next marker. */
const segment = (marker: number, data: string) => [
  0xff,
  marker,
  0,
  data.length + 2,
  ...Buffer.from(data, 'latin1'),
];
const scan = [...segment(0xda, 'scan'), 1, 0xff, 0xd0, 2, 0xff, 0, 3, 0xff];
const jpeg = bytes(
  [0xff, 0xd8],
  segment(0xe0, 'JFIF\xff\xd9'),
  scan,
  segment(0xc4, 'more'),
  scan,
  [0xff, 0xd9],
);
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
  ['scan.png', png, 'png'],
  ['scan.jpeg', jpeg, 'jpeg'],
  ['list.csv', bytes('a,b\r\n"ü",=1+1\n'), 'csv'],
  ['notes.v2.txt', bytes('\uFEFFTabs\tand lines\n'), 'txt'],
])('%s is taken by its name and its content', (name, content, type) => {
  expect(refusal(name, content)).toBe(`taken: ${type}`);
});

test.each([
  [
    'macro.xlsm',
    bytes('PK'),
    '"macro.xlsm" is not of a type that is attached here: expected .pdf, .png, .jpg, .jpeg, .csv, .txt, .xlsx',
  ],
  [
    'page.html',
    bytes('<p>'),
    '"page.html" is not of a type that is attached here: expected .pdf, .png, .jpg, .jpeg, .csv, .txt, .xlsx',
  ],
  [
    'noname',
    bytes('x'),
    '"noname" is not of a type that is attached here: expected .pdf, .png, .jpg, .jpeg, .csv, .txt, .xlsx',
  ],
  ['a.txt', bytes(), 'the file is empty'],
  ['a.txt', bytes('x'.repeat(1_001)), 'the file has 1,001 bytes; at most 1,000 are attached'],
  ['a.pdf', bytes('MZ'), '"a.pdf" is no PDF: it begins with 4d 5a, expected 25 50 44 46 2d'],
  ['a.pdf', bytes('%PDF-1.7 %%EOF', 'PK\u0003\u0004'), '"a.pdf" is no PDF: it does not end with %%EOF'],
  ['a.png', bytes([...png], 'PK'), '"a.png" is no PNG picture: it ends at byte 52, and 2 more follow'],
  [
    'a.png',
    bytes([...png], 'PK', [...chunk('IEND')]),
    '"a.png" is no PNG picture: it ends at byte 52, and 14 more follow',
  ],
  ['a.png', png.subarray(0, -2), '"a.png" is no PNG picture: it is cut short: its end is missing'],
  [
    'a.png',
    bytes(PNG, [...chunk('tEXt')], [...chunk('IEND')]),
    '"a.png" is no PNG picture: it begins with the chunk tEXt, expected IHDR',
  ],
  [
    'a.png',
    bytes(PNG, [...chunk('IHDR')], 'data of no chunk'),
    '"a.png" is no PNG picture: no chunk of a picture stands at byte 20',
  ],
  [
    'a.jpg',
    bytes([...jpeg], 'PK', [0xff, 0xd9]),
    `"a.jpg" is no JPEG picture: it ends at byte ${jpeg.length}, and 4 more follow`,
  ],
  [
    'a.jpg',
    bytes([0xff, 0xd8], segment(0xe0, 'JFIF'), 'PK', [0xff, 0xd9]),
    '"a.jpg" is no JPEG picture: no segment of a picture stands at byte 10',
  ],
  ['a.jpg', jpeg.subarray(0, -2), '"a.jpg" is no JPEG picture: it is cut short: its end is missing'],
  ['a.jpg', bytes('%PDF-1.7'), '"a.jpg" is no JPEG picture: it begins with 25 50 44, expected ff d8 ff'],
  ['a.csv', bytes('a,', [0xff, 0xfe]), '"a.csv" is no CSV text: it is not UTF-8'],
  ['a.txt', bytes('ab\u0000c'), '"a.txt" is no text: character 3 is U+0000, a control character'],
  ['a.csv', bytes('a\u0085b'), '"a.csv" is no CSV text: character 2 is U+0085, a control character'],
  [
    'a.csv',
    bytes('ab\u202Ec'),
    '"a.csv" is no CSV text: character 3 is U+202E, which turns the direction of writing',
  ],
  ['a.txt', bytes('x %PDF-1.7 %%EOF'), '"a.txt" is no text: it begins as a PDF does, with %PDF-'],
  ...['constructor', 'toString', '__proto__'].map((ending): [string, Buffer, string] => [
    `x.${ending}`,
    bytes('x'),
    `"x.${ending}" is not of a type that is attached here: expected .pdf, .png, .jpg, .jpeg, .csv, .txt, .xlsx`,
  ]),
])('%s is refused: %#', (name, content, expected) => {
  expect(refusal(name, content)).toBe(expected);
});

test('a download is named as the file was, whatever it is called', () => {
  expect(contentDisposition('Kündigung "alt"; x.pdf')).toBe(
    `attachment; filename="Ku_ndigung _alt__ x.pdf"; filename*=UTF-8''K%C3%BCndigung%20%22alt%22%3B%20x.pdf`,
  );
});

test('the address of an upload takes the bytes that were said; what is stored has its hash in its key', async () => {
  const client = new S3Client({
    region: 'eu-central-1',
    endpoint: 'https://s3.eu-central-1.amazonaws.com',
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  });
  const files = new AttachmentFiles({ client, signing: client }, { quarantine: 'drops', data: 'data' });
  const upload = new URL(await files.signUpload('attachments/finance/c/1/file', 9, 60));
  expect(upload.searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;host');
  const attachment = {
    id: '1',
    caseId: 'c',
    domain: 'finance',
    name: 'a.txt',
    type: 'txt',
    bytes: 9,
  } as const;
  const download = await files.signDownload({ ...attachment, sha256: 'abc', by: 'ann', at: '' }, 60);
  expect(new URL(download).pathname).toMatch(/\/attachments\/finance\/c\/1\/abc$/);
});
