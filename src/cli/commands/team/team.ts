/* haypile team init|grant|revoke|members|audit|erase: who may what in a store on a server, and who did what. */
import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import type { Team } from "../../../engine/team/team.ts";
import type { AuditRow, GivenGrant, TeamGrant } from "../../../ports/answers/team.ts";
import { time } from "../../flags/memories-flags.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import { addWhich, grantsOf, type WhichFlags } from "./which.ts";

interface StoreFlags {
  store?: string | undefined;
  json?: boolean | undefined;
}

interface GrantFlags extends StoreFlags, WhichFlags {
  write?: boolean | undefined;
  create?: boolean | undefined;
  passwordFile?: string | undefined;
}

interface AuditFlags extends StoreFlags {
  namespace?: string | undefined;
  project?: string | undefined;
  by?: string | undefined;
  of?: string | undefined;
  what?: string[] | undefined;
  since?: string | undefined;
  until?: string | undefined;
  limit: number;
  after?: number | undefined;
}

/** haypile team */
export function addTeam(program: Command, signal: AbortSignal): void {
  const team = program
    .command("team")
    .description("a store on a server: who may read and write what, and who did what");

  addStore(
    team
      .command("init")
      .description("make the tables and groups of a store, or bring them up to date")
      .option("--groups <name>", "what the names of the groups begin with (default: the schema)"),
  )
    .addHelpText(
      "after",
      `
Run it as the role that shall own the store: a role of its own, which nobody works as, for it sees all. What only an
administrator of the server may do (pgvector, roles) is said, as the statement to run.

Examples:
  haypile team init --store postgres://haypile_owner@db.example/haypile`,
    )
    .action((flags: StoreFlags & { groups?: string | undefined }) =>
      withTeam(flags, (one) => {
        const done = one.init(flags.groups);
        if (flags.json === true) return printJson("team init", done);
        const { store, groups, made } = done;
        const names = Object.values(groups).map(printable).join(", ");
        printLine(`${printable(store)} is ready; its groups are ${names}.`);
        if (made.length > 0) note('Give rights with "haypile team grant"; nobody has one yet.');
      }),
    );

  addStore(
    addWhich(
      team
        .command("grant")
        .description("let a role of the server read or write namespaces and projects")
        .argument("<member>", "a role of the server: a person, or a group of several"),
    )
      .option("--write", "also write them; without it they are read")
      .option("--create", "make the role, so that it can log in; its password is shown once")
      .option("--password-file <file>", "with --create: the first line is its password"),
  )
    .addHelpText(
      "after",
      `
What is granted to a group counts for all who are in it, and what is granted to the group of readers (haypile_reader)
for the whole team. It holds at once.

Examples:
  haypile team grant alice --namespace billing --write
  haypile team grant bob --all-namespaces --project app --create
  haypile team grant carol --new                may make new namespaces and projects, which are its own
  haypile team grant dave --admin               gives rights and reads the audit`,
    )
    .action((member: string, flags: GrantFlags) =>
      withTeam(flags, (one) => {
        const grants = grantsOf(flags, flags.write === true);
        if (grants.length === 0) {
          throw new HaypileError(
            "HAYPILE_USAGE",
            "Expected what is granted: --namespace, --all-namespaces, --project, --all-projects, --new or --admin.",
          );
        }
        if (flags.passwordFile !== undefined && flags.create !== true) {
          throw new HaypileError("HAYPILE_USAGE", "Expected --create beside --password-file.");
        }
        const { passwordFile } = flags;
        const done = one.grant(
          member,
          grants,
          flags.create === true ? { passwordFile } : undefined,
        );
        if (flags.json === true) return printJson("team grant", done);
        for (const grant of done.grants) printLine(`${printable(member)} ${inWords(grant)}.`);
        if (done.password !== undefined) {
          printLine(`password: ${done.password}`);
          note("It is shown this once, and is nowhere kept.");
        }
      }),
    );

  addStore(
    addWhich(
      team
        .command("revoke")
        .description("take rights from a role")
        .argument("<member>", "a role of the server"),
    ).option("--all", "everything it was granted"),
  )
    .addHelpText(
      "after",
      `
It holds at once, also for who is connected. The role itself stays on the server.

Examples:
  haypile team revoke alice --namespace billing
  haypile team revoke alice --all`,
    )
    .action((member: string, flags: StoreFlags & WhichFlags & { all?: boolean | undefined }) =>
      withTeam(flags, (one) => {
        const which = grantsOf(flags, false);
        if ((flags.all === true) === which.length > 0) {
          throw new HaypileError("HAYPILE_USAGE", "Expected what is taken, or --all, not both.");
        }
        const done = one.revoke(member, flags.all === true ? undefined : which);
        if (flags.json === true) return printJson("team revoke", done);
        printLine(
          done.revoked === 0
            ? `${printable(member)} had no such right.`
            : `${printable(member)} lost ${counted(done.revoked, "right")}.`,
        );
      }),
    );

  addStore(team.command("members").description("who may what; who is no admin sees its own rights"))
    .addHelpText("after", "\nExamples:\n  haypile team members\n  haypile team members --json")
    .action((flags: StoreFlags) =>
      withTeam(flags, (one) => {
        const members = one.members();
        if (flags.json === true) return printJson("team members", { members });
        if (members.length === 0) printLine("Nobody has a right yet but who owns the store.");
        for (const { member, isThere, canLogIn, grants } of members) {
          const kind = isThere ? (canLogIn ? "" : "  (group)") : "  (the role was dropped)";
          printLine(`${printable(member)}${kind}`);
          for (const grant of grants) printLine(`  ${inWords(grant)}${givenInWords(grant)}`);
        }
      }),
    );

  addStore(
    team
      .command("audit")
      .description("who wrote, changed, forgot, indexed and granted what, newest first")
      .option("--namespace <name>", "only of this namespace")
      .option("--project <name>", "only of this project")
      .option("--by <role>", "only what this role did")
      .option("--of <id>", "only of this memory, or what this role got and lost")
      .option("--what <kind...>", "only these, such as forgot erased granted")
      .option("--since <time>", "on this day or at this time, or later", time)
      .option("--until <time>", "before this day or time", time)
      .option("-k, --limit <n>", "at most so many", wholeNumber(1, 10_000), 50)
      .option(
        "--after <n>",
        "what stands behind this number, the next page",
        wholeNumber(1, 2 ** 53),
      ),
  )
    .addHelpText(
      "after",
      `
No text is in it: ids and names. Who is no admin sees what it did itself.

Examples:
  haypile team audit --namespace billing --what forgot erased
  haypile team audit --by alice --since 2026-11-01 --json`,
    )
    .action((flags: AuditFlags) =>
      withTeam(flags, (one) => {
        const { namespace, project, by, of, what, since, until, limit, after } = flags;
        const filter = { namespace, project, who: by, subject: of, what, limit, after };
        const rows = one.audit({ ...filter, from: timeOf(since), before: timeOf(until) });
        const next = rows.length === limit ? rows.at(-1)?.id : undefined;
        if (flags.json === true) return printJson("team audit", { rows, next });
        for (const row of rows) printLine(rowInWords(row));
        if (rows.length === 0) printLine("Nothing of that is in the audit.");
        if (next !== undefined) note(`there may be more: --after ${next}`);
      }),
    );

  addStore(
    team
      .command("erase")
      .description("take the bytes of what was erased out of the server's files"),
  )
    .addHelpText(
      "after",
      `
What was erased is gone for every question at once, but its bytes stay in the files until the tables are written anew.
Haypile does so by itself where it works as the role that owns the store; else run this now and then as that role.
Backups, archives and the log of the server are not reached: see docs/team.md.

Examples:
  haypile team erase --store postgres://haypile_owner@db.example/haypile`,
    )
    .action((flags: StoreFlags) =>
      withTeam(flags, async (one) => {
        const done = await one.erase(signal);
        if (!done.isOwner) {
          throw new HaypileError(
            "HAYPILE_STORE_RIGHTS",
            `Expected the role that owns the tables of ${one.name}: only it may write them anew. Name it with --store.`,
          );
        }
        if (flags.json === true) return printJson("team erase", done);
        printLine(
          done.rewritten.length + done.left.length === 0
            ? "Nothing was erased since the last time."
            : `${counted(done.rewritten.length, "table")} written anew.`,
        );
        if (done.left.length > 0) {
          note(
            `${counted(done.left.length, "table was", "tables were")} in use, or may still be seen by who began before: run it again. ${done.left.map(printable).join(", ")}`,
          );
        }
      }),
    );
}

function addStore(command: Command): Command {
  return command
    .option("--store <url>", "the store's address and role (default: that of the settings)")
    .option("--json", "as JSON");
}

async function withTeam(
  { store }: StoreFlags,
  run: (team: Team) => void | Promise<void>,
): Promise<void> {
  const { Team: Opened } = await import("../../../engine/team/team.ts");
  const team = Opened.open(store);
  try {
    await run(team);
  } finally {
    team.close();
  }
}

function inWords({ scope, name, can }: TeamGrant): string {
  switch (scope) {
    case "group":
      return "is an admin of the team";
    case "new":
      return "may make new namespaces and projects";
    case "namespaces":
    case "projects":
      return `may ${can} all ${scope}`;
    default:
      return `may ${can} the ${scope} ${printable(JSON.stringify(name))}`;
  }
}

function givenInWords({ givenBy, givenAt }: GivenGrant): string {
  return givenBy === undefined ? "" : `  (${printable(givenBy)}, ${givenAt?.slice(0, 10)})`;
}

function rowInWords({ id, at, who, said, what, scope, name, subject, can }: AuditRow): string {
  const actor = said === undefined ? who : `${who} (says: ${said})`;
  const isRight = what === "granted" || what === "revoked";
  const object = isRight
    ? `${can ?? ""} ${scope}${name === "" ? "" : ` ${JSON.stringify(name)}`} ${what === "granted" ? "to" : "from"} ${subject}`
    : `${subject === undefined ? "" : `${subject} in `}${scope} ${JSON.stringify(name)}`;
  return printable(`${id}  ${at.slice(0, 19)}Z  ${actor}  ${what} ${object}`);
}

function timeOf(said: string | undefined): number | undefined {
  return said === undefined ? undefined : Date.parse(said);
}

function note(text: string): void {
  process.stderr.write(`haypile: ${text}\n`);
}
