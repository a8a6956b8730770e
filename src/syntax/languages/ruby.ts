import { rubyUses } from "../uses/ruby.ts";
import { allPublic, type SyntaxLanguage } from "./language.ts";

const symbol = "[(simple_symbol) @name (string (string_content) @name)]";

/** Calls in a class that make members of it, by the names that Ruby, Rails, RSpec and Rake gave them. */
const makers = {
  /** Each argument is a name. */
  each: {
    property:
      "attr_accessor attr_reader attr_writer attr cattr_accessor cattr_reader mattr_accessor mattr_reader class_attribute thread_mattr_accessor store_accessor",
    method: "delegate def_delegators def_instance_delegators",
  },
  /** The first one is. */
  first: {
    property:
      "has_many has_one belongs_to has_and_belongs_to_many has_one_attached has_many_attached attribute enum field option property embeds_many embeds_one",
    method:
      "alias_method define_method define_singleton_method scope let let! subject factory trait task rule desc_task helper_method def_delegator",
    section: "shared_examples shared_examples_for shared_context",
    namespace: "namespace",
  },
};
const quoted = (names: string): string =>
  names
    .split(" ")
    .map((name) => `"${name}"`)
    .join(" ");
const calls = [
  ...Object.entries(makers.each).map(
    ([kind, names]) =>
      `(call !receiver method: (identifier) @_make arguments: (argument_list ${symbol}) (#any-of? @_make ${quoted(names)})) @definition.${kind}`,
  ),
  ...Object.entries(makers.first).map(
    ([kind, names]) =>
      `(call !receiver method: (identifier) @_make arguments: (argument_list . [${symbol}
        (pair key: [(simple_symbol) @name (hash_key_symbol) @name (string (string_content) @name)])])
        (#any-of? @_make ${quoted(names)})) @definition.${kind}`,
  ),
].join("\n");

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
${calls}
`,
  uses: rubyUses,
  nameOf(text, kind) {
    const plain = text.replace(/^:(?!:)/, "");
    if (kind === "method") return { name: plain };
    const parts = plain.split("::").filter((part) => part !== "");
    const name = parts.pop() ?? "";
    return { name, container: parts.length === 0 ? undefined : parts.join(".") };
  },
  visibility: allPublic,
};
