import { tsxUses, typescriptUses } from "../uses/typescript.ts";
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
`;

export const typescript: SyntaxLanguage = {
  name: "typescript",
  grammar: "typescript",
  query,
  uses: typescriptUses,
  visibility,
};

export const tsx: SyntaxLanguage = {
  name: "tsx",
  grammar: "tsx",
  query,
  uses: tsxUses,
  visibility,
};
