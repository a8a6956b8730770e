/*
 * Signs as terms of a word index, whose tokenizer keeps letters, digits and underscores alone: "??" stands there as
 * __3f_3f__, a rocket as __1f680__. An operator is a run of one to four signs; which runs are one is told by their
 * shape, so that the operators of any language are found. A text has each of its signs once.
 */

/** Brackets, quotes, commas and semicolons stand in every text and are none. */
const runOfSigns = /[!#$%&*+\-./:<=>?@\\^|~]+/g;
const longestRun = 4;
/** The others of one sign stand in nearly every text, "#" and "*" in front of its comments. */
const loneSigns = "!$%&+<>?@\\^|~";
const commentMark = /^(?:\/{2,}!?|\/\*+!?|\*+\/|#{2,})$/;
/** "===" and "..." are one operator, longer runs of one sign are a line that somebody drew. */
const sameSigns = /^(.)\1*$/;
/** What ends so or begins so is one operator: "??=", "<=>", "|>", "->", "<|". */
const oneOperator = /[=>]$|^</;
/** Paths and patterns. */
const slash = /[/\\]/;

const sentenceEnd = /^[.!?]+$/;

/** A character or several as one term of letters, digits and underscores. */
export function signTerm(signs: string): string {
  const codes: string[] = [];
  for (const sign of signs) codes.push((sign.codePointAt(0) as number).toString(16));
  return `__${codes.join("_")}__`;
}

/** The operators of a text, each once, in the order in which they come. */
export function operatorsOf(text: string): Iterable<string> {
  const terms = new Set<string>();
  for (const [run] of text.matchAll(runOfSigns)) addOperators(run, terms);
  return terms;
}

/** What a query asks for: single signs only when it has nothing else to ask for. */
export function askedOperators(query: string, hasWords: boolean): Iterable<string> {
  if (!hasWords) return operatorsOf(query);
  const terms = new Set<string>();
  for (const { 0: run, index } of query.matchAll(runOfSigns)) {
    if (run.length > 1 && !endsSentence(query, run, index)) addOperators(run, terms);
  }
  return terms;
}

/** "Really?? Yes..." asks for no operator, "a ?? b" and "...rest" do. */
function endsSentence(query: string, run: string, at: number): boolean {
  const isSpace = (place: number): boolean => (query[place] ?? " ").trim() === "";
  return sentenceEnd.test(run) && !isSpace(at - 1) && isSpace(at + run.length);
}

function addOperators(run: string, terms: Set<string>): void {
  const { length } = run;
  if (length === 1) {
    if (loneSigns.includes(run)) terms.add(signTerm(run));
    return;
  }
  if (length > longestRun || commentMark.test(run)) return;
  const isSame = sameSigns.test(run);
  if (isSame && length === longestRun) return;
  terms.add(signTerm(run));
  if (length === 2 || isSame || oneOperator.test(run) || slash.test(run)) return;
  // Two that touch, as in "a&&!b": nobody asks for them together.
  for (let size = 2; size < length; size += 1) {
    for (let at = 0; at + size <= length; at += 1) terms.add(signTerm(run.slice(at, at + size)));
  }
}
