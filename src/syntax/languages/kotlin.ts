import { kotlinUses } from "../uses/kotlin.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

const property = `[(property_declaration (variable_declaration (identifier) @name)) @definition.property
  (property_declaration (multi_variable_declaration (variable_declaration (identifier) @name))) @definition.property]`;

export const kotlin: SyntaxLanguage = {
  name: "kotlin",
  grammar: "kotlin",
  isHeavy: true,
  query: `
(package_header (qualified_identifier) @name) @definition.declaration
(class_declaration (modifiers (class_modifier "enum")) name: (identifier) @name) @definition.enum
(class_declaration "interface" name: (identifier) @name) @definition.interface
(class_declaration name: (identifier) @name) @definition.class
(class_parameter ["val" "var"] (identifier) @name) @definition.property
(object_declaration name: (identifier) @name) @definition.class
(companion_object name: (identifier) @name @definition.class)
(companion_object !name "companion" @name @definition.class)
(secondary_constructor "constructor" @name) @definition.constructor
(enum_entry (identifier) @name) @definition.constant
(function_declaration name: (identifier) @name) @definition.function
(class_body ${property})
(enum_class_body ${property})
(block (property_declaration (variable_declaration (identifier) @name) [(lambda_literal) (anonymous_function)])
  @definition.function)
(type_alias type: (identifier) @name) @definition.type
`,
  topQuery: property,
  uses: kotlinUses,
  // The grammar ends no statement before "} }" nor before the "}" of a body on one line, and takes "fun interface" for a function.
  prepare: (text) =>
    text
      .replace(/(?<=[\w)\]"]) (?=\} *\})/g, ";")
      .replace(/(?<=\{[^\n{}]{1,200}[\w)\]"]) (?=\} *(?:;|\r?$))/gm, ";")
      .replace(/\bfun(?=[ \t]+interface\b)/g, "   "),
  // Its members are those of the class around it.
  nameOf: (text) => ({ name: text === "companion" ? "Companion" : text }),
  visibility: privateWhen(/(^|\s)private\s/),
};
