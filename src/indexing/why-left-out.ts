/* Why one file is not in the index, as a run would say it, with the rule or the sign and where it stands. */
import { join, resolve } from "node:path";
import { splitLines } from "../base/files/decode-text.ts";
import { isInside, readBounded } from "../base/files/read-file.ts";
import { skipReasons } from "../ports/answers/index-run.ts";
import { judgeGenerated, signInWords } from "./read/generated.ts";
import { languageOf } from "./read/language.ts";
import { readText } from "./read/read-text.ts";
import { defaultMaxFileBytes } from "./walk/ignore-defaults.ts";
import { explainSkip, resolveRoot } from "./walk/walk.ts";

const mostRuleBytes = 1024 * 1024;
/** Characters of a rule that are shown. */
const mostRuleChars = 120;

/**
 * One sentence about a file that is not in the index; undefined: nothing leaves it out, the next run takes it in.
 *
 * @param path relative to the root, with "/"
 * @param maxFileBytes of the last run. Default 1 MiB
 * @throws those of resolveRoot() for the root itself
 */
export async function whyLeftOut(
  folder: string,
  path: string,
  maxFileBytes: number = defaultMaxFileBytes,
): Promise<string | undefined> {
  const root = await resolveRoot(folder);
  const skip = await explainSkip(root, path, maxFileBytes);
  if (skip !== undefined) {
    if (skip.reason === "vanished") return `${path} is not in the index: there is no such file.`;
    const said = skip.because ?? "";
    const rule = skip.reason.startsWith("ignored-by") ? await ruleText(root, said) : said;
    return sentence(path, skip.reason, rule, skip.path);
  }
  const absolutePath = join(root, ...path.split("/"));
  const read = await readText(absolutePath, maxFileBytes, root);
  if ("skip" in read) return sentence(path, read.skip, "");
  const sign = judgeGenerated(splitLines(read.text), languageOf(path), path);
  return sign && sentence(path, sign.reason, signInWords(sign));
}

/** @param what is left out: the file, or a folder it is in */
function sentence(
  path: string,
  reason: keyof typeof skipReasons,
  because: string,
  what: string = path,
): string {
  const kind = skipReasons[reason];
  const bare = `${kind[0]?.toLowerCase()}${kind.slice(1).replace(/\.$/u, "")}`;
  const how = reason.startsWith("ignored-by") ? "by" : "as";
  const subject = what === path ? "it" : what;
  return `${path} is not in the index: ${subject} is left out, ${how} ${bare}${because === "" ? "" : ` (${because})`}.`;
}

/** With the rule itself, where it stands in a file of the project: another file may hold anything. */
async function ruleText(root: string, place: string): Promise<string> {
  const [, file, line] = /^(.*):(\d+)$/su.exec(place) ?? [];
  if (file === undefined || line === undefined) return place;
  const absolute = resolve(root, file);
  if (!isInside(root, absolute) || !/(?:^|[/\\])\.(?:gitignore|haypileignore)$/u.test(file)) {
    return place;
  }
  try {
    const rules = { mostBytes: mostRuleBytes, links: "refuse", inside: root } as const;
    const text = (await readBounded(absolute, rules)).toString("utf8");
    const rule = text.split("\n")[Number(line) - 1]?.trim().slice(0, mostRuleChars);
    return rule === undefined || rule === "" ? place : `${place}: ${rule}`;
  } catch {
    return place;
  }
}
