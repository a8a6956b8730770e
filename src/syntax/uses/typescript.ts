import { sharedUses } from "./javascript.ts";

export const typescriptUses = `${sharedUses}
(extends_clause value: [(identifier) @reference.inherit (member_expression property: (property_identifier) @reference.inherit)])
(extends_type_clause type: [(type_identifier) @reference.inherit (generic_type name: (type_identifier) @reference.inherit)])
(implements_clause [(type_identifier) @reference.inherit (generic_type name: (type_identifier) @reference.inherit)])
(type_annotation [(type_identifier) @reference.type (generic_type name: (type_identifier) @reference.type)
  (array_type (type_identifier) @reference.type)])
(type_arguments (type_identifier) @reference.type)
(union_type (type_identifier) @reference.type)
`;

export const tsxUses = `${typescriptUses}
(jsx_opening_element name: (identifier) @reference.call)
(jsx_self_closing_element name: (identifier) @reference.call)
`;
