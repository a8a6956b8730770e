import type { NameRules } from "../names/rules.ts";

export const goUses = `
(import_spec name: [(package_identifier) (dot)]? @import.alias path: (interpreted_string_literal (interpreted_string_literal_content) @import.module))
`;

export const goRules: NameRules = {
  names: {
    identifier: "value",
    package_identifier: "value",
    field_identifier: "member",
    type_identifier: "type",
  },
  scopes: [
    "block",
    "if_statement",
    "for_statement",
    "expression_switch_statement",
    "type_switch_statement",
    "expression_case",
    "type_case",
    "default_case",
    "communication_case",
    "type_spec",
    "function_type",
  ],
  functions: ["function_declaration", "method_declaration", "func_literal"],
  binds: [
    "parameter_declaration.name",
    "variadic_parameter_declaration.name",
    "short_var_declaration.left",
    "range_clause.left",
    "receive_statement.left",
    "var_spec.name",
    "const_spec.name",
    "type_switch_statement.alias",
  ],
  bindsTypes: ["type_parameter_declaration.name"],
  ignores: ["import_spec.name", "package_clause", "keyed_element.key", "field_declaration.name"],
  members: { "selector_expression.field": "operand", "qualified_type.name": "package" },
  // "Map[int](3)" reads as a conversion.
  calls: ["call_expression.function", "composite_literal.type", "type_conversion_expression.type"],
  inherits: ["field_declaration<", "type_elem"],
  wraps: [
    "parenthesized_expression",
    "type_instantiation_expression.type",
    "generic_type.type",
    "unary_expression.operand",
    "expression_list<",
  ],
  subscripts: { index_expression: "operand" },
  typesOf: ["parameter_declaration.type", "variadic_parameter_declaration.type", "var_spec.type"],
  valuesOf: ["short_var_declaration.right", "var_spec.value"],
  elementsOf: ["range_clause.right"],
  casts: { type_assertion_expression: "type" },
  firstOfList: true,
  noNames: new Set(["_"]),
};
