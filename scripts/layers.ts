/*
 * The import rings as data. An import points to a lower ring, or sideways where `also` says so.
 * test/architecture.test.ts checks every import in src/ against it, and the table printed in
 * docs/architecture.md.
 */

export interface Layer {
  /** A folder of src, or a file at its top. */
  name: string;
  ring: number;
  /** Sideways imports that are allowed, by name. */
  also: readonly string[];
  /** Outside packages that only this layer may import. */
  packages: readonly string[];
}

export const layers: readonly Layer[] = [
  { name: "base", ring: 0, also: [], packages: [] },
  { name: "host", ring: 1, also: [], packages: [] },
  { name: "config", ring: 1, also: ["host"], packages: ["smol-toml"] },
  { name: "ports", ring: 2, also: [], packages: [] },
  { name: "cache", ring: 3, also: [], packages: [] },
  { name: "models", ring: 3, also: [], packages: ["@huggingface/tokenizers", "undici"] },
  { name: "native", ring: 3, also: [], packages: [] },
  {
    name: "storage",
    ring: 3,
    also: [],
    packages: ["better-sqlite3", "pg", "sqlite-vec", "stemmer"],
  },
  { name: "governor", ring: 3, also: [], packages: [] },
  { name: "syntax", ring: 3, also: [], packages: ["web-tree-sitter"] },
  { name: "indexing", ring: 4, also: [], packages: [] },
  { name: "symbols", ring: 4, also: [], packages: [] },
  { name: "search", ring: 4, also: ["symbols"], packages: [] },
  { name: "memories", ring: 4, also: ["search"], packages: [] },
  { name: "wire", ring: 5, also: [], packages: [] },
  { name: "engine", ring: 5, also: [], packages: [] },
  { name: "haypile", ring: 6, also: [], packages: [] },
  {
    name: "mcp",
    ring: 7,
    also: [],
    packages: ["@modelcontextprotocol/server", "@modelcontextprotocol/node", "zod"],
  },
  { name: "http", ring: 7, also: ["mcp"], packages: ["hono", "@hono/node-server", "jose"] },
  { name: "daemon", ring: 7, also: ["mcp", "http"], packages: [] },
  { name: "cli", ring: 7, also: ["mcp", "daemon"], packages: ["commander", "jsonc-parser"] },
  { name: "index.ts", ring: 7, also: [], packages: [] },
  { name: "embedder.ts", ring: 7, also: [], packages: [] },
  { name: "mcp.ts", ring: 7, also: ["mcp"], packages: [] },
];

/** What people and programs come in by. */
export const faces: readonly string[] = ["mcp", "http", "cli", "index.ts", "embedder.ts", "mcp.ts"];

/**
 * Services know ports, never adapters: ring 4 must not import ring 3. The engine wires the two, and faces know
 * neither.
 */
export const servicesRing = 4;
export const adaptersRing = 3;

/** May `from` import `to`? Undefined when one of the two is not in the table. */
export function mayImport(from: string, to: string): boolean | undefined {
  const source = layers.find((layer) => layer.name === from);
  const target = layers.find((layer) => layer.name === to);
  if (source === undefined || target === undefined) return undefined;
  if (source === target || source.also.includes(to)) return true;
  const isApart = source.ring === servicesRing || faces.includes(from);
  if (isApart && target.ring === adaptersRing) return false;
  return target.ring < source.ring;
}

/** The table as it stands in docs/architecture.md. */
export function layersAsMarkdown(): string {
  const rows = layers.map((layer) => {
    const lower = layers
      .filter((other) => other !== layer && mayImport(layer.name, other.name))
      .map((other) => `\`${other.name}\``);
    const packages = layer.packages.map((name) => `\`${name}\``);
    return `| \`${layer.name}\` | ${layer.ring} | ${lower.join(", ") || "-"} | ${packages.join(", ") || "-"} |`;
  });
  return [
    "| folder | ring | may import | packages only it may import |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
}
