/* Names in C and C++: inside a declarator, with what it says of the kind. */
import type { Node } from "web-tree-sitter";
import type { DefinitionKind } from "../../ports/syntax.ts";

/** "*(*f(void))(int)" is not as deep as this. */
const mostWrappers = 16;

const names: ReadonlySet<string> = new Set([
  "identifier",
  "field_identifier",
  "type_identifier",
  "namespace_identifier",
  "nested_namespace_specifier",
  "destructor_name",
  "operator_name",
  "operator_cast",
  "qualified_identifier",
  "template_type",
  "template_function",
  "string_content",
]);
const direct: ReadonlySet<string> = new Set(["parenthesized_declarator", "init_declarator"]);

type Kind = DefinitionKind | "scope";

/** The name inside a declarator. What the name itself is wrapped in says whether it is a function. */
export function declared(declarator: Node, kind: Kind): { node: Node; kind: Kind } {
  let node = declarator;
  let wrapper = "";
  for (let step = 0; step < mostWrappers && !names.has(node.type); step += 1) {
    if (!direct.has(node.type)) wrapper = node.type;
    const inner = node.childForFieldName("declarator") ?? node.lastNamedChild;
    if (inner === null) break;
    node = inner;
  }
  const isFunction = wrapper === "function_declarator" || node.type === "operator_cast";
  const isValue = kind === "variable" || kind === "property";
  return { node, kind: isFunction && isValue ? "declaration" : kind };
}

/** "N::A<T>::get" is get in N.A; operators as they are called by name. */
export function scopedName(text: string): { name: string; container?: string | undefined } {
  const operator = /(?:^|::)\s*operator\b/.exec(text);
  if (operator !== null) {
    const at = text.indexOf("operator", operator.index);
    const container = text.slice(0, at).replace(/::\s*$/, "");
    const name = operatorName(text.slice(at + "operator".length));
    return { name, container: container === "" ? undefined : container };
  }
  let plain = text;
  for (let before = ""; before !== plain; ) {
    before = plain;
    plain = plain.replace(/<[^<>]*>/g, "");
  }
  const parts = plain.split("::").map((part) => part.trim());
  const last = parts.pop() ?? "";
  // "int Point::*field": the class is part of the type.
  if (last.startsWith("*")) return { name: last.replace(/^[*\s]+/, "") };
  const name = last.replace(/^~\s+/, "~");
  return { name, container: parts.length === 0 ? undefined : parts.join("::") };
}

/** What follows the word: "==", "()", " bool() const". */
function operatorName(rest: string): string {
  if (/^\s*\(\s*\)/.test(rest)) return "operator()";
  if (/^\s*[^\w\s]/.test(rest)) return `operator${rest.replace(/\s+/g, "")}`;
  const type = (rest.split("(")[0] as string).trim();
  return `operator ${type}`;
}
