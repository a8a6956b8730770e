/*
 * Looks through a whole file of memories: SQLite's own check, and the sums of every row. Nothing is changed; the
 * file may be in use.
 */
import { tagKey } from "../../../../base/text/tags.ts";
import type { Database } from "../../file/driver.ts";
import { assertRegularFiles, checkedPath, connect } from "../../file/open.ts";
import { readSchemaVersion } from "../../file/schema.ts";
import { memoryError } from "./errors.ts";
import { settledLog } from "./log-check.ts";
import { memoriesSchema } from "./schema.ts";
import { bodySum, headColumns, headSum } from "./sums.ts";

export interface MemoryCheck {
  /** Texts, older ones and those that are hidden among them. */
  texts: number;
  /** What is damaged; [] when nothing is. */
  findings: string[];
}

const mostFindings = 10;
/** The schema that sums came with. */
const withSums = 2;

/**
 * @param given path of a file that is there
 * @throws HaypileError HAYPILE_DB_*, HAYPILE_PERMISSION, HAYPILE_IO when it cannot be opened
 */
export function checkMemoryDatabase(given: string): MemoryCheck {
  const path = checkedPath(given);
  assertRegularFiles(path);
  const { state, finding } = settledLog(path);
  if (state === "damaged") return { texts: 0, findings: [finding] };
  let db: Database | undefined;
  try {
    db = connect(path, { readonly: true });
    const version = readSchemaVersion(db, path, memoriesSchema);
    return version === 0 ? { texts: 0, findings: [] } : look(db, version);
  } catch (error) {
    throw memoryError(error, path, "check the memories", db);
  } finally {
    db?.close();
  }
}

function look(db: Database, version: number): MemoryCheck {
  const findings: string[] = [];
  const attempt = (check: () => void): void => {
    try {
      check();
    } catch (error) {
      findings.push(error instanceof Error ? error.message : String(error));
    }
  };
  let texts = 0;
  attempt(() => {
    const found = db.pragma(`integrity_check(${mostFindings})`) as { integrity_check: string }[];
    for (const { integrity_check: one } of found) if (one !== "ok") findings.push(one);
  });
  attempt(() => {
    texts = db.prepare("SELECT count(*) FROM memories NOT INDEXED").pluck().get() as number;
  });
  if (version >= withSums) {
    attempt(() => rows(db, findings));
    attempt(() => beside(db, findings));
    attempt(() => tags(db, findings));
  }
  return { texts, findings: findings.slice(0, mostFindings) };
}

type Raw = (number | string | null)[];

function rows(db: Database, findings: string[]): void {
  const gone = db
    .prepare("SELECT count(*) FROM sums WHERE row_id NOT IN (SELECT id FROM memories NOT INDEXED)")
    .pluck()
    .get() as number;
  if (gone > 0) findings.push(`${gone} texts are missing`);
  const all = db
    .prepare(
      `SELECT ${headColumns}, key, tags, text, head, body FROM memories NOT INDEXED
       JOIN sums ON row_id = id ORDER BY id`,
    )
    .raw();
  for (const row of all.iterate() as Iterable<Raw>) {
    const [key, tagText, text, head, body] = row.slice(-5) as [
      string,
      string,
      string,
      number,
      number,
    ];
    const isSound = headSum(row.slice(0, -5) as number[]) === head;
    if (!isSound || bodySum([key, tagText, text]) !== body) {
      findings.push(`the memory ${key} is not what was written`);
    }
  }
}

/** What stands beside the texts. */
function beside(db: Database, findings: string[]): void {
  const tables = {
    "name of a namespace": "SELECT sum, name FROM namespaces NOT INDEXED",
    "note of a history": "SELECT sum, key, at, what FROM notes NOT INDEXED",
    link: "SELECT sum, from_key, to_key, relation, at FROM links",
    anchor: "SELECT sum, key, path, symbol, hash, git_commit, verified FROM anchors NOT INDEXED",
  };
  for (const [what, sql] of Object.entries(tables)) {
    let wrong = 0;
    for (const [sum, ...of] of db.prepare(sql).raw().iterate() as Iterable<Raw>) {
      if (sum !== null && sum !== bodySum(of)) wrong += 1;
    }
    if (wrong > 0) findings.push(`${wrong} × ${what} that is not what was written`);
  }
}

/** By which tags memories are found, against what they say. */
function tags(db: Database, findings: string[]): void {
  const found = new Map<number, Set<string>>();
  const pairs = db.prepare("SELECT row_id, name FROM memory_tags JOIN tags ON tags.id = tag_id");
  for (const [rowId, name] of pairs.raw().iterate() as Iterable<[number, string]>) {
    found.set(rowId, (found.get(rowId) ?? new Set()).add(name));
  }
  const said = db.prepare("SELECT id, tags FROM memories NOT INDEXED WHERE tags IS NOT NULL").raw();
  let wrong = 0;
  for (const [rowId, text] of said.iterate() as Iterable<[number, string]>) {
    const keys = (JSON.parse(text) as string[]).map(tagKey);
    const own = found.get(rowId);
    if (keys.some((key) => own?.has(key) !== true)) wrong += 1;
  }
  if (wrong > 0) findings.push(`${wrong} memories are not found by one of their tags`);
}
