import { objectiveCUses } from "../uses/objective-c.ts";
import { sharedQuery, sharedTopQuery } from "./c.ts";
import { declared, scopedName } from "./c-declarators.ts";
import { privateWhen, type SyntaxLanguage } from "./language.ts";

/** NS_ENUM(NSInteger, Level) and its like, which are read as an enum of that name. */
const enumMacro =
  /\b(?:typedef[ \t]+)?(?:NS|CF)_(?:CLOSED_)?(?:ENUM|OPTIONS|ERROR_ENUM)[ \t]*\([^(),\n]*,[ \t]*(\w+)[ \t]*\)/g;
/** Marks around declarations: they say nothing of what is defined. */
const marks =
  /\b(?:NS_ASSUME_NONNULL_(?:BEGIN|END)|NS_SWIFT_NAME\([^()\n]*\)|NS_DESIGNATED_INITIALIZER|NS_UNAVAILABLE|NS_REQUIRES_SUPER|API_AVAILABLE\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|NS_CLASS_AVAILABLE[\w]*\([^()\n]*\)|FOUNDATION_EXPORT|UIKIT_EXTERN|(?<=@?\s)NS_SUBCLASSING_RESTRICTED)/g;

/** Macros alone on a line, and what compilers choose by: the declarations around them are no others for it. */
const lines =
  /^[ \t]*(?:[A-Z][A-Z0-9_]{3,}(?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\))?|#[ \t]*(?:if|ifdef|ifndef|else|elif|endif)\b(?:[^\n\\]|\\\n?)*)[ \t]*$/gm;
/** "GS_EXPORT @interface", "NS_CLASS_AVAILABLE(…) @interface" */
const before =
  /^[ \t]*[A-Z][A-Z0-9_]{3,}(?:\([^()\n]*\))?(?=[ \t]+@(?:interface|protocol|implementation)\b)/gm;

function spaces(text: string): string {
  return text.replace(/[^\n]/g, " ");
}

export const objectiveC: SyntaxLanguage = {
  name: "objective-c",
  grammar: "objc",
  isHeavy: true,
  prepare: (text) =>
    text
      .replace(enumMacro, (all, name: string) => {
        const before = all.lastIndexOf(name);
        return "enum".padEnd(before) + name.padEnd(all.length - before);
      })
      .replace(marks, (all) =>
        /^(FOUNDATION|UIKIT)/.test(all) ? "extern".padEnd(all.length) : spaces(all),
      )
      .replace(lines, spaces)
      .replace(before, spaces),
  query: `${sharedQuery}
(class_interface "@interface" . (identifier) @name . category: (identifier)) @scope
(class_interface "@interface" . (identifier) @name) @definition.class
(class_implementation "@implementation" . (identifier) @name) @scope
(protocol_declaration "@protocol" . (identifier) @name) @definition.interface
(method_declaration (method_type)? . (identifier) @name) @definition.declaration
(method_definition (method_type)? . (identifier) @name) @definition.method
(property_declaration (struct_declaration (struct_declarator [
  (identifier) @name
  (pointer_declarator declarator: [(identifier) @name (pointer_declarator declarator: (identifier) @name)])
  (function_declarator declarator: (parenthesized_declarator (block_pointer_declarator declarator: (identifier) @name)))
]))) @definition.property
(instance_variable (struct_declaration (struct_declarator [
  (identifier) @name
  (pointer_declarator declarator: (identifier) @name)
]))) @definition.property
`,
  topQuery: sharedTopQuery,
  uses: objectiveCUses,
  innerName: declared,
  nameOf: scopedName,
  visibility: privateWhen(/^static\b/),
};
