/*
 * What is asked of the word lists. An operator on tsvector looks at texts, so a policy of rows keeps it from using an
 * index; these functions are the owner's, and look themselves which projects the caller may see. Of each row that has
 * one of the words they give its number, how many words it has, and a tsvector of those that were asked for alone: a line a
 * row, since thousands of rows one by one would cost more than all else.
 */

/** By the lists, and not row by row: the rows that a list gives need not be looked into to know that they have a word. */
const asOwner = `LANGUAGE plpgsql STABLE SECURITY DEFINER
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS`;

const maySee = "asked IN (SELECT visible_projects())";

/** How much of a word a row has, by the positions of one lexeme (words/vector.ts). */
const halves = "sum(CASE WHEN at < 8192 THEN at ELSE (at - 8191) * 8192 END)::int8";

/** @param isOfProject is for the planner: of two ways to a project's rows it must not take the one that is not by word */
function rowsOf(name: string, table: string, id: string, isOfProject: string): string {
  return `
CREATE FUNCTION ${name}(asked int4, query tsquery, lexemes text[])
RETURNS text ${asOwner} $$
BEGIN
  IF NOT ${maySee} THEN RETURN NULL; END IF;
  RETURN (SELECT string_agg(concat(one.${id}, ' ', one.size, ' ',
      ts_filter(setweight(one.words, 'A', lexemes), '{a}')), chr(10))
    FROM ${table} AS one WHERE ${isOfProject} AND one.words @@ query);
END $$;

CREATE FUNCTION ${name}_beginning(asked int4, query tsquery, beginning text)
RETURNS TABLE(row_id int4, row_size int4, halves int8) ${asOwner} $$
BEGIN
  IF ${maySee} THEN
    RETURN QUERY SELECT one.${id}, one.size, (
      SELECT ${halves} FROM unnest(one.words) AS word, unnest(word.positions) AS at
      WHERE starts_with(word.lexeme, beginning))
    FROM ${table} AS one WHERE ${isOfProject} AND one.words @@ query;
  END IF;
END $$;
`;
}

export const wordFunctions = `
${rowsOf("code_word_rows", "code_words", "chunk_id", "one.project = asked")}
${rowsOf("code_path_rows", "code_files", "id", "one.project + 0 = asked")}
CREATE FUNCTION code_word_counts(asked int4, queries text[], most int4)
RETURNS int4[] ${asOwner} $$
BEGIN
  IF NOT ${maySee} THEN RETURN '{}'; END IF;
  RETURN ARRAY(
    SELECT (SELECT count(*)::int4 FROM (
        SELECT 1 FROM code_words AS one
        WHERE one.project = asked AND one.words @@ query::tsquery LIMIT most) AS counted)
    FROM unnest(queries) WITH ORDINALITY AS given(query, place) ORDER BY place);
END $$;
`;
