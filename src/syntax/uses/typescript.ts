import type { NameRules } from "../names/rules.ts";
import { scriptImports, scriptRules } from "./javascript.ts";

export const typescriptUses = `${scriptImports}
(import_statement (import_require_clause (identifier) @import.alias source: (string (string_fragment) @import.module)))
`;

export const typescriptRules: NameRules = {
  ...scriptRules,
  names: { ...scriptRules.names, type_identifier: "type" },
  scopes: [
    ...scriptRules.scopes,
    "abstract_class_declaration",
    "interface_declaration",
    "type_alias_declaration",
    "function_type",
    "constructor_type",
    "call_signature",
    "construct_signature",
    "method_signature",
    "abstract_method_signature",
    "function_signature",
    "conditional_type",
    "object_type",
  ],
  binds: [...scriptRules.binds, "required_parameter.pattern", "optional_parameter.pattern"],
  bindsTypes: ["type_parameter.name", "infer_type<", "mapped_type_clause.name"],
  ignores: [
    ...scriptRules.ignores,
    "public_field_definition.name",
    "property_signature.name",
    "method_signature.name",
    "abstract_method_signature.name",
    "enum_body.name",
    "enum_assignment.name",
    "index_signature.name",
    "import_require_clause<",
    "internal_module.name",
    "module.name",
  ],
  members: { ...scriptRules.members, "nested_type_identifier.name": "module" },
  wraps: [
    ...scriptRules.wraps,
    "non_null_expression",
    "instantiation_expression<",
    "generic_type.name",
    "satisfies_expression<",
    "as_expression<",
  ],
  inherits: ["extends_clause.value", "implements_clause", "extends_type_clause.type"],
  types: ["type_query"],
  typesOf: ["variable_declarator.type", "required_parameter.type", "optional_parameter.type"],
  valuesOf: [...scriptRules.valuesOf, "required_parameter.value"],
  casts: { as_expression: ">", type_assertion: "<" },
};

export const tsxUses = typescriptUses;
