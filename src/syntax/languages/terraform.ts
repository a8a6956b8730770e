import { terraformUses } from "../uses/terraform.ts";
import { allPublic, type SyntaxLanguage } from "./language.ts";

const literal = "(string_lit (template_literal) @name)";
const types = "(string_lit (template_literal) @container)";

/** What names in other files begin with, by the word of the block. */
const prefixes: Readonly<Record<string, string>> = { variable: "var", locals: "local" };

/** Terraform and other HCL: a thing is named as expressions name it ("var.region", "aws_s3_bucket.logs", "data.aws_ami.ubuntu"). */
export const terraform: SyntaxLanguage = {
  name: "terraform",
  grammar: "terraform",
  query: `
(block . (identifier) @container . ${literal} . (block_start) (#any-of? @container "variable" "output")) @definition.variable
(block . (identifier) @container . ${literal} . (block_start) (#eq? @container "module")) @definition.module
(block . (identifier) @container . ${literal} . (block_start)) @definition.section
(block . (identifier) @_word . ${types} . ${literal} . (block_start)) @definition.section
(block . (identifier) @name . (block_start) (#any-of? @name "terraform" "moved" "import")) @definition.section
(block . (identifier) @container . (identifier) @name . (block_start)) @definition.section
((block . (identifier) @container (body (attribute . (identifier) @name) @definition.variable)) (#eq? @container "locals"))
(config_file (body (attribute . (identifier) @name) @definition.variable))
`,
  uses: terraformUses,
  finish: (parsed) => ({
    ...parsed,
    definitions: parsed.definitions.map((found) => {
      const one = found.kind === "property" ? { ...found, kind: "variable" as const } : found;
      if (/^data\b/.test(one.signature)) return { ...one, container: `data.${one.container}` };
      const last = one.container.slice(one.container.lastIndexOf(".") + 1);
      const prefix = Object.hasOwn(prefixes, last) ? prefixes[last] : undefined;
      return prefix === undefined ? one : { ...one, container: prefix };
    }),
  }),
  visibility: allPublic,
};
