import { pythonUses } from "../uses/python.ts";
import type { SyntaxLanguage } from "./language.ts";

const targets = `[(identifier) @name
  (pattern_list [(identifier) @name (tuple_pattern (identifier) @name) (list_splat_pattern (identifier) @name)])
  (tuple_pattern [(identifier) @name (tuple_pattern (identifier) @name) (list_splat_pattern (identifier) @name)])
  (list_pattern [(identifier) @name (list_splat_pattern (identifier) @name)])]`;
const own = "(attribute object: (identifier) @_self attribute: (identifier) @name)";
/** What a constructor gives its object. */
const attribute = `(expression_statement (assignment left: [${own} (pattern_list ${own}) (tuple_pattern ${own})])
  @definition.property @lifted)`;

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
(function_definition name: (identifier) @_init
  body: (block [${attribute}
    (if_statement consequence: (block ${attribute}))
    (if_statement alternative: (else_clause body: (block ${attribute})))
    (try_statement body: (block ${attribute}))
    (with_statement body: (block ${attribute}))])
  (#any-of? @_init "__init__" "__post_init__") (#eq? @_self "self"))
`,
  uses: pythonUses,
  visibility: ({ name }) => (/^_(?!_.*__$)/.test(name) ? "private" : "public"),
};
