/* Code indexes: projects, files, chunks, words. */

/** Run with the schema of the store as search_path, followed by that of pgvector. */
export const indexTables = "";
