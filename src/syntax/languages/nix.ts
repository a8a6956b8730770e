import { nixUses } from "../uses/nix.ts";
import { splitDotted } from "./finish.ts";
import { allPublic, type SyntaxLanguage } from "./language.ts";

export const nix: SyntaxLanguage = {
  name: "nix",
  grammar: "nix",
  query: `
(binding attrpath: (attrpath) @name expression: (function_expression)) @definition.function
(let_expression (binding_set (binding attrpath: (attrpath) @name) @definition.variable))
(binding attrpath: (attrpath) @name) @definition.key
`,
  uses: nixUses,
  finish: (parsed) => splitDotted(parsed, () => true),
  visibility: allPublic,
};
