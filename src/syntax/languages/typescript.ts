import { tsxUses, typescriptUses } from "../uses/typescript.ts";
import {
  containerOf,
  declaratorNames,
  sharedQuery,
  sharedTopQuery,
  visibility,
} from "./javascript.ts";
import type { SyntaxLanguage } from "./language.ts";

const member =
  "[(property_identifier) (private_property_identifier) (string) (number) (computed_property_name)]";
const declarations = `[(lexical_declaration ${declaratorNames}) @outer (variable_declaration ${declaratorNames}) @outer]`;
const pair =
  "(pair key: [(property_identifier) (string) (number) (computed_property_name)] @name) @definition.property";
const typedObject = `(variable_declarator value: [(as_expression (object ${pair})) (satisfies_expression (object ${pair}))
  (as_expression (satisfies_expression (object ${pair}))) (satisfies_expression (as_expression (object ${pair})))])`;

const topQuery = `${sharedTopQuery}
(lexical_declaration ${typedObject})
(export_statement declaration: (lexical_declaration ${typedObject}))
`;

const query = `${sharedQuery}
(class_declaration name: (type_identifier) @name) @definition.class
(abstract_class_declaration name: (type_identifier) @name) @definition.class
(interface_declaration name: (type_identifier) @name) @definition.interface
(type_alias_declaration name: (type_identifier) @name) @definition.type
(enum_declaration name: (identifier) @name) @definition.enum
(enum_body [(property_identifier) (string) (computed_property_name) (number)] @name @definition.constant)
(enum_assignment name: (_) @name) @definition.constant
(internal_module name: [(identifier) (string)] @name) @definition.namespace
(internal_module name: (nested_identifier object: (_) @container property: (_) @name)) @definition.namespace
(module name: [(identifier) (string)] @name) @definition.namespace
(module name: (nested_identifier object: (_) @container property: (_) @name)) @definition.namespace
(internal_module body: (statement_block [${declarations} (export_statement declaration: ${declarations})]))
(module body: (statement_block [${declarations} (export_statement declaration: ${declarations})]))
(ambient_declaration ${declarations})
(ambient_declaration (statement_block ${declarations}))
(function_signature name: (identifier) @name) @definition.function
(method_signature name: ${member} @name) @definition.method
(abstract_method_signature name: ${member} @name) @definition.method
(property_signature name: ${member} @name) @definition.property
(public_field_definition name: ${member} @name value: [(arrow_function) (function_expression)]) @definition.method
(public_field_definition name: ${member} @name) @definition.property
(required_parameter [(accessibility_modifier) (override_modifier) "readonly"] pattern: (identifier) @name)
  @definition.property @lifted
(optional_parameter [(accessibility_modifier) (override_modifier) "readonly"] pattern: (identifier) @name)
  @definition.property @lifted
(import_alias (identifier) @name) @definition.declaration
(export_statement "namespace" (identifier) @name) @definition.namespace
`;

/** What Flow has and TypeScript has not: exact objects, variance, maybe types, opaque types. */
function withoutFlow(text: string): string {
  if (!/@flow\b/.test(text.slice(0, 2_000))) return text;
  return text
    .replace(/\{\|/g, "{ ")
    .replace(/\|\}/g, " }")
    .replace(/([:<,(|&]\s*)\?(?=\s*[\w$({[])/g, "$1 ")
    .replace(/([{,]\s*)[+-](?=[\w$[]+\??\s*:)/g, "$1 ")
    .replace(/\b(opaque)(?=\s+type\b)|(?<=import\s+)typeof\b/g, (all) => " ".repeat(all.length));
}

export const typescript: SyntaxLanguage = {
  name: "typescript",
  grammar: "typescript",
  wraps: true,
  query,
  topQuery,
  uses: typescriptUses,
  containerOf,
  visibility,
};

export const tsx: SyntaxLanguage = {
  name: "tsx",
  grammar: "tsx",
  wraps: true,
  query,
  topQuery,
  uses: tsxUses,
  prepare: withoutFlow,
  containerOf,
  visibility,
};
