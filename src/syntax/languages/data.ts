/* Languages of documents and data: their definitions are sections, rules and keys. */
import { cssUses } from "../uses/css.ts";
import { allPublic, type SyntaxLanguage } from "./language.ts";

export const html: SyntaxLanguage = {
  name: "html",
  grammar: "html",
  query: `
(element (start_tag (attribute (attribute_name) @_id (quoted_attribute_value (attribute_value) @name)))
  (#eq? @_id "id")) @definition.section
(script_element) @scope
(style_element) @scope
`,
  visibility: allPublic,
};

export const css: SyntaxLanguage = {
  name: "css",
  grammar: "css",
  query: `
(stylesheet (rule_set (selectors) @name) @definition.rule)
(keyframes_statement (keyframes_name) @name) @definition.rule
(declaration (property_name) @name (#match? @name "^--")) @definition.variable
`,
  uses: cssUses,
  visibility: allPublic,
};

export const json: SyntaxLanguage = {
  name: "json",
  grammar: "json",
  query: `
(document (object (pair key: (string (string_content) @name)) @definition.key))
(document (object (pair value: (object (pair key: (string (string_content) @name)) @definition.key))))
`,
  visibility: allPublic,
};

export const yaml: SyntaxLanguage = {
  name: "yaml",
  grammar: "yaml",
  query: `
(document (block_node (block_mapping (block_mapping_pair key: (flow_node) @name) @definition.key)))
(document (block_node (block_mapping (block_mapping_pair value: (block_node (block_mapping
  (block_mapping_pair key: (flow_node) @name) @definition.key))))))
`,
  visibility: allPublic,
};

export const toml: SyntaxLanguage = {
  name: "toml",
  grammar: "toml",
  query: `
(table [(bare_key) (dotted_key) (quoted_key)] @name) @definition.section
(table_array_element [(bare_key) (dotted_key) (quoted_key)] @name) @definition.section
(document (pair [(bare_key) (dotted_key) (quoted_key)] @name) @definition.key)
`,
  visibility: allPublic,
};
