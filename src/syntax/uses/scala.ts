import type { NameRules } from "../names/rules.ts";

export const scalaUses = "(import_declaration) @import.tree";

export const scalaRules: NameRules = {
  names: { identifier: "value", operator_identifier: "value", type_identifier: "type" },
  scopes: [
    "block",
    "indented_block",
    "case_clause",
    "for_expression",
    "class_definition",
    "trait_definition",
    "type_definition",
  ],
  functions: ["function_definition", "function_declaration", "lambda_expression"],
  binds: [
    "parameter.name",
    "val_definition.pattern",
    "var_definition.pattern",
    "binding.name",
    "lambda_expression.parameters",
    "case_clause.pattern",
    "enumerator<",
  ],
  bindsLower: true,
  bindsTypes: [
    "type_parameters.name",
    "covariant_type_parameter.name",
    "contravariant_type_parameter.name",
  ],
  uses: [
    "typed_pattern.type",
    "case_class_pattern.type",
    "stable_identifier",
    "binding.type",
    "bindings",
  ],
  ignores: [
    "package_clause",
    "arrow_renamed_identifier.alias",
    "as_renamed_identifier.alias",
    "class_parameter.name",
  ],
  imports: ["import_declaration"],
  members: {
    "field_expression.field": "value",
    "stable_identifier>": "<",
    "stable_type_identifier>": "<",
    "infix_expression.operator": "left",
  },
  calls: [
    "call_expression.function",
    "instance_expression",
    "infix_expression.operator",
    "annotation.name",
  ],
  inherits: ["extends_clause.type", "derives_clause.type"],
  wraps: [
    "generic_function.function",
    "generic_type.type",
    "compound_type",
    "parenthesized_expression",
  ],
  selfNames: ["this"],
  superNames: ["super"],
  noNames: new Set(["this", "super", "_"]),
  typesOf: [
    "parameter.type",
    "val_definition.type",
    "var_definition.type",
    "binding.type",
    "typed_pattern.type",
  ],
  valuesOf: ["val_definition.value", "var_definition.value"],
};
