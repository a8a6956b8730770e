/* How the large tables of code are split: a project's rows lie in one partition of each. */

/** Few enough that a statement that names no project, which none of ours is, is still planned in a moment. */
export const hashPartitions = 8;

/**
 * The partitions of a table that was made with PARTITION BY HASH (project).
 * @param how stands behind each, as "WITH (…)"
 */
export function partitioned(table: string, how = ""): string {
  const parts: string[] = [];
  for (let at = 0; at < hashPartitions; at += 1) {
    parts.push(
      `CREATE TABLE ${table}_${at} PARTITION OF ${table} FOR VALUES WITH (MODULUS ${hashPartitions}, REMAINDER ${at}) ${how};`,
    );
  }
  return parts.join("\n");
}
