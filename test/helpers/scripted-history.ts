/*
 * A made-up history whose right answers are known, because the script that makes it knows which function is which: it
 * renames, moves, edits and merges them itself, and compares what it knows of each before and after a commit, never the
 * text. Given to git as a stream for fast-import.
 */
import { execFileSync } from "node:child_process";
import { seededRandom } from "./temp-tree.ts";

export interface ScriptedEvent {
  /** Number of its commit, from 1. */
  mark: number;
  change: string;
}

interface Fn {
  id: number;
  name: string;
  doc: string;
  body: string[];
  /** White space that says nothing. */
  indent: string;
  events: ScriptedEvent[];
}

interface Tree {
  files: Map<string, { head: string[]; fns: Fn[] }>;
  /** What was removed, by path and name: who adds it again goes on with it. */
  graves: Map<string, ScriptedEvent[]>;
}

export interface ScriptedHistory {
  /** Of each function that is there at the end. */
  functions: { path: string; name: string; events: ScriptedEvent[] }[];
  /** Ids of the commits by their numbers. */
  commits: string[];
  operations: number;
}

const words = ["amber", "birch", "cedar", "delta", "ember", "flint", "grove", "heron", "iris"];

/** Makes `commits` commits in an empty repository. @returns what is right */
export function scriptHistory(folder: string, seed: number, commits: number): ScriptedHistory {
  const script = new Script(seed);
  script.run(commits);
  const git = (...args: string[]): string =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
  git("init", "-q", "-b", "main");
  execFileSync("git", ["fast-import", "--quiet", "--export-marks=marks"], {
    cwd: folder,
    input: script.stream(),
  });
  git("reset", "-q", "--hard", "main");
  const ids: string[] = [];
  for (const line of execFileSync("cat", ["marks"], { cwd: folder, encoding: "utf8" }).split(
    "\n",
  )) {
    const [mark = "", id = ""] = line.split(" ");
    if (id !== "") ids[Number(mark.slice(1))] = id;
  }
  execFileSync("rm", ["marks"], { cwd: folder });
  const functions = [...script.main.files].flatMap(([path, { fns }]) =>
    fns.map(({ name, events }) => ({ path, name, events })),
  );
  return { functions, commits: ids, operations: script.operations };
}

class Script {
  readonly #random: () => number;
  readonly #out: string[] = [];
  main: Tree = { files: new Map(), graves: new Map() };
  operations = 0;
  #mark = 0;
  #next = 1;
  #mainMark = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  stream(): string {
    return `${this.#out.join("")}reset refs/heads/main\nfrom :${this.#mainMark}\n\n`;
  }

  run(commits: number): void {
    this.#commitOn(() => {
      for (let at = 0; at < 3; at += 1) {
        const path = this.#path();
        this.main.files.set(path, { head: this.#head(3), fns: [] });
        for (let more = 0; more < 4; more += 1) this.#add(this.main, path);
      }
    });
    while (this.#mark < commits) {
      if (this.#mark > 8 && this.#random() < 0.08) this.#branchAndMerge();
      else this.#commitOn(() => this.#some(this.main, this.#random() < 0.5));
    }
  }

  /** Edits on both sides, then a merge that has all of them; now and then with an edit of its own. */
  #branchAndMerge(): void {
    const base = copyOf(this.main);
    const from = this.#mainMark;
    let side = copyOf(this.main);
    let sideMark = from;
    const commitSide = (): void => {
      const before = copyOf(side);
      const path = this.#one([...side.files.keys()]);
      this.#edit(side, path, 0);
      sideMark = this.#write(before, side, [sideMark]);
    };
    const commitMain = (): void => {
      const before = copyOf(this.main);
      const path = this.#one([...this.main.files.keys()]);
      this.#edit(this.main, path, 1);
      this.#mainMark = this.#write(before, this.main, [this.#mainMark]);
    };
    for (let at = 0; at < 2 + this.#below(3); at += 1) {
      if (this.#random() < 0.5) commitSide();
      else commitMain();
    }
    commitSide();
    commitMain();
    this.#merge(base, side, sideMark);
    side = base;
  }

  #merge(base: Tree, side: Tree, sideMark: number): void {
    const merged = copyOf(this.main);
    const isEvil = this.#random() < 0.4;
    const evil = this.#one([...merged.files.keys()]);
    const mark = this.#mark + 1;
    for (const [path, file] of merged.files) {
      const ours = textOf(this.main, path);
      const theirs = textOf(side, path);
      const was = base.files.get(path)?.fns ?? [];
      file.fns = file.fns.map((fn, at) => {
        const then = was[at] as Fn;
        const other = side.files.get(path)?.fns[at] as Fn;
        const body = fn.body.map((line, n) =>
          line === then.body[n] ? (other.body[n] ?? line) : line,
        );
        return { ...fn, body };
      });
      if (isEvil && path === evil) {
        const fn = this.#one(file.fns);
        fn.body[2] = this.#line();
      }
      const text = textOf(merged, path);
      for (const [at, fn] of file.fns.entries()) {
        const left = this.main.files.get(path)?.fns[at] as Fn;
        const right = side.files.get(path)?.fns[at] as Fn;
        if (text === ours) fn.events = left.events;
        else if (text === theirs) fn.events = right.events;
        else if (isSame(fn, left)) fn.events = left.events;
        else if (isSame(fn, right)) fn.events = right.events;
        else {
          const all = new Map([...left.events, ...right.events].map((one) => [one.mark, one]));
          const own = fn.body.some(
            (line) => !left.body.includes(line) && !right.body.includes(line),
          );
          if (own) all.set(mark, { mark, change: "merged" });
          fn.events = [...all.values()].sort((a, b) => b.mark - a.mark);
        }
      }
    }
    this.main = merged;
    this.#mainMark = this.#write(undefined, merged, [this.#mainMark, sideMark]);
  }

  #commitOn(work: () => void): void {
    const before = copyOf(this.main);
    work();
    this.#mainMark = this.#write(before, this.main, this.#mainMark === 0 ? [] : [this.#mainMark]);
  }

  /** One to three operations on different functions. */
  #some(tree: Tree, isMore: boolean): void {
    const touched = new Set<number>();
    for (let at = 0; at < (isMore ? 3 : 1); at += 1) {
      const path = this.#one([...tree.files.keys()]);
      const file = tree.files.get(path);
      const fn = file?.fns.find(({ id }) => !touched.has(id) && this.#random() < 0.4);
      if (file === undefined || fn === undefined) continue;
      touched.add(fn.id);
      this.operations += 1;
      const draw = this.#below(20);
      if (draw < 7) fn.body[this.#below(fn.body.length)] = this.#line();
      else if (draw < 8) fn.body[1] = `  // ${this.#word()}`;
      else if (draw < 9) fn.doc = this.#word();
      else if (draw < 10) fn.indent = fn.indent === "  " ? "    " : "  ";
      else if (draw < 11) file.head = this.#head(1 + this.#below(9));
      else if (draw < 13) fn.name = this.#name();
      else if (draw < 14) file.fns.reverse();
      else if (draw < 15 && tree.files.size > 1 && file.fns.length > 1) {
        const to = this.#one([...tree.files.keys()].filter((one) => one !== path));
        file.fns = file.fns.filter((one) => one !== fn);
        tree.files.get(to)?.fns.push(fn);
      } else if (draw < 16 && file.fns.length > 2) {
        file.fns = file.fns.filter((one) => one !== fn);
        tree.graves.set(`${path}#${fn.name}`, fn.events);
      } else if (draw < 17) this.#add(tree, path);
      else if (draw < 18 && this.#random() < 0.6) {
        tree.files.delete(path);
        if (this.#random() < 0.3) file.head = this.#head(60);
        tree.files.set(this.#path(), file);
        for (const { id } of file.fns) touched.add(id);
        break;
      } else if (draw < 19) {
        const grave = [...tree.graves.keys()].find((one) => one.startsWith(`${path}#`));
        if (grave !== undefined) this.#add(tree, path, grave.slice(path.length + 1));
      } else {
        fn.name = this.#name();
        fn.body[0] = this.#line();
      }
    }
  }

  /** A change of one line of a function; each side of a merge has lines of its own. */
  #edit(tree: Tree, path: string, line: number): void {
    const fn = this.#one(tree.files.get(path)?.fns ?? []);
    fn.body[line] = this.#line();
    this.operations += 1;
  }

  #add(tree: Tree, path: string, name = this.#name()): void {
    const body = Array.from({ length: 6 + this.#below(4) }, () => this.#line());
    const id = this.#next++;
    const fn = { id, name, doc: this.#word(), body, indent: "  ", events: [] };
    tree.files.get(path)?.fns.push(fn);
  }

  /** @param before undefined: the events are noted */
  #write(before: Tree | undefined, tree: Tree, parents: readonly number[]): number {
    this.#mark += 1;
    const mark = this.#mark;
    if (before !== undefined) this.#note(before, tree, mark);
    const time = 1_600_000_000 + mark * 3_600;
    const lines = [`commit refs/heads/work\nmark :${mark}\n`];
    lines.push(
      `author Ann <ann@example.com> ${time} +0000\ncommitter Ann <ann@example.com> ${time} +0000\n`,
    );
    lines.push(`data ${String(mark).length + 7}\ncommit ${mark}\n`);
    if (parents[0] !== undefined) lines.push(`from :${parents[0]}\n`);
    for (const parent of parents.slice(1)) lines.push(`merge :${parent}\n`);
    lines.push("deleteall\n");
    for (const path of tree.files.keys()) {
      const text = textOf(tree, path);
      lines.push(`M 100644 inline ${path}\ndata ${Buffer.byteLength(text)}\n${text}\n`);
    }
    if (parents.length === 0) this.#out.push("reset refs/heads/work\n");
    this.#out.push(...lines, "\n");
    return mark;
  }

  #note(before: Tree, tree: Tree, mark: number): void {
    const was = placesIn(before);
    for (const [path, { fns }] of tree.files) {
      for (const fn of fns) {
        const then = was.get(fn.id);
        const grave = tree.graves.get(`${path}#${fn.name}`) ?? [];
        if (then === undefined) {
          fn.events = [{ mark, change: "added" }, ...grave];
          tree.graves.delete(`${path}#${fn.name}`);
        } else if (then.path !== path) fn.events = [{ mark, change: "moved" }, ...fn.events];
        else if (then.fn.name !== fn.name) fn.events = [{ mark, change: "renamed" }, ...fn.events];
        else if (!isSame(then.fn, fn)) fn.events = [{ mark, change: "changed" }, ...fn.events];
      }
    }
    const is = placesIn(tree);
    for (const [id, { path, fn }] of was) {
      if (is.has(id)) continue;
      tree.graves.set(`${path}#${fn.name}`, [{ mark, change: "removed" }, ...fn.events]);
    }
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T;
  }

  #word(): string {
    return `${this.#one(words)} ${this.#below(1e6)}`;
  }

  #line(): string {
    return `  const ${this.#one(words)}${this.#below(1e6)} = a * ${this.#below(1e6)} + ${this.#below(1e6)};`;
  }

  #name(): string {
    return `${this.#one(words)}${this.#next++}Of`;
  }

  #path(): string {
    return `${this.#one(["", "in/", "in/deep/"])}${this.#one(words)}${this.#next++}.ts`;
  }

  #head(lines: number): string[] {
    return Array.from({ length: lines }, () => `// ${this.#word()}`);
  }
}

function placesIn(tree: Tree): Map<number, { path: string; fn: Fn }> {
  const all = [...tree.files].flatMap(([path, { fns }]) =>
    fns.map((fn) => [fn.id, { path, fn }] as const),
  );
  return new Map(all);
}

function isSame(a: Fn, b: Fn): boolean {
  return a.body.join("\n") === b.body.join("\n");
}

function copyOf({ files, graves }: Tree): Tree {
  const copied = [...files].map(
    ([path, { head, fns }]) =>
      [path, { head: [...head], fns: fns.map((fn) => ({ ...fn, body: [...fn.body] })) }] as [
        string,
        { head: string[]; fns: Fn[] },
      ],
  );
  return { files: new Map(copied), graves: new Map(graves) };
}

function textOf({ files }: Tree, path: string): string {
  const { head, fns } = files.get(path) as { head: string[]; fns: Fn[] };
  const parts = fns.map(({ name, doc, body, indent }) => {
    const own = body.map((line) => indent + line.trimStart());
    return `/** ${doc} */\nexport function ${name}(a: number): number {\n${own.join("\n")}\n${indent}return a;\n}\n`;
  });
  return `${head.join("\n")}\n\n${parts.join("\n")}`;
}
