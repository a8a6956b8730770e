/* What a history is asked for: "NAME", "FILE", "FILE#NAME" or "FILE:10-20". */
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { HaypileError } from "../../../base/errors.ts";
import { passGate } from "../../../base/paths/path-gate.ts";
import type { SymbolHit } from "../../../ports/answers/definitions.ts";
import type { SymbolTable } from "../../../ports/symbols.ts";
import { theOne } from "../../questions/structure.ts";
import { fullNameOf } from "./bodies.ts";
import type { Tracked } from "./tracked.ts";

export interface Target {
  /** Relative to the folder of the index. */
  path: string;
  tracked: Tracked;
  /** Other definitions of the same name in the index. */
  others: number;
}

const longestTarget = 4_096;

/**
 * A file that is there wins over a definition of that name; "#NAME" means the definition.
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_PATH_REFUSED, HAYPILE_SYMBOL_MISSING
 */
export function targetOf(said: string, root: string, symbols: SymbolTable): Target {
  const text = said.trim();
  if (text === "" || text.length > longestTarget) {
    throw wrong(said, text === "" ? "it is empty" : "it is too long");
  }
  const hash = text.indexOf("#");
  if (hash > 0) {
    const name = text.slice(hash + 1).trim();
    if (name === "") throw wrong(said, "no name stands behind the #");
    const path = passGate(root, text.slice(0, hash));
    if (path === "") throw wrong(said, "a folder has no history of its own");
    return { path, tracked: { what: "symbol", name: name.replaceAll("::", ".") }, others: 0 };
  }
  if (hash < 0) {
    const file = fileTarget(text, root, symbols);
    if (file !== undefined) return file;
  }
  return namedTarget(hash === 0 ? text.slice(1) : text, text, root, symbols);
}

function fileTarget(text: string, root: string, symbols: SymbolTable): Target | undefined {
  const [, beginning, first = "", last = first] =
    /^(.+):(\d{1,9})(?:-(\d{1,9}))?$/su.exec(text) ?? [];
  if (beginning !== undefined && isFile(beginning, root, symbols)) {
    const [from, to] = [Number(first), Number(last)];
    if (from < 1 || to < from)
      throw wrong(text, "its lines are none: the first is 1, and the last one comes after it");
    return { path: passGate(root, beginning), tracked: { what: "lines", from, to }, others: 0 };
  }
  if (!isFile(text, root, symbols)) return undefined;
  return { path: passGate(root, text), tracked: { what: "file" }, others: 0 };
}

function isFile(text: string, root: string, symbols: SymbolTable): boolean {
  let path: string;
  try {
    path = passGate(root, text);
  } catch (error) {
    // What looks like a path is refused as one.
    if (/[/\\]/u.test(text)) throw error;
    return false;
  }
  if (path === "") return false;
  if (symbols.definitionsIn(path) !== undefined) return true;
  try {
    return lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    // A name that no system takes is none of a file.
    return false;
  }
}

function namedTarget(name: string, said: string, root: string, symbols: SymbolTable): Target {
  try {
    const { symbol, others } = theOne(symbols, name, {});
    if (symbol.match !== "exact" && symbol.match !== "case" && symbol.match !== "words") {
      throw onlyLike(name, symbol);
    }
    const { path, bodyHash } = symbol;
    return { path, tracked: { what: "symbol", name: fullNameOf(symbol), hash: bodyHash }, others };
  } catch (error) {
    if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_SYMBOL_MISSING") throw error;
    // It may be a file that is gone.
    if (/[/\\]|\.\w+$/u.test(said) && !said.startsWith("#")) {
      return { path: passGate(root, said), tracked: { what: "file" }, others: 0 };
    }
    throw new HaypileError(
      "HAYPILE_SYMBOL_MISSING",
      `${error.message} For one that is gone, say its file too: "FILE#${name}".`,
      { data: { name }, cause: error },
    );
  }
}

/** Another's history is no answer. */
function onlyLike(name: string, symbol: SymbolHit): HaypileError {
  return new HaypileError(
    "HAYPILE_SYMBOL_MISSING",
    `Expected the name of a definition in the index, but ${JSON.stringify(name.slice(0, 200))} is none: the nearest is ${symbol.path}#${fullNameOf(symbol)}.`,
    { data: { name } },
  );
}

function wrong(said: string, why: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected a definition, a file, FILE#NAME or FILE:10-20, but got ${JSON.stringify(said.slice(0, 200))}: ${why}.`,
    { data: { target: said.slice(0, 200) } },
  );
}
