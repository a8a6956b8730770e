/* One entry in a client's JSON file: comments, order and everything else stay as they are. */
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { HaypileError } from "../../base/errors.ts";
import { json, lineIndent, putInside, styleOf, takeOut } from "./edit-text.ts";

/** Where a value stands: keys of objects, and places in lists. */
export type EntryPath = readonly (string | number)[];

/** The value at `path`; undefined: it is not there. @throws HaypileError HAYPILE_CONFIG_INVALID */
export function readEntry(text: string, path: EntryPath, file: string): unknown {
  const node = findNode(text, path, file);
  return node === undefined ? undefined : (getNodeValue(node) as unknown);
}

/**
 * The text with the value at `path`; undefined takes it out.
 * @param file for messages
 * @throws HaypileError HAYPILE_CONFIG_INVALID when the text is no JSON, something on the way is no object, or a key is
 *   there twice
 */
export function setEntry(text: string, path: EntryPath, value: unknown, file: string): string {
  const found = findNode(text, path, file);
  const { mark, body } = bodyOf(text);
  if (value === undefined) {
    return found?.parent === undefined ? text : mark + takeOut(body, found.parent);
  }
  // By hand: the package's own formatting would lay the neighbours out anew.
  const { node, depth } = nearest(parseTree(body) as Node, path);
  const style = styleOf(body);
  const [key, ...inner] = path.slice(depth);
  if (key === undefined) {
    const put = json(value, lineIndent(body, node.offset), style);
    return mark + body.slice(0, node.offset) + put + body.slice(node.offset + node.length);
  }
  const nested = inner.reduceRight<unknown>((inside, name) => ({ [name]: inside }), value);
  return mark + putInside(body, node, `${JSON.stringify(key)}: `, nested, style);
}

/**
 * The text with one element more at the end of the list at `path`, which is made when missing.
 * @throws HaypileError HAYPILE_CONFIG_INVALID as setEntry(), and when it is no list
 */
export function addElement(text: string, path: EntryPath, value: unknown, file: string): string {
  const found = listAt(text, path, file);
  if (found === undefined) return setEntry(text, path, [value], file);
  const { mark, body } = bodyOf(text);
  return mark + putInside(body, found, "", value, styleOf(body));
}

/** The text without one element of a list. @throws HaypileError HAYPILE_CONFIG_INVALID as addElement() */
export function removeElement(text: string, path: EntryPath, index: number, file: string): string {
  const element = listAt(text, path, file)?.children?.[index];
  if (element === undefined) return text;
  const { mark, body } = bodyOf(text);
  return mark + takeOut(body, element);
}

/** The text with another value in the place of one that is there, by a path that also goes through lists. */
export function replaceValue(text: string, path: EntryPath, value: unknown): string {
  const { mark, body } = bodyOf(text);
  const node = findNodeAtLocation(parseTree(body) as Node, [...path]);
  if (node === undefined) return text;
  const put = JSON.stringify(value);
  return mark + body.slice(0, node.offset) + put + body.slice(node.offset + node.length);
}

/** The text without what is empty at `path`: no values and no comments in it. Else as it was. */
export function dropEmpty(text: string, path: EntryPath, file: string): string {
  const node = findNode(text, path, file);
  if (node === undefined || (node.children?.length ?? 0) > 0) return text;
  const { body } = bodyOf(text);
  const inside = body.slice(node.offset + 1, node.offset + node.length - 1);
  const isEmpty = (node.type === "object" || node.type === "array") && inside.trim() === "";
  return isEmpty ? setEntry(text, path, undefined, file) : text;
}

/** Those objects and lists on the way to `path` that are not there, outermost first. */
export function missingOn(text: string, path: EntryPath, file: string): EntryPath[] {
  const ways = path.map((_, depth) => path.slice(0, depth + 1));
  return ways.filter((way) => findNode(text, way, file) === undefined);
}

function listAt(text: string, path: EntryPath, file: string): Node | undefined {
  const node = findNode(text, path, file);
  if (node === undefined || node.type === "array") return node;
  throw invalid(
    file,
    lineOf(bodyOf(text).body, node.offset),
    `Expected a list for "${path.at(-1)}"`,
  );
}

function bodyOf(text: string): { mark: string; body: string } {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const rest = text.slice(mark.length);
  return { mark, body: rest.trim() === "" ? "{}\n" : rest };
}

function nearest(root: Node, path: EntryPath): { node: Node; depth: number } {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, depth));
    if (node !== undefined) return { node, depth };
  }
  return { node: root, depth: 0 };
}

function findNode(text: string, path: EntryPath, file: string): Node | undefined {
  const body = text.replace(/^\ufeff/, "");
  if (body.trim() === "") return undefined;
  const errors: ParseError[] = [];
  const root = parseTree(body, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined || root === undefined) {
    const line = lineOf(body, first?.offset ?? 0);
    const what = first === undefined ? "nothing" : printParseErrorCode(first.error);
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `Expected JSON in ${file}, but line ${line} is not (${what}). Correct it by hand; nothing was changed.`,
      { data: { path: file, line } },
    );
  }
  for (let depth = 0; depth < path.length; depth++) {
    const node = depth === 0 ? root : findNodeAtLocation(root, path.slice(0, depth));
    if (node === undefined) return undefined;
    const line = lineOf(body, node.offset);
    if (typeof path[depth] === "number") {
      if (node.type === "array") continue;
      throw invalid(file, line, `Expected a list for "${path[depth - 1]}"`);
    }
    if (node.type !== "object") {
      const where = depth === 0 ? "" : ` for "${path[depth - 1]}"`;
      throw invalid(file, line, `Expected an object${where}`);
    }
    // Of two, readers take the last and this would change the first.
    const key = path[depth];
    const same = node.children?.filter(({ children }) => children?.[0]?.value === key) ?? [];
    if (same.length > 1) {
      const twice = lineOf(body, same[1]?.offset ?? 0);
      throw new HaypileError(
        "HAYPILE_CONFIG_INVALID",
        `Expected "${key}" once in its object, but it is there again in line ${twice} of ${file}. Take one of them out by hand; nothing was changed.`,
        { data: { path: file, line: twice } },
      );
    }
  }
  return findNodeAtLocation(root, [...path]);
}

function lineOf(body: string, offset: number): number {
  return body.slice(0, offset).split("\n").length;
}

function invalid(file: string, line: number, expected: string): HaypileError {
  return new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `${expected} in line ${line} of ${file}, but there is something else. Nothing was changed.`,
    { data: { path: file, line } },
  );
}
