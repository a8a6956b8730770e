import type { NameRules } from "../names/rules.ts";

export const kotlinUses = "(import) @import.tree";

export const kotlinRules: NameRules = {
  names: { identifier: "value" },
  scopes: [
    "block",
    "for_statement",
    "catch_block",
    "when_entry",
    "class_declaration",
    "object_declaration",
    "function_body",
    "type_alias",
  ],
  functions: [
    "function_declaration",
    "anonymous_function",
    "lambda_literal",
    "secondary_constructor",
    "getter",
    "setter",
  ],
  binds: ["parameter<", "variable_declaration<", "catch_block<", "class_parameter"],
  bindsTypes: ["type_parameter"],
  uses: ["user_type", "nullable_type", "function_type", "call_expression", "navigation_expression"],
  ignores: ["package_header", "import", "enum_entry<", "label"],
  imports: ["qualified_identifier>"],
  members: { "navigation_expression>": "<", "callable_reference>": "<" },
  infix: { infix_expression: 1 },
  calls: ["call_expression<"],
  inherits: ["delegation_specifier"],
  wraps: ["parenthesized_expression", "user_type>", "constructor_invocation<", "unary_expression<"],
  types: ["user_type", "annotation"],
  self: ["this_expression"],
  super: ["super_expression"],
  subscripts: { index_expression: "<" },
  typesOf: ["parameter>", "variable_declaration>", "class_parameter>"],
  valuesOf: ["property_declaration>"],
  casts: { as_expression: ">" },
  noNames: new Set(["_"]),
};
