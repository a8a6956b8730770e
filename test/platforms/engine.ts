/* A small project indexed, searched by meaning, word and name, changed and searched again: with LF and with CRLF. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { realPathSync } from "../../src/base/paths/real-path.ts";
import { haypile, report, Skipped, scratch, writeFiles } from "./harness.ts";

const base = realPathSync(scratch("engine"));
const data = join(base, "data");
const files = {
  ".gitignore": "ignored.ts\n",
  "ignored.ts": "export const ignored = 1;\n",
  "src/Retry Delay.ts": `/** How long is waited before the next try. */
export function retryDelay(tries: number): number {
  const base = 100;
  return Math.min(base * 2 ** tries, 30_000);
}

export class Queue {
  #items: string[] = [];

  /** Puts an item at the end of the line. */
  enqueue(item: string): void {
    this.#items.push(item);
  }
}
`,
  "docs/k\u00fcche.md":
    "# Kitchen\n\nThe kettle boils water for tea.\n\n## Storage\n\nSpoons lie in a drawer.\n",
  "lib/colour.py":
    'def mix(red, green):\n    """Blends two colours into one."""\n    return (red + green) / 2\n',
};
const crlf = Object.fromEntries(
  Object.entries(files).map(([path, text]) => [path, text.replaceAll("\n", "\r\n")]),
);

interface Hit {
  path: string;
  startLine: number;
  endLine: number;
  score: number;
}

const run = (cwd: string, ...args: string[]) => haypile(args, { data, cwd });

async function json<T>(cwd: string, ...args: string[]): Promise<T> {
  const { code, out, err } = await run(cwd, ...args, "--json");
  assert.equal(code, 0, err);
  return JSON.parse(out) as T;
}

async function search(cwd: string, query: string, ...more: string[]): Promise<Hit[]> {
  const { hits } = await json<{ hits: Hit[] }>(cwd, "search", query, "--here", ...more);
  return hits.map(({ path, startLine, endLine, score }) => ({ path, startLine, endLine, score }));
}

const [lf, cr] = [join(base, "with lf"), join(base, "with crlf")];
writeFiles(lf, files);
writeFiles(cr, crlf);

await report({
  "the native part is here": async () => {
    const { code, out, err } = await run(base, "doctor");
    if (/native addon: .*could not be loaded/u.test(out)) throw new Skipped(out.slice(0, 300));
    assert.equal(code, 0, `${out}\n${err}`);
    return out.split("\n").slice(0, 4).join(" | ");
  },
  "a project is indexed": async () => {
    for (const folder of [lf, cr]) {
      const said = await json<Record<string, unknown>>(folder, "index", folder, "--here");
      assert.ok(said);
    }
  },
  "it is found by meaning, with paths with slashes": async () => {
    const [hit] = await search(lf, "how long do we wait until trying again");
    assert.equal(hit?.path, "src/Retry Delay.ts");
    const [other] = await search(lf, "blend colours");
    assert.equal(other?.path, "lib/colour.py");
    const [third] = await search(lf, "boiling water");
    assert.equal(third?.path, "docs/k\u00fcche.md");
  },
  "CRLF changes neither lines nor ranks nor scores": async () => {
    for (const query of ["retryDelay", "put an item in the queue", "spoons drawer", "mix"]) {
      assert.deepEqual(await search(cr, query), await search(lf, query), query);
    }
  },
  "definitions have the same lines with CRLF": async () => {
    const of = async (folder: string) =>
      await json<unknown>(folder, "outline", "src", "--depth", "2");
    const [one, other] = [await of(lf), await of(cr)];
    assert.deepEqual(other, one);
    assert.match(JSON.stringify(one), /enqueue/u);
  },
  "filters take the paths of this system": async () => {
    const said = ["src", "src/*.ts", join(lf, "src")];
    if (process.platform === "win32") said.push("src\\*.ts", "SRC", ".\\src\\");
    for (const one of said) {
      const hits = await search(lf, "retry delay", "--in", one);
      assert.ok(hits.length > 0, one);
      assert.ok(
        hits.every(({ path }) => path.startsWith("src/")),
        one,
      );
    }
  },
  "the same folder in other letters has the same index, where the disk takes them for one":
    async () => {
      const other = join(base, "WITH LF");
      if (!existsSync(other)) throw new Skipped("names are told apart by case here");
      const [hit] = await search(other, "retryDelay");
      assert.equal(hit?.path, "src/Retry Delay.ts");
    },
  "a second run finds nothing to do, and a change is found": async () => {
    writeFileSync(join(lf, "docs", "new.md"), "# Gardens\n\nTulips bloom in April.\n");
    await json(lf, "index", lf, "--here");
    const [hit] = await search(lf, "flowers in spring");
    assert.equal(hit?.path, "docs/new.md");
  },
  "memories are found by meaning, and say when the code that they speak of changed": async () => {
    const path = join(lf, "src", "Retry Delay.ts");
    const said = await run(
      lf,
      "remember",
      "retries are capped at half a minute",
      "--namespace",
      ".",
      "--anchor",
      `${path}#retryDelay`,
      "--here",
    );
    assert.equal(said.code, 0, said.err);
    const fresh = await run(
      lf,
      "recall",
      "how long may a retry take",
      "--namespace",
      ".",
      "--json",
      "--here",
    );
    assert.match(fresh.out, /half a minute/u, fresh.err);
    writeFileSync(path, files["src/Retry Delay.ts"].replaceAll("\n", "\r\n"));
    const same = await run(
      lf,
      "recall",
      "how long may a retry take",
      "--namespace",
      ".",
      "--json",
      "--here",
    );
    assert.doesNotMatch(same.out, /"changes":\s*\[\s*"/u, same.out);
  },
});
