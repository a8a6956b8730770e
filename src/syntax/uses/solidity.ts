export const solidityUses = `
(call_expression function: (expression [(identifier) @reference.call (member_expression property: (identifier) @reference.call)]))
(emit_statement name: (expression (identifier) @reference.call))
(revert_statement error: (expression (identifier) @reference.call))
(modifier_invocation (identifier) @reference.call)
(member_expression property: (identifier) @reference.call)
(type_name (user_defined_type (identifier) @reference.type))
(inheritance_specifier ancestor: (user_defined_type (identifier) @reference.inherit))
(using_directive (type_alias (identifier) @reference.type))
(import_directive source: (string) @import.module)
(import_directive import_name: (identifier) @import.name alias: (identifier)? @import.alias source: (string) @import.module)
`;
