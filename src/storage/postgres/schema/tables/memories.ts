/* Memories: rows, parts, words, what stands beside them. */

/** Run with the schema of the store as search_path, followed by that of pgvector. */
export const memoriesTables = "";
