import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { configurationPage } from "../../../scripts/lib/configuration-page.ts";
import { foreignKnobs } from "../../../src/config/foreign/foreign-knobs.ts";
import { optionNames, rowOf } from "../../../src/config/options/options.ts";

const page = join(import.meta.dirname, "..", "..", "..", "docs", "configuration.md");

it("docs/configuration.md is what scripts/generate-docs.ts makes now", () => {
  expect(readFileSync(page, "utf8")).toBe(configurationPage());
});

it("names every option, variable, flag and knob", () => {
  const text = configurationPage();
  for (const name of optionNames) {
    const { env, flag, says } = rowOf(name);
    expect(text).toContain(`| \`${name.split(".")[1]}\` | ${says} |`);
    expect(text).toContain(`\`${env}\``);
    if (flag !== undefined) expect(text).toContain(`\`${flag}\``);
  }
  const knobs = text.slice(text.indexOf("### Knobs of other stores"));
  for (const name of Object.keys(foreignKnobs)) expect(knobs).toContain(`\`${name}\``);
});
