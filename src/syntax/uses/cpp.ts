import { cUses } from "./c.ts";

export const cppUses = `${cUses}
(base_class_clause [(type_identifier) @reference.inherit (qualified_identifier name: (type_identifier) @reference.inherit)
  (template_type name: (type_identifier) @reference.inherit)])
(call_expression function: (qualified_identifier name: (identifier) @reference.call))
(call_expression function: (template_function name: (identifier) @reference.call))
(new_expression type: (type_identifier) @reference.call)
`;
