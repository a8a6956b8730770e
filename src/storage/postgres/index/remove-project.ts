import { HaypileError } from "../../../base/errors.ts";
import type { PgLink } from "../link/link.ts";
import { pathOf } from "./project.ts";

/** The tables with rows of projects, whoever made them: those that are not partitions, by their column. */
const tablesOfProjects = `
  SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
  WHERE relnamespace = to_regnamespace($1) AND relkind IN ('r', 'p') AND NOT relispartition
    AND attname = 'project' AND NOT attisdropped AND relname LIKE 'code\\_%' ORDER BY relname`;

/** A large project has millions of rows. */
const limitMs = 30 * 60_000;

/**
 * Deletes all of a project, in one transaction.
 * @returns false: there was none that this role may see
 * @throws HaypileError HAYPILE_DB_BUSY while another writes to it, HAYPILE_STORE_RIGHTS
 */
export function removeProject(link: PgLink, name: string): boolean {
  return link.transaction(() => {
    link.send("SET LOCAL lock_timeout = 5000");
    const [row] = link.lists(
      "SELECT id, may_write_project(id) FROM code_projects WHERE name = $1",
      [name],
    ) as [number, boolean][];
    if (row === undefined) return false;
    const [id, isOurs] = row;
    if (!isOurs) throw readOnly(link, name);
    link.run("UPDATE code_projects SET version = version + 1 WHERE id = $1", [id]);
    // Waited for, each of them: the next one, and the commit, have their own limit.
    for (const [table] of link.lists(tablesOfProjects, [`"${link.schema}"`])) {
      link.run(`DELETE FROM ${table} WHERE project = $1`, [id], { limitMs });
    }
    // At the end: who searches another project of its partition waits from here on.
    link.run("SELECT code_drop_graph($1)", [id]);
    link.run("DELETE FROM code_projects WHERE id = $1", [id]);
    return true;
  });
}

function readOnly(link: PgLink, name: string): HaypileError {
  return new HaypileError(
    "HAYPILE_STORE_RIGHTS",
    `The role ${link.user} may read the project ${pathOf(link, name)}, and not delete it. Ask who looks after the store.`,
    { data: { project: name, store: link.name } },
  );
}
