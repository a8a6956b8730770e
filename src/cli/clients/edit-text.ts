/*
 * Where a value is put into the text of a JSON file, and how it is taken out: what takeOut() cuts is what putInside()
 * wrote, and no comment of others goes with it.
 */
import { createScanner, type Node } from "jsonc-parser";

export interface Style {
  indent: string;
  eol: string;
}

/** As the file is laid out already; two spaces where nothing is. */
export function styleOf(text: string): Style {
  return {
    indent: /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ",
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
}

export function lineIndent(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

export function json(value: unknown, indent: string, style: Style): string {
  return JSON.stringify(value, undefined, style.indent).replaceAll("\n", style.eol + indent);
}

/** The text with a value at the end of an object or a list. @param before "key: " of an object's */
export function putInside(
  body: string,
  node: Node,
  before: string,
  value: unknown,
  style: Style,
): string {
  const outer = lineIndent(body, node.offset);
  const indent = outer + style.indent;
  const put = `${style.eol}${indent}${before}${json(value, indent, style)}`;
  const close = node.offset + node.length - 1;
  const last = node.children?.at(-1);
  if (last !== undefined) {
    const at = last.offset + last.length;
    const comma = nextComma(body, at, close);
    // A remark behind the last value stays behind it.
    const end = endOfRemark(body, comma ?? at, close);
    if (comma === undefined)
      return `${body.slice(0, at)},${body.slice(at, end)}${put}${body.slice(end)}`;
    // A list that ends with a comma keeps doing so.
    const behind = Math.max(end, comma + 1);
    return `${body.slice(0, behind)}${put},${body.slice(behind)}`;
  }
  const open = node.offset + 1;
  // What is between the brackets is space and comments.
  const inside = body.slice(open, close).trimEnd();
  return `${body.slice(0, open)}${inside}${put}${style.eol}${outer}${body.slice(close)}`;
}

/** The text without a property or an element, its comma, and the line it stood on alone. */
export function takeOut(body: string, node: Node): string {
  const siblings = node.parent?.children ?? [];
  const at = siblings.indexOf(node);
  const end = node.offset + node.length;
  const close = (node.parent?.offset ?? 0) + (node.parent?.length ?? body.length) - 1;
  const previous = siblings[at - 1];
  const after = nextComma(body, end, siblings[at + 1]?.offset ?? close);
  const comma =
    after ??
    (previous === undefined
      ? undefined
      : nextComma(body, previous.offset + previous.length, node.offset));
  // From the end of the line before, when nothing else stands before it on its own.
  const lead = /(?:\r?\n)?[ \t]*$/.exec(body.slice(0, node.offset))?.[0] ?? "";
  const start = lead.includes("\n") ? node.offset - lead.length : node.offset;
  if (comma === undefined) return body.slice(0, start) + body.slice(end);
  if (comma < start) return body.slice(0, comma) + body.slice(comma + 1, start) + body.slice(end);
  return body.slice(0, start) + body.slice(end, comma) + body.slice(comma + 1);
}

/** Where the comma stands between two offsets, comments passed over. */
function nextComma(body: string, from: number, to: number): number | undefined {
  const part = body.slice(from, to);
  const scanner = createScanner(part, true);
  scanner.scan();
  const at = scanner.getTokenOffset();
  return part[at] === "," ? from + at : undefined;
}

/** The end of a comment that begins on the same line, or the place itself. */
function endOfRemark(body: string, from: number, to: number): number {
  const rest = /^,?[ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/(?=[ \t]*\r?\n))/.exec(
    body.slice(from, to),
  );
  return rest === null ? from : from + rest[0].length;
}
