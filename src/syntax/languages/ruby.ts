import { rubyUses } from "../uses/ruby.ts";
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
`,
  uses: rubyUses,
  visibility: allPublic,
};
