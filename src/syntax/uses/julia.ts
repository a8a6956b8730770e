export const juliaUses = `
(call_expression . [(identifier) @reference.call (field_expression (identifier) @reference.call .)
  (parametrized_type_expression . (identifier) @reference.call)])
(broadcast_call_expression . [(identifier) @reference.call (field_expression (identifier) @reference.call .)])
(macrocall_expression (macro_identifier (identifier) @reference.call))
(typed_expression (_) [(identifier) @reference.type (parametrized_type_expression . (identifier) @reference.type)] .)
(type_head (binary_expression (_) (operator) (identifier) @reference.inherit .))
(using_statement (identifier) @import.module)
(import_statement (identifier) @import.module)
(using_statement (selected_import . (_) @import.module (identifier) @import.name))
(import_statement (selected_import . (_) @import.module (identifier) @import.name))
`;
