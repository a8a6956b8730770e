/* The first question to a server. */
import { HaypileError } from "../../../base/errors.ts";
import type { PgLink } from "./link.ts";

/**
 * Resolves when the server answers; nobody is held up meanwhile. What another try does not mend is told at once.
 * @throws HaypileError HAYPILE_STORE_AWAY when the time is over, HAYPILE_STORE_REFUSED
 */
export async function untilThere(link: PgLink, waitMs: number): Promise<void> {
  const end = performance.now() + waitMs;
  for (;;) {
    try {
      await link.later("SELECT 1");
      return;
    } catch (error) {
      const left = end - performance.now();
      const isAway = HaypileError.isInstance(error) && error.code === "HAYPILE_STORE_AWAY";
      if (!isAway || left <= 0) throw error;
      await link.untilUp(left);
    }
  }
}
