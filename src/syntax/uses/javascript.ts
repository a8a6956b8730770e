import type { NameRules } from "../names/rules.ts";

/** Imports and exports of JavaScript and TypeScript. */
export const scriptImports = `
(import_statement . source: (string (string_fragment) @import.module))
(import_statement (import_clause (identifier) @import.default) source: (string (string_fragment) @import.module))
(import_statement (import_clause (namespace_import (identifier) @import.alias))
  source: (string (string_fragment) @import.module))
(import_statement (import_clause (named_imports (import_specifier name: (_) @import.name alias: (identifier)? @import.alias)))
  source: (string (string_fragment) @import.module))
(export_statement (export_clause (export_specifier name: (_) @import.name alias: (_)? @import.alias))
  source: (string (string_fragment) @import.module)) @export
(export_statement (export_clause (export_specifier name: (_) @import.name alias: (_) @import.alias)) !source) @export
(export_statement (namespace_export (_) @import.alias) source: (string (string_fragment) @import.module)) @export
(export_statement "*" @import.star source: (string (string_fragment) @import.module)) @export
(export_statement "default" value: (identifier) @import.name) @export.default
(export_statement "default" declaration: (_ name: (_) @import.name)) @export.default
(call_expression function: (import) arguments: (arguments . (string (string_fragment) @import.module)))
(variable_declarator name: (identifier) @import.alias
  value: (await_expression (call_expression function: (import) arguments: (arguments . (string (string_fragment) @import.module)))))
(variable_declarator name: (object_pattern [(shorthand_property_identifier_pattern) @import.name
    (pair_pattern key: (property_identifier) @import.name value: (identifier) @import.alias)])
  value: (await_expression (call_expression function: (import) arguments: (arguments . (string (string_fragment) @import.module)))))
(variable_declarator name: (identifier) @import.alias
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))
  (#eq? @_require "require"))
(variable_declarator name: (identifier) @import.alias
  value: (member_expression
    object: (call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))
    property: (property_identifier) @import.name)
  (#eq? @_require "require"))
(variable_declarator name: (object_pattern [(shorthand_property_identifier_pattern) @import.name
    (pair_pattern key: (property_identifier) @import.name value: (identifier) @import.alias)])
  value: (call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module)))
  (#eq? @_require "require"))
(expression_statement (call_expression function: (identifier) @_require
  arguments: (arguments . (string (string_fragment) @import.module))) (#eq? @_require "require"))
(member_expression object: (call_expression function: (identifier) @_require
  arguments: (arguments . (string (string_fragment) @import.module))) (#eq? @_require "require"))
(assignment_expression left: (member_expression object: (identifier) @_module property: (property_identifier) @_exports)
  right: [(identifier) @import.name (function_expression name: (_) @import.name) (class name: (_) @import.name)]
  (#eq? @_module "module") (#eq? @_exports "exports")) @export.default
`;

/** What JavaScript and TypeScript have in common. */
export const scriptRules = {
  names: {
    identifier: "value",
    shorthand_property_identifier: "value",
    shorthand_property_identifier_pattern: "value",
    property_identifier: "member",
    private_property_identifier: "member",
  },
  scopes: [
    "statement_block",
    "for_statement",
    "for_in_statement",
    "catch_clause",
    "switch_body",
    "class",
    "class_declaration",
  ],
  functions: [
    "function_declaration",
    "function_expression",
    "generator_function",
    "generator_function_declaration",
    "arrow_function",
    "method_definition",
    "class_static_block",
  ],
  binds: [
    "variable_declarator.name",
    "arrow_function.parameter",
    "catch_clause.parameter",
    "for_in_statement.left",
    "function_expression.name",
    "generator_function.name",
    "class.name",
  ],
  uses: [
    "assignment_pattern.right",
    "object_assignment_pattern.right",
    "computed_property_name",
    "member_expression",
    "subscript_expression",
  ],
  ignores: [
    "pair.key",
    "pair_pattern.key",
    "method_definition.name",
    "field_definition.property",
    "jsx_attribute<",
    "jsx_closing_element",
    "export_specifier.alias",
    "namespace_export",
    "import_attribute",
    "meta_property",
  ],
  imports: ["export_specifier.name", "import_specifier.name", "import_clause<"],
  ignoresSmall: ["jsx_opening_element.name", "jsx_self_closing_element.name"],
  members: { "member_expression.property": "object", "nested_identifier.property": "object" },
  sets: ["assignment_expression.left"],
  calls: [
    "call_expression.function",
    "new_expression.constructor",
    "jsx_opening_element.name",
    "jsx_self_closing_element.name",
    "decorator",
  ],
  wraps: ["parenthesized_expression", "await_expression"],
  lambdas: ["arrow_function", "function_expression"],
  argumentLists: ["arguments"],
  self: ["this"],
  super: ["super"],
  subscripts: { subscript_expression: "object" },
  valuesOf: [
    "variable_declarator.value",
    "assignment_expression.right",
    "assignment_pattern.right",
  ],
  elementsOf: ["for_in_statement.right"],
} as const satisfies NameRules;

export const javascriptRules: NameRules = {
  ...scriptRules,
  binds: [...scriptRules.binds, "formal_parameters"],
  inherits: ["class_heritage"],
};

export const javascriptUses = scriptImports;
