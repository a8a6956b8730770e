export const rustUses = `
(impl_item trait: [(type_identifier) @reference.inherit (generic_type type: (type_identifier) @reference.inherit)
  (scoped_type_identifier name: (type_identifier) @reference.inherit)])
(call_expression function: [(identifier) @reference.call (field_expression field: (field_identifier) @reference.call)
  (scoped_identifier name: (identifier) @reference.call)
  (generic_function function: (identifier) @reference.call)])
(macro_invocation macro: (identifier) @reference.call)
(struct_expression name: (type_identifier) @reference.call)
(parameter type: [(type_identifier) @reference.type (reference_type type: (type_identifier) @reference.type)])
(use_declaration argument: (scoped_identifier path: (_) @import.module name: (identifier) @import.name))
(use_declaration argument: (scoped_use_list path: (_) @import.module list: (use_list (identifier) @import.name)))
(use_declaration argument: (use_as_clause path: (scoped_identifier path: (_) @import.module name: (identifier) @import.name)
  alias: (identifier) @import.alias))
`;
