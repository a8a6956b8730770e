import { pythonUses } from "../uses/python.ts";
import type { SyntaxLanguage } from "./language.ts";

const targets = `[(identifier) @name
  (pattern_list [(identifier) @name (tuple_pattern (identifier) @name) (list_splat_pattern (identifier) @name)])
  (tuple_pattern [(identifier) @name (tuple_pattern (identifier) @name) (list_splat_pattern (identifier) @name)])
  (list_pattern [(identifier) @name (list_splat_pattern (identifier) @name)])]`;
export const python: SyntaxLanguage = {
  name: "python",
  grammar: "python",
  wraps: true,
  definesOnce: true,
  query: `
(function_definition name: (identifier) @name
  body: (block . (expression_statement (string) @doc))?) @definition.function
(class_definition name: (identifier) @name
  body: (block . (expression_statement (string) @doc))?) @definition.class
(expression_statement (assignment left: ${targets}) @definition.variable)
(assignment right: (assignment left: (identifier) @name)) @definition.variable
(type_alias_statement left: (type [(identifier) @name (generic_type (identifier) @name)])) @definition.type
(assignment left: [(attribute object: (identifier) @_self attribute: (identifier) @name)
  (pattern_list (attribute object: (identifier) @_self attribute: (identifier) @name))
  (tuple_pattern (attribute object: (identifier) @_self attribute: (identifier) @name))] (#eq? @_self "self"))
  @definition.property @lifted
`,
  // What a constructor gives its object.
  liftsFrom: new Set(["__init__", "__post_init__"]),
  uses: pythonUses,
  visibility: ({ name }) => (/^_(?!_.*__$)/.test(name) ? "private" : "public"),
};
