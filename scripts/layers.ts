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
  { name: "ports", ring: 1, also: [], packages: [] },
  { name: "host", ring: 2, also: [], packages: [] },
  { name: "config", ring: 2, also: ["host"], packages: ["smol-toml"] },
  { name: "cache", ring: 2, also: [], packages: [] },
  { name: "models", ring: 2, also: [], packages: ["@huggingface/tokenizers", "undici"] },
  { name: "native", ring: 2, also: [], packages: [] },
  { name: "storage", ring: 2, also: [], packages: ["better-sqlite3", "sqlite-vec", "stemmer"] },
  { name: "governor", ring: 2, also: [], packages: [] },
  { name: "syntax", ring: 2, also: [], packages: ["web-tree-sitter"] },
  { name: "indexing", ring: 3, also: [], packages: ["chokidar"] },
  { name: "symbols", ring: 3, also: [], packages: [] },
  { name: "search", ring: 3, also: [], packages: [] },
  { name: "memories", ring: 3, also: ["search"], packages: [] },
  { name: "engine", ring: 4, also: [], packages: [] },
  {
    name: "mcp",
    ring: 5,
    also: [],
    packages: ["@modelcontextprotocol/server", "@modelcontextprotocol/node", "zod"],
  },
  { name: "daemon", ring: 5, also: ["mcp"], packages: [] },
  { name: "cli", ring: 5, also: ["mcp", "daemon"], packages: ["commander", "jsonc-parser"] },
  { name: "index.ts", ring: 5, also: ["daemon"], packages: [] },
  { name: "embedder.ts", ring: 5, also: [], packages: [] },
  { name: "mcp.ts", ring: 5, also: ["mcp"], packages: [] },
];

/**
 * Services know ports, never adapters: ring 3 must not import ring 2. The engine wires the two.
 */
export const servicesRing = 3;
export const adaptersRing = 2;

/** May `from` import `to`? Undefined when one of the two is not in the table. */
export function mayImport(from: string, to: string): boolean | undefined {
  const source = layers.find((layer) => layer.name === from);
  const target = layers.find((layer) => layer.name === to);
  if (source === undefined || target === undefined) return undefined;
  if (source === target || source.also.includes(to)) return true;
  if (source.ring === servicesRing && target.ring === adaptersRing) return false;
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
