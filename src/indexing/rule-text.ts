/* The text of an ignore rule, where it stands in a file of the project: another file may hold anything. */
import { resolve } from "node:path";
import { isInside, readBounded } from "../base/files/read-file.ts";
import type { RuleAt } from "../ports/answers/left-out.ts";

const mostRuleBytes = 1024 * 1024;
/** Characters of a rule that are shown. */
const mostRuleChars = 120;
/** Files whose lines are kept. */
const mostFiles = 256;

export class RuleTexts {
  readonly #root: string;
  readonly #lines = new Map<string, Promise<readonly string[]>>();

  /** @param root of the project, absolute, without links */
  constructor(root: string) {
    this.#root = root;
  }

  /** @param place ".gitignore:3", as the walk says it; undefined for what is no place of a rule */
  async at(place: string): Promise<RuleAt | undefined> {
    const [, file, line] = /^(.+):(\d+)$/su.exec(place) ?? [];
    if (file === undefined || line === undefined) return undefined;
    const rule = (await this.#linesOf(file))[Number(line) - 1]?.trim().slice(0, mostRuleChars);
    const at = { file, line: Number(line) };
    return rule === undefined || rule === "" ? at : { ...at, text: rule };
  }

  async #linesOf(file: string): Promise<readonly string[]> {
    const known = this.#lines.get(file);
    if (known !== undefined) return await known;
    if (this.#lines.size >= mostFiles) this.#lines.clear();
    const lines = this.#read(file);
    this.#lines.set(file, lines);
    return await lines;
  }

  async #read(file: string): Promise<readonly string[]> {
    const absolute = resolve(this.#root, file);
    if (!isInside(this.#root, absolute)) return [];
    if (!/(?:^|[/\\])\.(?:gitignore|haypileignore)$/u.test(file)) return [];
    try {
      const rules = { mostBytes: mostRuleBytes, links: "refuse", inside: this.#root } as const;
      return (await readBounded(absolute, rules)).toString("utf8").split("\n");
    } catch {
      return [];
    }
  }
}
