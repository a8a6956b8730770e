/* One entry in a client's JSON file: comments, order and everything else stay as they are. */
import {
  applyEdits,
  findNodeAtLocation,
  getNodeValue,
  modify,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from "jsonc-parser";
import { HaypileError } from "../../base/errors.ts";

/** The object at `path`; undefined: it is not there. @throws HaypileError HAYPILE_CONFIG_INVALID */
export function readEntry(text: string, path: readonly string[], file: string): unknown {
  const node = findNode(text, path, file);
  return node === undefined ? undefined : (getNodeValue(node) as unknown);
}

/**
 * The text with the value at `path`; undefined takes it out.
 * @param file for messages
 * @throws HaypileError HAYPILE_CONFIG_INVALID when the text is no JSON, or something on the way is no object
 */
export function setEntry(
  text: string,
  path: readonly string[],
  value: unknown,
  file: string,
): string {
  findNode(text, path, file);
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const body = text.slice(mark.length).trim() === "" ? "{}\n" : text.slice(mark.length);
  if (value === undefined) return mark + applyEdits(body, modify(body, [...path], undefined, {}));
  // By hand: the package's own formatting would lay the neighbours out anew.
  const root = parseTree(body) as Node;
  let depth = path.length;
  let node = findNodeAtLocation(root, [...path]);
  while (node === undefined) {
    depth -= 1;
    node = depth === 0 ? root : findNodeAtLocation(root, path.slice(0, depth));
  }
  const style = styleOf(body);
  const rest = path.slice(depth);
  if (rest.length === 0) {
    const put = json(value, lineIndent(body, node.offset), style);
    return mark + body.slice(0, node.offset) + put + body.slice(node.offset + node.length);
  }
  const [key = "", ...inner] = rest;
  const nested = inner.reduceRight<unknown>((inside, name) => ({ [name]: inside }), value);
  const outer = lineIndent(body, node.offset);
  const indent = outer + style.indent;
  const property = `${style.eol}${indent}${JSON.stringify(key)}: ${json(nested, indent, style)}`;
  const last = node.children?.at(-1);
  if (last !== undefined) {
    const at = last.offset + last.length;
    return `${mark}${body.slice(0, at)},${property}${body.slice(at)}`;
  }
  const open = node.offset + 1;
  const close = node.offset + node.length - 1;
  // What is between the brackets is space and comments.
  const inside = body.slice(open, close).trimEnd();
  return `${mark}${body.slice(0, open)}${inside}${property}${style.eol}${outer}${body.slice(close)}`;
}

interface Style {
  indent: string;
  eol: string;
}

/** As the file is laid out already; two spaces where nothing is. */
function styleOf(text: string): Style {
  return {
    indent: /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ",
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
}

function lineIndent(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function json(value: unknown, indent: string, style: Style): string {
  return JSON.stringify(value, undefined, style.indent).replaceAll("\n", style.eol + indent);
}

function findNode(text: string, path: readonly string[], file: string): Node | undefined {
  const body = text.replace(/^\ufeff/, "");
  if (body.trim() === "") return undefined;
  const errors: ParseError[] = [];
  const root = parseTree(body, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined || root === undefined) {
    const line = body.slice(0, first?.offset ?? 0).split("\n").length;
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
    if (node.type !== "object") {
      const line = body.slice(0, node.offset).split("\n").length;
      throw new HaypileError(
        "HAYPILE_CONFIG_INVALID",
        `Expected an object ${depth === 0 ? "" : `for "${path[depth - 1]}" `}in line ${line} of ${file}, but there is something else. Nothing was changed.`,
        { data: { path: file, line } },
      );
    }
  }
  return findNodeAtLocation(root, [...path]);
}
