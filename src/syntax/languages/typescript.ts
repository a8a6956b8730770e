import { sharedQuery, visibility } from "./javascript.ts";
import type { SyntaxLanguage } from "./language.ts";

const query = `${sharedQuery}
(class_declaration name: (type_identifier) @name) @definition.class
(abstract_class_declaration name: (type_identifier) @name) @definition.class
(interface_declaration name: (type_identifier) @name) @definition.interface
(type_alias_declaration name: (type_identifier) @name) @definition.type
(enum_declaration name: (identifier) @name) @definition.enum
(internal_module name: [(identifier) (string)] @name) @definition.namespace
(module name: [(identifier) (string)] @name) @definition.namespace
(function_signature name: (identifier) @name) @definition.function
(method_signature name: (property_identifier) @name) @definition.method
(abstract_method_signature name: (property_identifier) @name) @definition.method
(property_signature name: (property_identifier) @name) @definition.property
(public_field_definition name: [(property_identifier) (private_property_identifier)] @name) @definition.property
(extends_clause value: [(identifier) @reference.inherit (member_expression property: (property_identifier) @reference.inherit)])
(extends_type_clause type: [(type_identifier) @reference.inherit (generic_type name: (type_identifier) @reference.inherit)])
(implements_clause [(type_identifier) @reference.inherit (generic_type name: (type_identifier) @reference.inherit)])
(type_annotation [(type_identifier) @reference.type (generic_type name: (type_identifier) @reference.type)
  (array_type (type_identifier) @reference.type)])
(type_arguments (type_identifier) @reference.type)
(union_type (type_identifier) @reference.type)
`;

export const typescript: SyntaxLanguage = {
  name: "typescript",
  grammar: "typescript",
  query,
  visibility,
};

export const tsx: SyntaxLanguage = {
  name: "tsx",
  grammar: "tsx",
  query: `${query}
(jsx_opening_element name: (identifier) @reference.call)
(jsx_self_closing_element name: (identifier) @reference.call)
`,
  visibility,
};
