/*
 * Rows of the options table about a team's store: where memories and indexes are kept, and how its server is asked. Only the
 * user's own file and environment say so, and the file of a project that the user trusts.
 */
import type { OptionRow } from "./option-row.ts";
import { serverForm, storeForm, storesForm } from "./store-address.ts";

export const storeOptions = {
  "memories.store": {
    type: "text",
    form: storeForm,
    unset: "store.url",
    says: "where memories are kept, apart from indexes; no project's file counts",
    env: "HAYPILE_MEMORIES_STORE",
    untrusted: "never",
  },
  "memories.stores": {
    type: "text",
    form: storesForm,
    unset: "memories.store for all",
    says: 'where memories of some namespaces are kept, such as "team-*" = "postgres://me@db.example/haypile"; a whole name goes before a beginning, the longest first; no project\'s file counts',
    env: "HAYPILE_MEMORIES_STORES",
    untrusted: "never",
  },
  "index.store": {
    type: "text",
    form: storeForm,
    unset: "store.url",
    says: "where indexes of code are kept, apart from memories; in a project's file, once trusted, that of the project",
    env: "HAYPILE_INDEX_STORE",
    untrusted: "never",
  },
  "store.url": {
    type: "text",
    form: storeForm,
    default: "sqlite",
    says: 'where memories and indexes are kept: files of this machine, or a team\'s PostgreSQL server (docs/team.md); "haypile config set store" means it',
    env: "HAYPILE_STORE",
    untrusted: "never",
  },
  "store.password-file": {
    type: "path",
    unset: "HAYPILE_STORE_PASSWORD, PGPASSWORD or PGPASSFILE",
    says: "file whose first line is the password of the server; only its owner may read it",
    env: "HAYPILE_STORE_PASSWORD_FILE",
    untrusted: "never",
  },
  "store.replica": {
    type: "text",
    form: serverForm,
    default: "off",
    says: "a replica of the server that recalls and searches may ask",
    env: "HAYPILE_STORE_REPLICA",
    untrusted: "never",
  },
  "store.staleness": {
    type: "duration",
    range: [0, 3_600_000],
    default: 1_000,
    says: "how far behind the replica may be; else the server itself is asked",
    env: "HAYPILE_STORE_STALENESS",
    untrusted: "never",
  },
  "store.wait": {
    type: "duration",
    range: [0, 3_600_000],
    default: 30_000,
    says: "how long a call waits for a server that is away before it fails",
    env: "HAYPILE_STORE_WAIT",
    untrusted: "never",
  },
  "store.timeout": {
    type: "duration",
    range: [100, 3_600_000],
    default: 10_000,
    says: "most time of one statement on the server",
    env: "HAYPILE_STORE_TIMEOUT",
    untrusted: "never",
  },
  "store.connections": {
    type: "integer",
    range: [2, 10],
    default: 2,
    says: "connections to one store that one process keeps for its memories, and as many for its indexes; docs/team-scale.md says which others come for a while",
    env: "HAYPILE_STORE_CONNECTIONS",
    untrusted: "never",
  },
} as const satisfies Record<string, OptionRow>;
