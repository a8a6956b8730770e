/** What C and C++ have in common. */
export const cUses = `
(call_expression function: [(identifier) @reference.call (field_expression field: (field_identifier) @reference.call)])
(parameter_declaration type: (type_identifier) @reference.type)
(declaration type: (type_identifier) @reference.type)
(preproc_include path: [(string_literal (string_content) @import.module) (system_lib_string) @import.module])
`;
