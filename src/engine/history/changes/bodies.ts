/*
 * What of a definition makes it another one. Its body is its text from its first word (with decorators) to its end:
 * two are the same when they differ in white space alone. The comment above it is no part of it, a comment inside is.
 * In Python white space says what stands in which block, so there each line's depth counts too.
 */
import type { Definition } from "../../../ports/syntax.ts";
import { sharedLines } from "./line-diff.ts";

/** A file at a moment, taken apart as far as it can be. */
export interface Version {
  path: string;
  /** Of its blob; undefined: nothing is there, or it is what stands on the disk. */
  id: string | undefined;
  kind: "file" | "link" | "submodule" | "none";
  lines: readonly string[];
  /** Undefined: it could not be taken apart. */
  definitions: readonly Definition[] | undefined;
  language: string;
  /** Why it has no lines or definitions, for a sentence: "it is a link". */
  lack?: string | undefined;
}

/** Its full name, with what holds it: "Retry.delay". */
export function fullNameOf({ name, container }: Pick<Definition, "name" | "container">): string {
  return container === "" ? name : `${container}.${name}`;
}

/** From the first word of its head to its end. */
function bodyLines({ lines }: Version, one: Definition): readonly string[] {
  return lines.slice(one.headLine - 1, one.endLine);
}

export function isSameBody(old: Version, then: Definition, now: Version, one: Definition): boolean {
  if (then.bodyHash !== one.bodyHash) return false;
  if (now.language !== "python") return true;
  const before = bodyLines(old, then);
  const after = bodyLines(now, one);
  return before.join("\n") === after.join("\n") || depthsOf(before) === depthsOf(after);
}

/** How deep each line stands, as Python counts it: what is in brackets or in a long string has no depth. */
function depthsOf(lines: readonly string[]): string {
  const stack: number[] = [];
  const depths: number[] = [];
  let open = 0;
  let quote = "";
  for (const line of lines) {
    const isBegun = open === 0 && quote === "" && /^\s*[^\s#]/u.test(line);
    if (isBegun) {
      const indent = (/^\s*/u.exec(line)?.[0] ?? "").replaceAll("\t", "        ").length;
      while (stack.length > 0 && (stack.at(-1) as number) > indent) stack.pop();
      if (stack.at(-1) !== indent) stack.push(indent);
      depths.push(stack.length);
    }
    for (const [sign = ""] of line.matchAll(/\\.|"""|'''|["'#]|[()[\]{}]/gu)) {
      if (quote !== "") quote = sign === quote ? "" : quote;
      else if (sign === "#") break;
      else if (/^["']/u.test(sign)) quote = sign;
      else if (/^[([{]$/u.test(sign)) open += 1;
      else if (/^[)\]}]$/u.test(sign)) open = Math.max(0, open - 1);
    }
    // Only long strings go on in the next line.
    if (quote.length === 1) quote = "";
  }
  return depths.join(" ");
}

/** Lines that say something, without white space, and with a sign in the place of the definition's own name. */
export function tellingLines(version: Version, one: Definition): string[] {
  const own = new RegExp(`(?<![\\p{L}\\p{N}_$])${escaped(one.name)}(?![\\p{L}\\p{N}_$])`, "gu");
  return bodyLines(version, one)
    .map((line) => line.replace(own, "\u0001").replace(/\s+/gu, " ").trim())
    .filter((line) => /[\p{L}\p{N}_]/u.test(line));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
}

/** How alike two bodies are, names aside: 0 to 1. Too little text tells nothing: 0. */
export function likeness(before: readonly string[], after: readonly string[]): number {
  if (Math.min(before.length, after.length) < fewestLines) return 0;
  if (Math.max(before.length, after.length) > mostCompared) return 0;
  return sharedLines(before, after);
}

const fewestLines = 3;
const mostCompared = 3_000;
/** Characters that equal bodies must have, names aside, to be one that was renamed and not two short ones. */
const fewestCharacters = 24;

/** One body under two names, and enough of it to tell. */
export function isRenamed(before: readonly string[], after: readonly string[]): boolean {
  const text = before.join("\n");
  return text.length >= fewestCharacters && text === after.join("\n");
}
