/* What grows with writing and is needed for a while: each step is a write of its own, left out when others write. */

/** Changes that are kept for clients that have not looked for long; who missed some reads everything anew. */
const changesKept = 50_000;

/** Tokens of clients that never came back to their last write. */
const tokensKept = "1 day";

export const tidySteps: readonly string[] = [
  `DELETE FROM memory_changes WHERE seq <= (SELECT last_change FROM memory_counters) - ${changesKept}`,
  `DELETE FROM memory_tokens WHERE at < now() - interval '${tokensKept}'`,
];
