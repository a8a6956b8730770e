import { perlUses } from "../uses/perl.ts";
import { renamed, scopeStatements } from "./finish.ts";
import type { SyntaxLanguage } from "./language.ts";

export const perl: SyntaxLanguage = {
  name: "perl",
  grammar: "perl",
  isHeavy: true,
  query: `
(package_statement (package_name) @name) @definition.module
(function_definition name: (identifier) @name) @definition.function
(use_constant_statement constant: (identifier) @name) @definition.constant
(use_constant_statement value: (hash_ref [
  (call_expression_with_args_with_brackets (call_expression_with_bareword function_name: (identifier) @name))
  (call_expression_with_bareword function_name: (identifier) @name)
] @definition.constant . (fat_comma)))
(call_expression_with_spaced_args (call_expression_with_bareword function_name: (identifier) @_has) args: (arguments . [
    (string_single_quoted) @name
    (string_double_quoted) @name
    (call_expression_with_args_with_brackets (call_expression_with_bareword function_name: (identifier) @name))
  ] . (fat_comma)) (#eq? @_has "has")) @definition.property
(binary_expression variable: (variable_declaration variable_name: (scalar_variable) @name)
  variable: (anonymous_function)) @definition.function
(source_file (binary_expression . variable: (variable_declaration
  variable_name: [(scalar_variable) (array_variable) (hash_variable)] @name)) @definition.variable)
(source_file (variable_declaration variable_name: [(scalar_variable) (array_variable) (hash_variable)] @name) @definition.variable)
(source_file (binary_expression . variable: (variable_declaration
  (array [(scalar_variable) (array_variable) (hash_variable)] @name @definition.variable))))
(source_file (variable_declaration (array [(scalar_variable) (array_variable) (hash_variable)] @name @definition.variable)))
`,
  uses: perlUses,
  definesByCalls: true,
  finish: (parsed, text) => renamed(scopeStatements(parsed, text), /^[$@%]/, ""),
  visibility: ({ name, signature }) =>
    name.startsWith("_") || /^my\b/.test(signature) ? "private" : "public",
};
