export const pythonUses = `
(call function: [(identifier) @reference.call (attribute attribute: (identifier) @reference.call)])
(class_definition superclasses: (argument_list [
  (identifier) @reference.inherit (attribute attribute: (identifier) @reference.inherit)]))
(decorator [(identifier) @reference.call (attribute attribute: (identifier) @reference.call)])
(type [(identifier) @reference.type (attribute attribute: (identifier) @reference.type)])
(except_clause (identifier) @reference.type)
(import_statement name: (dotted_name) @import.module)
(import_statement name: (aliased_import name: (dotted_name) @import.module alias: (identifier) @import.alias))
(import_from_statement module_name: (_) @import.module name: (dotted_name) @import.name)
(import_from_statement module_name: (_) @import.module
  name: (aliased_import name: (dotted_name) @import.name alias: (identifier) @import.alias))
`;
