import type { NameRules } from "../names/rules.ts";

export const rustUses = `
(use_declaration) @import.tree
(mod_item name: (identifier) @import.module !body)
`;

export const rustRules: NameRules = {
  names: {
    identifier: "value",
    type_identifier: "type",
    field_identifier: "member",
    shorthand_field_identifier: "value",
  },
  tokens: ["token_tree"],
  scopes: [
    "block",
    "match_arm",
    "for_expression",
    "if_expression",
    "while_expression",
    "impl_item",
    "trait_item",
    "struct_item",
    "enum_item",
    "type_item",
  ],
  functions: ["function_item", "function_signature_item", "closure_expression"],
  binds: [
    "parameter.pattern",
    "let_declaration.pattern",
    "closure_parameters",
    "for_expression.pattern",
    "match_arm.pattern",
    "let_condition.pattern",
    "const_parameter.name",
  ],
  bindsLower: true,
  bindsTypes: ["type_parameter.name"],
  uses: [
    "parameter.type",
    "tuple_struct_pattern.type",
    "struct_pattern.type",
    "match_pattern.condition",
    "scoped_identifier",
    "type_parameter.bounds",
    "type_parameter.default_type",
  ],
  ignores: [
    "lifetime",
    "label",
    "field_initializer.field",
    "field_declaration.name",
    "use_as_clause.alias",
    "token_tree_pattern",
    "extern_crate_declaration",
  ],
  imports: ["use_declaration"],
  members: {
    "field_expression.field": "value",
    "scoped_identifier.name": "path",
    "scoped_type_identifier.name": "path",
  },
  calls: ["call_expression.function", "macro_invocation.macro", "struct_expression.name"],
  inherits: ["impl_item.trait", "trait_item.bounds"],
  wraps: [
    "generic_function.function",
    "generic_type.type",
    "generic_type_with_turbofish.type",
    "try_expression",
    "await_expression",
    "parenthesized_expression",
    "reference_expression.value",
  ],
  self: ["self"],
  selfNames: ["Self"],
  pathWords: ["crate", "super"],
  subscripts: { index_expression: "<" },
  typesOf: ["parameter.type", "let_declaration.type"],
  valuesOf: ["let_declaration.value"],
  elementsOf: ["for_expression.value"],
  casts: { type_cast_expression: "type" },
};
