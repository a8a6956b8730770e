/*
 * The MCP clients that `haypile install` knows: where each keeps its servers on which system, under which key,
 * and what an entry looks like. Facts of each client's own documentation, November 2026.
 */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** What a client is told to start. */
export interface ServerCommand {
  command: string;
  args: string[];
}

export interface Places {
  home: string;
  /** XDG_CONFIG_HOME, or where it is by default. */
  config: string;
  /** APPDATA of Windows. */
  appData: string;
  /** LOCALAPPDATA of Windows. */
  localAppData: string;
  platform: NodeJS.Platform;
  /** Of the environment, where a client has a variable of its own for its folder. */
  variables: Readonly<Record<string, string | undefined>>;
}

export interface Client {
  name: string;
  title: string;
  format: "json" | "toml";
  /** The file of the user, absolute. */
  file: (places: Places) => string;
  /** Its folder is there when the client was ever run. Default: that of the file. */
  sign?: ((places: Places) => string) | undefined;
  /** Key of the object with all servers. */
  key: string;
  /** Properties of an entry besides command and arguments. */
  more?: Readonly<Record<string, unknown>> | undefined;
  /** Words more, after those of every client. */
  words?: readonly string[] | undefined;
  /** The file of a project, relative to its folder; undefined: the client reads none. */
  project?: string | undefined;
}

const support = (places: Places, ...mac: string[]): string =>
  join(places.home, "Library", "Application Support", ...mac);

/** A folder that lies in the system's usual place for settings of programs with a window. */
function settingsFolder(places: Places, name: string): string {
  if (places.platform === "darwin") return support(places, name);
  return join(places.platform === "win32" ? places.appData : places.config, name);
}

/**
 * Claude Desktop of Windows comes as a package of the Store since 2026: Windows shows it a folder of its own in the
 * place of the usual one, and it reads no other.
 */
function claudeFolder(places: Places): string {
  const usual = settingsFolder(places, "Claude");
  if (places.platform !== "win32") return usual;
  const packages = join(places.localAppData, "Packages");
  const packaged = namesIn(packages)
    .filter((name) => /^Claude_[a-z0-9]+$/iu.test(name))
    .map((name) => join(packages, name, "LocalCache", "Roaming", "Claude"));
  // Of several, the one that was run.
  return packaged.find((folder) => existsSync(folder)) ?? packaged[0] ?? usual;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

export const clients: readonly Client[] = [
  {
    name: "claude-code",
    title: "Claude Code",
    format: "json",
    file: ({ home, variables }) => join(variables.CLAUDE_CONFIG_DIR || home, ".claude.json"),
    sign: ({ home, variables }) => variables.CLAUDE_CONFIG_DIR || join(home, ".claude"),
    project: ".mcp.json",
    key: "mcpServers",
    more: { type: "stdio" },
  },
  {
    name: "claude-desktop",
    title: "Claude Desktop",
    format: "json",
    file: (places) => join(claudeFolder(places), "claude_desktop_config.json"),
    key: "mcpServers",
  },
  {
    name: "cursor",
    title: "Cursor",
    format: "json",
    file: ({ home }) => join(home, ".cursor", "mcp.json"),
    project: ".cursor/mcp.json",
    key: "mcpServers",
    // It starts servers elsewhere than in the project.
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the client puts the folder in
    words: ["--root", "${workspaceFolder}"],
  },
  {
    name: "vscode",
    title: "VS Code",
    format: "json",
    file: (places) => join(settingsFolder(places, "Code"), "User", "mcp.json"),
    project: ".vscode/mcp.json",
    key: "servers",
    more: { type: "stdio" },
  },
  {
    name: "codex",
    title: "Codex",
    format: "toml",
    file: ({ home, variables }) =>
      join(variables.CODEX_HOME || join(home, ".codex"), "config.toml"),
    project: ".codex/config.toml",
    key: "mcp_servers",
  },
  {
    name: "gemini",
    title: "Gemini CLI",
    format: "json",
    file: ({ home }) => join(home, ".gemini", "settings.json"),
    project: ".gemini/settings.json",
    key: "mcpServers",
  },
  {
    name: "windsurf",
    title: "Windsurf",
    format: "json",
    file: ({ home }) => join(home, ".codeium", "windsurf", "mcp_config.json"),
    key: "mcpServers",
  },
  {
    name: "zed",
    title: "Zed",
    format: "json",
    file: ({ platform, config, home, appData }) => {
      if (platform === "win32") return join(appData, "Zed", "settings.json");
      return join(platform === "darwin" ? join(home, ".config") : config, "zed", "settings.json");
    },
    key: "context_servers",
    more: { source: "custom" },
  },
];

/** A folder that is there when the client is. */
export function signOf(client: Client, places: Places): string {
  return client.sign?.(places) ?? dirname(client.file(places));
}

/** What a project's file starts: it is everybody's, so it names no place of this machine. */
export function sharedCommand({ name }: Client): ServerCommand {
  // VS Code does not say where it starts a server.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the client puts the folder in
  const root = name === "vscode" ? ["--root", "${workspaceFolder}"] : [];
  return { command: "haypile", args: ["mcp", "--client", name, ...root] };
}

/** The entry of a client: what it starts, in its own words. */
export function entryOf(client: Client, { command, args }: ServerCommand): Record<string, unknown> {
  return { ...client.more, command, args: [...args, ...(client.words ?? [])] };
}
