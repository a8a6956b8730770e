export const scalaUses = `
(extends_clause type: [(type_identifier) @reference.inherit (generic_type type: (type_identifier) @reference.inherit)])
(call_expression function: [(identifier) @reference.call (field_expression field: (identifier) @reference.call)])
(instance_expression (type_identifier) @reference.call)
(import_declaration) @import.module
`;
