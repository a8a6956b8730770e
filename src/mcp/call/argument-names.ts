/*
 * Other names that models give to arguments, each only where it can mean nothing else. docs/mcp.md has the same
 * table; a test compares the two. Spelling is no matter anyway: maxTokens, max-tokens and MAX_TOKENS are max_tokens.
 */

/** By the argument that is meant. A name counts where the tool has this argument, and none of that name. */
export const otherNames: Readonly<Record<string, readonly string[]>> = {
  text: ["content", "memory", "note", "fact", "statement"],
  query: ["q", "question", "search", "search_query", "keywords"],
  name: ["symbol", "symbol_name", "identifier", "query"],
  target: ["path", "file", "file_path", "filename"],
  path: ["paths", "file", "files", "file_path", "filename", "folder", "directory", "dir", "glob"],
  project: ["root", "repo", "repository", "workspace", "project_path", "cwd"],
  files: ["file", "anchors", "anchor", "path", "paths", "file_path", "file_paths"],
  ids: ["id", "memory_id", "memory_ids"],
  id: ["ids", "memory_id"],
  job: ["job_id", "id"],
  tags: ["tag", "labels", "label"],
  kind: ["kinds", "type", "category"],
  relation: ["relationship", "kind", "type"],
  depth: ["max_depth", "steps", "hops"],
  show: ["view", "what", "mode"],
  focus: ["around", "topic", "query"],
  language: ["lang"],
  limit: ["k", "top_k", "n", "count", "max_results", "num_results"],
  max_tokens: ["tokens", "token_limit", "token_budget"],
  min_score: ["threshold", "score_threshold", "min_relevance"],
  since: ["after", "from", "commit", "base"],
  until: ["before", "to"],
  as_of: ["at"],
  expires: ["expires_at", "expiry", "expiration"],
  replaces: ["replace", "supersedes"],
  namespace: ["ns", "namespaces"],
  neighbours: ["neighbors"],
  context: ["context_lines"],
  cursor: ["next_cursor", "next"],
  wait_seconds: ["wait", "timeout", "timeout_seconds"],
  confirm: ["token", "confirm_token", "confirmation"],
  undo: ["undelete", "restore"],
};

/** What holds for one tool alone. */
export const otherNamesOf: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  index_path: {
    path: ["project", "root", "repo", "repository", "workspace", "project_path", "cwd"],
  },
};

/**
 * The argument that each other name means, for a tool with these arguments.
 * @throws Error when a name could mean two: then it must not be in the table
 */
export function namesFor(tool: string, own: readonly string[]): ReadonlyMap<string, string> {
  const meant = new Map<string, string>();
  for (const table of [otherNames, otherNamesOf[tool] ?? {}]) {
    for (const [target, others] of Object.entries(table)) {
      if (!own.includes(target)) continue;
      for (const other of others) {
        if (own.includes(other)) continue;
        if ((meant.get(other) ?? target) !== target) {
          throw new Error(`${tool}: ${other} could be ${meant.get(other)} or ${target}.`);
        }
        meant.set(other, target);
      }
    }
  }
  return meant;
}
