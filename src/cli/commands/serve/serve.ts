/* haypile serve: one store for clients of other machines. */
import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import type { ServeOptions } from "../../../daemon/serve/serve-options.ts";
import { byteSize, wholeNumber } from "../../flags/numbers.ts";
import { counted, printable, printJsonLine, printLine } from "../../output/format.ts";

interface ServeFlags extends Omit<ServeOptions, "listen"> {
  listen?: string | undefined;
  json?: boolean | undefined;
}

/** haypile serve */
export function addServe(program: Command, signal: AbortSignal): void {
  program
    .command("serve")
    .description("serve MCP and REST to clients of other machines, each with rights of its own")
    .option("--listen <address>", "where: 127.0.0.1:3040, :8443, [::1]:8443")
    .option("--cert <file>", "certificate, PEM; read again when it changes")
    .option("--key <file>", "its key, PEM")
    .option("--behind-proxy", "TLS ends at a proxy in front of it")
    .option("--public-url <url>", "the address that clients know it by")
    .option("--clients <file>", "its clients (default: serve-clients.json of the data folder)")
    .option("--issuer <url>", "authorization server (OAuth 2.1) whose access tokens are good")
    .option("--jwks <file or url>", "public keys of that one")
    .option("--audience <text>", "what its tokens may be for, beside the address of MCP")
    .option("--code", "tools for code, too, in folders that clients were given")
    .option(
      "--rate <n>",
      "requests a minute of a client (default: 1200)",
      wholeNumber(1, 1_000_000),
    )
    .option("--concurrent <n>", "requests at once of a client (default: 16)", wholeNumber(1, 1_000))
    .option("--body <size>", "longest body (default: 4 MiB, which is the most)", bodySize)
    .option(
      "--drain-delay <seconds>",
      "how long it goes on when told to end, while /ready says no (default: 5)",
      wholeNumber(0, 600),
    )
    .option(
      "--drain <seconds>",
      "most time for what is at work then (default: 30)",
      wholeNumber(0, 3_600),
    )
    .option("--json", "its address as JSON, one line")
    .addHelpText(
      "after",
      `
Clients show a token of "haypile tokens add", or an access token. Several servers over one store need no more than the
same file of clients. /health says that it runs, /ready that it can answer; SIGTERM ends it when all is answered.

Examples:
  haypile serve --listen 127.0.0.1:3040
  haypile serve --listen :8443 --cert server.pem --key server.key --public-url https://haypile.example.com:8443`,
    )
    .action(async ({ listen, json, ...flags }: ServeFlags) => {
      if (listen === undefined) {
        throw new HaypileError(
          "HAYPILE_USAGE",
          "Expected --listen with an address and a port, as 127.0.0.1:3040.",
        );
      }
      const { serve } = await import("../../../daemon/serve/serve.ts");
      const { ended, url, clientFile, clients } = await serve({ listen, ...flags }, signal);
      if (json === true) printJsonLine("serve", { url, clientFile, clients });
      else {
        printLine(`MCP: ${url}, REST beside it below /api/v1.`);
        printLine(printable(`${counted(clients, "client")} in ${clientFile}.`));
        if (clients === 0) printLine('Nobody gets in yet: "haypile tokens add" makes a token.');
      }
      await ended;
    });
}

function bodySize(text: string): number {
  return Math.min(4 * 1024 * 1024, Math.max(1_024, byteSize(text)));
}
