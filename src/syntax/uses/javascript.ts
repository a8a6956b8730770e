/** What JavaScript and TypeScript have in common. */
export const sharedUses = `
(call_expression function: [(identifier) @reference.call
  (member_expression property: [(property_identifier) (private_property_identifier)] @reference.call)])
(new_expression constructor: [(identifier) @reference.call
  (member_expression property: (property_identifier) @reference.call)])
(import_statement (import_clause (identifier) @import.name) source: (string (string_fragment) @import.module))
(import_statement (import_clause (namespace_import (identifier) @import.alias))
  source: (string (string_fragment) @import.module))
(import_statement (import_clause (named_imports (import_specifier name: (_) @import.name alias: (identifier)? @import.alias)))
  source: (string (string_fragment) @import.module))
`;

export const javascriptUses = `${sharedUses}
(class_heritage (identifier) @reference.inherit)
(class_heritage (member_expression property: (property_identifier) @reference.inherit))
(jsx_opening_element name: (identifier) @reference.call)
(jsx_self_closing_element name: (identifier) @reference.call)
(call_expression function: (identifier) @_require arguments: (arguments . (string (string_fragment) @import.module))
  (#eq? @_require "require"))
`;
