export const powershellUses = `
(command command_name: (command_name) @reference.call)
(invokation_expression (member_name (simple_name) @reference.call))
(member_access (member_name (simple_name) @reference.call))
(type_spec (type_name (type_identifier) @reference.type))
(class_statement . (simple_name) . (simple_name) @reference.inherit)
(command command_name: (command_name) @_import command_elements: (command_elements . (command_argument_sep) . (generic_token) @import.module)
  (#match? @_import "^([Ii]mport-[Mm]odule)$"))
`;
