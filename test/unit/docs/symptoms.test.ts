/*
 * The pages by symptom and machine: whatever they tell people to set, run or read is there. Options, variables, error
 * codes, commands with their flags, values, files, benches and links are taken from the text.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command, Option } from "commander";
import { describe, expect, it } from "vitest";
import { isErrorCode } from "../../../src/base/errors.ts";
import { makeProgram } from "../../../src/cli/main.ts";
import { parseOptions } from "../../../src/config/file/read-file.ts";
import { isOptionName, optionNames, rowOf } from "../../../src/config/options/options.ts";
import { repository } from "../../helpers/model.ts";

const pages = ["troubleshooting.md", "tuning.md", "deployment.md"];
const textOf = (page: string): string => readFileSync(join(repository, "docs", page), "utf8");
const program = await makeProgram(new AbortController().signal, true);
const sections = new Set(optionNames.map((name) => name.split(".")[0] as string));
const folders = ["DATA", "CACHE", "CONFIG", "ADDON"].map((name) => `HAYPILE_${name}_DIR`);
/** A word in place of a name, an id or a folder. */
const placeholder = /^[A-Z]+$/;

/** Fenced blocks of a language. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
    .filter(([, name]) => name === language)
    .map(([, , block = ""]) => block);
}

/** What stands between backticks in running text and tables. */
function spans(text: string): string[] {
  const plain = text.replace(/^```\w*\n[\s\S]*?^```/gm, "");
  return [...plain.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
}

function everyCommand(of: Command): Command[] {
  return of.commands.flatMap((one) => [one, ...everyCommand(one)]);
}
const flagsOf = (command: Command): Option[] => [...command.options];
const allFlags = [program, ...everyCommand(program)].flatMap(flagsOf);
const options = (flag: string, among: readonly Option[]): Option[] =>
  among.filter(({ long, short }) => long === flag || short === flag);

/** What is wrong with the flags among words, where `among` are those that may be there. */
function wrongFlags(words: readonly string[], among: readonly Option[]): string[] {
  return words.flatMap((word, at) => {
    if (!/^--?[a-z]/.test(word)) return [];
    const found = options(word, among);
    if (found.length === 0) return [`no flag ${word}`];
    const value = words[at + 1];
    const choices = found.flatMap(({ argChoices }) => argChoices ?? []);
    const isGiven = value !== undefined && !value.startsWith("-") && !placeholder.test(value);
    return isGiven && choices.length > 0 && !choices.includes(value)
      ? [`${word} does not take ${value}`]
      : [];
  });
}

/** What is wrong with one command line that begins with "haypile". */
function wrongCommand(line: string): string[] {
  let words = line.split(/\s+/).slice(1);
  let command = program;
  for (;;) {
    const next = command.commands.find((one) => one.name() === words[0]);
    if (next === undefined) break;
    command = next;
    words = words.slice(1);
  }
  const first = words.find((word) => !word.startsWith("-"));
  if (command === program && first !== undefined) return [`no command ${first}`];
  // A group of commands does nothing by itself, but for "haypile indexes", which lists.
  if (command.registeredArguments.length === 0 && command.commands.length > 0 && first) {
    return [`no command ${command.name()} ${first}`];
  }
  return [
    ...wrongFlags(words, [...command.options, ...program.options]),
    ...(command.name() === "set" ? wrongValue(words[0] ?? "", words[1] ?? "") : []),
  ];
}

/** What is wrong with an option and its value, as a file would say them. */
function wrongValue(name: string, value: string): string[] {
  if (!isOptionName(name)) return [`no option ${name}`];
  const [section, key] = name.split(".");
  const isPlain = /^(\d+|true|false)$/.test(value);
  try {
    parseOptions(`[${section}]\n${key} = ${isPlain ? value : `"${value}"`}\n`, "/x/haypile.toml");
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}

describe.each(pages)("docs/%s", (page) => {
  const text = textOf(page);

  it("has TOML that Haypile takes as it is", () => {
    const all = blocks(text, "toml");
    if (page !== "troubleshooting.md") expect(all.length).toBeGreaterThan(2);
    for (const block of all) {
      expect(parseOptions(block, "/x/haypile.toml").size).toBeGreaterThan(0);
    }
  });

  it("names options, variables and error codes that there are", () => {
    const named = spans(text)
      .map((span) => /^([a-z]+)\.([a-z][a-z0-9-]*)$/.exec(span)?.[0] ?? "")
      .filter((span) => sections.has(span.split(".")[0] as string));
    if (page !== "deployment.md") expect(named.length).toBeGreaterThan(15);
    expect(named.filter((name) => !isOptionName(name))).toEqual([]);
    const variables: ReadonlySet<string> = new Set([
      ...folders,
      ...optionNames.map((name) => rowOf(name).env),
    ]);
    const words = [...new Set(text.match(/HAYPILE_[A-Z_]*[A-Z]/g))];
    expect(words.filter((word) => !variables.has(word) && !isErrorCode(word))).toEqual([]);
  });

  it("names commands, flags and values that there are", () => {
    const inBlocks = blocks(text, "sh").flatMap((block) =>
      [...block.replaceAll("\\\n", " ").matchAll(/\bhaypile (?!haypile)([a-z][^\n#|]*)/g)]
        .map(([line]) => line)
        .filter((line) => !line.includes("haypile:")),
    );
    const lines = [...spans(text), ...inBlocks]
      .map((span) => span.replace(/^nice /, ""))
      .filter((span) => /^haypile\s/.test(span));
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.flatMap((line) => wrongCommand(line).map((what) => `${line}: ${what}`))).toEqual(
      [],
    );
    const alone = spans(text).filter((span) => /^-/.test(span) && !/^-\d/.test(span));
    // npm's own, which the text says.
    const ours = alone.filter((span) => span !== "--omit=optional");
    expect(ours.flatMap((span) => wrongFlags(span.split(/\s+/), allFlags))).toEqual([]);
    const given = [...text.matchAll(/(HAYPILE_[A-Z_]+)=(\S+)/g)];
    for (const [, variable = "", value = ""] of given) {
      const name = optionNames.find((one) => rowOf(one).env === variable);
      if (name !== undefined) expect(wrongValue(name, value.replace(/`.*$/, ""))).toEqual([]);
    }
  });

  it("names files and benches that there are, and links that lead somewhere", () => {
    const files = spans(text).filter((span) =>
      /^(docs|bench|contrib|src|test)\/[\w./-]+$/.test(span),
    );
    expect(files.length).toBeGreaterThan(3);
    expect(files.filter((file) => !existsSync(join(repository, file)))).toEqual([]);
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    );
    const links = [...text.matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = ""]) => anchor);
    expect(links.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
  });

  it("is named in the README", () => {
    expect(readFileSync(join(repository, "README.md"), "utf8")).toContain(`docs/${page}`);
  });
});

it("has a place for each symptom and machine that people ask about", () => {
  const headings = pages.flatMap((page) =>
    [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading.toLowerCase()),
  );
  const asked = [
    "eats my ram",
    "slow queries",
    "index is stale",
    "write stalls",
    "daemon does not start",
  ];
  const machines = [
    "8 gb",
    "ci",
    "64 gb and a gpu",
    "hdd and sd card",
    "raspberry pi",
    "container of 256 mb",
  ];
  const setups = ["disk is full", "development", "production", "constrained"];
  for (const one of [...asked, ...machines, ...setups]) {
    expect(
      headings.filter((heading) => heading.includes(one)),
      one,
    ).not.toEqual([]);
  }
});

it("names the bench or page behind each figure of an effect", () => {
  // The last cell of a row is what an option was worth. Ends of rows that only say what happens have no figure with a unit.
  const figure = /\d(?:\.\d+)? (?:ms|s|MB|kB|%)\b/;
  const rows = ["troubleshooting.md", "tuning.md"].flatMap((page) =>
    textOf(page)
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) => line.split(" | ").at(-1) ?? ""),
  );
  const measured = rows.filter((cell) => figure.test(cell));
  expect(measured.length).toBeGreaterThan(30);
  const isSourced = (cell: string): boolean =>
    /`bench\/[\w/-]+\.ts/.test(cell) ||
    /docs\/[\w/-]+\.md/.test(cell) ||
    /haypile doctor --bench/.test(cell);
  expect(measured.filter((cell) => !isSourced(cell))).toEqual([]);
});

describe("the check of these pages", () => {
  it("finds what is not there", () => {
    expect(wrongCommand("haypile serach x")).toEqual(["no command serach"]);
    expect(wrongCommand("haypile snapshot destroy")).toEqual(["no command snapshot destroy"]);
    expect(wrongCommand("haypile index --fast")).toEqual(["no flag --fast"]);
    expect(wrongCommand("haypile index --disk tape")).toEqual(["--disk does not take tape"]);
    expect(wrongCommand("haypile config set memory.most 1GB")).toEqual(["no option memory.most"]);
    expect(wrongCommand("haypile config set memory.max much")).toHaveLength(1);
    expect(wrongCommand("haypile index ~/src --max-memory 256MB")).toEqual([]);
  });
});
