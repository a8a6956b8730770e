/* Vectors of memories and of chunks. */

/** Run with the schema of the store as search_path, followed by that of pgvector. */
export const vectorsTables = "";
