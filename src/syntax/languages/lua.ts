import { luaUses } from "../uses/lua.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const lua: SyntaxLanguage = {
  name: "lua",
  grammar: "lua",
  query: `
(function_declaration name: (identifier) @name) @definition.function
(function_declaration name: (dot_index_expression table: (_) @container field: (identifier) @name)) @definition.function
(function_declaration name: (method_index_expression table: (_) @container method: (identifier) @name)) @definition.method
(chunk (variable_declaration (assignment_statement
  (variable_list . name: (identifier) @name .) (expression_list . value: (function_definition) .))) @definition.function)
(chunk (assignment_statement
  (variable_list . name: (identifier) @name .) (expression_list . value: (function_definition) .)) @definition.function)
(assignment_statement
  (variable_list . name: (dot_index_expression table: (_) @container field: (identifier) @name) .)
  (expression_list . value: (function_definition) .)) @definition.function
(chunk (assignment_statement
  (variable_list . name: (dot_index_expression table: (identifier) @container field: (identifier) @name) .)) @definition.property)
(field name: (identifier) @name value: (function_definition)) @definition.function
(chunk (variable_declaration (assignment_statement (variable_list . name: (identifier) @name .))) @definition.variable)
(chunk (variable_declaration (assignment_statement (variable_list name: (identifier) @name @definition.variable))))
(chunk (variable_declaration (variable_list name: (identifier) @name @definition.variable)))
(chunk (assignment_statement (variable_list name: (identifier) @name)) @definition.variable)
(chunk (variable_declaration (assignment_statement (expression_list value: (table_constructor
  (field name: (identifier) @name) @definition.property)))))
(chunk (assignment_statement (expression_list value: (table_constructor
  (field name: (identifier) @name) @definition.property))))
(chunk (return_statement (expression_list (table_constructor (field name: (identifier) @name) @definition.property))))
(label_statement (identifier) @name) @definition.key
`,
  uses: luaUses,
  visibility: privateWhen(/^local\b/),
};
