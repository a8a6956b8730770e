/* Whether a memory is still as a caller saw it: a change is not laid over one that the caller does not know of. */
import { HaypileError } from "../../base/errors.ts";
import { tagKey } from "../../base/text/tags.ts";
import type { MemorySeen } from "../../ports/memories.ts";
import type { MemoryRow } from "../../ports/memory-rows.ts";
import { checkEnd, checkTags, checkTime } from "../checks/options.ts";
import { isoTime } from "../recall/show.ts";

/** What is said of it, in one form for the caller's and ours. */
type Said = Record<keyof MemorySeen, unknown>;

/** @throws HaypileError HAYPILE_CONFLICT with what it is now, HAYPILE_USAGE */
export function assertAsSeen(row: MemoryRow, seen: MemorySeen | undefined): void {
  if (seen === undefined) return;
  const own = saidOf(row);
  const known = seenOf(seen);
  const changed = Object.keys(known).filter(
    (name) => JSON.stringify(known[name as keyof Said]) !== JSON.stringify(own[name as keyof Said]),
  );
  if (changed.length === 0) return;
  const { tags, validFrom, expires } = row;
  const shown = {
    ...own,
    tags,
    validFrom: isoTime(validFrom),
    expires: expires === undefined ? "never" : isoTime(expires),
  };
  throw new HaypileError(
    "HAYPILE_CONFLICT",
    `Expected memory ${row.key} as it was seen, but another has changed its ${changed.join(", ")}. Nothing was changed. Look at it again, and say the change again.`,
    {
      data: {
        id: row.key,
        changed,
        now: Object.fromEntries(changed.map((name) => [name, shown[name as keyof Said]])),
      },
    },
  );
}

function saidOf(row: MemoryRow): Said {
  const { text, namespace, kind, source, importance, pinned, validFrom } = row;
  const expires = row.expires ?? null;
  return {
    text,
    namespace,
    kind,
    tags: keysOf(row.tags),
    source,
    importance,
    pinned,
    validFrom,
    expires,
  };
}

function seenOf(seen: MemorySeen): Partial<Said> {
  const { tags, validFrom, expires, ...plain } = seen;
  return {
    ...Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined)),
    ...(tags !== undefined && { tags: keysOf(checkTags("was.tags", tags)) }),
    ...(validFrom !== undefined && { validFrom: checkTime("was.validFrom", validFrom) }),
    ...(expires !== undefined && { expires: checkEnd("was.expires", expires) ?? null }),
  };
}

function keysOf(tags: readonly string[]): string[] {
  return tags.map(tagKey).sort();
}
