export const csharpUses = `
(base_list [(identifier) @reference.inherit (generic_name (identifier) @reference.inherit)])
(invocation_expression function: [(identifier) @reference.call
  (member_access_expression name: (identifier) @reference.call)
  (member_access_expression name: (generic_name (identifier) @reference.call))])
(object_creation_expression type: [(identifier) @reference.call (generic_name (identifier) @reference.call)])
(parameter type: (identifier) @reference.type)
(using_directive [(identifier) (qualified_name)] @import.module)
`;
