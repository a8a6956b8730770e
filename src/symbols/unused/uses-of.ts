import type { CodeGraph } from "../graph/code-graph.ts";
import { dataKinds, familyOf } from "../graph/families.ts";
import type { Turns } from "../graph/turns.ts";
import { importBrings } from "../resolve-import.ts";

/** Uses of definitions as the question asks that seeks the unused ones: none from inside themselves counts. */
export interface Uses {
  /** Something outside it uses it, by more than its name alone. */
  isUsed(place: number): boolean;
  /** Who does: definitions, and tops of files as -1 - file. */
  usersOf(place: number): readonly number[];
  /** A member of it is used from outside of it. */
  isUsedInside(place: number): boolean;
  /** Its name is used where another definition may be meant, or nothing says which. */
  isNamed(place: number): boolean;
  /** Something is used between its first line and that of its own first word. */
  isDecorated(place: number): boolean;
  /** What holds it extends something that the index does not have, or that has a definition of this name. */
  mayOverride(place: number): boolean;
  /** It extends something. */
  isHeir(place: number): boolean;
}

const nobody: readonly number[] = [];

/** @throws HaypileError HAYPILE_ABORTED */
export async function usesOf(graph: CodeGraph, turns: Turns): Promise<Uses> {
  const users = new Map<number, number[]>();
  const supertypes = new Map<number, number[]>();
  const inside = new Set<number>();
  const add = (place: number, from: number): void => {
    const known = users.get(place);
    if (known === undefined) users.set(place, [from]);
    else known.push(from);
  };
  for (let use = 0; use < graph.from.length; use += 1) {
    const from = graph.from.at(use);
    const to = graph.to.at(use);
    if (graph.useKindText(graph.useKind.at(use)) === "inherit" && from >= 0) {
      const list = supertypes.get(from);
      if (list === undefined) supertypes.set(from, [to]);
      else list.push(to);
    }
    if (graph.sure.at(use) === 2 && graph.among.at(use) > 1 && !isOwnFile(graph, from, to))
      continue;
    if (isInside(graph, from, to)) continue;
    if (graph.sure.at(use) === 2 && graph.fileOf.at(to) !== fileOfUser(graph, from)) continue;
    add(to, from);
    for (let holder = graph.holderOf.at(to); holder >= 0; holder = graph.holderOf.at(holder)) {
      if (!isInside(graph, from, holder)) inside.add(holder);
    }
    if (use % 4096 === 0) await turns.next();
  }
  await addImported(graph, add, turns);
  const marks = marksOf(graph);
  await turns.next();
  return {
    isUsed: (place) => users.has(place),
    usersOf: (place) => users.get(place) ?? nobody,
    isUsedInside: (place) => inside.has(place),
    isNamed: (place) => marks.namedOutside(place),
    isDecorated: (place) => marks.decorated.has(place),
    mayOverride: (place) => mayOverride(graph, supertypes, marks.heirs, place),
    isHeir: (place) => marks.heirs.has(place),
  };
}

function isOwnFile(graph: CodeGraph, from: number, to: number): boolean {
  return fileOfUser(graph, from) === graph.fileOf.at(to);
}

function fileOfUser(graph: CodeGraph, from: number): number {
  return from < 0 ? -1 - from : graph.fileOf.at(from);
}

function isInside(graph: CodeGraph, from: number, outer: number): boolean {
  for (let at = from; at >= 0; at = graph.holderOf.at(at)) if (at === outer) return true;
  return false;
}

/** What a file imports by its name is used by it, whatever it does with it. */
async function addImported(
  graph: CodeGraph,
  add: (place: number, from: number) => void,
  turns: Turns,
): Promise<void> {
  for (const [file, language] of graph.languages.entries()) {
    if (file % 32 === 0) await turns.next();
    for (const one of graph.importsOfFile(file)) {
      if (one.name === "" || one.name === "*") continue;
      const id = graph.nameId(one.name);
      for (const place of (id === undefined ? undefined : graph.named.get(id)) ?? []) {
        const own = graph.fileOf.at(place);
        if (own === file || graph.holderOf.at(place) >= 0) continue;
        const to = graph.paths[own] as string;
        if (importBrings(one, one.name, to, language)) add(place, -1 - file);
      }
    }
  }
}

interface Marks {
  namedOutside(place: number): boolean;
  decorated: ReadonlySet<number>;
  /** Definitions that extend something, with whether all of it is in the index. */
  heirs: ReadonlyMap<number, boolean>;
}

function marksOf(graph: CodeGraph): Marks {
  const byName = new Map<number, number[]>();
  const decorated = new Set<number>();
  const heirs = new Map<number, boolean>();
  for (let file = 0; file < graph.paths.length; file += 1) {
    const first = graph.firstOf[file] as number;
    const end = graph.firstOf[file + 1] as number;
    const heads = headsOf(graph, first, end);
    const lastUse = graph.firstUseOf[file + 1] as number;
    for (let use = graph.firstUseOf[file] as number; use < lastUse; use += 1) {
      const name = graph.usedName.at(use);
      const from = graph.usedFrom.at(use);
      if (graph.named.has(name)) {
        const list = byName.get(name);
        if (list === undefined) byName.set(name, [from]);
        else list.push(from);
      }
      for (const place of heads.get(graph.usedLine.at(use)) ?? []) decorated.add(place);
      if (from >= 0 && graph.useKindText(graph.usedKind.at(use)) === "inherit") {
        const isKnown = (graph.named.get(name) ?? []).some(
          (place) => !dataKinds.has(graph.kindText(place)),
        );
        heirs.set(from, (heirs.get(from) ?? true) && isKnown);
      }
    }
  }
  return {
    decorated,
    heirs,
    namedOutside: (place) => {
      const family = familyOf(graph.languages[graph.fileOf.at(place)] as string);
      const all = byName.get(graph.nameOf.at(place)) ?? nobody;
      return all.some((from) => {
        const other = graph.languages[fileOfUser(graph, from)] as string;
        return familyOf(other) === family && !isInside(graph, from, place);
      });
    },
  };
}

/** Lines of decorators and attributes, with what they are of. */
function headsOf(graph: CodeGraph, first: number, end: number): Map<number, number[]> {
  const heads = new Map<number, number[]>();
  for (let place = first; place < end; place += 1) {
    for (let line = graph.startOf.at(place); line < graph.headOf.at(place); line += 1) {
      const known = heads.get(line);
      if (known === undefined) heads.set(line, [place]);
      else known.push(place);
    }
  }
  return heads;
}

function mayOverride(
  graph: CodeGraph,
  supertypes: ReadonlyMap<number, readonly number[]>,
  heirs: ReadonlyMap<number, boolean>,
  place: number,
): boolean {
  const name = graph.nameOf.at(place);
  const seen = new Set<number>();
  const open = [graph.holderOf.at(place)];
  for (const type of open) {
    if (type < 0 || seen.has(type)) continue;
    seen.add(type);
    const isKnown = heirs.get(type);
    if (isKnown === undefined) continue;
    if (!isKnown) return true;
    for (const above of supertypes.get(type) ?? []) {
      const members = (graph.named.get(name) ?? []).filter(
        (one) => graph.holderOf.at(one) === above,
      );
      if (members.length > 0) return true;
      open.push(above);
    }
  }
  return false;
}
