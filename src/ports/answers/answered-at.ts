/* Of which commit an answer is. */

/** The commit that an answer is of. */
export interface AnsweredAt {
  /** Its id, whole. */
  commit: string;
  /** When it was committed, ISO 8601. */
  date: string;
  /** As it was asked for: "v1.2", "2026-03-01", "HEAD~3". */
  said: string;
  /** What the answer lacks, a sentence each; undefined: nothing. */
  notes?: readonly string[] | undefined;
}
