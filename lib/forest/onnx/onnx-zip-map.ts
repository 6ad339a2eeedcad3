/**
 * Takes ZipMap out of an ONNX file. Python's converters like to end in a ZipMap, which turns the tensor of probabilities into a list
 * of dictionaries that onnxruntime-node cannot return: here it becomes an Identity, and the output a tensor of the same name. All
 * other bytes stay as they are.
 */
import { PbfReader, PbfWriter } from 'pbf';
import { writeTensorInfo } from './onnx-write.ts';

const GRAPH = 7;
const NODE = 1;
const OUTPUT = 12;
const FLOAT32 = 1;

/** Returns the bytes themselves if there is no ZipMap, or if they are no ONNX model (which a reader will say better). */
export function withoutZipMap(bytes: Uint8Array): Uint8Array {
  const model = listFields(bytes);
  const graph = model?.find((field) => field.tag === GRAPH);
  const fields = graph && listFields(graph.content);
  if (!model || !graph || !fields) return bytes;
  const maps = fields.flatMap((field) => (field.tag === NODE ? readZipMap(field.content) : []));
  if (maps.length === 0) return bytes;
  const pbf = new PbfWriter();
  for (const field of model) {
    if (field === graph)
      pbf.writeBytesField(GRAPH, rewriteGraph(fields, new Set(maps.map((map) => map.output))));
    else writeRaw(pbf, field);
  }
  return pbf.finish().slice();
}

interface Field {
  readonly tag: number;
  /** The whole field with its tag, as it stands in the file. */
  readonly raw: Uint8Array;
  /** What a length-delimited field holds; empty for others. */
  readonly content: Uint8Array;
}

/** The fields of a message without looking into them; null if the bytes are no message. */
function listFields(bytes: Uint8Array): Field[] | null {
  const pbf = new PbfReader(bytes);
  const fields: Field[] = [];
  try {
    while (pbf.pos < bytes.length) {
      const start = pbf.pos;
      const tag = pbf.nextField();
      let from = pbf.pos;
      pbf.skip(pbf.type);
      const end = pbf.pos;
      if (end > bytes.length) return null;
      if (pbf.type === 2) {
        pbf.pos = from;
        pbf.readVarint();
        from = pbf.pos;
        pbf.pos = end;
      } else from = end;
      fields.push({ tag, raw: bytes.subarray(start, end), content: bytes.subarray(from, end) });
    }
  } catch {
    return null;
  }
  return fields;
}

const decoder = new TextDecoder();

function textOf(fields: readonly Field[], tag: number): string {
  return decoder.decode(fields.find((field) => field.tag === tag)?.content);
}

function readZipMap(node: Uint8Array): { input: string; output: string }[] {
  const fields = listFields(node) ?? [];
  return textOf(fields, 4) === 'ZipMap' ? [{ input: textOf(fields, 1), output: textOf(fields, 2) }] : [];
}

function rewriteGraph(fields: readonly Field[], outputs: ReadonlySet<string>): Uint8Array {
  const pbf = new PbfWriter();
  for (const field of fields) {
    const [map] = field.tag === NODE ? readZipMap(field.content) : [];
    const name = field.tag === OUTPUT ? textOf(listFields(field.content) ?? [], 1) : '';
    if (map) pbf.writeMessage(NODE, writeIdentity, map);
    else if (outputs.has(name))
      pbf.writeMessage(OUTPUT, writeTensorInfo, { name, element: FLOAT32, columns: 2 });
    else writeRaw(pbf, field);
  }
  return pbf.finish().slice();
}

function writeIdentity({ input, output }: { input: string; output: string }, pbf: PbfWriter): void {
  pbf.writeStringField(1, input);
  pbf.writeStringField(2, output);
  pbf.writeStringField(4, 'Identity');
}

function writeRaw(pbf: PbfWriter, { raw }: Field): void {
  pbf.realloc(raw.length);
  pbf.buf.set(raw, pbf.pos);
  pbf.pos += raw.length;
}
