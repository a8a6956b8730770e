/*
 * Notes of changes, made by the database itself once there is a folder that memories are synced with: whatever program
 * writes, and by whatever way, leaves a note in its own transaction. Who never syncs pays for a look into an empty table.
 */

const now = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

function noted(key: string, what: string, more = "''", rowId = "0"): string {
  return `INSERT INTO sync_touched(key, row_id, what, more, at)
    VALUES (${key}, ${rowId}, ${what}, ${more}, ${now});`;
}

/** In the order of `fields` (src/memories/sync/state.ts). */
const fields = ["kind", "source", "importance", "pinned", "tags", "valid_from", "expires"];
const differs = (column: string): string => `(old.${column} IS NOT new.${column})`;

/** An erasing tells its end without a deletion of that moment. */
const whyRemoved = `CASE WHEN new.why <> 'forgotten' THEN 'put away'
  WHEN EXISTS (SELECT 1 FROM memories WHERE key = new.key AND deleted = new.at) THEN 'forgotten'
  ELSE 'erased' END`;

const isThere = (key: string): string => `EXISTS (SELECT 1 FROM memories WHERE key = ${key})`;

const isSynced = "EXISTS (SELECT 1 FROM sync_folders)";

const triggers: Readonly<Record<string, string>> = {
  sync_text: `AFTER INSERT ON memories WHEN ${isSynced} BEGIN ${noted("new.key", "'text'", "''", "new.id")} END`,
  sync_said: `AFTER UPDATE OF ${fields.join(", ")} ON memories
    WHEN (${fields.map(differs).join(" OR ")}) AND ${isSynced}
    BEGIN ${noted("new.key", "'said'", fields.map(differs).join(" || "), "new.id")} END`,
  sync_ended: `AFTER UPDATE OF until, ended ON memories
    WHEN (old.ended = 2 OR new.ended = 2) AND ${isSynced}
    BEGIN ${noted("new.key", "'ended'", "''", "new.id")} END`,
  sync_undeleted: `AFTER UPDATE OF deleted ON memories
    WHEN new.deleted IS NULL AND old.deleted IS NOT NULL AND ${isSynced}
    BEGIN ${noted("new.key", "'undeleted'")} END`,
  sync_gone: `AFTER DELETE ON memories WHEN ${isSynced}
    BEGIN ${noted("old.key", "'gone'")} END`,
  sync_removed: `AFTER INSERT ON removed WHEN ${isSynced}
    BEGIN ${noted("new.key", whyRemoved, "CASE WHEN new.why = 'forgotten' THEN new.at ELSE new.why END")} END`,
  sync_note: `AFTER INSERT ON notes WHEN ${isSynced}
    BEGIN ${noted("new.key", "'note'")} END`,
  sync_anchor: `AFTER INSERT ON anchors WHEN ${isSynced}
    BEGIN ${noted("new.key", "'anchors'")} END`,
  sync_anchor_gone: `AFTER DELETE ON anchors WHEN ${isSynced} AND ${isThere("old.key")}
    BEGIN ${noted("old.key", "'anchors'")} END`,
  sync_link: `AFTER INSERT ON links WHEN ${isSynced}
    BEGIN ${noted("new.from_key", "'link'", "new.to_key || new.relation")} END`,
  // One that goes because a memory goes says nothing.
  sync_link_gone: `AFTER DELETE ON links
    WHEN ${isSynced} AND ${isThere("old.from_key")} AND ${isThere("old.to_key")}
    BEGIN ${noted("old.from_key", "'link'", "old.to_key || old.relation")} END`,
};

/** As a step of the schema makes them. */
export const syncTriggers = Object.entries(triggers)
  .map(([name, says]) => `CREATE TRIGGER ${name} ${says};`)
  .join("\n");

export const dropSyncTriggers = Object.keys(triggers)
  .map((name) => `DROP TRIGGER ${name};`)
  .join("\n");
