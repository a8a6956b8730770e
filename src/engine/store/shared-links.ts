/* Links to servers that several indexes of a process share: one for each server and schema, closed with its last user. */
import type { LinkOptions, PgLink } from "../../storage/postgres/link/link.ts";
import { openLink } from "../../storage/postgres/link/open.ts";

interface Shared {
  link: PgLink;
  uses: number;
}

const links = new Map<string, Shared>();

export interface BorrowedLink {
  readonly link: PgLink;
  /** A second call is harmless. */
  giveBack(): void;
}

export function borrowLink(options: LinkOptions): BorrowedLink {
  const key = JSON.stringify(options);
  let shared = links.get(key);
  if (shared === undefined || shared.link.isClosed) {
    shared = { link: openLink(options), uses: 0 };
    links.set(key, shared);
  }
  const own = shared;
  own.uses += 1;
  let isBorrowed = true;
  return {
    link: own.link,
    giveBack: () => {
      if (!isBorrowed) return;
      isBorrowed = false;
      own.uses -= 1;
      if (own.uses > 0) return;
      if (links.get(key) === own) links.delete(key);
      own.link.close();
    },
  };
}
