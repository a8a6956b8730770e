/* What a hook is asked, and by whom. */

export interface HookWords {
  hook: "session-start" | "grep";
  client: string;
  maxTokens: number;
  deadlineMs: number;
}

export interface HookInput {
  /** The client's folder, absolute and unchecked; undefined: it was not said. */
  cwd: string | undefined;
  session: string;
  /** How a session began: "startup", "resume", "clear", "compact", "new"; "" where it is not said. */
  source: string;
  tool: string;
  toolInput: Readonly<Record<string, unknown>>;
}

export interface HookCall {
  words: HookWords;
  input: HookInput;
  /** Aborted at the deadline. */
  signal: AbortSignal;
  /** What is said when the deadline comes before the rest. */
  soFar?: string | undefined;
}
