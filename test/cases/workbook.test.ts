/** Workbooks as programs write them, and files that say they are some. */
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { AttachmentRefused, checkAttachment } from '../../lib/cases/check-attachment.ts';

interface Part {
  readonly name: string;
  readonly data: string | Uint8Array;
  readonly isStored?: boolean;
  /** Sizes stand after the data, as in a file that is written as it is made; `short`: without their signature. */
  readonly descriptor?: 'long' | 'short';
  /** What is written instead of what is so, in the directory and in the entry. */
  readonly says?: Partial<Record<'size' | 'packed' | 'crc' | 'at' | 'flags' | 'method', number>>;
  /** In the entry alone. */
  readonly localName?: string;
}

function zip(parts: readonly Part[], tail: Uint8Array = Buffer.alloc(0)): Buffer {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const { name, data, isStored = false, descriptor, says = {}, localName = name } of parts) {
    const raw = Buffer.from(data);
    const packed = isStored ? raw : deflateRawSync(raw);
    const facts = { crc: crc32(raw), packed: packed.length, size: raw.length, at, ...says };
    const { flags = descriptor === undefined ? 0 : 8, method = isStored ? 0 : 8 } = says;
    const sizes = Buffer.alloc(12);
    for (const [n, fact] of [facts.crc, facts.packed, facts.size].entries()) sizes.writeUInt32LE(fact, 4 * n);
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0);
    head.writeUInt16LE(flags, 2);
    head.writeUInt16LE(method, 4);
    if (descriptor === undefined) sizes.copy(head, 10);
    head.writeUInt16LE(Buffer.byteLength(localName), 22);
    const after = descriptor === undefined ? [] : [...(descriptor === 'long' ? ['PK\x07\x08'] : []), sizes];
    const body = ['PK\x03\x04', head, localName, packed, ...after].map((one) => Buffer.from(one));
    bodies.push(...body);
    const entry = Buffer.alloc(42);
    entry.writeUInt16LE(20, 2);
    entry.writeUInt16LE(flags, 4);
    entry.writeUInt16LE(method, 6);
    sizes.copy(entry, 12);
    entry.writeUInt16LE(Buffer.byteLength(name), 24);
    entry.writeUInt32LE(facts.at, 38);
    directory.push(Buffer.from('PK\x01\x02'), entry, Buffer.from(name));
    at += Buffer.concat(body).length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...bodies, listed, Buffer.from('PK\x05\x06'), end, tail]);
}

const SHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
const RELS = 'application/vnd.openxmlformats-package.relationships+xml';
const REL = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const typesOf = (...more: readonly string[]) =>
  `${DECLARED}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${[
    `<Default Extension="rels" ContentType="${RELS}"/>`,
    '<Default Extension="xml" ContentType="application/xml"/>',
    `<Override PartName="/xl/workbook.xml" ContentType="${SHEET}.sheet.main+xml"/>`,
    `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${SHEET}.worksheet+xml"/>`,
    ...more,
  ].join('')}</Types>`;
const relsOf = (attributes: string) =>
  `${DECLARED}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" ${attributes}/></Relationships>`;
const sheet: Part = { name: 'xl/worksheets/sheet1.xml', data: '<worksheet><sheetData/></worksheet>' };
const workbook = (types = typesOf(), ...more: readonly Part[]): Part[] => [
  { name: '[Content_Types].xml', data: types },
  { name: '_rels/.rels', data: relsOf(`Type="${REL}/officeDocument" Target="xl/workbook.xml"`) },
  { name: 'xl/workbook.xml', data: '<workbook><sheets/></workbook>' },
  sheet,
  ...more,
];

function say(content: Uint8Array, name = 'list.xlsx'): string {
  try {
    return checkAttachment(name, content, 50_000_000);
  } catch (error) {
    if (error instanceof AttachmentRefused)
      return error.message.replace(`"${name}" is no Excel workbook: `, '');
    throw error;
  }
}
const withRel = (attributes: string) =>
  zip(workbook(typesOf(), { name: 'xl/worksheets/_rels/sheet1.xml.rels', data: relsOf(attributes) }));

describe('a workbook', () => {
  test.each([
    ['packed', zip(workbook())],
    ['stored', zip(workbook().map((part) => ({ ...part, isStored: true })))],
    ['written as it is made', zip(workbook().map((part) => ({ ...part, descriptor: 'long' as const })))],
    [
      'without a signature of sizes',
      zip(workbook().map((part) => ({ ...part, descriptor: 'short' as const }))),
    ],
    [
      'with the label of a company, and views of its sheets',
      zip(
        workbook(
          typesOf(
            '<Override PartName="/docMetadata/LabelInfo.xml" ContentType="application/vnd.ms-office.classificationlabels+xml"/>',
            '<Override PartName="/xl/namedSheetViews/namedSheetView1.xml" ContentType="application/vnd.ms-excel.namedsheetviews+xml"/>',
          ),
          { name: 'docMetadata/LabelInfo.xml', data: '<clbl:labelList/>' },
          { name: 'xl/namedSheetViews/namedSheetView1.xml', data: '<namedSheetViews/>' },
        ),
      ),
    ],
    ['with a folder', zip(workbook(typesOf(), { name: 'xl/media/', data: '', isStored: true }))],
    [
      'with a page linked to',
      withRel(`Type="${REL}/hyperlink" Target="https://a.example/?a=1&amp;b=2" TargetMode="External"`),
    ],
    [
      'with a picture and a large sheet',
      zip(
        workbook(
          typesOf('<Default Extension="png" ContentType="image/png"/>'),
          { name: 'xl/media/a.png', data: 'x' },
          { name: 'docProps/big.xml', data: `<a>${'0123456789abcdef'.repeat(50_000)}</a>` },
        ),
      ),
    ],
  ])('is taken: %s', (_, content) => {
    expect(say(content)).toBe('xlsx');
  });

  test('of another name is none', () => {
    expect(say(zip(workbook()), 'list.xlsm')).toContain('is not of a type that is attached here');
    expect(say(zip(workbook()), 'list.pdf')).toContain('it begins with 50 4b');
  });
});

const MACRO = 'application/vnd.ms-office.vbaProject';
const word =
  '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>';
const bomb = Buffer.alloc(40_000_000);

describe('refused as a workbook is', () => {
  test.each<[string, Uint8Array, unknown]>([
    ['a text', Buffer.from('a,b'), 'it begins with 61 2c 62, expected 50 4b 03 04'],
    ['any other archive', zip([{ name: 'a.txt', data: 'a' }]), 'it has no [Content_Types].xml'],
    [
      'a document of Word',
      zip([
        { name: '[Content_Types].xml', data: `<Types>${word}</Types>` },
        { name: 'word/document.xml', data: '<w/>' },
      ]),
      `no part of it is a workbook, ${SHEET}.sheet.main+xml`,
    ],
    [
      'one with macros',
      zip(
        workbook(typesOf(`<Default Extension="bin" ContentType="${MACRO}"/>`), {
          name: 'xl/vbaProject.bin',
          data: 'x',
        }),
      ),
      `a part of it is "${MACRO}", which is not taken`,
    ],
    [
      'one with macros, said to be a picture',
      withRel(`Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="a.png"`),
      '"xl/worksheets/_rels/sheet1.xml.rels" refers to a vbaProject',
    ],
    [
      'a part said to be macros first, and a sheet then',
      zip(
        workbook(
          typesOf().replace(
            '<Override PartName="/xl/worksheets',
            `<Override PartName="/XL/worksheets/sheet1.xml" ContentType="${MACRO}"/>$&`,
          ),
        ),
      ),
      '[Content_Types].xml says twice what "/xl/worksheets/sheet1.xml" is',
    ],
    [
      'an ending of two kinds',
      zip(workbook(typesOf('<Default Extension="XML" ContentType="image/png"/>'))),
      '[Content_Types].xml says twice what "xml" is',
    ],
    [
      'an attribute that stands twice',
      withRel(`Type="${REL}/vbaProject" Type="${REL}/image" Target="a.png"`),
      '"xl/worksheets/_rels/sheet1.xml.rels" holds the attribute Type twice',
    ],
    [
      'one that is said to have macros',
      zip(
        workbook(
          typesOf().replace(
            'openxmlformats-officedocument.spreadsheetml.sheet.main',
            'ms-excel.sheet.macroEnabled.main',
          ),
        ),
      ),
      `no part of it is a workbook, ${SHEET}.sheet.main+xml`,
    ],
    [
      'one with another workbook behind it',
      withRel(`Type = '${REL}/externalLink' Target='x.xml'`),
      '"xl/worksheets/_rels/sheet1.xml.rels" refers to a externalLink',
    ],
    [
      'one that fetches a picture',
      withRel(`Type="${REL}/image" Target="http://a.example/p.png" TargetMode="External"`),
      '"xl/worksheets/_rels/sheet1.xml.rels" refers to something outside: image',
    ],
    [
      'one that leads to a file of the reader',
      withRel(`Type="${REL}/hyperlink" Target="file:///c:/x.exe" TargetMode="External"`),
      '"xl/worksheets/_rels/sheet1.xml.rels" refers to something outside: hyperlink',
    ],
    [
      'one that hides where it leads',
      withRel(`Type="${REL}/image" Target="http://a.example" TargetMode="Ext&#101;rnal"`),
      '"xl/worksheets/_rels/sheet1.xml.rels" holds characters by their numbers or names',
    ],
    [
      'one with a document type',
      zip(workbook(`<!DOCTYPE x [<!ENTITY a "b">]>${typesOf().replace(DECLARED, '')}`)),
      '[Content_Types].xml holds something else than elements',
    ],
    [
      'types in UTF-16',
      zip([{ name: '[Content_Types].xml', data: Buffer.from(`\uFEFF${typesOf()}`, 'utf16le') }]),
      '[Content_Types].xml is not UTF-8',
    ],
    [
      'a part of no kind',
      zip(workbook(typesOf(), { name: 'xl/run.exe', data: 'MZ' })),
      'it does not say what "xl/run.exe" is',
    ],
    [
      'a bomb',
      zip(workbook(typesOf(), { name: 'xl/a.xml', data: bomb })),
      '"xl/a.xml" unpacks to more than 200 times its size',
    ],
    [
      'a bomb that says that it is small',
      zip(workbook(typesOf(), { name: 'xl/a.xml', data: bomb, says: { size: 1_000 } })),
      '"xl/a.xml" does not have the size and checksum that it says',
    ],
    [
      'many large parts',
      zip(
        workbook(
          typesOf(),
          ...[1, 2].map((n) => ({ name: `${n}.xml`, data: 'x', says: { size: 200_000_000 } })),
        ),
      ),
      '"1.xml" unpacks to more than 200 times its size',
    ],
    [
      'millions of references in a small file',
      zip(
        workbook(typesOf(), {
          name: 'xl/_rels/workbook.xml.rels',
          data: Array.from({ length: 1_100_000 }, (_, n) => `<Relationship Id="${n}"/>`).join(''),
        }),
      ),
      expect.stringMatching(
        /^what says what its parts are has \d\d,\d{3},\d{3} bytes, of which at most 20,000,000 are taken$/,
      ),
    ],
    [
      'more than there may be of all',
      zip(
        workbook(
          typesOf(),
          ...[1, 2].map((n) => ({
            name: `${n}.xml`,
            data: 'x',
            says: { size: 200_000_000, packed: 100_000_000 },
          })),
        ),
      ),
      'it unpacks to more than 256,000,000 bytes',
    ],
    [
      'too many parts',
      zip(Array.from({ length: 2_001 }, (_, n) => ({ name: `${n}.xml`, data: '', isStored: true }))),
      'it has 2001 entries, of which at most 2000 are taken',
    ],
    ['two parts of one name', zip([...workbook(), sheet]), 'it has "xl/worksheets/sheet1.xml" twice'],
    [
      'two parts whose names differ by case',
      zip([...workbook(), { name: '[CONTENT_types].xml', data: 'x' }]),
      'it has "[CONTENT_types].xml" twice',
    ],
    ...['../../etc/passwd', '/etc/passwd', 'a//b', './a', 'a/../../b'].map(
      (name): [string, Buffer, string] => [
        name,
        zip([...workbook(), { name, data: 'x' }]),
        `the name of its entry 5 leaves its folder: "${name}"`,
      ],
    ),
    ...['a\\b', 'c:x', 'a\u0000.xml', 'a\u202Eb'].map((name): [string, Buffer, string] => [
      JSON.stringify(name),
      zip([...workbook(), { name, data: 'x' }]),
      'the name of its entry 5 has a character that no path has',
    ]),
    [
      'a name that is another where it stands',
      zip([...workbook(), { ...sheet, name: 'b.xml', localName: 'c.xml' }]),
      '"b.xml" says something else of itself than the directory',
    ],
    [
      'one part in the place of another',
      zip([...workbook(), { name: 'b.xml', data: 'x', says: { at: 0 } }]),
      expect.stringMatching(/^"b\.xml" stands at byte 0, expected \d+$/),
    ],
    [
      'something before it',
      Buffer.concat([Buffer.from('PK\x03\x04'), zip(workbook())]),
      'its directory is not where its end says',
    ],
    [
      'something after it',
      zip(workbook(), Buffer.from('more')),
      'it does not end with the directory of a ZIP file',
    ],
    ['a cut file', zip(workbook()).subarray(0, -30), 'it does not end with the directory of a ZIP file'],
    [
      'an encrypted part',
      zip([...workbook(), { name: 'b.xml', data: 'x', says: { flags: 1 } }]),
      '"b.xml" is encrypted, or packed in a way that is not read here',
    ],
    ...(['size', 'packed', 'at'] as const).map((fact): [string, Buffer, string] => [
      `one in the 64-bit form: ${fact}`,
      zip([...workbook(), { name: 'b.xml', data: 'x', says: { [fact]: 0xffffffff } }]),
      'it is a ZIP file in the 64-bit form (ZIP64), which is not taken: open it and save it again',
    ]),
    [
      'another packing',
      zip([...workbook(), { name: 'b.xml', data: 'x', says: { method: 12 } }]),
      '"b.xml" is packed by method 12, expected 0 or 8',
    ],
    [
      'another checksum',
      zip([...workbook(), { name: 'b.xml', data: 'x', says: { crc: 1 } }]),
      '"b.xml" does not have the size and checksum that it says',
    ],
    [
      'a part beyond the end',
      zip([...workbook(), { name: 'b.xml', data: 'x', says: { packed: 900_000 } }]),
      '"b.xml" is cut short',
    ],
  ])('%s', (_, content, fault) => {
    expect(say(content)).toEqual(fault);
  });

  test('whatever is changed in it, the reader ends', () => {
    const whole = zip(workbook());
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0xff;
      expect(say(changed)).toMatch(/./);
      say(whole.subarray(0, at + 1));
    }
  });
});
