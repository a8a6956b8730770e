/* Questions whose answers are files: lines of JSON, and ChangeLogs as GNU projects write them. */

export interface FileQuestion {
  text: string;
  /** Paths of the right files. */
  gold: ReadonlySet<string>;
}

export function linesOfJson(text: string): FileQuestion[] {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const row = JSON.parse(line) as { query: string; gold_files: string[] };
      return { text: row.query, gold: new Set(row.gold_files) };
    });
}

/** Files that are about a project or test it: nobody who describes a change looks for these. */
const besides =
  /(^|\/)(tests?|testenv|fuzz|testsuite|po|doc|docs|gnulib[^/]*|build-aux|m4)\/|(^|\/)[A-Z][A-Z-]+$|\.(am|ac|mk|texi|1|x)$|^\.|ChangeLog|NEWS/;

/**
 * Entries: a subject on a line of its own, then "* path (name): what". Of each the subject is the question, its
 * "topic: " left out, and the source files named are right; entries with more than four, or none, are left out.
 */
export function changelogQuestions(text: string, most = 300): FileQuestion[] {
  const questions: FileQuestion[] = [];
  for (const entry of text.split(/^(?=\d{4}-\d{2}-\d{2}\s)/m)) {
    const lines = entry.split("\n").slice(1);
    const at = lines.findIndex((line) => line.trim() !== "");
    const subject = (lines[at] ?? "").trim();
    if (subject === "" || subject.startsWith("*")) continue;
    const named = [...entry.matchAll(/^\s+\* ([^:(]+?)(?: \([^)]*\))?:/gm)].flatMap(([, list]) =>
      (list as string).split(/,\s*/).map((path) => path.trim()),
    );
    const gold = new Set(named.filter((path) => /\.\w+$/.test(path) && !besides.test(path)));
    const question = subject.replace(/^[\w./,+* -]{1,40}:\s+/, "").trim();
    if (gold.size === 0 || gold.size > 4 || question.split(/\s+/).length < 3) continue;
    questions.push({ text: question, gold });
  }
  const step = Math.max(1, questions.length / most);
  return Array.from(
    { length: Math.min(most, questions.length) },
    (_, i) => questions[Math.floor(i * step)] as FileQuestion,
  );
}
