/* Secrets that would travel: what looks like one neither leaves this machine nor comes to it unless that is allowed. */
import { credentialIn } from "../secrets/credentials.ts";
import type { MemoryState } from "./state.ts";

/**
 * What a state seems to give away, in words; undefined: nothing.
 * @param known what is here already was allowed once
 */
export function secretIn(state: MemoryState, known?: MemoryState): string | undefined {
  for (const found of textsOf(state, known)) {
    const secret = credentialIn(found);
    if (secret !== undefined) return `seems to hold ${secret}`;
  }
  return undefined;
}

function* textsOf(state: MemoryState, known: MemoryState | undefined): Generator<string> {
  for (const [id, { text, namespace, said }] of state.texts) {
    const there = known?.texts.get(id);
    if (there === undefined) yield* [text, namespace];
    for (const tag of said.tags) if (there?.said.tags.includes(tag) !== true) yield tag;
  }
  for (const [id, { what }] of state.notes) if (known?.notes.has(id) !== true) yield what;
  for (const [id, { relation }] of state.links) if (known?.links.has(id) !== true) yield relation;
  const paths = new Set(known?.anchors?.value.map(({ path }) => path));
  for (const { path, symbol } of state.anchors?.value ?? []) {
    if (!paths.has(path)) yield `${path} ${symbol ?? ""}`;
  }
}
