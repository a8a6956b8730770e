/*
 * The code of one commit, as far as a question needs it: which files there are, what stands in them, and the table of
 * definitions and uses that is filled from them.
 */
import { HaypileError } from "../../../base/errors.ts";
import type { AnsweredAt } from "../../../ports/answers/time/answered-at.ts";
import { type ParseFailure, parseFailures } from "../../../ports/syntax.ts";
import type { BlobFacts } from "../../../storage/sqlite/blobs/blob-cache.ts";
import { decodeHead } from "../../../storage/sqlite/blobs/parse-code.ts";
import { canUse } from "../../../symbols/language-habits.ts";
import type { TreeFile } from "../../git/objects.ts";
import type { Revision } from "../../git/revisions.ts";
import type { CommitFiles, NotCode } from "./code-files.ts";
import { WantedName } from "./name-sieve.ts";
import type { BlobLack, CodeBlobs } from "./read-blobs.ts";
import { RevisionTable, type Want } from "./revision-table.ts";
import { isStemOf, stemOf } from "./stems.ts";

/** Times a question is asked anew with what it named the time before. */
const mostRounds = 12;
/** Files that are parsed for one name, and for one question. */
const mostOfName = 1_500;
const mostOfQuestion = 3_000;
/** Files that only have some words of what is looked for. */
const mostWithWords = 400;

export interface KnownFacts {
  files: CommitFiles;
  /** For each file of `files.code`. */
  facts: readonly (BlobFacts | BlobLack)[];
}

export class CommitCode {
  readonly revision: Revision;
  readonly table: RevisionTable;
  readonly #known: KnownFacts;
  readonly #blobs: CodeBlobs;
  readonly #places: ReadonlyMap<string, number>;
  readonly #done = new Set<string>();
  readonly #unparsed = new Map<string, ParseFailure>();
  readonly #partly = new Set<string>();
  readonly #cut = new Map<string, string>();
  readonly #importersOf = new Set<string>();
  #lacking = 0;
  #loaded = 0;
  /** Files near it come first where not all are read. */
  #near = "";

  /** @param known facts of all files that a question may need: those without count for nothing */
  constructor(revision: Revision, known: KnownFacts, blobs: CodeBlobs) {
    this.revision = revision;
    this.#known = known;
    this.#blobs = blobs;
    const paths = known.files.code.map(({ path }) => path);
    this.table = new RevisionTable(paths);
    this.#places = new Map(paths.map((path, at) => [path, at]));
    for (const [at, fact] of known.facts.entries()) {
      const isLack = typeof fact === "string";
      if (isLack) this.#lacking += 1;
      if (isLack || fact.skip !== "") this.table.add(paths[at] as string, "");
    }
    for (const why of known.files.leftOut.values()) if (why === "missing") this.#lacking += 1;
  }

  /** Which commit the answer is of, and what it lacks. */
  get answered(): AnsweredAt {
    const { commit, at, said } = this.revision;
    const notes = this.#notes();
    const date = new Date(at).toISOString();
    return { commit, date, said, ...(notes.length === 0 ? {} : { notes }) };
  }

  /**
   * Asks until nothing is wanted that is not there.
   * @param ask what a service answers from the table; an error that says that a name is missing is thrown at the end
   */
  async ask<T>(ask: () => T): Promise<T> {
    for (let round = 1; ; round += 1) {
      let answer: { value: T } | { error: unknown };
      try {
        answer = { value: ask() };
      } catch (error) {
        if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_SYMBOL_MISSING") throw error;
        answer = { error };
      }
      const brought = await this.#bring(this.table.takeWants());
      if (brought > 0 && round < mostRounds) continue;
      if (brought > 0) this.#cut.set("", "the question led on and on, and was cut short");
      if ("error" in answer) throw answer.error;
      return answer.value;
    }
  }

  /** Reads and parses these files now. */
  async load(paths: readonly string[]): Promise<void> {
    await this.#load(paths.flatMap((path) => this.#places.get(path) ?? []));
  }

  /** Why a file has no definitions where it should have, or whether its tree has errors. */
  lackOf(path: string): { missing?: ParseFailure; partly?: true } {
    const missing = this.#unparsed.get(path);
    if (missing !== undefined) return { missing };
    return this.#partly.has(path) ? { partly: true } : {};
  }

  /** Why a file of the commit does not count as code; undefined: it does, or is none of the commit. */
  whyNot(path: string): NotCode | BlobLack | undefined {
    const place = this.#places.get(path);
    if (place === undefined) return this.#known.files.leftOut.get(path);
    const fact = this.#known.facts[place];
    if (fact === undefined || typeof fact === "string") return fact ?? "missing";
    return fact.skip === "" ? undefined : (fact.skip as NotCode);
  }

  fileAt(path: string): TreeFile | undefined {
    const place = this.#places.get(path);
    return place === undefined ? undefined : this.#known.files.code[place];
  }

  /** @returns how many files came in */
  async #bring(wants: readonly Want[]): Promise<number> {
    const places = new Set<number>();
    for (const want of wants) for (const place of this.#placesOf(want)) places.add(place);
    for (const place of this.#handingOn()) places.add(place);
    return await this.#load([...places]);
  }

  #placesOf(want: Want): number[] {
    if (want.is === "path") return [this.#places.get(want.path) ?? -1].filter((at) => at >= 0);
    if (want.is === "importers") {
      this.#importersOf.add(want.path);
      const stem = stemOf(want.path);
      return stem === "" ? [] : this.#withName({ name: stem, way: "linked", kin: true });
    }
    if (this.#near === "") this.#near = this.#firstWith(want.name);
    return this.#withName(want);
  }

  #withName({ name, way, only, kin, from }: Omit<Extract<Want, { is: "name" }>, "is">): number[] {
    const languages = kin === true ? [...this.table.languages].sort() : [];
    const isKin = (language: string): boolean =>
      kin !== true || languages.some((one) => canUse(one, language));
    const key = `${way} ${only?.source ?? ""} ${languages.join(" ")} ${from?.join(" ") ?? ""} ${name}`;
    if (this.#done.has(key)) return [];
    this.#done.add(key);
    const wanted = new WantedName(name, way);
    const froms = from?.map((stem) => new WantedName(stem, "linked"));
    const found: number[] = [];
    for (const [at, fact] of this.#known.facts.entries()) {
      if (typeof fact === "string" || fact.skip !== "" || !isKin(fact.language)) continue;
      if (!wanted.isIn(fact.sieve)) continue;
      if (froms?.some((one) => one.isIn(fact.sieve)) === false) continue;
      const path = this.#known.files.code[at]?.path ?? "";
      if (only === undefined || only.test(path)) found.push(at);
    }
    const most = way === "word" ? mostWithWords : mostOfName;
    if (found.length <= most) return found;
    const kind = way === "word" ? "the words of" : "the name";
    this.#cut.set(
      key,
      `of ${found.length} files with ${kind} ${JSON.stringify(name.slice(0, 60))} the nearest ${most} were read`,
    );
    return this.#nearest(found).slice(0, most);
  }

  /** Importers of files that hand on what a file defines that is asked about. */
  #handingOn(): number[] {
    const asked = [...this.#importersOf];
    const found: number[] = [];
    for (const { module, path } of asked.length === 0 ? [] : this.table.handedOn()) {
      if (this.#importersOf.has(path) || !asked.some((one) => isStemOf(module, one))) continue;
      found.push(...this.#placesOf({ is: "importers", path }));
    }
    return found;
  }

  #firstWith(name: string): string {
    const wanted = new WantedName(name, "defined");
    const at = this.#known.facts.findIndex(
      (fact) => typeof fact !== "string" && fact.skip === "" && wanted.isIn(fact.sieve),
    );
    return this.#known.files.code[at]?.path ?? "";
  }

  #nearest(places: readonly number[]): number[] {
    const shared = (at: number): number => {
      const path = this.#known.files.code[at]?.path ?? "";
      let common = 0;
      while (common < path.length && path[common] === this.#near[common]) common += 1;
      return common;
    };
    const order = new Map(places.map((at) => [at, shared(at)]));
    return [...places].sort((a, b) => (order.get(b) ?? 0) - (order.get(a) ?? 0) || a - b);
  }

  async #load(places: readonly number[]): Promise<number> {
    const { code } = this.#known.files;
    let wanted = places.filter((at) => !this.table.has(code[at]?.path ?? ""));
    const room = mostOfQuestion - this.#loaded;
    if (wanted.length > room) {
      this.#cut.set(
        "all",
        `more files were needed than the ${mostOfQuestion} that one question reads`,
      );
      wanted = this.#nearest(wanted).slice(0, room);
    }
    if (wanted.length === 0) return 0;
    wanted.sort((a, b) => a - b);
    this.#loaded += wanted.length;
    const files = wanted.map((at) => code[at] as TreeFile);
    const parses = await this.#blobs.parses(files);
    for (const [index, parse] of parses.entries()) {
      const { path } = files[index] as TreeFile;
      const fact = this.#known.facts[wanted[index] as number];
      const language = fact === undefined || typeof fact === "string" ? "text" : fact.language;
      if (!("failed" in parse)) {
        const head = decodeHead(parse.head);
        if (head.hasErrors) this.#partly.add(path);
        this.table.add(path, language, head, parse.references);
        continue;
      }
      // What has no grammar is a file all the same.
      const none = { hasErrors: false, definitions: [], imports: [] };
      this.table.add(path, language, none, undefined);
      if (Object.hasOwn(parseFailures, parse.failed) && parse.failed !== "no-grammar") {
        this.#unparsed.set(path, parse.failed as ParseFailure);
      }
    }
    return wanted.length;
  }

  #notes(): string[] {
    const notes = [...this.#cut.values()].slice(0, 3);
    if (this.#lacking > 0) {
      notes.push(
        `${this.#lacking} ${this.#lacking === 1 ? "file is" : "files are"} not in this clone and could not be read: "git fetch --refetch --no-filter" brings what a partial clone left out`,
      );
    }
    const [first] = this.#unparsed;
    if (first !== undefined) {
      const more = this.#unparsed.size > 1 ? ` and ${this.#unparsed.size - 1} more` : "";
      notes.push(`definitions of ${first[0]}${more} are missing: ${parseFailures[first[1]]}`);
    }
    return notes;
  }
}
