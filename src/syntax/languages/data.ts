/* Languages of documents and data: their definitions are sections, rules and keys. */
import { cssUses } from "../uses/css.ts";
import { allPublic, type SyntaxLanguage } from "./language.ts";

const attribute = (name: string, tags = ""): string =>
  ["start_tag", "self_closing_tag"]
    .map(
      (tag) => `
(element (${tag} (tag_name) @_tag (attribute (attribute_name) @_attribute
  [(quoted_attribute_value (attribute_value) @name) (attribute_value) @name]))
  (#eq? @_attribute "${name}")${tags === "" ? "" : ` (#any-of? @_tag ${tags})`}) @definition.section`,
    )
    .join("");

export const html: SyntaxLanguage = {
  name: "html",
  grammar: "html",
  query: `
${attribute("id")}
${attribute("name", '"a" "slot" "map"')}
(element (start_tag (tag_name) @_tag (#match? @_tag "^([hH][1-6]|title)$"))) @name @definition.section
(script_element) @scope
(style_element) @scope
`,
  // A heading is named by the words in it.
  nameOf: (text) => ({
    name: text.startsWith("<")
      ? text
          .replace(/<[^<>]*>/g, " ")
          .replace(/\s+/g, " ")
          .trim()
      : text,
  }),
  visibility: allPublic,
};

export const css: SyntaxLanguage = {
  name: "css",
  grammar: "css",
  query: `
(rule_set (selectors (_) @name)) @definition.rule
(keyframes_statement (keyframes_name) @name) @definition.rule
(at_rule (at_keyword) @_at (keyword_query) @name
  (#any-of? @_at "@layer" "@counter-style" "@font-palette-values" "@position-try" "@mixin" "@function")) @definition.rule
(at_rule (at_keyword) @_at (keyword_query) @name (#eq? @_at "@property")) @definition.variable
(at_rule (at_keyword) @_at (ERROR (keyword_query) @name) (#any-of? @_at "@custom-media" "@custom-selector"))
  @definition.variable
(at_rule (at_keyword) @_at (block (declaration (property_name) @_property (string_value (string_content) @name)))
  (#eq? @_at "@font-face") (#eq? @_property "font-family")) @definition.rule
(namespace_statement (namespace_name) @name) @definition.namespace
(declaration (property_name) @name (#match? @name "^--")) @definition.variable
`,
  uses: cssUses,
  visibility: allPublic,
};

export const json: SyntaxLanguage = {
  name: "json",
  grammar: "json",
  definesOnce: true,
  query: "(pair key: (string) @name) @definition.key",
  visibility: allPublic,
};

export const yaml: SyntaxLanguage = {
  name: "yaml",
  grammar: "yaml",
  definesOnce: true,
  query: `
(block_mapping_pair key: (flow_node) @name) @definition.key
(flow_pair key: (flow_node) @name) @definition.key
`,
  nameOf: (text) => ({ name: text === "<<" ? "" : text.replace(/^&\S+\s+/, "") }),
  visibility: allPublic,
};

export const toml: SyntaxLanguage = {
  name: "toml",
  grammar: "toml",
  definesOnce: true,
  query: `
(table . [(bare_key) (dotted_key) (quoted_key)] @name) @definition.section
(table_array_element . [(bare_key) (dotted_key) (quoted_key)] @name) @definition.section
(pair . [(bare_key) (dotted_key) (quoted_key)] @name) @definition.key
`,
  // 'servers . "10.0.0.1"' is servers.10.0.0.1.
  nameOf: (text) => ({
    name: text.replace(/\s*("[^"]*"|'[^']*'|\.)\s*/g, (_all, part: string) =>
      part === "." ? part : part.slice(1, -1),
    ),
  }),
  visibility: allPublic,
};
