/* haypile tokens: who may come to `haypile serve`, and what each may do. */
import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import type { ServeClient } from "../../../daemon/serve/clients.ts";
import { byteSize, wholeNumber } from "../../flags/numbers.ts";
import { formatTable, printable, printJson, printLine } from "../../output/format.ts";

interface FileFlags {
  clients?: string | undefined;
  json?: boolean | undefined;
}

interface AddFlags extends FileFlags {
  read: string[];
  write: string[];
  folder: string[];
  admin?: boolean | undefined;
  namespace?: string | undefined;
  days?: number | undefined;
  rate?: number | undefined;
  concurrent?: number | undefined;
  body?: number | undefined;
}

const where = [
  "--clients <file>",
  "file of the clients (default: that of the data folder)",
] as const;
const load = () => import("../../../daemon/serve/clients.ts");
const mostDays = 3_650;

/** haypile tokens add|list|revoke */
export function addTokens(program: Command): void {
  const tokens = program
    .command("tokens")
    .description("tokens of clients of haypile serve, with what each may do");
  addList(tokens);
  addAdd(tokens);
  addRevoke(tokens);
}

function addAdd(tokens: Command): void {
  tokens
    .command("add")
    .description("make a token; it is shown once, and only what it hashes to is kept")
    .argument("<name>", "of the client, for the list and the log")
    .option("--read <namespaces>", 'may read these; "team*": all that begin so; "*": all', list, [])
    .option("--write <namespaces>", "may read and write these", list, [])
    .option(
      "--namespace <name>",
      "where its memories go when it says none (default: the first of --write)",
    )
    .option("--folder <path>", "may ask the index of this folder; can be repeated", folders, [])
    .option("--admin", "may import, clean up, make snapshots, and read metrics")
    .option("--days <n>", "good for so long (default: until revoked)", wholeNumber(1, mostDays))
    .option(
      "--rate <n>",
      "requests a minute (default: that of the server)",
      wholeNumber(1, 1_000_000),
    )
    .option("--concurrent <n>", "requests at once (default: the same)", wholeNumber(1, 1_000))
    .option("--body <size>", "longest body (default: the same)", byteSize)
    .option(...where)
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
A server that runs knows it at once.

Examples:
  haypile tokens add alice --write team,alice
  haypile tokens add ci --read team --days 90
  haypile tokens add prometheus --admin`,
    )
    .action(async (name: string, flags: AddFlags) => {
      const { addServeClient, clientFileOf } = await load();
      const file = clientFileOf(flags.clients);
      const { read, write, folder, admin = false, namespace, days } = flags;
      if (read.length + write.length + folder.length === 0 && !admin) {
        throw new HaypileError(
          "HAYPILE_USAGE",
          "Expected some right: --read, --write, --folder or --admin. A token without one opens nothing.",
        );
      }
      const expires =
        days === undefined ? undefined : new Date(Date.now() + days * 86_400_000).toISOString();
      const { rate: perMinute, concurrent, body: bodyBytes } = flags;
      const limits = JSON.parse(JSON.stringify({ perMinute, concurrent, bodyBytes }));
      const rights = { read, write, folders: folder, admin };
      const token = addServeClient(file, { name, expires, namespace, rights, limits });
      if (flags.json === true) return printJson("tokens add", { name, file, token, expires });
      printLine(token);
      process.stderr.write(
        `haypile: this is the token of ${printable(name)}, and it is not shown again. What it hashes to is in ${printable(file)}.\n`,
      );
    });
}

function addList(tokens: Command): void {
  tokens
    .command("list", { isDefault: true })
    .description("each client, and what it may do")
    .option(...where)
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  haypile tokens\n  haypile tokens list --json")
    .action(async (flags: FileFlags) => {
      const { clientFileOf, serveClients } = await load();
      const file = clientFileOf(flags.clients);
      const clients = serveClients(file);
      if (flags.json === true) return printJson("tokens list", { file, clients });
      if (clients.length === 0) printLine('There is none yet. "haypile tokens add" makes one.');
      for (const line of formatTable(clients.map(rowOf))) printLine(line);
    });
}

function addRevoke(tokens: Command): void {
  tokens
    .command("revoke")
    .description("take a client away; what it is being told ends within a second")
    .argument("<name>", "as it was added")
    .option(...where)
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  haypile tokens revoke ci")
    .action(async (name: string, flags: FileFlags) => {
      const { clientFileOf, revokeServeClient } = await load();
      const file = clientFileOf(flags.clients);
      revokeServeClient(file, name);
      if (flags.json === true) return printJson("tokens revoke", { revoked: name, file });
      printLine(printable(`${name} is revoked.`));
    });
}

function rowOf(client: ServeClient): [string, string] {
  const { name, by, subject, expires, read, write, folders: own, admin } = client;
  const said = [
    by === "subject" ? `subject ${subject}` : "",
    read.length > 0 ? `reads ${read.join(", ")}` : "",
    write.length > 0 ? `writes ${write.join(", ")}` : "",
    own.length > 0 ? `asks ${own.join(", ")}` : "",
    admin ? "looks after the server" : "",
    expires === undefined
      ? ""
      : `${Date.parse(expires) <= Date.now() ? "ended" : "until"} ${expires}`,
  ];
  return [printable(name), printable(said.filter((text) => text !== "").join("; "))];
}

function list(text: string, before: readonly string[]): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => name !== "")) return [...before, ...names];
  throw new InvalidArgumentError("Expected names of namespaces with commas between them.");
}

function folders(path: string, before: readonly string[]): string[] {
  return [...before, resolve(path)];
}
