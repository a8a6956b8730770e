/*
 * docs/api.md: every call, option, default and error of the library, read off the types, with the examples of
 * docs/examples, which a test runs.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { optionOfKey, rowOf } from "../../src/config/options/options.ts";
import { formatValue } from "../../src/config/options/values.ts";
import { defaultInWords } from "../../src/config/template.ts";
import {
  type CallModel,
  type ExportModel,
  type Field,
  oneLine,
  type TypeModel,
  typeInWords,
} from "./type-model.ts";

const examples = join(import.meta.dirname, "..", "..", "docs", "examples");

/** The doors, as programs import them. */
export const doors = {
  haypile: "index.ts",
  "haypile/embedder": "embedder.ts",
  "haypile/mcp": "mcp.ts",
} as const;

interface Section {
  title: string;
  door: keyof typeof doors;
  says: string;
  /** Calls, classes and interfaces with calls, in this order. */
  exports: readonly string[];
  /** Records of options; "A - B": what A has beside B, with a word of what it lacks. */
  options: readonly string[];
  /** Files of docs/examples. */
  examples: readonly string[];
}

const sections: readonly Section[] = [
  {
    title: "Open a folder: `open()`",
    door: "haypile",
    says: "One index and what can be done with it. Nothing is loaded until it is needed: a status loads no model.",
    exports: ["open", "Engine", "CompactCalls", "Compaction"],
    options: [
      "OpenOptions",
      "IndexCallOptions",
      "SearchCallOptions",
      "SearchFilter",
      "WatchCallOptions",
      "FindSymbolOptions",
      "OutlineOptions",
      "FileAtOptions",
      "CompactOptions",
    ],
    examples: [
      "index-and-search.ts",
      "symbols.ts",
      "at-a-revision.ts",
      "history.ts",
      "watch.ts",
      "look-after.ts",
      "team-index.ts",
      "index-snapshots.ts",
    ],
  },
  {
    title: "Many folders and the memories: `openHome()`",
    door: "haypile",
    says: "For a program that lives long: engines of many folders and the memories of the user, over one model.",
    exports: ["openHome", "Home", "searchFolders", "ask"],
    options: ["HomeOptions - OpenOptions", "FoldersSearchOptions - SearchCallOptions"],
    examples: ["home.ts"],
  },
  {
    title: "Memories",
    door: "haypile",
    says: "`home.memories`, and `memories` of the daemon. `docs/memories.md` says how they are found and when they go.",
    exports: ["Memories", "MemoryImport", "projectOf", "rescueMemories"],
    options: ["RememberOptions", "RecallOptions", "MemoryFilter", "MemoryAnchor", "ImportOptions"],
    examples: ["memories.ts"],
  },
  {
    title: "The daemon: `connect()`",
    door: "haypile",
    says: "The same calls in the daemon of this user, which other programs and MCP clients share.",
    exports: ["connect", "DaemonClient", "Haypile", "CodeIndex", "RemoteEngine"],
    options: ["ConnectOptions"],
    examples: ["daemon.ts"],
  },
  {
    title: "Vectors alone: `haypile/embedder`",
    door: "haypile/embedder",
    says: "Texts in, unit vectors out; no database.",
    exports: ["loadEmbedder", "TextEmbedder"],
    options: ["ModelOptions - OpenOptions", "EmbedOptions", "EmbedProgress"],
    examples: ["embedder.ts"],
  },
  {
    title: "The MCP server in a program of yours: `haypile/mcp`",
    door: "haypile/mcp",
    says: "Its types name streams and servers of Node: `npm install --save-dev @types/node`. Tools: `docs/mcp.md`.",
    exports: [
      "openBackend",
      "createHttpListener",
      "serveProcess",
      "takeStdout",
      "serveStreams",
      "serveConnection",
      "createServerFactory",
      "readOrMakeToken",
      "IndexJobs",
      "McpBackend",
      "OpenedBackend",
    ],
    options: ["McpOptions", "HttpOptions - McpOptions", "McpConnection", "IndexJobsOptions"],
    examples: ["mcp-http.ts", "mcp-streams.ts", "mcp-process.ts"],
  },
  {
    title: "Errors: `HaypileError`",
    door: "haypile",
    says: "Whatever goes wrong is a `HaypileError` with a `code` that never changes its meaning (`docs/errors.md` has all), a message that says what was expected, what came and what to do, and `data` with the same facts.",
    exports: ["HaypileError", "errorCatalogue"],
    options: [],
    examples: ["errors.ts"],
  },
];

export function apiPage(model: TypeModel): string {
  const all = new Map<string, ExportModel>();
  for (const file of Object.values(doors)) {
    for (const one of model.exports(file)) if (!all.has(one.name)) all.set(one.name, one);
  }
  const find = (name: string): ExportModel => {
    const found = all.get(name);
    if (found === undefined)
      throw new Error(`scripts/lib/api-page.ts names ${name}, which is not exported.`);
    return found;
  };
  const shown = new Set<string>();
  const parts = sections.map((section) => sectionText(section, find, shown));
  const missing = readdirSync(examples).filter(
    (name) => !sections.some((one) => one.examples.includes(name)),
  );
  if (missing.length > 0)
    throw new Error(`docs/api.md shows no ${missing.join(", ")} of docs/examples.`);
  const exported = [...all.values()].filter(({ name }) => !shown.has(name));
  // Named in what is shown, though no door exports them: TypeScript finds them by themselves.
  const inner = model.named
    .filter(({ name }) => !all.has(name))
    .map((one) => ({ ...one, fields: one.type.kind === "object" ? one.type.fields : [] }))
    .map(
      ({ name, doc, fields }): ExportModel => ({
        name,
        doc,
        fields,
        kind: "interface",
        call: undefined,
        members: [],
        text: undefined,
      }),
    );
  const rest = [...exported, ...inner].sort((a, b) => (a.name < b.name ? -1 : 1));
  return `${head}
${parts.join("\n\n")}

## Types
What calls give and take, beside the options above.

${rest.map(typeText).join("\n\n")}
`;
}

const head = `<!-- Made by scripts/generate-docs.ts from the types in src, their comments and docs/examples; change it there. -->
# The library

\`npm install haypile\`. The package is an ES module; \`require("haypile")\` works too (Node 22.12 or newer). Importing it
loads neither ONNX Runtime nor SQLite. What has a \`close()\` takes \`await using\` as well; a second \`close()\` is harmless,
and forgetting it costs memory until the object is collected.

- **Options** are records. An unknown name, or a value of the wrong type, is \`HAYPILE_USAGE\` with the nearest name.
  Those of \`open()\` that stand in \`docs/configuration.md\` may come from files and the environment instead.
- **Stopping**: an AbortSignal ends a call with \`HAYPILE_ABORTED\`; what was stored stays.
- **Types** compile with \`skipLibCheck: false\`, with and without \`exactOptionalPropertyTypes\`.
- **Bundlers**: the native parts, grammars and models cannot go into a bundle. Install \`haypile\` beside it; marking it as
  external (\`esbuild --external:haypile\`) keeps the bundle small and is not needed. Without it, the first call says so.

The examples are files of \`docs/examples\`; a test runs each.
`;

function sectionText(
  section: Section,
  find: (name: string) => ExportModel,
  shown: Set<string>,
): string {
  const { title, door, says, exports, options, examples: files } = section;
  const show = (name: string): ExportModel => {
    shown.add(name);
    return find(name);
  };
  return [
    `## ${title}`,
    says,
    `\`import { ${exports.map((name) => (isTypeOnly(door, name) ? `type ${name}` : name)).join(", ")} } from "${door}"\``,
    ...files.map((name) => fenced(readFileSync(join(examples, name), "utf8"))),
    ...exports.map((name) => exportText(show(name))),
    ...options.map((name) => optionsText(name, show, find)),
  ].join("\n\n");
}

/** Exported as a type: no value of this name is there at run time. */
function isTypeOnly(door: keyof typeof doors, name: string): boolean {
  const source = readFileSync(join(examples, "..", "..", "src", doors[door]), "utf8");
  return [...source.matchAll(/export (type )?\{([^}]*)\}/g)].some(
    ([, isType, names = ""]) =>
      new RegExp(`(^|[\\s,])${isType === undefined ? "type " : ""}${name}\\b`).test(names) &&
      (isType !== undefined || names.includes(`type ${name}`)),
  );
}

function fenced(text: string): string {
  return `\`\`\`ts\n${text.trimEnd()}\n\`\`\``;
}

/** What every error has. */
const ofErrors: ReadonlySet<string> = new Set(["name", "message", "stack", "cause"]);

function exportText({ name, kind, doc, call, members, fields }: ExportModel): string {
  if (name === "RemoteEngine") {
    return `### RemoteEngine\n${oneLine(doc)} As \`CodeIndex\`.`;
  }
  if (call !== undefined) return `### ${name}()\n${callText(call)}`;
  const own = members.filter((one) => name !== "HaypileError" || !ofErrors.has(one.name));
  if (kind === "value") return `### ${name}\n${oneLine(doc)}`;
  return [
    `### ${name}`,
    ...(doc === "" ? [] : [oneLine(doc), ""]),
    ...(own.length === 0 ? [] : ["| call | gives | | errors |", "|---|---|---|---|"]),
    ...own.map(memberRow),
    ...(own.length === 0 || fields.length === 0 ? [] : [""]),
    ...(fields.length === 0
      ? []
      : ["| field | type | |", "|---|---|---|", ...fields.map(fieldRow)]),
  ].join("\n");
}

function callText({ name, signatures, doc, throws }: CallModel): string {
  return [
    fenced(signatures.map((one) => `${name}${one}`).join("\n")),
    "",
    prose(doc),
    ...(throws === "" ? [] : ["", `Errors: ${errorsOf(throws)}.`]),
  ].join("\n");
}

function memberRow({ name, signatures, doc, throws }: CallModel): string {
  const split = signatures.map((one) => /^(\(.*\))?: (.*)$/s.exec(one) ?? ["", "", one]);
  const calls = split.map(([, parameters = ""]) => `\`${name}${parameters}\``);
  const gives = split.map(([, , result = ""]) => `\`${result}\``);
  return `| ${cell(calls.join("<br>"))} | ${cell([...new Set(gives)].join("<br>"))} | ${cell(prose(doc))} | ${cell(errorsOf(throws))} |`;
}

function fieldRow({ name, type, isOptional, doc }: Field): string {
  return `| \`${name}${isOptional ? "?" : ""}\` | \`${cell(typeInWords(type))}\` | ${cell(oneLine(doc))} |`;
}

function optionsText(
  wanted: string,
  show: (name: string) => ExportModel,
  find: (name: string) => ExportModel,
): string {
  const [name = "", base] = wanted.split(" - ");
  const { doc, fields, members } = show(name);
  const known = base === undefined ? [] : find(base).fields.map((field) => field.name);
  const own = fields.filter((field) => !known.includes(field.name));
  const lacking = known.filter((one) => !fields.some((field) => field.name === one));
  const says = [
    ...(doc === "" ? [] : [oneLine(doc)]),
    ...(base === undefined ? [] : [beside(base, own.length, lacking)]),
  ];
  const isOfTable = /^(Open|Home|Model)Options$/.test(name);
  const rows = [
    ...own.map((field) => optionRow(field, isOfTable)),
    ...members.map((one) =>
      optionRow(
        {
          name: one.name,
          type: {
            kind: "opaque",
            text: (one.signatures[0] ?? "").replace(/^: /, "").replace(/ \| undefined$/, ""),
          },
          isOptional: true,
          doc: one.doc,
        },
        false,
      ),
    ),
  ];
  const table =
    rows.length === 0 ? [] : ["", "| option | type | default | |", "|---|---|---|---|", ...rows];
  return [`### ${name}`, ...(says.length === 0 ? table.slice(1) : [says.join(" "), ...table])].join(
    "\n",
  );
}

function beside(base: string, own: number, lacking: readonly string[]): string {
  const without =
    lacking.length === 0 ? "" : `, without ${lacking.map((one) => `\`${one}\``).join(", ")}`;
  return `As \`${base}\`${without}${own === 0 ? "." : ", and:"}`;
}

/** "Default 10." in a comment becomes the cell of its own. */
const defaultInDoc = /\s*\bDefaults?:? ("[^"]*"[^.]*|[^.]*(?:\.\d[^.]*)*)(?:\.(?=\s|$)|$)/;

function optionRow({ name, type, isOptional, doc }: Field, isOfTable: boolean): string {
  const option = isOfTable ? optionOfKey(name) : undefined;
  const said = defaultInDoc.exec(doc);
  const usual =
    option === undefined
      ? (said?.[1] ?? (isOptional ? "-" : "needed"))
      : defaultInWords(option, (value) => formatValue(option, value));
  const text =
    oneLine(doc.replace(defaultInDoc, "")) ||
    (option === undefined ? "" : sentence(rowOf(option).says));
  return `| \`${name}${isOptional ? "?" : ""}\` | \`${cell(typeInWords(type))}\` | ${cell(oneLine(usual))} | ${cell(text)} |`;
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}

function typeText({ name, doc, kind, fields, members, text }: ExportModel): string {
  if (text !== undefined)
    return `### ${name}\n${doc === "" ? "" : `${oneLine(doc)} `}\`${cell(text)}\``;
  return exportText({ name, doc, kind, fields, members, call: undefined, text });
}

/** Paragraphs on one line, without what belongs to the code: @param and the like are tags, not text. */
function prose(doc: string): string {
  return oneLine(doc);
}

function errorsOf(throws: string): string {
  return oneLine(throws)
    .replaceAll(/^HaypileError |; HaypileError /g, "")
    .replaceAll(/HAYPILE_\w+/g, "`$&`")
    .replace(/\.$/, "");
}

function cell(text: string): string {
  const short = text.replace(/"HAYPILE_\w+" \| .*"HAYPILE_\w+"/, "ErrorCode");
  return short.replaceAll("|", "\\|");
}
