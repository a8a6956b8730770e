/* One figure of another system beside ours, and a trial: a bench that gives some. */
import type { Row } from "./kept-rows.ts";

export interface Figure {
  what: string;
  /** Whose figure: a system of the brief, as shared/product.md numbers them. */
  of: string;
  /** Their figure in words, and where it is said. */
  theirs: string;
  source: string;
  /** Ours, in the unit. */
  ours: number;
  unit: string;
  /** Undefined: theirs is not said, and there is no goal of our own. */
  target?: { atMost?: number; atLeast?: number } | undefined;
  /** The command that measured it. */
  bench: string;
  note?: string | undefined;
  /** When and where the row was measured, if not now. */
  row: Row;
}

export interface Trial {
  name: string;
  says: string;
  /** Left out unless it is named by --only, or --heavy is said. */
  isHeavy?: true;
  run: () => { figures: Figure[]; load?: [number, number] | undefined };
}

const product = "product.md";
export const engine = "1 auto-tuned engine";
export const memory = "2 memory store";
export const manager = "3 memory manager";
export const server = "4 memory-efficient server";
export const mb = (bytes: unknown): number => Number(bytes) / 1e6;

/** Figures of one bench: what they share, then each. */
export function figuresOf(
  shared: Pick<Figure, "of" | "bench" | "row">,
  each: (Omit<Figure, "of" | "bench" | "row" | "source"> & { source?: string })[],
): Figure[] {
  return each.map((one) => ({ source: product, ...shared, ...one }));
}
