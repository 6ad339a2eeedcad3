/**
 * Whether a file is a workbook of Excel (ISO/IEC 29500, "transitional" or "strict") with nothing that runs or is fetched when it is opened:
 * by what its parts are said to be, each of a kind that is known, and by where its parts refer to. Formulas are not looked at.
 */
import { readZip, type ZipEntries } from './read-zip.ts';

const LIMITS = { maxEntries: 2_000, maxBytes: 256_000_000, maxRatio: 200 } as const;

/** Of the parts that are read here: what they are, and where they refer to. Sixty thousand links have a third of it. */
const MAX_READ_BYTES = 20_000_000;

const TYPES = '[Content_Types].xml';
const SHEET = 'application/vnd.openxmlformats-officedocument.spreadsheetml.';
const MAIN = `${SHEET}sheet.main+xml`;
/** Kinds of parts that show something or say how it looks: no macro, control, embedded object, connection or other workbook. */
const HARMLESS = [
  /^application\/(xml|vnd\.openxmlformats-package\.(relationships|core-properties|digital-signature-[\w-]+)\+xml)$/,
  new RegExp(
    `^${SHEET.replaceAll('.', '\\.')}(sheet\\.main|worksheet|chartsheet|sharedStrings|styles|calcChain|table|tableSingleCells|comments|sheetMetadata|pivotTable|pivotCacheDefinition|pivotCacheRecords|printerSettings|volatileDependencies)(\\+xml)?$`,
  ),
  /^application\/vnd\.openxmlformats-officedocument\.(theme|themeOverride|drawing|extended-properties|custom-properties|customXmlProperties|vmlDrawing|drawingml\.(chart|chartshapes|diagram(Data|Layout|Style|Colors)))(\+xml)?$/,
  /^application\/vnd\.ms-office\.(chartstyle|chartcolorstyle|chartex|classificationlabels|drawingml\.diagramDrawing)\+xml$/,
  /^application\/vnd\.ms-excel\.(threadedcomments|named[sS]heet[vV]iews|person|slicer|slicerCache|timeline|timelineCache|rdrichvalue|rdrichvaluestructure|rdrichvaluetypes|rdarray|richvaluerel|Survey)\+xml$/,
  /^image\/(png|jpe?g|gif|x-emf|x-wmf|bmp|tiff)$/,
];
/** What follows the last `/` of a relationship's type. */
const HARMFUL =
  /^(vbaProject\w*|xlVbaSignature\w*|externalLink\w*|oleObject|package|control|ctrlProp|activeX\w*|connections|queryTable|attachedTemplate|extensibility|frame|aFChunk|subDocument|customization\w*)$/i;
const ADDRESS = /^(https?|mailto):/i;

type Attributes = Readonly<Record<string, string>>;

/** Null: nothing. */
export function workbookFault(content: Uint8Array): string | null {
  const entries = readZip(content, LIMITS);
  if (typeof entries === 'string') return entries;
  return sizeFault(entries) ?? typesFault(entries) ?? relationsFault(entries);
}

/** Before any is read: of a part that repeats one element a small file holds millions. */
function sizeFault(entries: ZipEntries): string | null {
  let bytes = 0;
  for (const [part, content] of entries) if (part === TYPES || isRelations(part)) bytes += content.length;
  if (bytes <= MAX_READ_BYTES) return null;
  const [found, most] = [bytes, MAX_READ_BYTES].map((one) => one.toLocaleString('en-US'));
  return `what says what its parts are has ${found} bytes, of which at most ${most} are taken`;
}

const isRelations = (part: string): boolean => part.toLowerCase().endsWith('.rels');

function typesFault(entries: ZipEntries): string | null {
  const types = entries.get(TYPES);
  if (types === undefined) return `it has no ${TYPES}`;
  const tags = readTags(types, ['Types', 'Default', 'Override']);
  if (typeof tags === 'string') return `${TYPES} ${tags}`;
  const [endings, parts]: [Map<string, string>, Map<string, string>] = [new Map(), new Map()];
  for (const { name, attributes } of tags) {
    if (name === 'Types') continue;
    const [kinds, key] = name === 'Default' ? [endings, 'Extension'] : [parts, 'PartName'];
    const what = (attributes[key] ?? '').toLowerCase();
    // One reader takes the first, another the last.
    if (kinds.has(what)) return `${TYPES} says twice what "${what}" is`;
    kinds.set(what, attributes.ContentType ?? '');
  }
  if (![...parts.values()].includes(MAIN)) return `no part of it is a workbook, ${MAIN}`;
  const all = [...endings.values(), ...parts.values()];
  const unknown = all.find((type) => !HARMLESS.some((one) => one.test(type)));
  if (unknown !== undefined) return `a part of it is "${unknown}", which is not taken`;
  const untyped = [...entries.keys()].find((name) => {
    const part = name.toLowerCase();
    const isTyped = parts.has(`/${part}`) || endings.has(part.split('.').at(-1)!);
    return name !== TYPES && !name.endsWith('/') && !isTyped;
  });
  return untyped === undefined ? null : `it does not say what "${untyped}" is`;
}

function relationsFault(entries: ZipEntries): string | null {
  for (const [part, content] of entries) {
    if (!isRelations(part)) continue;
    const tags = readTags(content, ['Relationships', 'Relationship']);
    if (typeof tags === 'string') return `"${part}" ${tags}`;
    for (const { attributes } of tags) {
      const { Type = '', Target = '', TargetMode = 'Internal' } = attributes;
      const type = Type.split('/').at(-1)!;
      if (HARMFUL.test(type)) return `"${part}" refers to a ${type}`;
      // A person follows a link to a page; everything else is fetched as the file is opened.
      const isLink = type === 'hyperlink' && ADDRESS.test(Target);
      if (TargetMode !== 'Internal' && !isLink) return `"${part}" refers to something outside: ${type}`;
    }
  }
  return null;
}

interface Tag {
  readonly name: string;
  readonly attributes: Attributes;
}

const TAG = /<(?:\w+:)?(\w+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))*)\s*\/?>|<\/(?:\w+:)?\w+\s*>/g;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** XML of elements with attributes and nothing else; a text says what is wrong with it. */
function readTags(content: Uint8Array, names: readonly string[]): Tag[] | string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return 'is not UTF-8';
  }
  const body = text.replace(/^<\?xml[^<>]*\?>/, '');
  if (body.replace(TAG, '').trim() !== '') return 'holds something else than elements';
  // What a reader makes of it must be what stands there.
  if (/&(?!amp;)/.test(body)) return 'holds characters by their numbers or names';
  const tags = [...body.matchAll(TAG)].filter(([, name]) => name !== undefined);
  const strange = tags.find(([, name]) => !names.includes(name!));
  if (strange !== undefined) return `holds the element ${strange[1]}`;
  const read: Tag[] = [];
  for (const [, name, written = ''] of tags) {
    const attributes: Record<string, string> = {};
    for (const [, key, double, single] of written.matchAll(ATTRIBUTE)) {
      if (Object.hasOwn(attributes, key!)) return `holds the attribute ${key} twice`;
      attributes[key!] = double ?? single ?? '';
    }
    read.push({ name: name!, attributes });
  }
  return read;
}
