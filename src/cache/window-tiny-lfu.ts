/*
 * Which entries stay within a number of bytes: W-TinyLFU. Admission goes by how often keys are asked for,
 * by the frequency sketch, keys that are not here included; how large the window is, by what would have
 * been right lately (see window-choice.ts). The policy holds no values and no keys: it says who must go.
 */
import { FrequencySketch } from "./frequency-sketch.ts";
import { WindowChoice } from "./window-choice.ts";
import { type PolicyEntry, WindowedSegments } from "./windowed-segments.ts";

export interface TinyLfuOptions<Entry> {
  maxBytes: number;
  /** The entry must go: it is in no list any more. */
  onEvict: (entry: Entry, cause: "size" | "resized") => void;
  /** The window keeps this share of the bytes. Default: it is chosen by trial. */
  windowShare?: number | undefined;
}

export class WindowTinyLfu<Entry extends PolicyEntry> {
  readonly #sketch = new FrequencySketch();
  readonly #segments: WindowedSegments<Entry>;
  readonly #choice: WindowChoice | undefined;

  constructor({ maxBytes, onEvict, windowShare }: TinyLfuOptions<Entry>) {
    const frequencyOf = (hash: number): number => this.#sketch.estimate(hash);
    this.#choice = windowShare === undefined ? new WindowChoice(maxBytes, frequencyOf) : undefined;
    this.#segments = new WindowedSegments<Entry>({
      maxBytes,
      windowShare: windowShare ?? (this.#choice as WindowChoice).share,
      frequencyOf,
      onEvict,
    });
  }

  /** Sum of the weights: never above maxBytes. */
  get bytes(): number {
    return this.#segments.bytes;
  }

  get maxBytes(): number {
    return this.#segments.maxBytes;
  }

  get windowShare(): number {
    return this.#segments.windowShare;
  }

  /** A key was asked for and is not here. */
  miss(hash: number): void {
    this.#sketch.add(hash);
    this.#choice?.use(hash);
  }

  /** An entry was asked for. */
  hit(entry: Entry): void {
    this.#sketch.add(entry.hash);
    this.#segments.use(entry);
    if (this.#choice === undefined) return;
    this.#choice.use(entry.hash);
    this.#choice.add(entry);
    this.#segments.setWindowShare(this.#choice.share);
  }

  /** Takes an entry in; others, or itself, are evicted for it. Its weight must be at most maxBytes. */
  add(entry: Entry): void {
    this.#sketch.grow(this.#segments.entries + 1);
    this.#choice?.add(entry);
    if (this.#choice !== undefined) this.#segments.setWindowShare(this.#choice.share);
    this.#segments.add(entry);
  }

  /** Takes an entry out, for another reason than those of the policy. */
  remove(entry: Entry): void {
    this.#segments.remove(entry);
    this.#choice?.remove(entry.hash);
  }

  /** From now on at most so many bytes: what is too much goes before this returns. */
  resize(maxBytes: number): void {
    this.#choice?.resize(maxBytes);
    this.#segments.resize(maxBytes);
  }
}
