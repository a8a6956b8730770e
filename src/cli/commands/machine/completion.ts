import { Argument, type Command } from "commander";
import { printLine } from "../../output/format.ts";
import { completionScript, type Shell, shells } from "./completion-scripts.ts";

/** haypile completion bash | zsh | fish */
export function addCompletion(program: Command): void {
  program
    .command("completion")
    .description("print the script by which your shell completes commands and flags")
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .addHelpText(
      "after",
      `
Examples:
  haypile completion bash > ~/.local/share/bash-completion/completions/haypile
  haypile completion zsh > "\${fpath[1]}/_haypile"
  haypile completion fish > ~/.config/fish/completions/haypile.fish`,
    )
    .action((shell: Shell) => printLine(completionScript(program, shell).trimEnd()));
}
