/* The text of docs/configuration.md, from the options table and the host's tables. */
import { foreignKnobs, type Knob } from "../../src/config/foreign/foreign-knobs.ts";
import { optionNames, rowOf } from "../../src/config/options/options.ts";
import { isOfCalls, type TakesEffect, takesEffect } from "../../src/config/options/takes-effect.ts";
import { formatSize, formatValue } from "../../src/config/options/values.ts";
import { defaultInWords } from "../../src/config/template.ts";
import { profileSentences, profiles } from "../../src/host/profiles.ts";
import {
  applePoints,
  cpuPoints,
  lightBelowBytes,
  memoryPoints,
  tiers,
} from "../../src/host/score.ts";
import { storageProfiles, storageValues, tierValues } from "../../src/host/values.ts";

const code = (text: string): string => `\`${text}\``;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")).replaceAll(" ", ""), ...rows.map(line)].join(
    "\n",
  );
}

const untrustedWords = {
  any: "yes",
  lower: "less only",
  off: "only `false`",
  never: "no",
} as const;

function optionTables(): string {
  const sections = [...new Set(optionNames.map((name) => name.split(".")[0] ?? ""))];
  return sections
    .map((section) => {
      const rows = optionNames
        .filter((name) => name.startsWith(`${section}.`))
        .map((name) => {
          const row = rowOf(name);
          const range =
            row.choices?.join(", ") ??
            row.range?.map((limit) => formatValue(name, limit)).join(" to ") ??
            row.type;
          return [
            code(name.slice(section.length + 1)),
            row.says,
            `${row.choices === undefined && row.range !== undefined ? `${row.type}, ` : ""}${range}`,
            defaultInWords(name, (value) => formatValue(name, value)),
            [row.flag, row.env]
              .filter((one) => one !== undefined)
              .map(code)
              .join("<br>"),
            untrustedWords[row.untrusted],
          ];
        });
      return `### [${section}]\n${table(["key", "what it decides", "values", "default", "flag, variable", "untrusted"], rows)}`;
    })
    .join("\n\n");
}

function tierTable(): string {
  const host = { cores: 16, memoryBytes: 64e9 };
  const values = tiers.map((tier) => tierValues(tier, host));
  const row = (what: string, of: (one: (typeof values)[number]) => string | number): string[] => [
    what,
    ...values.map((one) => String(of(one))),
  ];
  const limits = ["1/8 of memory, 192MB to 768MB", "1/12, 768MB to 2GB", "1/12, 2GB to 8GB"];
  return table(
    ["", ...tiers],
    [
      row("threads inside one run", (one) => one.intraOpThreads),
      ["runs side by side", ...values.map(() => "CPUs / threads")],
      row("tokens per run", (one) => one.tokensPerRun),
      row("number format wanted", (one) => one.quantisation),
      ["memory limit, never above half", ...limits],
      row("caches of results", (one) => formatSize(one.cacheBytes)),
      row("bits of large indexes", (one) => formatSize(one.bitsBytes)),
      row("SQLite's page cache", (one) => formatSize(one.pageCacheBytes)),
    ],
  );
}

function storageTable(): string {
  const rows = storageProfiles.map((profile) => {
    const one = storageValues(profile, "ssd");
    const bytes = (value: number | undefined): string =>
      value === undefined ? "by tier" : formatSize(value);
    return [
      code(profile),
      bytes(one.pageCacheBytes),
      bytes(one.bitsBytes),
      bytes(one.checkpointBytes),
      bytes(one.walLimitBytes),
      bytes(one.mmapBytes),
    ];
  });
  return table(["profile", "page cache", "bits", "checkpoint", "log limit", "mmap"], rows);
}

function knobTable(): string {
  const groups = new Map<Knob, string[]>();
  for (const [name, knob] of Object.entries(foreignKnobs)) {
    groups.set(knob, [...(groups.get(knob) ?? []), code(name)]);
  }
  const rows = [...groups].map(([knob, names]) =>
    "option" in knob
      ? [names.join(", "), `taken as ${code(knob.option)}`, knob.note]
      : [
          names.join(", "),
          knob.accepts === undefined
            ? "refused"
            : `refused, except ${knob.accepts.map((one) => code(String(one))).join(", ")}`,
          knob.refused,
        ],
  );
  return table(["knobs", "", "why"], rows);
}

/** Whole sections by their name. */
function reached(when: TakesEffect, ofCalls?: boolean): string {
  const found = optionNames.filter(
    (name) => takesEffect(name) === when && (ofCalls ?? isOfCalls(name)) === isOfCalls(name),
  );
  const whole = [...new Set(found.map((name) => name.split(".")[0]))].filter((section) => {
    const all = optionNames.filter((name) => name.startsWith(`${section}.`));
    return all.length > 1 && all.every((name) => found.includes(name));
  });
  const single = found.filter((name) => !whole.some((section) => name.startsWith(`${section}.`)));
  return [...single, ...whole.map((section) => `${section}.*`)].map(code).join(", ");
}

const steps = (rows: readonly (readonly [number, number])[], unit: string): string =>
  [...rows]
    .reverse()
    .map(([from, points]) => `from ${from}${unit} ${points}`)
    .join(", ");

/** The page. */
export function configurationPage(): string {
  return `<!-- Made by scripts/generate-docs.ts from src/config/options/options.ts and src/host; change it there. -->
# Configuration

Nothing has to be set: defaults come from the machine. \`haypile config list\` shows every option with its value and
where it came from. The last of these that says something counts:

default → tier → profile → user file → project file → environment → flag (or option of \`open()\`).

## Files
Both are called \`haypile.toml\`. Yours lies in the configuration folder (\`haypile config path\`;
\`HAYPILE_CONFIG_DIR\` moves it), a project's in its folder or one above. \`haypile config init\` writes one with every
option as a comment, \`haypile config set memory.max 512MB\` changes one line and leaves the others as they are.
A model named in a file is that of new indexes; an index keeps its own until a flag or variable says otherwise.

\`\`\`toml
[memory]
max = "512MB"

[search]
limit = 20
deadline = "2s"
\`\`\`

Sizes are written \`256MB\` (1,000,000 bytes each), \`256MiB\` (1,048,576) or as bytes; durations \`30s\`, \`250ms\`,
\`2min\` or as milliseconds. An unknown key, a bad value and a line that is not TOML are errors
(\`HAYPILE_CONFIG_INVALID\`) that name the file and what was probably meant.

## While a daemon runs
A daemon reads your file again when it changes: \`haypile config set\` tells it and says on stderr what became of that; a change by
hand it sees within five seconds, or when the next command comes. \`haypile config get\` and \`list\` with \`--daemon\` show the options
as they are in force there. Variables of the daemon's own environment go before the file there too.

- At once: ${reached("now")}. \`memory.max\` where a limit was kept before; a first limit, or none any more, waits for a start.
- At the next call: ${reached("next call", true)}.
- At the next call, for which an index is opened anew (one that is in use then, at a later call): ${reached("next call", false)}.
  A project's own file is looked at before each call in that project, and what it changes of these two kinds holds then. In options of the memory and of the daemon itself the daemon goes by your own file.
- When it is started again (\`haypile restart\`): all others. Until then commands do the work themselves, by the file as it is.

## Project files and trust
A \`haypile.toml\` that came with a clone may not widen what you allow. Until you have read it and run
\`haypile config trust\`, it may only narrow: the column "untrusted" below says how. The rest is left out, with one
line on stderr. Trust holds for the file as it is; changed by a pull, it has to be trusted again. What you write with
\`haypile config set --project\` into a new or trusted file is trusted.

## The machine: score, tier, profile
The score has three parts, 11 at most. A container's limits stand in place of the machine's.

- Memory: ${steps(memoryPoints, " GB")} (GB of 1,000,000,000 bytes, as the system reports it).
- CPU: fewer than 4 usable CPUs 0; Apple chips ${Object.entries(applePoints)
    .map(([name, points]) => `${name} ${points}`)
    .join(", ")}; others ${steps(cpuPoints, " CPUs")}, and one
  less without AVX2 (x64) or the dot product instructions (arm64).
- Accelerator: an NVIDIA GPU where the library of CUDA's provider lies beside that of ONNX Runtime 2, an Apple chip (Neural Engine)
  where ONNX Runtime's library is installed 1. One that no provider here can use counts for nothing. Points are not use: a model runs
  there only with \`embed.provider\`, and packed weights never.

Tier: light to 2, standard to 6, heavy from 7; below ${formatSize(lightBelowBytes)} of memory always light. \`--tier\` forces one; each value
can be set alone. Where workers or threads are set, the other fills the CPUs; where a memory limit is set, caches keep to
their part of it (results 1/8, bits 1/4, pages 1/16).

${tierTable()}

Cache sizes are those of large machines; they never take more than these parts of the limit. fp32 takes effect with a
model that comes in it; the known embedding models come in int8, and \`haypile status\` says which is used.

Other tools count a batch in texts: 8, 16 or 64. Runs here are bounded in padded tokens, since those decide memory and
time: 320 tokens are 8 texts of 40 tokens, or 64 of 5. All tiers have 320: larger runs took more memory and more CPU
time for each text (decision 0019). For a batch of n texts of t tokens set \`embed.tokens-per-run\` to n × t.

Profiles (\`--profile\`) change the tier's values:

${profiles.map((profile) => `- \`${profile}\`: ${profileSentences[profile]}`).join("\n")}

## Options
${optionTables()}

Beside these, the environment has \`HAYPILE_DATA_DIR\` (indexes, models), \`HAYPILE_CACHE_DIR\` (what can be made again),
\`HAYPILE_CONFIG_DIR\`, \`HAYPILE_ADDON_DIR\`, \`NO_COLOR\`, and \`HTTPS_PROXY\`, \`HTTP_PROXY\`, \`NO_PROXY\`. Any other variable
that begins with \`HAYPILE_\` is told on stderr: it means nothing.

## Storage
${storageTable()}

On \`hdd\` and \`sd\` a new file has pages of ${formatSize(storageValues("balanced", "hdd").pageSizeBytes)} and the checkpoint is at least ${formatSize(storageValues("low-memory", "hdd").checkpointBytes)}. The kind of disk is detected
on Linux by the device of the data folder; disks of virtual machines and network drives count as \`ssd\`.
No tier and no profile maps the file: a mapped file that another program cuts short ends the process, where a read gives an error.

### Knobs of other stores
The store is SQLite with a write-ahead log, not a merge tree. Keys that people know from those are taken under
\`[storage]\` and \`[storage.advanced]\` where there is an honest equivalent; the others are refused with the reason,
never ignored. They may be written with \`-\`, \`_\` or as \`writeBufferSize\`, and end in a unit (\`_mb\`, \`_bytes\`,
\`_seconds\`) for a plain number: \`write_buffer_size_mb = 64\`.

${knobTable()}
`;
}
