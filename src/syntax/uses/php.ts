import type { NameRules } from "../names/rules.ts";

export const phpUses = `
(namespace_use_declaration) @import.tree
[(include_expression (string (string_content) @import.module))
 (include_once_expression (string (string_content) @import.module))
 (require_expression (string (string_content) @import.module))
 (require_once_expression (string (string_content) @import.module))]
`;

export const phpRules: NameRules = {
  names: {
    name: "value",
    relative_scope: "value",
    variable_name: "variable",
    namespace_name: "path",
    string_content: "quoted",
  },
  scopes: [],
  functions: ["function_definition", "method_declaration", "anonymous_function", "arrow_function"],
  binds: [
    "simple_parameter.name",
    "variadic_parameter.name",
    "property_promotion_parameter.name",
    "catch_clause.name",
    "assignment_expression.left",
  ],
  uses: [
    "member_access_expression",
    "subscript_expression",
    "scoped_property_access_expression",
    "list_literal",
  ],
  ignores: [
    "variable_name",
    "namespace_name",
    "namespace_definition.name",
    "argument.name",
    "namespace_use_clause.alias",
    "method_declaration.name",
    "enum_case.name",
    "named_label_statement",
    "goto_statement",
  ],
  imports: ["namespace_use_clause"],
  members: {
    "member_call_expression.name": "object",
    "nullsafe_member_call_expression.name": "object",
    "member_access_expression.name": "object",
    "nullsafe_member_access_expression.name": "object",
    "scoped_call_expression.name": "scope",
    "scoped_property_access_expression.name": "scope",
    "class_constant_access_expression>": "<",
    "qualified_name>": "prefix",
  },
  sets: ["assignment_expression.left"],
  calls: [
    "function_call_expression.function",
    "member_call_expression.name",
    "nullsafe_member_call_expression.name",
    "scoped_call_expression.name",
    "object_creation_expression",
    "attribute<",
  ],
  inherits: ["base_clause", "class_interface_clause", "use_declaration"],
  wraps: ["parenthesized_expression"],
  types: ["named_type", "type_list"],
  selfNames: ["$this", "self", "static"],
  superNames: ["parent"],
  noNames: new Set(["self", "static", "parent"]),
  quoted: ["function_call_expression"],
  quotedPairs: ["array_creation_expression"],
  subscripts: { subscript_expression: "<" },
  typesOf: ["simple_parameter.type", "property_promotion_parameter.type", "catch_clause.type"],
  valuesOf: ["assignment_expression.right"],
};
