export const goUses = `
(call_expression function: [(identifier) @reference.call (selector_expression field: (field_identifier) @reference.call)])
(composite_literal type: (type_identifier) @reference.call)
(parameter_declaration type: [(type_identifier) @reference.type (pointer_type (type_identifier) @reference.type)])
(qualified_type name: (type_identifier) @reference.type)
(import_spec name: (package_identifier)? @import.alias path: (interpreted_string_literal (interpreted_string_literal_content) @import.module))
`;
