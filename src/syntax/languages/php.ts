import { phpUses } from "../uses/php.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

export const php: SyntaxLanguage = {
  name: "php",
  grammar: "php",
  isHeavy: true,
  definesOnce: true,
  query: `
(function_definition name: (name) @name) @definition.function
(method_declaration name: (name) @name) @definition.method
(class_declaration name: (name) @name) @definition.class
(interface_declaration name: (name) @name) @definition.interface
(trait_declaration name: (name) @name) @definition.trait
(enum_declaration name: (name) @name) @definition.enum
(enum_case name: (name) @name) @definition.constant
(namespace_definition name: (namespace_name) @name body: (_)) @definition.namespace
(namespace_definition name: (namespace_name) @name) @definition.declaration
(property_declaration (property_element (variable_name (name) @name)) @definition.property) @outer
(property_promotion_parameter name: (variable_name (name) @name)) @definition.property @lifted
(const_declaration (const_element (name) @name) @definition.constant) @outer
(function_call_expression function: (name) @_define arguments: (arguments . (argument
  [(string (string_content) @name) (encapsed_string . (string_content) @name .)]))
  (#eq? @_define "define")) @definition.constant
(assignment_expression left: (variable_name (name) @name) right: [(anonymous_function) (arrow_function)])
  @definition.function
`,
  topQuery:
    "(expression_statement (assignment_expression left: [(variable_name (name) @name) (list_literal (variable_name (name) @name))]) @definition.variable)",
  uses: phpUses,
  visibility: privateWhen(/(^|\s)(private|protected)\s/),
};
