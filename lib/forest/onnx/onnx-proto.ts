/**
 * The messages of an ONNX file that a tree ensemble needs, read from their bytes: one small function a message, field
 * numbers as in onnx.proto. What is cut off or does not fit its field throws; what is not needed is skipped.
 */
import { PbfReader } from 'pbf';

export interface ModelProto {
  producer: string;
  graph: GraphProto | null;
  metadata: Record<string, string>;
}

export interface GraphProto {
  nodes: NodeProto[];
  initializers: TensorProto[];
  inputs: ValueInfo[];
  outputs: ValueInfo[];
}

export interface NodeProto {
  op: string;
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Map<string, Attribute>;
}

export interface Attribute {
  name: string;
  float: number | null;
  int: number | null;
  text: string | null;
  floats: number[];
  ints: number[];
  texts: string[];
  tensor: TensorProto | null;
}

/** An initializer, or a constant in an attribute. */
export interface TensorProto {
  name: string;
  /** As in ELEMENT. */
  element: number;
  dimensions: number[];
  /** Its numbers, whatever the element. */
  values: number[];
  texts: string[];
}

/** What ONNX numbers the types of elements by. */
export const ELEMENT = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 } as const;

export interface ValueInfo {
  name: string;
  tensor: TensorType | null;
}

export interface TensorType {
  /** 1 is float32, 7 int64, 11 float64. */
  element: number;
  /** null: any size. */
  dimensions: (number | null)[];
}

/** Throws an Error that says what is wrong with the bytes. */
export function readModelProto(bytes: Uint8Array): ModelProto {
  return new PbfReader(bytes).readFields(readModelField, { producer: '', graph: null, metadata: {} });
}

const BYTES = 2;

/** The end of a length-delimited field, checked: pbf itself would read on past the end of the file. */
function readEnd(pbf: PbfReader): number {
  if (pbf.type !== BYTES)
    throw new Error(`byte ${pbf.pos}: wire type ${pbf.type} where ${BYTES} is expected`);
  const end = pbf.readVarint() + pbf.pos;
  if (end > pbf.length) throw new Error(`it ends at byte ${pbf.length}, amid a field that goes on to ${end}`);
  return end;
}

function readMessage<T>(
  pbf: PbfReader,
  readField: (tag: number, into: T, pbf: PbfReader) => void,
  into: T,
): T {
  return pbf.readFields(readField, into, readEnd(pbf));
}

const decoder = new TextDecoder();

function readText(pbf: PbfReader): string {
  const end = readEnd(pbf);
  const text = decoder.decode(pbf.buf.subarray(pbf.pos, end));
  pbf.pos = end;
  return text;
}

function readModelField(tag: number, model: ModelProto, pbf: PbfReader): void {
  if (tag === 2) model.producer = readText(pbf);
  else if (tag === 7) {
    const graph: GraphProto = { nodes: [], initializers: [], inputs: [], outputs: [] };
    model.graph = readMessage(pbf, readGraphField, graph);
  } else if (tag === 14) {
    const { key, value } = readMessage(pbf, readEntryField, { key: '', value: '' });
    model.metadata[key] = value;
  }
}

function readEntryField(tag: number, entry: { key: string; value: string }, pbf: PbfReader): void {
  if (tag === 1) entry.key = readText(pbf);
  else if (tag === 2) entry.value = readText(pbf);
}

function readGraphField(tag: number, graph: GraphProto, pbf: PbfReader): void {
  if (tag === 1) {
    const node = { op: '', domain: '', inputs: [], outputs: [], attributes: new Map() };
    graph.nodes.push(readMessage(pbf, readNodeField, node));
  } else if (tag === 5) graph.initializers.push(readTensor(pbf));
  else if (tag === 11) graph.inputs.push(readMessage(pbf, readValueInfoField, { name: '', tensor: null }));
  else if (tag === 12) graph.outputs.push(readMessage(pbf, readValueInfoField, { name: '', tensor: null }));
}

function readNodeField(tag: number, node: NodeProto, pbf: PbfReader): void {
  if (tag === 1) node.inputs.push(readText(pbf));
  else if (tag === 2) node.outputs.push(readText(pbf));
  else if (tag === 4) node.op = readText(pbf);
  else if (tag === 5) {
    const empty = {
      name: '',
      float: null,
      int: null,
      text: null,
      floats: [],
      ints: [],
      texts: [],
      tensor: null,
    };
    const attribute = readMessage<Attribute>(pbf, readAttributeField, empty);
    node.attributes.set(attribute.name, attribute);
  } else if (tag === 7) node.domain = readText(pbf);
}

function readAttributeField(tag: number, attribute: Attribute, pbf: PbfReader): void {
  if (tag === 1) attribute.name = readText(pbf);
  else if (tag === 2) attribute.float = pbf.readFloat();
  else if (tag === 3) attribute.int = pbf.readVarint(true);
  else if (tag === 4) attribute.text = readText(pbf);
  else if (tag === 5) attribute.tensor = readTensor(pbf);
  else if (tag === 7) pbf.readPackedFloat(attribute.floats);
  else if (tag === 8) pbf.readPackedVarint(attribute.ints, true);
  else if (tag === 9) attribute.texts.push(readText(pbf));
}

function readTensor(pbf: PbfReader): TensorProto {
  const empty = { name: '', element: 0, dimensions: [], values: [], texts: [], raw: null };
  const { raw, ...tensor } = readMessage<RawTensor>(pbf, readTensorField, empty);
  return raw === null ? tensor : { ...tensor, values: decodeRaw(raw, tensor.element) };
}

interface RawTensor extends TensorProto {
  raw: Uint8Array | null;
}

function readTensorField(tag: number, tensor: RawTensor, pbf: PbfReader): void {
  if (tag === 1) pbf.readPackedVarint(tensor.dimensions, true);
  else if (tag === 2) tensor.element = pbf.readVarint();
  else if (tag === 4) pbf.readPackedFloat(tensor.values);
  else if (tag === 5 || tag === 7) pbf.readPackedVarint(tensor.values, true);
  else if (tag === 6) tensor.texts.push(readText(pbf));
  else if (tag === 8) tensor.name = readText(pbf);
  else if (tag === 10) pbf.readPackedDouble(tensor.values);
  else if (tag === 9) {
    const end = readEnd(pbf);
    tensor.raw = pbf.buf.slice(pbf.pos, end);
    pbf.pos = end;
  }
}

function decodeRaw(raw: Uint8Array, element: number): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const list = (size: number, at: (offset: number) => number): number[] =>
    Array.from({ length: Math.floor(raw.length / size) }, (_, i) => at(i * size));
  if (element === ELEMENT.float32) return list(4, (at) => view.getFloat32(at, true));
  if (element === ELEMENT.float64) return list(8, (at) => view.getFloat64(at, true));
  if (element === ELEMENT.int64) return list(8, (at) => Number(view.getBigInt64(at, true)));
  if (element === ELEMENT.int32) return list(4, (at) => view.getInt32(at, true));
  return element === ELEMENT.bool ? Array.from(raw) : [];
}

function readValueInfoField(tag: number, info: ValueInfo, pbf: PbfReader): void {
  if (tag === 1) info.name = readText(pbf);
  else if (tag === 2) readMessage(pbf, readTypeField, info);
}

function readTypeField(tag: number, info: ValueInfo, pbf: PbfReader): void {
  if (tag === 1) info.tensor = readMessage(pbf, readTensorTypeField, { element: 0, dimensions: [] });
}

function readTensorTypeField(tag: number, type: TensorType, pbf: PbfReader): void {
  if (tag === 1) type.element = pbf.readVarint();
  else if (tag === 2) readMessage(pbf, readShapeField, type.dimensions);
}

function readShapeField(tag: number, dimensions: (number | null)[], pbf: PbfReader): void {
  if (tag === 1) dimensions.push(readMessage(pbf, readDimensionField, { size: null }).size);
}

/** A dimension of size 0 is what some converters write for "any". */
function readDimensionField(tag: number, dimension: { size: number | null }, pbf: PbfReader): void {
  if (tag === 1) dimension.size = pbf.readVarint(true) || null;
}
