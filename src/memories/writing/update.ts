/* Changes a memory: a new text begins a new row, and the old one says what was known until then. */
import { defined } from "../../base/defined.ts";
import { HaypileError } from "../../base/errors.ts";
import type { MemoryEdit, RememberOptions } from "../../ports/memories.ts";
import type { MemoryChange, MemoryStore, StoredAnchor } from "../../ports/memory-rows.ts";
import {
  checkBoolean,
  checkEnd,
  checkImportance,
  checkKind,
  checkNamespace,
  checkSource,
  checkTags,
  checkText,
  checkTime,
  mustHold,
  refuseSecretsOf,
} from "../checks/options.ts";
import { sketchOf, textHash } from "../text/same-text.ts";
import { splitText } from "../text/split.ts";
import { assertAsSeen } from "./as-seen.ts";
import { describeChange } from "./describe-change.ts";

/**
 * @param anchors as they are now; undefined: they stay
 * @returns the new row, when there is one
 * @throws HaypileError HAYPILE_MEMORY_MISSING, HAYPILE_CONFLICT, HAYPILE_USAGE, HAYPILE_SECRET
 */
export function updateMemory(
  store: Pick<MemoryStore, "rows" | "relations" | "write">,
  id: string,
  given: MemoryEdit,
  anchors: readonly StoredAnchor[] | undefined,
  now: number,
): number | undefined {
  if (given.replaces !== undefined || given.onDuplicate !== undefined) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      "Expected a new text or properties, but replaces or onDuplicate came: they belong to remember().",
    );
  }
  const text = given.text === undefined ? undefined : checkText(given.text);
  const namespace = given.namespace === undefined ? undefined : checkNamespace(given.namespace);
  const change = checkChange(given);
  if (!checkBoolean("allowSecrets", given.allowSecrets ?? false)) {
    refuseSecretsOf({ text, namespace, tags: change.tags, anchors: given.anchors });
  }
  return store.write("update a memory", () => {
    const old = mustHold(store, id);
    assertAsSeen(old, given.was);
    if (anchors !== undefined) store.relations.setAnchors(id, anchors);
    const isNewText = text !== undefined && text !== old.text;
    const isMoved = namespace !== undefined && namespace !== old.namespace;
    const said = describeChange(old, change);
    if (isMoved) said.push(`namespace: ${old.namespace} → ${namespace}`);
    if (said.length > 0) store.relations.addNote(id, now, said.join("; "));
    if (!isNewText && !isMoved) {
      if (Object.keys(change).length > 0) store.rows.change(old.rowId, change);
      return undefined;
    }
    // A clock that was set back must not make a text end before it began.
    const at = Math.max(now, old.since + 1);
    const row = {
      ...old,
      ...change,
      text: text ?? old.text,
      namespace: namespace ?? old.namespace,
    };
    store.rows.end(old.rowId, at, "newer-text");
    return store.rows.insert({
      ...row,
      since: at,
      hash: textHash(row.namespace, row.text),
      sketch: sketchOf(row.namespace, row.text),
      parts: splitText(row.text),
    });
  });
}

function checkChange(given: RememberOptions): MemoryChange {
  const { tags, kind, source, importance, pinned, validFrom, expires } = given;
  const change: MemoryChange = defined({
    tags: tags === undefined ? undefined : checkTags("tags", tags),
    kind: kind === undefined ? undefined : checkKind(kind),
    source: source === undefined ? undefined : checkSource(source),
    importance: importance === undefined ? undefined : checkImportance(importance),
    pinned: pinned === undefined ? undefined : checkBoolean("pinned", pinned),
    validFrom: checkTime("validFrom", validFrom),
    expires: checkEnd("expires", expires),
  });
  return expires === "never" ? { ...change, expires: undefined } : change;
}
