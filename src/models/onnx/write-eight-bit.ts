/*
 * Writes a model with 8-bit weights piece by piece: how long each part becomes is known before, so that no more of
 * a file of any length is in memory than a block of numbers and the scales of one matrix.
 */
import { writeAll } from "../../base/files/private-files.ts";
import { yieldToEventLoop } from "../../base/yield.ts";
import { type EightBit, type EightBitPlan, tensorHead } from "./eight-bit.ts";
import { type FileBytes, lengthHead, numberField, type Range } from "./protobuf.ts";
import { dataTypes, type OnnxModel, shownOfName } from "./read-model.ts";

/** Floats read at a time. */
const blockFloats = 262_144;
/** Rows of a matrix that is turned, read between two turns of others. */
const rowsAtOnce = 16_384;
/** Versions before it want every weight among the inputs, which makes it one that may change. */
const leastIrVersion = 4;

/** A part of the new graph: from the old file, or made. */
type Part = Range | Buffer | EightBit;

/** A weight holds what is no number, or none that 8 bits could stand for. */
export class NotFinite extends Error {}

/**
 * @param file open for writing, empty
 * @param turn called now and then with the weights that are written and all; what it throws ends the writing
 * @returns bytes written
 * @throws NotFinite, ProtobufError, and what the file system says
 */
export async function writeEightBit(
  bytes: FileBytes,
  model: OnnxModel,
  plan: EightBitPlan,
  file: number,
  turn: (done: number, total: number) => void,
): Promise<number> {
  const parts = partsOf(model, plan);
  const graphBytes = parts.reduce((sum, part) => sum + bytesOf(part), 0);
  const { graphWhole, size } = model;
  let done = 0;
  const output = new Output(bytes, file, () => turn(done, plan.weights.length));
  // Fields may come in any order, and of a number that comes twice the last one counts.
  await output.copy({ from: 0, to: graphWhole.from });
  await output.write(lengthHead(7, graphBytes));
  for (const part of parts) {
    await output.part(part);
    if ("weight" in part) done += 1;
  }
  await output.copy({ from: graphWhole.to, to: size });
  if (model.irVersion < leastIrVersion) await output.write(numberField(1, leastIrVersion));
  return output.written;
}

/** The graph from its beginning to its end, with what takes the place of nodes and weights. */
function partsOf(model: OnnxModel, { weights, nodes, constants }: EightBitPlan): Part[] {
  const changed: { range: Range; parts: readonly Part[] }[] = [];
  for (const [node, made] of nodes) changed.push({ range: node.whole, parts: made });
  for (const one of weights) {
    changed.push({ range: one.weight.whole, parts: [one] });
  }
  for (const [name, range] of model.inputs) {
    // A weight among the inputs could be given from outside; nobody does.
    if (model.weights.has(name)) changed.push({ range, parts: [] });
  }
  changed.sort((a, b) => a.range.from - b.range.from);
  const parts: Part[] = [...constants];
  let at = model.graph.from;
  for (const { range, parts: made } of changed) {
    if (range.from > at) parts.push({ from: at, to: range.from });
    parts.push(...made);
    at = range.to;
  }
  if (at < model.graph.to) parts.push({ from: at, to: model.graph.to });
  return parts;
}

function bytesOf(part: Part): number {
  if (Buffer.isBuffer(part)) return part.length;
  if ("from" in part) return part.to - part.from;
  const { weight, scale } = headsOf(part);
  return weight.length + part.rows * part.columns + scale.length + 4 * scalesOf(part);
}

function scalesOf({ scaled, rows, columns }: EightBit): number {
  return scaled === "row" ? rows : columns;
}

/** What stands before the bytes, and before the scales, of a weight. */
function headsOf(one: EightBit): { weight: Buffer; scale: Buffer } {
  const { name, scaleName, scaleDims, rows, columns, turned } = one;
  const dims = turned ? [columns, rows] : [rows, columns];
  const headOf = (head: Buffer, numbers: number): Buffer => {
    const raw = lengthHead(9, numbers);
    return Buffer.concat([lengthHead(5, head.length + raw.length + numbers), head, raw]);
  };
  return {
    weight: headOf(tensorHead(name, dataTypes.int8, dims), rows * columns),
    scale: headOf(tensorHead(scaleName, dataTypes.float, scaleDims), 4 * scalesOf(one)),
  };
}

class Output {
  written = 0;
  readonly #bytes: FileBytes;
  readonly #file: number;
  readonly #turn: () => void;
  readonly #block = new Float32Array(blockFloats);

  constructor(bytes: FileBytes, file: number, turn: () => void) {
    this.#bytes = bytes;
    this.#file = file;
    this.#turn = turn;
  }

  async part(part: Part): Promise<void> {
    if (Buffer.isBuffer(part)) await this.write(part);
    else if ("from" in part) await this.copy(part);
    else await this.#weight(part);
  }

  async write(bytes: Buffer): Promise<void> {
    writeAll(this.#file, bytes);
    this.written += bytes.length;
  }

  async copy({ from, to }: Range): Promise<void> {
    const block = Buffer.from(this.#block.buffer);
    for (let at = from; at < to; at += block.length) {
      const piece = block.subarray(0, Math.min(block.length, to - at));
      this.#bytes.read(piece, at);
      await this.write(piece);
      await this.#pause();
    }
  }

  async #weight(one: EightBit): Promise<void> {
    const scales = await this.#scales(one);
    const { weight, scale } = headsOf(one);
    await this.write(weight);
    if (one.turned) await this.#turned(one, scales);
    else {
      for await (const { floats, at } of this.#blocks(one)) {
        const made = Buffer.allocUnsafe(floats.length);
        eachPlace(one, at, floats.length, (i, place) => {
          made[i] = byteOf(floats[i] as number, scales[place] as number);
        });
        await this.write(made);
      }
    }
    await this.write(scale);
    await this.write(Buffer.from(scales.buffer));
  }

  /** A column of the file is a row of what is written: as many columns at a time as a block has room for. */
  async #turned({ weight, rows, columns }: EightBit, scales: Float32Array): Promise<void> {
    const from = weight.data?.from ?? 0;
    const atOnce = Math.max(1, Math.min(columns, Math.floor(blockFloats / rows)));
    for (let first = 0; first < columns; first += atOnce) {
      const count = Math.min(atOnce, columns - first);
      const made = Buffer.allocUnsafe(count * rows);
      const floats = new Float32Array(count);
      for (let row = 0; row < rows; row += 1) {
        this.#bytes.read(new Uint8Array(floats.buffer), from + 4 * (row * columns + first));
        for (let i = 0; i < count; i += 1) {
          made[i * rows + row] = byteOf(floats[i] as number, scales[row] as number);
        }
        if (row % rowsAtOnce === rowsAtOnce - 1) await this.#pause();
      }
      await this.write(made);
      await this.#pause();
    }
  }

  /** The largest of each row or column over the limit. @throws NotFinite */
  async #scales(one: EightBit): Promise<Float32Array> {
    const largest = new Float32Array(scalesOf(one));
    for await (const { floats, at } of this.#blocks(one)) {
      let areNumbers = true;
      eachPlace(one, at, floats.length, (i, place) => {
        const size = Math.abs(floats[i] as number);
        if (size > (largest[place] as number)) largest[place] = size;
        // Also false for what is no number.
        areNumbers &&= size < Number.POSITIVE_INFINITY;
      });
      if (!areNumbers) throw new NotFinite(one.weight.name.slice(0, shownOfName));
    }
    for (const [at, size] of largest.entries()) largest[at] = size > 0 ? size / one.limit : 1;
    return largest;
  }

  async *#blocks({ weight, rows, columns }: EightBit): AsyncGenerator<{
    floats: Float32Array;
    at: number;
  }> {
    const from = weight.data?.from ?? 0;
    for (let at = 0; at < rows * columns; at += blockFloats) {
      const floats = this.#block.subarray(0, Math.min(blockFloats, rows * columns - at));
      this.#bytes.read(new Uint8Array(floats.buffer, 0, floats.byteLength), from + 4 * at);
      yield { floats, at };
      await this.#pause();
    }
  }

  async #pause(): Promise<void> {
    await yieldToEventLoop();
    this.#turn();
  }
}

/** Goes through a block that begins at `at`, with the place of each number's scale. */
function eachPlace(
  { scaled, columns }: EightBit,
  at: number,
  count: number,
  visit: (i: number, place: number) => void,
): void {
  let row = Math.floor(at / columns);
  let column = at % columns;
  for (let i = 0; i < count; i += 1) {
    visit(i, scaled === "row" ? row : column);
    column += 1;
    if (column < columns) continue;
    column = 0;
    row += 1;
  }
}

const whole = 3 * 2 ** 51;

/** Halves go to the even neighbour, as everywhere in ONNX. */
function byteOf(value: number, scale: number): number {
  // Adding so much leaves no place for what is behind the point, and the processor rounds it off.
  return (value / scale + whole - whole) & 255;
}
