import type { NameRules } from "../names/rules.ts";
import { cRules, cUses } from "./c.ts";

export const cppRules: NameRules = {
  ...cRules,
  names: { ...cRules.names, namespace_identifier: "value" },
  scopes: [
    ...cRules.scopes,
    "for_range_loop",
    "catch_clause",
    "template_declaration",
    "if_statement",
    "while_statement",
  ],
  functions: [...cRules.functions, "lambda_expression"],
  binds: [
    ...cRules.binds,
    "optional_parameter_declaration.declarator",
    "for_range_loop.declarator",
    "lambda_capture_initializer.left",
  ],
  bindsTypes: ["type_parameter_declaration", "optional_type_parameter_declaration.name"],
  uses: [...cRules.uses, "optional_parameter_declaration.type"],
  ignores: [...cRules.ignores, "namespace_definition.name"],
  members: { ...cRules.members, "qualified_identifier.name": "scope" },
  calls: [...cRules.calls, "new_expression.type"],
  inherits: ["base_class_clause"],
  wraps: [
    ...cRules.wraps,
    "template_function.name",
    "template_method.name",
    "template_type.name",
    "dependent_name",
  ],
  self: ["this"],
  typesOf: [...cRules.typesOf, "for_range_loop.type", "optional_parameter_declaration.type"],
  elementsOf: ["for_range_loop.right"],
};

export const cppUses = cUses;
