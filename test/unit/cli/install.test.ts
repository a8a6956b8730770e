import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { install, snippet } from "../../../src/cli/clients/install.ts";
import { type Client, clients, type Places, signOf } from "../../../src/cli/clients/table.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";

const command = { command: "/opt/haypile/haypile-bridge", args: ["--node", "/usr/bin/node"] };
const other = { command: "/opt/haypile/haypile-bridge", args: ["--node", "/opt/node"] };

function places(platform: NodeJS.Platform = "linux"): Places {
  const home = tempFolder();
  return {
    home,
    config: join(home, ".config"),
    appData: join(home, "AppData"),
    localAppData: join(home, "Local"),
    platform,
    variables: {},
  };
}

function client(name: string): Client {
  return clients.find((one) => one.name === name) as Client;
}

function write(path: string, text: string, mode = 0o600): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
  return path;
}

describe("each client", () => {
  for (const one of clients) {
    it(`${one.name}: added, kept, changed and taken out again`, () => {
      const at = places();
      const file = one.file(at);
      expect(install(one, undefined, at).outcome).toBe("absent");
      expect(install(one, command, at, { dryRun: true }).outcome).toBe("added");
      expect(existsSync(file)).toBe(false);
      expect(install(one, command, at)).toEqual({
        client: one.name,
        part: "server",
        file,
        outcome: "added",
        backup: undefined,
      });
      const first = readFileSync(file, "utf8");
      expect(first).toBe(snippet(one, command));
      expect(install(one, command, at).outcome).toBe("unchanged");
      expect(readFileSync(file, "utf8")).toBe(first);
      const changed = install(one, other, at);
      expect(changed).toMatchObject({ outcome: "updated", backup: `${file}.haypile-backup` });
      expect(readFileSync(`${file}.haypile-backup`, "utf8")).toBe(first);
      const read = (one.format === "toml" ? parse : JSON.parse)(readFileSync(file, "utf8"));
      expect(read[one.key].haypile).toMatchObject({ command: other.command });
      expect(read[one.key].haypile.args.slice(0, 2)).toEqual(other.args);
      expect(install(one, undefined, at).outcome).toBe("removed");
      expect(readFileSync(file, "utf8")).not.toContain("haypile");
    });
  }

  it("has a file of its own on every system", () => {
    for (const platform of ["linux", "darwin", "win32"] as const) {
      const at = places(platform);
      const files = clients.map((one) => one.file(at));
      expect(new Set(files).size).toBe(clients.length);
      for (const one of clients) {
        expect(one.file(at).startsWith(at.home)).toBe(true);
        expect(signOf(one, at)).not.toBe(at.home);
      }
    }
  });

  it("is that of the packaged Claude Desktop on Windows, where it is there", () => {
    const at = places("win32");
    const one = client("claude-desktop");
    expect(one.file(at)).toBe(join(at.appData, "Claude", "claude_desktop_config.json"));
    const inside = join(at.localAppData, "Packages", "Claude_pzs8sxrjxfjjc");
    mkdirSync(inside, { recursive: true });
    const file = join(inside, "LocalCache", "Roaming", "Claude", "claude_desktop_config.json");
    expect(one.file(at)).toBe(file);
    expect(install(one, command, at).outcome).toBe("added");
    expect(one.file({ ...at, platform: "darwin" })).toContain("Application Support");
  });
});

describe("a JSON file", () => {
  const before = `\ufeff// mine
{
\t"theme": "dark", // keep
\t"mcpServers": {
\t\t/* a note */
\t\t"other": { "command": "x", "args": ["a",  "b"] },
\t},
}
`.replaceAll("\n", "\r\n");

  it("keeps comments, order, tabs, line ends, mode and the other servers", () => {
    const at = places();
    const one = client("cursor");
    const file = write(one.file(at), before, 0o640);
    expect(install(one, command, at).outcome).toBe("added");
    const after = readFileSync(file, "utf8");
    for (const line of before.split("\r\n").filter((text) => !text.includes("},"))) {
      expect(after.split("\r\n")).toContain(line);
    }
    expect(after).toContain('{ "command": "x", "args": ["a",  "b"] }');
    expect(after.replaceAll("\r\n", "")).not.toContain("\n");
    expect(after).toContain('\t\t"haypile": {');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(statSync(`${file}.haypile-backup`).mode & 0o777).toBe(0o640);
    install(one, undefined, at);
    expect(readFileSync(file, "utf8").replaceAll(/[\s,]/g, "")).toBe(
      before.replaceAll(/[\s,]/g, ""),
    );
  });

  it("keeps what a user has added to our entry, and a link a link", () => {
    const at = places();
    const one = client("windsurf");
    const entry = {
      command: "npx",
      args: ["-y", "haypile", "mcp"],
      env: { A: "1" },
      disabled: true,
    };
    const real = write(
      join(at.home, "dotfiles", "x.json"),
      JSON.stringify({ mcpServers: { haypile: entry } }),
    );
    mkdirSync(dirname(one.file(at)), { recursive: true });
    symlinkSync(real, one.file(at));
    expect(install(one, command, at).outcome).toBe("updated");
    const { haypile } = JSON.parse(readFileSync(real, "utf8")).mcpServers;
    expect(haypile).toEqual({ ...command, env: { A: "1" }, disabled: true });
  });

  it("is refused with its line when it is broken, and left alone", () => {
    const at = places();
    const one = client("gemini");
    for (const [text, line] of [
      ['{\n  "a": 1\n  "b": 2\n}', 3],
      ['{\n"mcpServers": []\n}', 2],
      ["[]", 1],
      ['{\n\n"mcpServers": {', 3],
      ["\u0000", 1],
    ] as const) {
      const file = write(one.file(at), text);
      expect(() => install(one, command, at), text).toThrow(
        expect.objectContaining({ code: "HAYPILE_CONFIG_INVALID", data: { path: file, line } }),
      );
      expect(readFileSync(file, "utf8")).toBe(text);
      expect(existsSync(`${file}.haypile-backup`)).toBe(false);
    }
  });

  it("is refused when another server has our name", () => {
    const at = places();
    const one = client("zed");
    const text = '{"context_servers":{"haypile":{"command":"/usr/bin/evil","args":["x"]}}}';
    const file = write(one.file(at), text);
    for (const wanted of [command, undefined]) {
      expect(() => install(one, wanted, at)).toThrow(/starts something else/);
    }
    expect(readFileSync(file, "utf8")).toBe(text);
  });
});

describe("a TOML file", () => {
  const before = `# mine
model = "o"

[mcp_servers.other] # keep
command = "x"
args = ["[mcp_servers.haypile]"]

[[lists]]
a = 1
`;

  it("keeps every other line", () => {
    const at = places();
    const one = client("codex");
    const file = write(one.file(at), before);
    install(one, command, at);
    expect(readFileSync(file, "utf8")).toBe(
      `${before}\n[mcp_servers.haypile]\ncommand = "/opt/haypile/haypile-bridge"\nargs = ["--node","/usr/bin/node"]\n`,
    );
    install(one, undefined, at);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("keeps keys and sub-tables of our table, and takes them out with it", () => {
    const at = places();
    const one = client("codex");
    const own = `[mcp_servers."haypile"]\ncommand = "npx"\nargs = ["haypile", "mcp"]\nstartup_timeout_sec = 60 # slow\n\n[mcp_servers.haypile.env]\nA = "1"\n\n`;
    const file = write(one.file(at), `${before}\n${own}`);
    expect(install(one, command, at).outcome).toBe("updated");
    const after = parse(readFileSync(file, "utf8")) as Record<string, Record<string, unknown>>;
    expect(after.mcp_servers?.haypile).toEqual({
      ...command,
      startup_timeout_sec: 60,
      env: { A: "1" },
    });
    expect(readFileSync(file, "utf8")).toContain("startup_timeout_sec = 60 # slow");
    install(one, undefined, at);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("is refused when it is broken, or written in another way", () => {
    const at = places();
    const one = client("codex");
    for (const text of [
      "a = 1\nb = = 2\n",
      'mcp_servers = { haypile = { command = "haypile", args = [] } }\n',
      '[mcp_servers.haypile]\ncommand = "haypile"\nargs = [\n  "mcp",\n]\n',
    ]) {
      const file = write(one.file(at), text);
      expect(() => install(one, command, at), text).toThrow(
        expect.objectContaining({ code: "HAYPILE_CONFIG_INVALID" }),
      );
      expect(readFileSync(file, "utf8")).toBe(text);
    }
  });
});
