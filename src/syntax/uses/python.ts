import type { NameRules } from "../names/rules.ts";

export const pythonUses = `
(import_statement name: (dotted_name) @import.module)
(import_statement name: (aliased_import name: (dotted_name) @import.module alias: (identifier) @import.alias))
(import_from_statement module_name: (_) @import.module name: (dotted_name) @import.name)
(import_from_statement module_name: (_) @import.module (wildcard_import) @import.star)
(import_from_statement module_name: (_) @import.module
  name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias))
`;

export const pythonRules: NameRules = {
  names: { identifier: "value" },
  rawTypes: ["string_content"],
  scopes: [
    "list_comprehension",
    "dictionary_comprehension",
    "set_comprehension",
    "generator_expression",
  ],
  functions: ["function_definition", "lambda"],
  binds: [
    "parameters",
    "lambda_parameters",
    "typed_parameter<",
    "default_parameter.name",
    "typed_default_parameter.name",
    "for_in_clause.left",
  ],
  bindsInFunction: [
    "assignment.left",
    "augmented_assignment.left",
    "for_statement.left",
    "named_expression.name",
    "as_pattern.alias",
    "case_pattern",
  ],
  bindsTypes: ["type_parameter"],
  uses: [
    "default_parameter.value",
    "typed_default_parameter.value",
    "attribute",
    "subscript",
    "class_pattern<",
  ],
  frees: ["global_statement", "nonlocal_statement"],
  ignores: [
    "keyword_argument.name",
    "import_statement.name",
    "import_from_statement.module_name",
    "aliased_import.alias",
    "future_import_statement",
  ],
  imports: ["import_from_statement.name"],
  members: { "attribute.attribute": "object" },
  sets: ["assignment.left"],
  calls: ["call.function", "decorator"],
  inherits: ["class_definition.superclasses"],
  wraps: ["parenthesized_expression", "await", "subscript.value"],
  types: ["type", "typed_parameter.type", "typed_default_parameter.type", "except_clause.value"],
  lambdas: ["lambda"],
  argumentLists: ["argument_list"],
  selfNames: ["self", "cls"],
  superNames: ["super"],
  noNames: new Set(["super", "_"]),
  subscripts: { subscript: "value" },
  typesOf: ["typed_parameter.type", "typed_default_parameter.type", "assignment.type"],
  valuesOf: ["assignment.right", "named_expression.value", "as_pattern<"],
  elementsOf: ["for_statement.right", "for_in_clause.right"],
};
