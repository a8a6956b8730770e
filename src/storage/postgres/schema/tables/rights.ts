/* Who may see and do what, and the record of who did. */

/** Run with the schema of the store as search_path, followed by that of pgvector. */
export const rightsTables = "";
