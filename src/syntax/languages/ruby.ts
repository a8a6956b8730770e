import type { Node } from "web-tree-sitter";
import type { DefinitionKind } from "../../ports/syntax.ts";
import { rubyUses } from "../uses/ruby.ts";
import { allPublic, type SyntaxLanguage } from "./language.ts";

/** Calls in a class that make members of it, by the names that Ruby, Rails, RSpec and Rake gave them. */
const makers: readonly { kind: DefinitionKind; isEach: boolean; calls: string }[] = [
  {
    kind: "property",
    isEach: true,
    calls:
      "attr_accessor attr_reader attr_writer attr cattr_accessor cattr_reader mattr_accessor mattr_reader class_attribute thread_mattr_accessor store_accessor",
  },
  { kind: "method", isEach: true, calls: "delegate def_delegators def_instance_delegators" },
  {
    kind: "property",
    isEach: false,
    calls:
      "has_many has_one belongs_to has_and_belongs_to_many has_one_attached has_many_attached attribute enum field option property embeds_many embeds_one",
  },
  {
    kind: "method",
    isEach: false,
    calls:
      "alias_method define_method define_singleton_method scope let let! subject factory trait task rule helper_method",
  },
  {
    kind: "section",
    isEach: false,
    calls: "shared_examples shared_examples_for shared_context",
  },
  { kind: "namespace", isEach: false, calls: "namespace" },
];
const kindOf: ReadonlyMap<string, DefinitionKind> = new Map(
  makers.flatMap(({ kind, calls }) => calls.split(" ").map((call) => [call, kind] as const)),
);
const named = (isEach: boolean): string =>
  makers
    .filter((maker) => maker.isEach === isEach)
    .flatMap(({ calls }) => calls.split(" "))
    .map((call) => `"${call}"`)
    .join(" ");

/** The kind is that of the call, two above the name. */
function madeBy(node: Node, kind: DefinitionKind | "scope"): DefinitionKind | "scope" {
  if (kind !== "property") return kind;
  const call = node.parent?.parent;
  const method = call?.type === "call" ? call.childForFieldName("method")?.text : undefined;
  return (method === undefined ? undefined : kindOf.get(method)) ?? kind;
}

export const ruby: SyntaxLanguage = {
  name: "ruby",
  grammar: "ruby",
  isHeavy: true,
  definesOnce: true,
  query: `
(method name: (_) @name) @definition.method
(singleton_method name: (_) @name) @definition.method
(class name: (_) @name) @definition.class
(module name: (_) @name) @definition.module
(assignment left: (constant) @name right: (call receiver: (constant) @_of method: (identifier) @_new
  (#any-of? @_of "Struct" "Class" "Data" "Module") (#any-of? @_new "new" "define"))) @definition.class
(assignment left: (constant) right: (call receiver: (constant) @_of arguments: (argument_list (simple_symbol)
  @name @definition.property) (#any-of? @_of "Struct" "Data")))
(assignment left: [(constant) @name (scope_resolution (constant)) @name (left_assignment_list (constant) @name)])
  @definition.constant
(operator_assignment left: (constant) @name) @definition.constant
(assignment left: [(global_variable) (class_variable)] @name) @definition.variable
(operator_assignment left: [(global_variable) (class_variable)] @name) @definition.variable
(assignment left: (identifier) @name right: [(lambda) (call method: (identifier) @_lambda block: (_))]
  (#any-of? @_lambda "lambda" "proc")) @definition.function
(alias name: (_) @name) @definition.method
(call !receiver method: (identifier) @_make arguments: (argument_list [(simple_symbol) (string)] @name)
  (#any-of? @_make ${named(true)})) @definition.property
(call !receiver method: (identifier) @_make arguments: (argument_list . [(simple_symbol) (string) (pair)] @name)
  (#any-of? @_make ${named(false)})) @definition.property
(call !receiver method: (identifier) @_make arguments: (argument_list (simple_symbol) @name .)
  (#any-of? @_make "def_delegator" "def_instance_delegator")) @definition.method
`,
  uses: rubyUses,
  innerName: (node, kind) => ({ node, kind: madeBy(node, kind) }),
  nameOf(text, kind) {
    // "build: :dep" and ":build => :dep" are build.
    const plain = text
      .replace(/(?:\s+=>|:\s).*$/s, "")
      .replace(/^:(?!:)|:$/g, "")
      .replace(/^(["'])(.*)\1$/, "$2");
    // "def_delegators :@list, :size": what it is passed on to is not defined there.
    if (kind === "method") return { name: text.startsWith(":@") ? "" : plain };
    const parts = plain.split("::").filter((part) => part !== "");
    const name = parts.pop() ?? "";
    return { name, container: parts.length === 0 ? undefined : parts.join(".") };
  },
  visibility: allPublic,
};
