import type { ParsedFile } from "../../ports/syntax.ts";
import { bracedStatements, type Statement } from "./braces.ts";
import { Collector, type FoundInLines } from "./collect.ts";

const field =
  /^(?:(repeated|optional|required)\s+)?(map\s*<[^<>]*>|\.?[A-Za-z_][\w.]*)\s+([A-Za-z_]\w*)\s*=\s*\d+/;
const scalar =
  /^(double|float|u?int(32|64)|s(int|fixed)(32|64)|fixed(32|64)|bool|string|bytes|group)$/;

/** Messages with their fields, enums with their values, services with their calls. */
export function protobufDefinitions(text: string): ParsedFile {
  const found = new Collector(text, "protobuf");
  /** Container of what is inside of a statement. */
  const inside = new Map<Statement, string>();
  for (const one of bracedStatements(text, {
    lineComments: ["//"],
    hasBlockComments: true,
    quotes: "\"'",
  })) {
    const { head, row, endRow, parent } = one;
    const container = parent === undefined ? "" : (inside.get(parent) ?? "");
    const define = (name: string, kind: FoundInLines["kind"]): void => {
      found.define({ name, kind, container, row, endRow, signature: head });
      inside.set(one, container === "" ? name : `${container}.${name}`);
    };
    const word = /^(\w+)\s+(?:(?:public|weak)\s+)?("[^"]*"|[\w.]+)/.exec(head);
    const [, first = "", name = ""] = word ?? [];
    if (first === "message" && one.opens) define(name, "struct");
    else if (first === "enum" && one.opens) define(name, "enum");
    else if (first === "service" && one.opens) define(name, "interface");
    else if (first === "oneof" && one.opens) {
      define(name, "property");
      inside.set(one, container);
    } else if (first === "extend" && one.opens) {
      found.use(lastName(name), "type", row);
      inside.set(one, lastName(name));
    } else if (first === "package")
      found.define({ name, kind: "namespace", container: "", row, endRow });
    else if (first === "import") found.import(name.replace(/"/g, ""), row);
    else if (first === "rpc") {
      define(name, "method");
      for (const [, type = ""] of head.matchAll(/\(\s*(?:stream\s+)?\.?([\w.]+)\s*\)/g)) {
        found.use(lastName(type), "type", row);
      }
    } else if (
      !/^(option|reserved|extensions|syntax|edition)\b/.test(head) &&
      parent !== undefined
    ) {
      member(head, parent, define, (type) => found.use(lastName(type), "type", row));
    }
  }
  return found.parsed();
}

function member(
  head: string,
  parent: Statement,
  define: (name: string, kind: FoundInLines["kind"]) => void,
  use: (type: string) => void,
): void {
  if (/^enum\b/.test(parent.head)) {
    const value = /^([A-Za-z_]\w*)\s*=\s*-?(?:0x)?[\da-fA-F]+/.exec(head)?.[1];
    if (value !== undefined) define(value, "constant");
    return;
  }
  const group = /^(?:(?:repeated|optional|required)\s+)?group\s+(\w+)\s*=/.exec(head)?.[1];
  if (group !== undefined) {
    define(group, "struct");
    return;
  }
  const [, , type = "", name] = field.exec(head) ?? [];
  if (name === undefined || /^(rpc|option|returns)$/.test(type)) return;
  define(name, "property");
  for (const [part] of type.matchAll(/[\w.]+/g))
    if (part !== "map" && !scalar.test(part)) use(part);
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
