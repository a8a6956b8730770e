/* haypile open: the page in the browser, signed in. */
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { mayHaveBrowser, openInBrowser } from "../../browser.ts";
import { printJson, printLine } from "../../output/format.ts";
import { listenBy, wantedBy } from "./listen.ts";

interface OpenFlags {
  print?: boolean | undefined;
  json?: boolean | undefined;
}

/** haypile open */
export function addOpen(program: Command, signal: AbortSignal): void {
  program
    .command("open")
    .description("open the page in the browser, signed in; starts the daemon where none runs")
    .option("--print", "print the link that signs in, once and within a minute, and open nothing")
    .option("--json", "as JSON; opens nothing")
    .addHelpText("after", "\nExamples:\n  haypile open\n  haypile open --print")
    .action(async (flags: OpenFlags) => await open(flags, signal));
}

async function open(flags: OpenFlags, signal: AbortSignal): Promise<void> {
  const wanted = wantedBy({});
  if (wanted?.page !== true) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      'Expected a port for the page, but page.port is 0. Set another: haypile config set page.port 3030, then "haypile open" again.',
    );
  }
  const { connect } = await import("../../../haypile/there.ts");
  const client = await connect({ client: "haypile open", signal });
  try {
    // Nothing is asked for but the page: a listener that is there is the one.
    if ((await client.listening()) === undefined) await listenBy(client, wanted);
    const isShown = flags.json === true || flags.print === true;
    const { url, file, seconds } = await client.signInLink({
      file: !isShown && mayHaveBrowser(),
    });
    if (flags.json === true) return printJson("open", { url, seconds });
    if (isShown) return printLine(url);
    const isOpen = await openInBrowser(file === undefined ? url : pathToFileURL(file).href);
    const isSecret = url.includes("#code=");
    const once = isSecret ? ` It works once, within ${seconds} s.` : "";
    printLine(
      isOpen
        ? `The browser opens the page. If it does not, use this link.${once}`
        : `There is no browser to start here. Open this link in one on this machine.${once}`,
    );
    printLine(url);
  } finally {
    await client.close();
  }
}
