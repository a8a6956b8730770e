export const javaUses = `
(method_invocation name: (identifier) @reference.call)
(object_creation_expression type: [(type_identifier) @reference.call (generic_type (type_identifier) @reference.call)])
(superclass [(type_identifier) @reference.inherit (generic_type (type_identifier) @reference.inherit)])
(type_list [(type_identifier) @reference.inherit (generic_type (type_identifier) @reference.inherit)])
(formal_parameter type: (type_identifier) @reference.type)
(method_declaration type: (type_identifier) @reference.type)
(import_declaration (scoped_identifier scope: (_) @import.module name: (identifier) @import.name))
`;
