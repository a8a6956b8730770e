/*
 * A graph with 8-bit weights in the place of float ones. Products with a constant matrix become products of
 * integers: each output has one scale for its weights, and each token one for what it brings, taken anew in every
 * run. So a text's vector does not depend on the texts it is run with. A large table of rows (the words) keeps one scale a
 * row. All else stays as it is, byte by byte.
 */
import { bytesField, numberField } from "./protobuf.ts";
import { dataTypes, type Node, type OnnxModel, type Weight } from "./read-model.ts";

/** Two products of an unsigned byte and a weight have to fit 16 bits on CPUs with AVX2 and without VNNI. */
const matrixLimit = 64;
const tableLimit = 127;
/** Smaller ones are not worth their conversion. */
const leastOfMatrix = 4_096;
const leastOfTable = 1_048_576;
/** Where fewer numbers share a scale, the scales take too much of what is won. */
const leastOfScale = 16;
/** From which version on MatMulInteger and Round are there, and ReduceMax takes its axes as an input. */
const leastOpset = 11;
const axesAsInput = 18;

/** A weight that becomes 8 bits. */
export interface EightBit {
  weight: Weight;
  rows: number;
  columns: number;
  /** What has one scale: a column of the file's matrix, or a row. */
  scaled: "column" | "row";
  /** Written with rows and columns changed. */
  turned: boolean;
  limit: number;
  name: string;
  scaleName: string;
  scaleDims: readonly number[];
}

export interface EightBitPlan {
  weights: readonly EightBit[];
  /** Nodes in the place of one, each a field of the graph. */
  nodes: ReadonlyMap<Node, readonly Buffer[]>;
  /** Constants that the new nodes read, each a field of the graph. */
  constants: readonly Buffer[];
}

/** Why a model cannot be made smaller. */
export class NotForEightBit extends Error {}

const alreadyEight = [
  "DynamicQuantizeLinear",
  "QuantizeLinear",
  "DequantizeLinear",
  "MatMulInteger",
  "QLinearMatMul",
  "com.microsoft:MatMulIntegerToFloat",
  "com.microsoft:DynamicQuantizeMatMul",
  "com.microsoft:QAttention",
  "com.microsoft:MatMulNBits",
  "haypile:TextEncoder",
];

/** @throws NotForEightBit */
export function planEightBit(model: OnnxModel): EightBitPlan {
  assertWhole(model);
  const weights = new Map<string, EightBit>();
  const wanted = new Map<Node, EightBit>();
  const uses = usesOf(model);
  for (const node of model.nodes) {
    const found = eightBitOf(node, model.weights);
    if (found === undefined) continue;
    const known = weights.get(found.weight.name);
    const isOther =
      known !== undefined && (known.turned !== found.turned || known.scaled !== found.scaled);
    if (isOther) continue;
    wanted.set(node, known ?? found);
    weights.set(found.weight.name, known ?? found);
  }
  // One that something else reads too stays whole.
  const here = new Map<string, number>();
  for (const { weight } of wanted.values()) {
    here.set(weight.name, (here.get(weight.name) ?? 0) + 1);
  }
  for (const [name, count] of here) if (count !== uses.get(name)) weights.delete(name);
  for (const [node, { weight }] of wanted) if (!weights.has(weight.name)) wanted.delete(node);
  if (weights.size === 0) {
    throw new NotForEightBit(
      "it has no product with a constant float matrix (MatMul, Gemm) and no large table (Gather)",
    );
  }
  const writer = new NodeWriter(model.opset);
  const nodes = new Map<Node, readonly Buffer[]>();
  for (const node of model.nodes) {
    const one = wanted.get(node);
    if (one !== undefined) nodes.set(node, writer.inPlaceOf(node, one));
  }
  return { weights: [...weights.values()], nodes, constants: writer.constants() };
}

function assertWhole({ weights, kinds, opset }: OnnxModel): void {
  for (const kind of alreadyEight) {
    if (kinds.has(kind))
      throw new NotForEightBit(`its weights are no floats any more: it has ${kind}`);
  }
  const all = [...weights.values()];
  if (all.some(({ isExternal }) => isExternal)) {
    throw new NotForEightBit(
      "its weights lie in a file of their own (external data). Save it as one file, as onnx.save does by default",
    );
  }
  const half = all.find(({ dataType, dims }) => {
    const { float16, bfloat16 } = dataTypes;
    return (dataType === float16 || dataType === bfloat16) && dims.length === 2;
  });
  if (half !== undefined) {
    throw new NotForEightBit("its weights are of 16 bits. Export it with float32 weights");
  }
  if (opset < leastOpset) {
    throw new NotForEightBit(
      `it is of opset ${opset}, and ${leastOpset} is the first with the operators it takes. Export it with a newer one`,
    );
  }
}

/** How often each name is read. */
function usesOf({ nodes, namesUsedInside }: OnnxModel): Map<string, number> {
  const uses = new Map<string, number>();
  const add = (name: string): void => {
    uses.set(name, (uses.get(name) ?? 0) + 1);
  };
  for (const { inputs } of nodes) for (const name of inputs) add(name);
  for (const name of namesUsedInside) add(name);
  return uses;
}

function eightBitOf(node: Node, weights: ReadonlyMap<string, Weight>): EightBit | undefined {
  if (node.domain !== "") return undefined;
  if (node.kind === "MatMul") {
    const weight = matrixAt(node.inputs[1], weights, leastOfMatrix);
    return matrixOf(weight, false);
  }
  if (node.kind === "Gemm") {
    const { numbers } = node;
    const isPlain = (numbers.get("alpha") ?? 1) === 1 && (numbers.get("beta") ?? 1) === 1;
    if (!isPlain || (numbers.get("transA") ?? 0) !== 0) return undefined;
    const weight = matrixAt(node.inputs[1], weights, leastOfMatrix);
    return matrixOf(weight, numbers.get("transB") === 1);
  }
  if (node.kind !== "Gather" || (node.numbers.get("axis") ?? 0) !== 0) return undefined;
  const weight = matrixAt(node.inputs[0], weights, leastOfTable);
  if (weight === undefined) return undefined;
  const [rows = 0, columns = 0] = weight.dims;
  if (columns < leastOfScale) return undefined;
  return {
    ...common(weight),
    rows,
    columns,
    scaled: "row",
    turned: false,
    limit: tableLimit,
    scaleDims: [rows, 1],
  };
}

function matrixAt(
  name: string | undefined,
  weights: ReadonlyMap<string, Weight>,
  least: number,
): Weight | undefined {
  const weight = name === undefined ? undefined : weights.get(name);
  if (weight?.data === undefined || weight.dataType !== dataTypes.float) return undefined;
  const [rows = 0, columns = 0] = weight.dims;
  return weight.dims.length === 2 && rows * columns >= least ? weight : undefined;
}

/** A matrix whose columns are outputs; `turned`: its rows are, in the file. */
function matrixOf(weight: Weight | undefined, turned: boolean): EightBit | undefined {
  if (weight === undefined) return undefined;
  const [rows = 0, columns = 0] = weight.dims;
  if ((turned ? columns : rows) < leastOfScale) return undefined;
  return {
    ...common(weight),
    rows,
    columns,
    scaled: turned ? "row" : "column",
    turned,
    limit: matrixLimit,
    scaleDims: [turned ? rows : columns],
  };
}

function common(weight: Weight): Pick<EightBit, "weight" | "name" | "scaleName"> {
  return { weight, name: `${weight.name}.int8`, scaleName: `${weight.name}.scale` };
}

/** What stands for nothing: kernels for unsigned bytes of a token are several times as fast as those for signed ones. */
const zeroPoint = 128;
const attributeKinds = { int: 2, ints: 7 };
const prefix = "haypile.";

/** Writes nodes as fields of a graph. Names of its own begin with a word that no exporter uses. */
class NodeWriter {
  readonly #opset: number;
  /** What was quantised before: queries, keys and values read the same. */
  readonly #bytesOf = new Map<string, { bytes: string; scale: string }>();

  constructor(opset: number) {
    this.#opset = opset;
  }

  inPlaceOf({ kind, inputs, outputs }: Node, by: EightBit): Buffer[] {
    const [output = ""] = outputs;
    const own = `${prefix}${output}`;
    if (kind === "Gather") {
      const ids = inputs[1] ?? "";
      return [
        node("Gather", [by.name, ids], `${own}.rows`),
        node("Cast", [`${own}.rows`], `${own}.float`, [intAttribute("to", dataTypes.float)]),
        node("Gather", [by.scaleName, ids], `${own}.scales`),
        node("Mul", [`${own}.float`, `${own}.scales`], output),
      ];
    }
    const [given = "", , bias = ""] = inputs;
    const nodes: Buffer[] = [];
    const read = this.#bytesOf.get(given) ?? this.#quantised(given, nodes);
    this.#bytesOf.set(given, read);
    const product = bias === "" ? output : `${own}.product`;
    nodes.push(
      node("MatMulInteger", [read.bytes, by.name, `${prefix}zero`], `${own}.sums`),
      node("Cast", [`${own}.sums`], `${own}.float`, [intAttribute("to", dataTypes.float)]),
      node("Mul", [`${own}.float`, read.scale], `${own}.tokens`),
      node("Mul", [`${own}.tokens`, by.scaleName], product),
    );
    if (bias !== "") nodes.push(node("Add", [product, bias], output));
    return nodes;
  }

  /** Each token as bytes, by the largest of its numbers. */
  #quantised(given: string, nodes: Buffer[]): { bytes: string; scale: string } {
    const own = `${prefix}${given}`;
    const isInput = this.#opset >= axesAsInput;
    const axes = isInput ? [] : [intsAttribute("axes", [-1])];
    nodes.push(
      node("Abs", [given], `${own}.sizes`),
      node(
        "ReduceMax",
        isInput ? [`${own}.sizes`, `${prefix}last`] : [`${own}.sizes`],
        `${own}.largest`,
        [...axes, intAttribute("keepdims", 1)],
      ),
      node("Max", [`${own}.largest`, `${prefix}least`], `${own}.bounded`),
      node("Mul", [`${own}.bounded`, `${prefix}step`], `${own}.scale`),
      node("Div", [given, `${own}.scale`], `${own}.steps`),
      node("Round", [`${own}.steps`], `${own}.whole`),
      node("Add", [`${own}.whole`, `${prefix}middle`], `${own}.shifted`),
      node("Cast", [`${own}.shifted`], `${own}.bytes`, [intAttribute("to", dataTypes.uint8)]),
    );
    return { bytes: `${own}.bytes`, scale: `${own}.scale` };
  }

  constants(): Buffer[] {
    const last = Buffer.alloc(8);
    last.writeBigInt64LE(-1n);
    return [
      tensorField(`${prefix}least`, dataTypes.float, [], floatBytes(1e-12)),
      tensorField(`${prefix}step`, dataTypes.float, [], floatBytes(1 / 127)),
      tensorField(`${prefix}middle`, dataTypes.float, [], floatBytes(zeroPoint)),
      tensorField(`${prefix}zero`, dataTypes.uint8, [], Buffer.from([zeroPoint])),
      ...(this.#opset >= axesAsInput ? [tensorField(`${prefix}last`, int64, [1], last)] : []),
    ];
  }
}

const int64 = 7;

function floatBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function node(
  kind: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Buffer[] = [],
): Buffer {
  return bytesField(
    1,
    Buffer.concat([
      ...inputs.map((name) => bytesField(1, name)),
      bytesField(2, output),
      bytesField(3, `${prefix}${kind}.${output}`),
      bytesField(4, kind),
      ...attributes.map((one) => bytesField(5, one)),
    ]),
  );
}

function intAttribute(name: string, value: number): Buffer {
  return Buffer.concat([
    bytesField(1, name),
    numberField(3, value),
    numberField(20, attributeKinds.int),
  ]);
}

function intsAttribute(name: string, values: readonly number[]): Buffer {
  const all = values.map((value) => numberField(8, value));
  return Buffer.concat([bytesField(1, name), ...all, numberField(20, attributeKinds.ints)]);
}

/** What stands before the numbers of a tensor, inside it. */
export function tensorHead(name: string, dataType: number, dims: readonly number[]): Buffer {
  return Buffer.concat([
    ...dims.map((dim) => numberField(1, dim)),
    numberField(2, dataType),
    bytesField(8, name),
  ]);
}

/** A constant as a field of a graph. */
function tensorField(
  name: string,
  dataType: number,
  dims: readonly number[],
  numbers: Buffer,
): Buffer {
  return bytesField(5, Buffer.concat([tensorHead(name, dataType, dims), bytesField(9, numbers)]));
}
