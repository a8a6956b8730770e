import { localMinute } from "../../base/text/local-time.ts";
import type { AnsweredAt } from "../../ports/answers/time/answered-at.ts";
import { oneLine } from "./visible-text.ts";

/** The line that says of which commit an answer is, and what it lacks. */
export function atNote({ commit, date, notes = [] }: AnsweredAt): string {
  const lacks = notes.map((note) => `; ${oneLine(note, 300)}`).join("");
  return `at ${commit.slice(0, 12)} of ${localMinute(date)}${lacks}`;
}
