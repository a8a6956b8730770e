/*
 * Hooks, guides and entries of servers in files that others wrote by hand. What they wrote stays to the byte, and after
 * uninstall a file is what it was. Wishes: files of clients are edited by hand, with comments, odd layouts, links and
 * mistakes.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { commit } from "../../../../src/cli/clients/commit.ts";
import { Ledger } from "../../../../src/cli/clients/ledger.ts";
import type { Part, PlannedPart } from "../../../../src/cli/clients/parts.ts";
import { planClient, tidy } from "../../../../src/cli/clients/plan.ts";
import { PlannedFiles } from "../../../../src/cli/clients/planned-files.ts";
import { type Client, clients, type Places } from "../../../../src/cli/clients/table.ts";
import { seededRandom, tempFolder } from "../../../helpers/temp-tree.ts";

const server = { command: "/opt/haypile/haypile-bridge", args: ["--client", "x"] };
const program = "/usr/bin/node /opt/haypile/bin/haypile.cjs";
const everything: readonly Part[] = ["server", "hooks", "guide"];

interface Setting {
  places: Places;
  project: string;
  ledger: Ledger | undefined;
}

function setting(withLedger = true): Setting {
  const home = tempFolder();
  const project = join(home, "project");
  mkdirSync(project);
  return {
    places: {
      home,
      config: join(home, ".config"),
      appData: join(home, "AppData"),
      localAppData: join(home, "Local"),
      platform: "linux",
      variables: {},
    },
    project,
    ledger: withLedger ? new Ledger(join(home, "data")) : undefined,
  };
}

interface Doing {
  names: string[];
  parts?: readonly Part[];
  out?: boolean;
  force?: boolean;
  inProject?: boolean;
  with?: string;
}

function run(
  { places, project, ledger }: Setting,
  { names, parts = everything, out = false, force = false, inProject = false, with: by }: Doing,
): { planned: PlannedPart[]; failed: unknown[] } {
  const own = clients.filter(({ name }) => names.includes(name)) as Client[];
  const files = new PlannedFiles(inProject ? project : undefined);
  const planned: PlannedPart[] = [];
  const failed: unknown[] = [];
  for (const client of own) {
    const wish = {
      parts: new Set(parts),
      force,
      project: inProject ? project : undefined,
      put: out ? undefined : { server, program: by ?? program },
    };
    const plan = planClient(client, wish, own, files, places, ledger);
    planned.push(...plan.planned);
    failed.push(...plan.failed);
  }
  if (out) tidy(files, ledger);
  for (const file of files.changed) commit(file, inProject, ledger);
  return { planned, failed };
}

function write(path: string, text: string | Uint8Array): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const read = (path: string): string => readFileSync(path, "utf8");
const outcomes = (planned: readonly PlannedPart[]): string[] =>
  planned.map(({ part, outcome }) => `${part} ${outcome}`);

/** Settings as people leave them. */
const byHand: Readonly<Record<string, string>> = {
  "nothing in it": "",
  "an empty object": "{}",
  "an empty object on two lines": "{\n}\n",
  "one line": '{"theme":"dark"}',
  "remarks at the ends of lines":
    '{\n  // first\n  "theme": "dark", // not light\n  "model": "big" // the last one\n}\n',
  "a block remark behind the last value": '{\n  "a": 1 /* one */\n}\n',
  "tabs, CRLF and a mark of order":
    '\ufeff{\r\n\t"a": [1,  2],\r\n\t"hooks": {\r\n\t\t"Stop": []\r\n\t}\r\n}\r\n',
  "commas at the ends": '{\n  "a": 1,\n  "hooks": {\n    "SessionStart": [],\n  },\n}\n',
  "hooks of others":
    '{\n  "hooks": {\n    "SessionStart": [\n      // warm up\n      { "hooks": [ { "type": "command", "command": "make warm" } ] } // slow\n    ],\n    "PreToolUse": [\n      {\n        "matcher": "Bash",\n        "hooks": [{ "type": "command", "command": "check.sh" }]\n      }\n    ]\n  },\n  "z": {}\n}\n',
  "no end of line at the end": '{\n    "permissions": { "allow": [] },\n    "hooks": {}\n}',
};

describe("hooks in a file that somebody wrote", () => {
  for (const [what, before] of Object.entries(byHand)) {
    it(`${what}: put in, once, and taken out to the byte`, () => {
      const at = setting();
      const file = write(join(at.places.home, ".claude", "settings.json"), before);
      const doing = { names: ["claude-code"], parts: ["hooks"] as const };
      expect(outcomes(run(at, doing).planned)).toEqual(["hooks added"]);
      const after = read(file);
      for (const line of before.split(/\r?\n/u)) {
        const kept = line.trim().replace(/[,\s{}[\]]+$/u, "");
        // A comma may have come between a value and the remark behind it.
        expect(after.replaceAll(",", "")).toContain(kept.replaceAll(",", ""));
      }
      expect(after.startsWith("\ufeff")).toBe(before.startsWith("\ufeff"));
      if (before.includes("\r\n")) expect(after.replaceAll("\r\n", "")).not.toContain("\n");
      const inode = statSync(file).ino;
      expect(outcomes(run(at, doing).planned)).toEqual(["hooks unchanged"]);
      expect(statSync(file).ino).toBe(inode);
      expect(outcomes(run(at, { ...doing, out: true }).planned)).toEqual(["hooks removed"]);
      expect(read(file)).toBe(before);
      expect(at.ledger?.of(file)).toBeUndefined();
    });
  }

  it("is laid out as the file is, behind the remark of the last value", () => {
    const at = setting();
    const before = byHand["remarks at the ends of lines"] as string;
    const file = write(join(at.places.home, ".cursor", "hooks.json"), before);
    run(at, { names: ["cursor"], parts: ["hooks"] });
    expect(read(file)).toBe(
      `{\n  // first\n  "theme": "dark", // not light\n  "model": "big", // the last one\n  "hooks": {\n    "sessionStart": [\n      {\n        "command": "${program} hook session-start --client cursor",\n        "timeout": 10\n      }\n    ]\n  }\n}\n`,
    );
  });

  it("is taken out of a file that was changed since, and nothing else is", () => {
    const at = setting();
    const before = byHand["hooks of others"] as string;
    const file = write(join(at.places.home, ".claude", "settings.json"), before);
    run(at, { names: ["claude-code"], parts: ["hooks"] });
    const mine = read(file).replace('"z": {}', '"z": {}, // mine\n  "y": 2');
    writeFileSync(file, mine);
    run(at, { names: ["claude-code"], parts: ["hooks"], out: true });
    expect(read(file)).toBe(before.replace('"z": {}', '"z": {}, // mine\n  "y": 2'));
  });

  it("takes what it made along, and leaves empty lists of others", () => {
    const at = setting();
    const file = write(
      join(at.places.home, ".gemini", "settings.json"),
      '{\n  "mcpServers": {}\n}\n',
    );
    run(at, { names: ["gemini"], parts: ["server", "hooks"] });
    writeFileSync(file, read(file).replace("{\n", '{\n  "a": 1,\n'));
    run(at, { names: ["gemini"], out: true });
    const left = JSON.parse(read(file)) as object;
    expect(left).toEqual({ a: 1, mcpServers: {} });
    expect(Object.keys(left)).toEqual(["a", "mcpServers"]);
  });

  it("keeps others' hooks in the same group when ours goes", () => {
    const at = setting(false);
    const file = join(at.places.home, ".claude", "settings.json");
    const own = { type: "command", command: `${program} hook session-start --client claude-code` };
    const theirs = { type: "command", command: "make warm" };
    write(file, JSON.stringify({ hooks: { SessionStart: [{ hooks: [own, theirs] }] } }, null, 2));
    run(at, { names: ["claude-code"], parts: ["hooks"], out: true });
    expect(JSON.parse(read(file))).toEqual({ hooks: { SessionStart: [{ hooks: [theirs] }] } });
  });

  it("follows the program when it has moved, and keeps a timeout that somebody set", () => {
    const at = setting();
    run(at, { names: ["codex"], parts: ["hooks"] });
    const file = join(at.places.home, ".codex", "hooks.json");
    writeFileSync(file, read(file).replace('"timeout": 10', '"timeout": 25'));
    const moved = "'/new place/node' '/new place/bin/haypile.cjs'";
    expect(outcomes(run(at, { names: ["codex"], parts: ["hooks"], with: moved }).planned)).toEqual([
      "hooks updated",
    ]);
    expect(read(file)).toContain(`"${moved} hook session-start --client codex"`);
    expect(read(file)).toContain('"timeout": 25');
  });

  it("leaves a command of ours that somebody changed, unless it is forced", () => {
    const at = setting();
    run(at, { names: ["claude-code"], parts: ["hooks"] });
    const file = join(at.places.home, ".claude", "settings.json");
    const mine = read(file).replace(
      "--client claude-code",
      "--client claude-code --max-tokens 500",
    );
    writeFileSync(file, mine);
    for (const out of [false, true]) {
      const { planned } = run(at, { names: ["claude-code"], parts: ["hooks"], out });
      expect(outcomes(planned)).toEqual(["hooks edited"]);
      expect(read(file)).toContain("--max-tokens 500");
    }
    run(at, { names: ["claude-code"], parts: ["hooks"], force: true });
    expect(read(file)).not.toContain("--max-tokens");
  });

  it("is refused with what to do where the file is damaged, and the other parts are done", () => {
    const at = setting();
    for (const [text, message] of [
      ['{ "hooks": { "SessionStart": [ }', /Expected JSON in .*line 1 .*Correct it by hand/u],
      ['{ "hooks": [] }', /Expected an object for "hooks" in line 1/u],
      ['{ "hooks": { "SessionStart": {} } }', /Expected a list for "hooks.SessionStart"/u],
      ['{\n"hooks": {},\n"hooks": {}\n}', /Expected "hooks" once .*line 3 .*Take one of them out/u],
      [Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), /Expected text in UTF-8/u],
    ] as const) {
      const file = write(join(at.places.home, ".claude", "settings.json"), text);
      const before = readFileSync(file);
      const { planned, failed } = run(at, { names: ["claude-code"] });
      expect(failed).toHaveLength(1);
      expect(String(failed[0])).toMatch(message);
      expect(readFileSync(file)).toEqual(before);
      expect(planned.map(({ part }) => part)).toEqual(["server", "guide"]);
    }
  });

  it("goes out of eighty made-up files to the byte, whatever was in them", () => {
    const random = seededRandom(9);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
    const value = (depth: number): string => {
      if (depth > 2 || random() < 0.4) return pick(["1", '"x//y"', "null", "[]", "{}", '"/* */"']);
      const space = pick(["", " ", "\n", "\n  ", "\t", " /* r */ ", " // r\n"]);
      const names = ["hooks", "a", "b", "mcpServers"].filter(() => random() < 0.4);
      const inside = names.map(
        (name) =>
          `${space}"${name}":${pick(["", " "])}${name === "a" ? value(depth + 1) : object(depth + 1)}`,
      );
      return `{${inside.join(`,${space}`)}${space}}`;
    };
    const object = (depth: number): string => (random() < 0.5 ? "{}" : onlyObject(value(depth)));
    const onlyObject = (text: string): string => (text.startsWith("{") ? text : "{}");
    let tried = 0;
    for (let round = 0; round < 80; round += 1) {
      const before = onlyObject(value(0)) + pick(["", "\n", "\r\n", " // end\n"]);
      const at = setting();
      const file = write(join(at.places.home, ".gemini", "settings.json"), before);
      const { failed } = run(at, { names: ["gemini"], parts: ["server", "hooks"] });
      if (failed.length > 0) {
        // Put in somewhere an object was wanted and is none: then nothing of that part was written.
        continue;
      }
      tried += 1;
      expect(read(file), before).not.toBe(before);
      run(at, { names: ["gemini"], out: true });
      expect(read(file)).toBe(before);
    }
    expect(tried).toBeGreaterThan(50);
  });
});

describe("a guide", () => {
  for (const before of ["", "# Rules\n\nBe kind.\n", "no end", "a\r\nb\r\n", "x\n\n\n"]) {
    it(`stands once at the end of ${JSON.stringify(before)}, and goes to the byte`, () => {
      const at = setting();
      const file = join(at.project, "AGENTS.md");
      if (before !== "") write(file, before);
      const doing = {
        names: ["codex", "zed", "vscode"],
        parts: ["guide"] as const,
        inProject: true,
      };
      expect(outcomes(run(at, doing).planned).sort()).toEqual([
        "guide added",
        "guide unchanged",
        "guide unchanged",
      ]);
      const after = read(file);
      expect(after.startsWith(before)).toBe(true);
      expect(after.match(/haypile: begin/gu)).toHaveLength(1);
      if (before.includes("\r\n")) expect(after.replaceAll("\r\n", "")).not.toContain("\n");
      expect(outcomes(run(at, doing).planned)).toEqual(Array(3).fill("guide unchanged"));
      run(at, { ...doing, out: true });
      expect(existsSync(file) ? read(file) : "").toBe(before);
      expect(existsSync(file)).toBe(before !== "");
      expect(existsSync(`${file}.haypile-backup`)).toBe(false);
    });
  }

  it("stays while another client's is written in the same file", () => {
    const at = setting();
    const doing = { parts: ["guide"] as const, inProject: true };
    run(at, { ...doing, names: ["codex", "zed"] });
    expect(outcomes(run(at, { ...doing, names: ["codex"], out: true }).planned)).toEqual([
      "guide unchanged",
    ]);
    expect(read(join(at.project, "AGENTS.md"))).toContain("haypile: begin");
    run(at, { ...doing, names: ["codex", "zed"], out: true });
    expect(existsSync(join(at.project, "AGENTS.md"))).toBe(false);
  });

  it("that somebody changed is left alone, unless it is forced; text around it is never touched", () => {
    const at = setting();
    const doing = { names: ["gemini"], parts: ["guide"] as const, inProject: true };
    const file = write(join(at.project, "GEMINI.md"), "above\n");
    run(at, doing);
    writeFileSync(file, `${read(file).replace("`recall`", "`recall` (always)")}below\n`);
    const mine = read(file);
    expect(outcomes(run(at, doing).planned)).toEqual(["guide edited"]);
    expect(outcomes(run(at, { ...doing, out: true }).planned)).toEqual(["guide edited"]);
    expect(read(file)).toBe(mine);
    run(at, { ...doing, out: true, force: true });
    expect(read(file)).toBe("above\nbelow\n");
  });

  it("with damaged marks is refused with its line", () => {
    const at = setting();
    for (const text of [
      "<!-- haypile: begin 12345678 -->\nx\n",
      "a\n<!-- haypile: end -->\n",
      "<!-- haypile: end -->\n<!-- haypile: begin 12345678 -->\n",
    ]) {
      const file = write(join(at.project, "AGENTS.md"), text);
      const { failed } = run(at, { names: ["zed"], parts: ["guide"], inProject: true });
      expect(String(failed[0])).toMatch(/Take the marks out by hand/u);
      expect(read(file)).toBe(text);
    }
  });

  it("in a file of our own is no one else's file", () => {
    const at = setting();
    const file = write(join(at.project, ".cursor", "rules", "haypile.mdc"), "my own notes\n");
    const { failed } = run(at, { names: ["cursor"], parts: ["guide"], inProject: true });
    expect(String(failed[0])).toMatch(/no mark of ours. Rename it/u);
    expect(read(file)).toBe("my own notes\n");
  });

  it("goes with the folders that were made for it, and stays where somebody changed it", () => {
    const at = setting();
    const doing = { names: ["claude-code"], parts: ["guide"] as const };
    run(at, doing);
    const file = join(at.places.home, ".claude", "skills", "haypile", "SKILL.md");
    expect(read(file)).toMatch(/^---\nname: haypile\ndescription: /u);
    run(at, { ...doing, out: true });
    expect(existsSync(join(at.places.home, ".claude"))).toBe(false);
    run(at, doing);
    writeFileSync(file, read(file).replace("`outline`", "`outline`!"));
    expect(outcomes(run(at, { ...doing, out: true }).planned)).toEqual(["guide edited"]);
    expect(existsSync(file)).toBe(true);
  });
});

describe("files of a project", () => {
  it("are written for everybody: without places of this machine, with the modes of the umask", () => {
    const at = setting();
    const names = ["claude-code", "cursor", "vscode", "codex", "gemini"];
    run(at, { names, inProject: true, with: "haypile" });
    for (const path of [
      ".mcp.json",
      ".cursor/mcp.json",
      ".vscode/mcp.json",
      ".codex/config.toml",
    ]) {
      expect(existsSync(join(at.project, path)), path).toBe(true);
    }
    expect(read(join(at.project, ".claude", "settings.json"))).toContain(
      '"command": "haypile hook grep --client claude-code"',
    );
    run(at, { names, inProject: true, out: true });
    for (const path of [
      ".mcp.json",
      ".cursor",
      ".vscode",
      ".codex",
      ".gemini",
      ".claude",
      "CLAUDE.md",
    ]) {
      expect(existsSync(join(at.project, path)), path).toBe(false);
    }
  });

  it("are not written through a link that leads out of it", () => {
    const at = setting();
    const outside = write(join(at.places.home, "outside.json"), "{}");
    symlinkSync(outside, join(at.project, ".mcp.json"));
    const folder = join(at.places.home, "elsewhere");
    mkdirSync(folder);
    symlinkSync(folder, join(at.project, ".claude"));
    const { failed } = run(at, { names: ["claude-code"], inProject: true });
    expect(failed.map((one) => (one as { code: string }).code)).toEqual(
      Array(3).fill("HAYPILE_PATH_REFUSED"),
    );
    expect(read(outside)).toBe("{}");
    expect(existsSync(join(folder, "settings.json"))).toBe(false);
  });

  it("may be links inside it: one file gets one block", () => {
    const at = setting();
    write(join(at.project, "AGENTS.md"), "rules\n");
    symlinkSync("AGENTS.md", join(at.project, "CLAUDE.md"));
    const doing = { names: ["claude-code", "codex"], parts: ["guide"] as const, inProject: true };
    run(at, doing);
    expect(read(join(at.project, "AGENTS.md")).match(/haypile: begin/gu)).toHaveLength(1);
    run(at, { ...doing, out: true });
    expect(read(join(at.project, "CLAUDE.md"))).toBe("rules\n");
  });

  it("keep their modes, and a file that was changed meanwhile is left alone", () => {
    const at = setting();
    const file = write(join(at.project, ".mcp.json"), "{}\n");
    chmodSync(file, 0o640);
    const files = new PlannedFiles(at.project);
    const wish = {
      parts: new Set<Part>(["server"]),
      force: false,
      project: at.project,
      put: { server, program },
    };
    const own = clients.filter(({ name }) => name === "claude-code");
    planClient(own[0] as Client, wish, own, files, at.places, at.ledger);
    writeFileSync(file, '{ "mine": 1 }\n');
    for (const one of files.changed) {
      expect(() => commit(one, true, at.ledger)).toThrow(/changed by another program/u);
    }
    expect(read(file)).toBe('{ "mine": 1 }\n');
    run(at, { names: ["claude-code"], parts: ["server"], inProject: true });
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(JSON.parse(read(file))).toMatchObject({ mine: 1, mcpServers: { haypile: {} } });
  });
});
