export const objectiveCUses = `
(call_expression function: [(identifier) @reference.call (field_expression field: (field_identifier) @reference.call)])
(message_expression receiver: (_) . method: (identifier) @reference.call)
(message_expression receiver: (identifier) @reference.type (#match? @reference.type "^[A-Z]"))
(field_expression field: (field_identifier) @reference.call)
(selector_expression (identifier) @reference.call)
(type_name (type_identifier) @reference.type)
(declaration type: (type_identifier) @reference.type)
(class_interface superclass: (identifier) @reference.inherit)
(class_interface (parameterized_arguments (type_name (type_identifier) @reference.inherit)))
(protocol_reference_list (identifier) @reference.inherit)
(preproc_include path: (string_literal (string_content) @import.module))
`;
