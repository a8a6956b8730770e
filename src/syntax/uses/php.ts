export const phpUses = `
(base_clause (name) @reference.inherit)
(class_interface_clause (name) @reference.inherit)
(function_call_expression function: (name) @reference.call)
(member_call_expression name: (name) @reference.call)
(scoped_call_expression name: (name) @reference.call)
(object_creation_expression (name) @reference.call)
(namespace_use_declaration (namespace_use_clause (qualified_name prefix: (_) @import.module (name) @import.name)))
`;
