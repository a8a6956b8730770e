/* Code indexes: definitions, references, exact uses. */

/** Run with the schema of the store as search_path, followed by that of pgvector. */
export const symbolsTables = "";
