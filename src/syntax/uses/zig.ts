export const zigUses = `
(call_expression function: [(identifier) @reference.call (field_expression member: (identifier) @reference.call)])
(parameter type: [(identifier) @reference.type (pointer_type (identifier) @reference.type)])
(function_declaration type: [(identifier) @reference.type (error_union_type ok: (identifier) @reference.type)])
(container_field type: [(identifier) @reference.type (pointer_type (identifier) @reference.type)])
(variable_declaration type: (identifier) @reference.type)
(variable_declaration . (identifier) @import.alias (builtin_function (builtin_identifier) @_import
  (arguments (string (string_content) @import.module))) (#eq? @_import "@import"))
`;
