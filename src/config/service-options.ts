/* Rows of the options table about what runs beside an engine: the daemon, HTTP, and what is written down. */
import type { OptionRow } from "./option-row.ts";

export const serviceOptions = {
  "log.activity": {
    type: "boolean",
    default: true,
    says: 'note counts, times and memory, never a text, in the cache folder of this machine, for "haypile analyze"',
    env: "HAYPILE_ACTIVITY",
    key: "activity",
    untrusted: "off",
  },
  "daemon.idle": {
    type: "duration",
    range: [100, 86_400_000],
    default: 1_800_000,
    says: "the daemon ends after so long without a client and without work",
    env: "HAYPILE_DAEMON_IDLE",
    untrusted: "never",
  },
  "daemon.clients": {
    type: "integer",
    range: [1, 10_000],
    default: 256,
    says: "clients of the daemon at the same time",
    env: "HAYPILE_DAEMON_CLIENTS",
    untrusted: "never",
  },
  "http.port": {
    type: "integer",
    range: [0, 65_535],
    default: 0,
    says: "the daemon serves MCP over HTTP at this port; 0: it does not",
    env: "HAYPILE_HTTP_PORT",
    untrusted: "never",
  },
  "http.host": {
    type: "text",
    default: "127.0.0.1",
    says: "the address the daemon listens at for HTTP; others than this machine reach any but loopback",
    env: "HAYPILE_HTTP_HOST",
    untrusted: "never",
  },
  "http.token": {
    type: "boolean",
    default: true,
    says: "HTTP clients show the token of the data folder; without it loopback is served, and only reads",
    env: "HAYPILE_HTTP_TOKEN",
    untrusted: "never",
  },
  "log.level": {
    type: "choice",
    choices: ["error", "warn", "info", "debug"],
    default: "warn",
    says: "what is written to stderr",
    env: "HAYPILE_LOG",
    untrusted: "any",
  },
} as const satisfies Record<string, OptionRow>;
