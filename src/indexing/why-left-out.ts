/* Why one file is not in the index, as a run would say it, with the rule or the sign and where it stands. */
import { join } from "node:path";
import { splitLines } from "../base/files/decode-text.ts";
import { mostBytesOf } from "../base/files/text-of-file.ts";
import { type SkipReason, skipReasons } from "../ports/answers/index-run.ts";
import type { LeftOutPath } from "../ports/answers/left-out.ts";
import { judgeGenerated, signInWords } from "./read/generated.ts";
import { languageOf } from "./read/language.ts";
import { readText } from "./read/read-text.ts";
import { RuleTexts } from "./rule-text.ts";
import { defaultMaxFileBytes } from "./walk/ignore-defaults.ts";
import type { Skip } from "./walk/others-code.ts";
import { explainSkip, resolveRoot } from "./walk/walk.ts";

export interface WhyLeftOut {
  /** One sentence. */
  verdict: string;
  /** What leaves it out; undefined: there is no such file. */
  leftOut?: LeftOutPath | undefined;
}

/**
 * Why a file is not in the index; undefined: nothing leaves it out, the next run takes it in.
 *
 * @param path relative to the root, with "/"
 * @param maxFileBytes of the last run. Default 1 MiB
 * @throws those of resolveRoot() for the root itself
 */
export async function explainLeftOut(
  folder: string,
  path: string,
  maxFileBytes: number = defaultMaxFileBytes,
): Promise<WhyLeftOut | undefined> {
  const root = await resolveRoot(folder);
  const skip = await explainSkip(root, path, maxFileBytes);
  if (skip?.reason === "vanished") {
    return { verdict: `${path} is not in the index: there is no such file.` };
  }
  const found = skip ?? (await judgeContent(root, path, maxFileBytes));
  if (found === undefined) return undefined;
  const what = skip?.path ?? path;
  const leftOut = await describeSkip(what, found, new RuleTexts(root));
  const { text } = leftOut.at ?? {};
  const said = found.because ?? "";
  return { verdict: sentence(path, found.reason, text ? `${said}: ${text}` : said, what), leftOut };
}

/** The sentence alone. @throws as explainLeftOut() */
export async function whyLeftOut(
  folder: string,
  path: string,
  maxFileBytes?: number,
): Promise<string | undefined> {
  return (await explainLeftOut(folder, path, maxFileBytes))?.verdict;
}

/** What in a file leaves it out, where its name and its size do not; undefined: nothing does. */
export async function judgeContent(
  root: string,
  path: string,
  maxFileBytes: number,
): Promise<Skip | undefined> {
  const read = await readText(
    join(root, ...path.split("/")),
    mostBytesOf(path, maxFileBytes),
    root,
  );
  if ("skip" in read) return { reason: read.skip };
  const sign = judgeGenerated(splitLines(read.text), languageOf(path, read.text), path);
  return sign && { reason: sign.reason, because: signInWords(sign) };
}

/** A path with the rule that leaves it out; what is said of one file alone stands apart. */
export async function describeSkip(
  path: string,
  { reason, because = "" }: Skip,
  rules: RuleTexts,
): Promise<LeftOutPath> {
  const own = { path, reason };
  if (reason.startsWith("ignored-by")) {
    const at = await rules.at(because);
    return at === undefined ? { ...own, rule: because } : { ...own, rule: because, at };
  }
  const rule = ruleOf(reason, because);
  return rule === because ? { ...own, rule } : { ...own, rule, because };
}

/** The part of a sign that other files share. */
export function ruleOf(reason: SkipReason, because: string): string {
  if (reason === "too-large") return because.slice(because.indexOf("the limit"));
  return /^line \d+ says so$/u.test(because) ? "" : because;
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
