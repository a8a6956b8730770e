import { allPublic, type SyntaxLanguage } from "./language.ts";

export const ruby: SyntaxLanguage = {
  name: "ruby",
  grammar: "ruby",
  isHeavy: true,
  query: `
(method name: (_) @name) @definition.method
(singleton_method name: (_) @name) @definition.method
(class name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.class
(module name: [(constant) @name (scope_resolution name: (constant) @name)]) @definition.module
(assignment left: (constant) @name) @definition.constant
(superclass [(constant) @reference.inherit (scope_resolution name: (constant) @reference.inherit)])
(call method: (identifier) @reference.call)
(call receiver: (constant) @reference.type)
(call method: (identifier) @_require arguments: (argument_list (string (string_content) @import.module))
  (#match? @_require "^require"))
`,
  visibility: allPublic,
};
