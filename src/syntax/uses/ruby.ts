import type { NameRules } from "../names/rules.ts";

export const rubyUses = `
(call method: (identifier) @_require arguments: (argument_list . (string (string_content) @import.module))
  (#match? @_require "^(require|require_relative|load)$"))
`;

export const rubyRules: NameRules = {
  names: { identifier: "value", constant: "value" },
  raw: ["simple_symbol"],
  scopes: ["block", "do_block", "class", "module", "singleton_class"],
  functions: ["method", "singleton_method", "lambda"],
  binds: ["method_parameters", "block_parameters", "lambda_parameters", "exception_variable"],
  bindsInFunction: [
    "assignment.left",
    "operator_assignment.left",
    "left_assignment_list",
    "for.pattern",
    "in_clause.pattern",
  ],
  bindsLower: true,
  uses: [
    "optional_parameter.value",
    "keyword_parameter.value",
    "call",
    "element_reference",
    "scope_resolution",
  ],
  ignores: ["method.name", "singleton_method.name"],
  members: { "call.method": "receiver", "scope_resolution.name": "scope" },
  sets: ["assignment.left"],
  calls: ["call.method"],
  inherits: ["superclass"],
  inheritCalls: /^(include|extend|prepend)$/,
  constructors: "new",
  wraps: ["parenthesized_statements"],
  self: ["self"],
  super: ["super"],
  setters: ["assignment.left", "operator_assignment.left"],
  bareCalls: /^[a-z_]/,
  subscripts: { element_reference: "object" },
  valuesOf: ["assignment.right"],
};
