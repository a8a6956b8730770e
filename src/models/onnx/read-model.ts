/*
 * What an ONNX file consists of: nodes, weights and versions, each with where it lies in the file. Weights are not
 * read. Numbers of fields are those of ONNX's own description (onnx.proto, Apache-2.0).
 */
import { type FileBytes, fieldsOf, ProtobufError, type Range, varintsOf } from "./protobuf.ts";

/** Kinds of numbers, by ONNX's own numbers. */
export const dataTypes = { float: 1, uint8: 2, int8: 3, float16: 10, bfloat16: 16 } as const;

export interface Weight {
  name: string;
  dims: readonly number[];
  dataType: number;
  /** Of its field in the graph. */
  whole: Range;
  /** Little-endian numbers one behind the other; undefined: they are kept in another way. */
  data: Range | undefined;
  /** In a file of their own. */
  isExternal: boolean;
}

export interface Node {
  inputs: readonly string[];
  outputs: readonly string[];
  name: string;
  kind: string;
  domain: string;
  /** Attributes that are whole numbers or floats. */
  numbers: ReadonlyMap<string, number>;
  whole: Range;
}

export interface OnnxModel {
  size: number;
  irVersion: number;
  /** Version of ONNX's own operators; 0: it names none. */
  opset: number;
  /** Operators by domain and name: "MatMul", "com.microsoft:Attention". */
  kinds: ReadonlySet<string>;
  graph: Range;
  /** Of the field in the model. */
  graphWhole: Range;
  nodes: readonly Node[];
  weights: ReadonlyMap<string, Weight>;
  /** Inputs of the graph, by name, with the range of each field. */
  inputs: ReadonlyMap<string, Range>;
  /** Names that graphs inside nodes read, and outputs of the graph. */
  namesUsedInside: ReadonlySet<string>;
}

/** Graphs inside nodes of graphs: more is no model. */
const deepest = 32;
const mostDims = 64;
/** Of a name in a message. */
export const shownOfName = 100;
/** What a node and a weight take in memory, about, beside their names. */
const nodeCost = 400;
const weightCost = 300;

const model = { irVersion: 1, graph: 7, opset: 8 };
const graph = { node: 1, weight: 5, input: 11, output: 12 };
const node = { input: 1, output: 2, name: 3, kind: 4, attribute: 5, domain: 7 };
const attribute = { name: 1, float: 2, int: 3, graph: 6, graphs: 11 };
const tensor = { dims: 1, type: 2, floats: 4, name: 8, raw: 9, external: 13, location: 14 };

/** @throws ProtobufError; a file of another kind may be read as a model without a graph, which is undefined */
export function readModel(bytes: FileBytes): OnnxModel | undefined {
  let irVersion = 0;
  let opset = 0;
  let found: { content: Range; whole: Range } | undefined;
  for (const field of fieldsOf(bytes, { from: 0, to: bytes.size })) {
    if (field.number === model.irVersion && field.wire === 0) irVersion = field.value;
    if (field.number === model.graph && field.wire === 2) found = field;
    if (field.number === model.opset && field.wire === 2) {
      const { domain, version } = readOpset(bytes, field.content);
      if (domain === "" || domain === "ai.onnx") opset = version;
    }
  }
  if (found === undefined || irVersion === 0) return undefined;
  const kinds = new Set<string>();
  const namesUsedInside = new Set<string>();
  const nodes: Node[] = [];
  const weights = new Map<string, Weight>();
  const inputs = new Map<string, Range>();
  for (const { number, wire, content, whole } of fieldsOf(bytes, found.content)) {
    if (wire !== 2) continue;
    if (number === graph.node) nodes.push(readNode(bytes, content, whole, kinds, namesUsedInside));
    if (number === graph.weight) {
      const weight = readWeight(bytes, content, whole);
      weights.set(weight.name, weight);
    }
    if (number === graph.input) inputs.set(nameOf(bytes, content), whole);
    if (number === graph.output) namesUsedInside.add(nameOf(bytes, content));
  }
  const { content, whole } = found;
  return {
    size: bytes.size,
    irVersion,
    opset,
    kinds,
    graph: content,
    graphWhole: whole,
    nodes,
    weights,
    inputs,
    namesUsedInside,
  };
}

function readOpset(bytes: FileBytes, range: Range): { domain: string; version: number } {
  let domain = "";
  let version = 0;
  for (const { number, wire, content, value } of fieldsOf(bytes, range)) {
    if (number === 1 && wire === 2) domain = bytes.text(content);
    if (number === 2 && wire === 0) version = value;
  }
  return { domain, version };
}

/** Name of an input or output of a graph. */
function nameOf(bytes: FileBytes, range: Range): string {
  for (const { number, wire, content } of fieldsOf(bytes, range)) {
    if (number === 1 && wire === 2) return bytes.text(content);
  }
  return "";
}

function readNode(
  bytes: FileBytes,
  range: Range,
  whole: Range,
  kinds: Set<string>,
  usedInside: Set<string>,
  depth = 0,
): Node {
  if (depth > deepest) throw new ProtobufError(`byte ${range.from} lies in too many graphs`);
  bytes.keep(nodeCost);
  const inputs: string[] = [];
  const outputs: string[] = [];
  const numbers = new Map<string, number>();
  let name = "";
  let kind = "";
  let domain = "";
  for (const { number, wire, content } of fieldsOf(bytes, range)) {
    if (wire !== 2) continue;
    if (number === node.input) inputs.push(bytes.text(content));
    if (number === node.output) outputs.push(bytes.text(content));
    if (number === node.name) name = bytes.text(content);
    if (number === node.kind) kind = bytes.text(content);
    if (number === node.domain) domain = bytes.text(content);
    if (number === node.attribute) readAttribute(bytes, content, numbers, kinds, usedInside, depth);
  }
  if (domain === "ai.onnx") domain = "";
  kinds.add(domain === "" ? kind : `${domain}:${kind}`);
  return { inputs, outputs, name, kind, domain, numbers, whole };
}

function readAttribute(
  bytes: FileBytes,
  range: Range,
  numbers: Map<string, number>,
  kinds: Set<string>,
  usedInside: Set<string>,
  depth: number,
): void {
  let name = "";
  let value: number | undefined;
  for (const { number, wire, content, value: varint } of fieldsOf(bytes, range)) {
    if (number === attribute.name && wire === 2) name = bytes.text(content);
    if (number === attribute.int && wire === 0) value = varint;
    if (number === attribute.float && wire === 5) value = bytes.bytes(content).readFloatLE();
    if (wire === 2 && (number === attribute.graph || number === attribute.graphs)) {
      for (const inner of fieldsOf(bytes, content)) {
        if (inner.number !== graph.node || inner.wire !== 2) continue;
        const { inputs } = readNode(
          bytes,
          inner.content,
          inner.whole,
          kinds,
          usedInside,
          depth + 1,
        );
        for (const input of inputs) usedInside.add(input);
      }
    }
  }
  if (value !== undefined) numbers.set(name, value);
}

function readWeight(bytes: FileBytes, range: Range, whole: Range): Weight {
  bytes.keep(weightCost);
  const dims: number[] = [];
  let name = "";
  let dataType = 0;
  let isExternal = false;
  let isRaw = false;
  let data: Range | undefined;
  for (const field of fieldsOf(bytes, range)) {
    const { number, wire, content, value } = field;
    if (number === tensor.dims) dims.push(...varintsOf(bytes, field));
    if (number === tensor.type && wire === 0) dataType = value;
    if (number === tensor.name && wire === 2) name = bytes.text(content);
    if (number === tensor.external) isExternal = true;
    if (number === tensor.location && wire === 0 && value === 1) isExternal = true;
    if (wire === 2 && (number === tensor.raw || number === tensor.floats)) data = content;
    if (wire === 2 && number === tensor.raw) isRaw = true;
    if (dims.length > mostDims) {
      throw new ProtobufError(`the weight at byte ${range.from} has over ${mostDims} dimensions`);
    }
  }
  if (dims.some((dim) => dim < 0)) {
    throw new ProtobufError(`the weight ${name.slice(0, shownOfName)} has a dimension below zero`);
  }
  const count = dims.reduce((product, dim) => product * dim, 1);
  const has = data === undefined ? 0 : data.to - data.from;
  if (has !== 4 * count) {
    if (isRaw && !isExternal && dataType === dataTypes.float) {
      throw new ProtobufError(
        `the weight ${name.slice(0, shownOfName)} has ${has} bytes where its shape [${dims.join(", ")}] takes ${4 * count}`,
      );
    }
    data = undefined;
  }
  return { name, dims, dataType, whole, data, isExternal };
}
