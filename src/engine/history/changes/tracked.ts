/* What a history is of: a file, a definition of it, or some of its lines; and where that stands in a version. */
import type { Definition } from "../../../ports/syntax.ts";
import { fullNameOf, type Version } from "./bodies.ts";
import type { Blob } from "./file-log.ts";

/** As it stands in the newest version that is not looked at yet. */
export type Tracked =
  | { what: "file" }
  | {
      what: "symbol";
      /** Full name; before anything was looked at: as it was asked for. */
      name: string;
      /** Its body, where that is known. */
      hash?: string | undefined;
      /** Its place among those of its name. */
      nth?: number | undefined;
    }
  /** 1-based, inclusive. */
  | { what: "lines"; from: number; to: number };

/** Some lines of a version: those of a definition, of a file, or named ones. */
export interface Part {
  version: Version;
  /** 0-based, `to` is not of it. */
  from: number;
  to: number;
  definition?: Definition | undefined;
}

export function wholePart(version: Version): Part {
  return { version, from: 0, to: version.lines.length };
}

export function partOf(version: Version, definition: Definition): Part {
  const { startLine, endLine } = definition;
  return { version, from: startLine - 1, to: endLine, definition };
}

export function linesOf({ version, from, to }: Part): readonly string[] {
  return version.lines.slice(from, to);
}

/** Where it stands in a version; undefined: it is not there. */
export function locate(version: Version, tracked: Tracked): Part | undefined {
  if (version.kind === "none") return undefined;
  if (tracked.what === "file") return wholePart(version);
  if (version.kind !== "file") return undefined;
  if (tracked.what === "lines") {
    const to = Math.min(tracked.to, version.lines.length);
    return tracked.from > to ? undefined : { version, from: tracked.from - 1, to };
  }
  const found = namedIn(version, tracked.name);
  const { hash, nth = 0 } = tracked;
  const definition =
    (hash === undefined ? undefined : found.find(({ bodyHash }) => bodyHash === hash)) ??
    found[nth] ??
    found[0];
  return definition && partOf(version, definition);
}

/** Definitions of a full name, else of a name that ends with it; the outermost first. */
export function namedIn({ definitions = [] }: Version, said: string): Definition[] {
  const name = said.replaceAll("::", ".");
  const full = definitions.filter((one) => fullNameOf(one) === name);
  if (full.length > 0) return full;
  const depth = (one: Definition): number => one.container.split(".").length;
  return definitions
    .filter((one) => fullNameOf(one).endsWith(`.${name}`))
    .sort((a, b) => depth(a) - depth(b) || a.startLine - b.startLine);
}

/** As it is looked for in the next older version. */
export function trackedAs(tracked: Tracked, part: Part | undefined): Tracked {
  if (part === undefined || tracked.what === "file") return tracked;
  if (tracked.what === "lines") return { what: "lines", from: part.from + 1, to: part.to };
  const { definition, version } = part;
  if (definition === undefined) return tracked;
  const name = fullNameOf(definition);
  const nth = namedIn(version, name).indexOf(definition);
  return { what: "symbol", name, hash: definition.bodyHash, nth };
}

export function keyOf(path: string, tracked: Tracked): string {
  if (tracked.what === "file") return path;
  return tracked.what === "lines"
    ? `${path}\0${tracked.from}-${tracked.to}`
    : `${path}\0${tracked.name}\0${tracked.nth ?? 0}`;
}

export function isSameBlob(a: Blob, b: Blob): boolean {
  return a.kind === b.kind && a.id === b.id;
}
