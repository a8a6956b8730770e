import type { NameRules } from "../names/rules.ts";

export const cUses = `
(preproc_include path: [(string_literal (string_content) @import.module) (system_lib_string) @import.module])
`;

/** What C and C++ have in common. */
export const cRules = {
  names: { identifier: "value", field_identifier: "member", type_identifier: "type" },
  raw: ["preproc_arg"],
  scopes: ["compound_statement", "for_statement", "preproc_function_def"],
  functions: ["function_definition"],
  binds: [
    "parameter_declaration.declarator",
    "declaration.declarator",
    "init_declarator.declarator",
    "preproc_params",
  ],
  uses: [
    "parameter_declaration.type",
    "array_declarator.size",
    "function_declarator.parameters",
    "init_declarator.value",
  ],
  ignores: ["preproc_def.name", "preproc_function_def.name", "enumerator.name", "preproc_defined"],
  members: { "field_expression.field": "argument" },
  calls: ["call_expression.function"],
  wraps: ["parenthesized_expression", "pointer_expression.argument"],
  subscripts: { subscript_expression: "argument" },
  typesOf: ["parameter_declaration.type", "declaration.type"],
  valuesOf: ["init_declarator.value"],
  casts: { cast_expression: "type" },
} as const satisfies NameRules;
