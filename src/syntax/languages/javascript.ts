import { javascriptUses } from "../uses/javascript.ts";
import type { SyntaxLanguage } from "./language.ts";

/** What JavaScript and TypeScript have in common. */
export const sharedQuery = `
(function_declaration name: (identifier) @name) @definition.function
(generator_function_declaration name: (identifier) @name) @definition.function
(method_definition name: [(property_identifier) (private_property_identifier)] @name) @definition.method
(program [(lexical_declaration (variable_declarator name: (identifier) @name
    value: [(arrow_function) (function_expression)])) @definition.function
  (export_statement (lexical_declaration (variable_declarator name: (identifier) @name
    value: [(arrow_function) (function_expression)]))) @definition.function])
(program [(lexical_declaration (variable_declarator name: (identifier) @name
    value: [(number) (string) (template_string) (object) (array) (call_expression) (new_expression) (regex) (true) (false) (binary_expression) (member_expression) (identifier)])) @definition.variable
  (export_statement (lexical_declaration (variable_declarator name: (identifier) @name
    value: [(number) (string) (template_string) (object) (array) (call_expression) (new_expression) (regex) (true) (false) (binary_expression) (member_expression) (identifier)]))) @definition.variable])
(assignment_expression left: (member_expression property: (property_identifier) @name)
  right: [(arrow_function) (function_expression)]) @definition.function
(pair key: (property_identifier) @name value: [(arrow_function) (function_expression)]) @definition.method
`;

const isPrivate = /(^|\s)(private|protected)\s|^#/;

/** Names of a module are seen elsewhere when exported; members unless private. */
export const visibility: SyntaxLanguage["visibility"] = ({ name, signature, container }) =>
  container === undefined
    ? /^(export|module\.exports|exports)\b/.test(signature)
      ? "public"
      : "private"
    : name.startsWith("#") || isPrivate.test(signature)
      ? "private"
      : "public";

export const javascript: SyntaxLanguage = {
  name: "javascript",
  grammar: "javascript",
  query: `${sharedQuery}
(class_declaration name: (identifier) @name) @definition.class
(field_definition property: [(property_identifier) (private_property_identifier)] @name) @definition.property
`,
  uses: javascriptUses,
  visibility,
};
