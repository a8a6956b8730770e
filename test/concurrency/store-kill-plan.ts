/**
 * The endless plan both sides of store-kill.test.ts follow: step n does the same to any store, and
 * the same to a model in plain maps. Each step is one transaction of the store, or none.
 */
import type { Store } from "../../src/ports/store.ts";
import { file } from "../helpers/store-files.ts";

/** What the store must hold: texts by path, and the texts that have a vector. */
export interface PlannedState {
  files: Map<string, string[]>;
  embedded: Set<string>;
}

export const dimensions = 16;

const filesPerStep = 3;

type Change =
  | { kind: "put"; files: { path: string; texts: string[] }[] }
  | { kind: "remove"; paths: string[] }
  | { kind: "embed" }
  | { kind: "optimize" };

function changeOf(step: number): Change {
  const round = Math.floor(step / 5);
  switch (step % 5) {
    case 0:
      return { kind: "put", files: newFiles(round) };
    case 2:
      // An older file changes: one text stays, one goes, one comes.
      return { kind: "put", files: [changedFile(Math.max(0, round - 1), step)] };
    case 3:
      return { kind: "remove", paths: [pathOf(Math.max(0, round - 3), 1)] };
    default:
      return step % 50 === 44 ? { kind: "optimize" } : { kind: "embed" };
  }
}

function pathOf(round: number, n: number): string {
  return `round${round}/file${n}.txt`;
}

function newFiles(round: number): { path: string; texts: string[] }[] {
  return Array.from({ length: filesPerStep }, (_, n) => ({
    path: pathOf(round, n),
    texts: [`own text ${round} ${n} ${"padding ".repeat(60)}`, `shared text ${round % 7}`, `x${n}`],
  }));
}

function changedFile(round: number, step: number): { path: string; texts: string[] } {
  return { path: pathOf(round, 0), texts: [`changed in ${step}`, `shared text ${round % 7}`] };
}

/** Does step n to the store. */
export function runStep(store: Store, step: number): void {
  const change = changeOf(step);
  if (change.kind === "put") {
    store.files.put(change.files.map(({ path, texts }) => file(path, texts, hashOf(texts))));
  } else if (change.kind === "remove") {
    store.files.remove(change.paths);
  } else if (change.kind === "optimize") {
    store.optimize();
  } else {
    const rows = store.pending.page(0, 100);
    const vectors = Float32Array.from(rows.flatMap((row) => [...vectorOf(row.text)]));
    store.vectors.put(
      rows.map((row) => row.id),
      vectors,
    );
  }
}

/** Does step n to the model. */
export function planStep(state: PlannedState, step: number): void {
  const change = changeOf(step);
  if (change.kind === "put") {
    for (const { path, texts } of change.files) state.files.set(path, texts);
  } else if (change.kind === "remove") {
    for (const path of change.paths) state.files.delete(path);
  }
  const live = new Set([...state.files.values()].flat());
  if (change.kind === "embed") for (const text of live) state.embedded.add(text);
  else for (const text of state.embedded) if (!live.has(text)) state.embedded.delete(text);
}

/** How the store differs from the model; "" = not at all. */
export function differenceOf(store: Store, state: PlannedState): string {
  const found = new Map([...store.files.all()].map(([path, record]) => [path, record.contentHash]));
  for (const [path, texts] of state.files) {
    if (found.get(path) !== hashOf(texts)) return `${path} is not there as planned`;
  }
  if (found.size !== state.files.size) return `${found.size} files for ${state.files.size}`;
  const live = new Set([...state.files.values()].flat());
  const { chunks, vectors } = store.facts.stats();
  if (chunks !== live.size) return `${chunks} chunks for ${live.size}`;
  if (vectors !== state.embedded.size) return `${vectors} vectors for ${state.embedded.size}`;
  return "";
}

/** A vector made of the text, so that a vector at the wrong chunk shows. */
export function vectorOf(text: string): Float32Array {
  const vector = new Float32Array(dimensions);
  for (let i = 0; i < text.length; i++) {
    vector[i % dimensions] =
      (vector[i % dimensions] as number) + text.charCodeAt(i) * (1 + (i % 7));
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function hashOf(texts: readonly string[]): string {
  return texts.join("|").slice(0, 60) + texts.length;
}
