import { Argument, type Command } from "commander";

/** haypile hook: bin/haypile.cjs runs it without the command line, so that nothing said to it can be an error. */
export function addHook(program: Command): void {
  program
    .command("hook")
    .description("what MCP clients run by themselves, as install --hooks tells them")
    .addArgument(new Argument("<event>", "which").choices(["session-start", "grep"]))
    .option("--client <name>", "whose form the answer has")
    .option("--max-tokens <n>", "most tokens of the answer, 400 to 3000 (default: 1500)")
    .option("--deadline-ms <n>", "time for the answer, 100 to 60000 (default: 5000)")
    .addHelpText(
      "after",
      `
Reads what the client sends on stdin and answers in its form. session-start: a map of the repository and what earlier
sessions kept; grep: which tool of Haypile answers a search, three times a session. Says nothing where nothing is
indexed or anything is wrong, and always ends with 0.

Examples:
  haypile hook session-start --client claude-code < /dev/null
  haypile hook grep --client gemini < /dev/null`,
    )
    .action(async (event: string, flags: Record<string, string>) => {
      const { runHook } = await import("../../hooks/run-hook.ts");
      const { client = "", maxTokens = "1500", deadlineMs = "5000" } = flags;
      const words = ["--client", client, "--max-tokens", maxTokens, "--deadline-ms", deadlineMs];
      await runHook([event, ...words]);
    });
}
