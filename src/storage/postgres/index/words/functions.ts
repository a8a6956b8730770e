/*
 * What is asked of the word lists. An operator on tsvector looks at texts, so a policy of rows keeps it from using an
 * index; these functions are the owner's, and look themselves which projects the caller may see. Of each row that has
 * one of the words they give how many words it has, and a tsvector of those that were asked for alone.
 */

/** Plans are made for each question: a common word and a rare one want different ones. */
const asOwner =
  "LANGUAGE plpgsql STABLE SECURITY DEFINER SET plan_cache_mode = force_custom_plan AS";

const maySee = "asked IN (SELECT visible_projects())";

/** How much of a word a row has, by the positions of one lexeme (words/vector.ts). */
const halves = "sum(CASE WHEN at < 8192 THEN at ELSE (at - 8191) * 8192 END)::int8";

function rowsOf(name: string, table: string, id: string): string {
  return `
CREATE FUNCTION ${name}(asked int4, query tsquery, lexemes text[])
RETURNS TABLE(row_id int4, row_size int4, found text) ${asOwner} $$
BEGIN
  IF ${maySee} THEN
    RETURN QUERY SELECT one.${id}, one.size,
      ts_filter(setweight(one.words, 'A', lexemes), '{a}')::text
    FROM ${table} AS one WHERE one.project = asked AND one.words @@ query;
  END IF;
END $$;

CREATE FUNCTION ${name}_beginning(asked int4, query tsquery, beginning text)
RETURNS TABLE(row_id int4, row_size int4, halves int8) ${asOwner} $$
BEGIN
  IF ${maySee} THEN
    RETURN QUERY SELECT one.${id}, one.size, (
      SELECT ${halves} FROM unnest(one.words) AS word, unnest(word.positions) AS at
      WHERE starts_with(word.lexeme, beginning))
    FROM ${table} AS one WHERE one.project = asked AND one.words @@ query;
  END IF;
END $$;
`;
}

export const wordFunctions = `
${rowsOf("code_word_rows", "code_words", "chunk_id")}
${rowsOf("code_path_rows", "code_files", "id")}
CREATE FUNCTION code_word_counts(asked int4, queries text[], most int4)
RETURNS int4[] ${asOwner} $$
DECLARE
  counts int4[] := '{}';
  query text;
  found int4;
BEGIN
  IF NOT ${maySee} THEN RETURN counts; END IF;
  FOREACH query IN ARRAY queries LOOP
    SELECT count(*) INTO found FROM (
      SELECT 1 FROM code_words AS one
      WHERE one.project = asked AND one.words @@ query::tsquery LIMIT most) AS counted;
    counts := counts || found;
  END LOOP;
  RETURN counts;
END $$;
`;
