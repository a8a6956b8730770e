import { elixirUses } from "../uses/elixir.ts";
import { documented, joinClauses, renamed, splitDottedModules } from "./finish.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

const defines = (words: string): string => `(#any-of? @_word ${words})`;

/** "name", "name(…)", or either with a guard. */
const head = `[
  (identifier) @name
  (call target: (identifier) @name)
  (binary_operator left: [(identifier) @name (call target: (identifier) @name)] operator: "when")
  (binary_operator operator: [
    "+" "-" "*" "/" "++" "--" "<>" ".." "==" "!=" "=~" "===" "!==" "<" ">" "<=" ">=" "|>" "<<<" ">>>" "&&&" "|||"
    "~>" "<~" "<~>" "<<~" "~>>" "^^^" "**" "+++" "---" "in" "and" "or" "|"] @name)
  (unary_operator operator: _ @name)
]`;

/** Of ":name" and "name: ". */
const atomSigns = /^:(?=\w)|:\s*$/g;

export const elixir: SyntaxLanguage = {
  name: "elixir",
  grammar: "elixir",
  isHeavy: true,
  query: `
(call target: (identifier) @_word (arguments . (alias) @name) (do_block) @_body (#eq? @_word "defmodule")) @definition.module
(call target: (identifier) @_word (arguments . (alias) @name) (#eq? @_word "defprotocol")) @definition.interface
(call target: (identifier) @_word (arguments . (alias) (keywords (pair key: (keyword) @_for value: (alias) @name)))
  (#eq? @_word "defimpl") (#match? @_for "^for:")) @scope
(call target: (identifier) @_word (arguments . ${head}) ${defines('"def" "defp" "defdelegate" "defn" "defnp"')}) @definition.function
(call target: (identifier) @_word (arguments . ${head}) ${defines('"defmacro" "defmacrop" "defguard" "defguardp"')}) @definition.macro
(call target: (identifier) @_word (arguments [
  (list [(atom) @name @definition.property (keywords (pair key: (keyword) @name) @definition.property)])
  (keywords (pair key: (keyword) @name) @definition.property)
]) ${defines('"defstruct" "defexception"')})
(unary_operator operator: "@" operand: (call target: (identifier) @_word (arguments (binary_operator
  left: [(identifier) @name (call target: (identifier) @name)] operator: "::")))
  ${defines('"type" "typep" "opaque"')}) @definition.type
(unary_operator operator: "@" operand: (call target: (identifier) @_word (arguments (binary_operator
  left: [(identifier) @name (call target: (identifier) @name)] operator: "::")))
  ${defines('"callback" "macrocallback"')}) @definition.declaration
(do_block (unary_operator operator: "@" operand: (call target: (identifier) @name (arguments . (_) .))
  (#not-any-of? @name "moduledoc" "doc" "typedoc" "spec" "type" "typep" "opaque" "callback" "macrocallback" "behaviour"
    "impl" "derive" "dialyzer" "moduletag" "tag" "describetag" "optional_callbacks" "before_compile" "after_compile"
    "on_load" "on_definition" "compile" "enforce_keys" "deprecated" "since" "external_resource" "vsn" "nifs")) @definition.constant)
(call target: (dot right: (identifier) @_word) (arguments . (atom) @name)
  (#any-of? @_word "defrecord" "defrecordp")) @definition.struct
(call target: (identifier) @_word (arguments . (string (quoted_content) @name)) (do_block)
  ${defines('"describe" "feature"')}) @definition.section
(call target: (identifier) @_word (arguments . (string (quoted_content) @name)) (do_block)
  ${defines('"test" "property"')}) @definition.function
(call target: (identifier) @_word (arguments . (string (quoted_content) @name)) (do_block)
  (#any-of? @_word "schema" "embedded_schema")) @definition.struct
(call target: (identifier) @_word (arguments . (atom) @name)
  (#any-of? @_word "field" "belongs_to" "has_many" "has_one" "many_to_many" "embeds_one" "embeds_many")) @definition.property
`,
  uses: elixirUses,
  definesByCalls: true,
  finish: (parsed, text) =>
    documented(
      splitDottedModules(joinClauses(renamed(parsed, atomSigns, ""), "no signatures")),
      text,
    ),
  visibility: privateWhen(/^(defp|defmacrop|defguardp|defnp|@typep)\b/),
};
