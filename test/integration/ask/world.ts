/*
 * A world of half a year, with an oracle that was written by hand: memories that came, changed, were replaced, ended and
 * began to hold at known times, and code whose definitions changed at known commits.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { writeTree } from "../../helpers/temp-tree.ts";

/** From a time on, up to before another: ISO 8601; without an end it still holds. */
export interface Span {
  from: string;
  to?: string;
}

/** A text and when it must be among the answers to its question; at all other times it must not. */
export interface Told extends Span {
  text: string;
  question: string;
}

export const namespace = "world";

const note = (id: string, text: string, createdAt: string, more: object = {}) => ({
  ...{ format: "haypile-memory/1", id: id.padEnd(16, "0"), text, namespace, kind: "fact" },
  ...{ createdAt, updatedAt: createdAt, validFrom: createdAt, ...more },
});

/** As an export of a machine has them: what was written when. */
export const records = [
  note("port0", "The gateway listens on port 4040.", "2026-01-05T09:00:00.000Z", {
    updatedAt: "2026-03-10T12:00:00.000Z",
    history: [
      {
        text: "The gateway listens on port 3030.",
        since: "2026-01-05T09:00:00.000Z",
        until: "2026-03-10T12:00:00.000Z",
      },
    ],
  }),
  note("queue0", "The queue of invoices is drained by one worker.", "2026-01-20T00:00:00.000Z", {
    ended: { at: "2026-04-01T08:30:00.000Z", why: "superseded" },
  }),
  note("queue1", "The queue of invoices is drained by four workers.", "2026-04-01T08:30:00.000Z", {
    links: [
      { id: "queue0".padEnd(16, "0"), relation: "supersedes", at: "2026-04-01T08:30:00.000Z" },
    ],
  }),
  note("freeze", "Deploys of the billing service are frozen.", "2026-02-01T10:00:00.000Z", {
    expires: "2026-02-20T10:00:00.000Z",
  }),
  note("tariff", "The tariff for pelicans doubles.", "2026-02-10T10:00:00.000Z", {
    validFrom: "2026-05-01T00:00:00.000Z",
  }),
  note("audit", "The auditor wants ledgers as plain text.", "2026-05-15T23:59:59.999Z"),
  note("gone", "The heron key lies under the mat.", "2026-01-06T00:00:00.000Z"),
];

export const goneId = "gone".padEnd(16, "0");

/** Written by hand, not from the records. */
export const told: readonly Told[] = [
  {
    question: "which port does the gateway listen on",
    text: "The gateway listens on port 3030.",
    from: "2026-01-05T09:00:00.000Z",
    to: "2026-03-10T12:00:00.000Z",
  },
  {
    question: "which port does the gateway listen on",
    text: "The gateway listens on port 4040.",
    from: "2026-03-10T12:00:00.000Z",
  },
  {
    question: "who drains the queue of invoices",
    text: "The queue of invoices is drained by one worker.",
    from: "2026-01-20T00:00:00.000Z",
    to: "2026-04-01T08:30:00.000Z",
  },
  {
    question: "who drains the queue of invoices",
    text: "The queue of invoices is drained by four workers.",
    from: "2026-04-01T08:30:00.000Z",
  },
  {
    question: "are deploys of the billing service frozen",
    text: "Deploys of the billing service are frozen.",
    from: "2026-02-01T10:00:00.000Z",
    to: "2026-02-20T10:00:00.000Z",
  },
  {
    question: "what is the tariff for pelicans",
    text: "The tariff for pelicans doubles.",
    from: "2026-05-01T00:00:00.000Z",
  },
  {
    question: "how does the auditor want ledgers",
    text: "The auditor wants ledgers as plain text.",
    from: "2026-05-15T23:59:59.999Z",
  },
];

const gateway = (port: number) =>
  `/** The port that the gateway listens on. */\nexport function gatewayPort(): number {\n  return ${port};\n}\n`;
const invoices = (workers: string) =>
  `/** Drains the queue of invoices. */\nexport function drainInvoices(): void {\n  ${workers};\n}\n`;
const pelicans =
  "/** The tariff for pelicans. */\nexport function pelicanTariff(): number {\n  return 7;\n}\n";

/** In order; the clocks of commits go forward. */
const commits: readonly { time: string; files: Record<string, string>; tag?: string }[] = [
  { time: "2026-01-10T12:00:00Z", files: { "src/gateway.ts": gateway(3030) } },
  {
    time: "2026-02-05T08:00:00Z",
    files: { "src/invoices.ts": invoices("oneWorker()") },
    tag: "v1",
  },
  { time: "2026-03-09T17:45:30Z", files: { "src/gateway.ts": gateway(4040) } },
  {
    time: "2026-04-02T10:00:00Z",
    files: { "src/invoices.ts": invoices("fourWorkers()"), "src/pelicans.ts": pelicans },
    tag: "v2",
  },
  { time: "2026-05-20T22:00:00Z", files: { "src/gateway.ts": gateway(5050) } },
];

/** Text in the code that must be among the hits of its question, and at all other times must not. */
export const coded: readonly Told[] = [
  {
    question: "which port does the gateway listen on",
    text: "return 3030;",
    from: "2026-01-10T12:00:00Z",
    to: "2026-03-09T17:45:30Z",
  },
  {
    question: "which port does the gateway listen on",
    text: "return 4040;",
    from: "2026-03-09T17:45:30Z",
    to: "2026-05-20T22:00:00Z",
  },
  {
    question: "which port does the gateway listen on",
    text: "return 5050;",
    from: "2026-05-20T22:00:00Z",
  },
  {
    question: "who drains the queue of invoices",
    text: "oneWorker()",
    from: "2026-02-05T08:00:00Z",
    to: "2026-04-02T10:00:00Z",
  },
  {
    question: "who drains the queue of invoices",
    text: "fourWorkers()",
    from: "2026-04-02T10:00:00Z",
  },
  {
    question: "what is the tariff for pelicans",
    text: "pelicanTariff",
    from: "2026-04-02T10:00:00Z",
  },
];

export const begins = Date.parse("2025-12-01T00:00:00Z");
export const ends = Date.parse("2026-07-01T00:00:00Z");
/** Before it there is no commit. */
export const firstCommit = Date.parse("2026-01-10T12:00:00Z");
/** All times at which something is otherwise. */
export const turns = [
  ...new Set([...told, ...coded].flatMap(({ from, to }) => [from, to ?? from])),
].map((time) => Date.parse(time));

export function holds({ from, to }: Span, at: number): boolean {
  return Date.parse(from) <= at && at < (to === undefined ? Infinity : Date.parse(to));
}

export function gitIn(folder: string, time?: string): (...args: string[]) => string {
  const at = time === undefined ? {} : { GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time };
  const who = ["-c", "user.name=Ann", "-c", "user.email=a@example.com", "-C", folder];
  return (...args) =>
    execFileSync("git", [...who, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...at },
    }).trimEnd();
}

/** Makes the repository. @returns ids of its commits, in order */
export function writeWorld(folder: string): string[] {
  writeTree(folder, { "README.md": "# World\n" });
  gitIn(folder)("init", "-q", "-b", "main");
  return commits.map(({ time, files, tag }) => {
    writeTree(folder, files);
    const git = gitIn(folder, time);
    git("add", "-A");
    git("commit", "-q", "-m", `State of ${time.slice(0, 10)}`);
    if (tag !== undefined) git("tag", tag);
    return git("rev-parse", "HEAD");
  });
}

export const gatewayFile = (folder: string): string => join(folder, "src", "gateway.ts");
