/*
 * The user's token as its file says now: one that is deleted or replaced while the daemon runs ends what it let in, at once.
 */
import { existsSync, statSync } from "node:fs";
import { log } from "../../base/log.ts";
import { readOrMakeToken, tokenPath } from "../../mcp/http/token.ts";

export class Secret {
  readonly #dataFolder: string;
  readonly #path: string;
  #token: string | undefined;
  #seen = "";

  /** @throws as readOrMakeToken() */
  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
    this.#path = tokenPath(dataFolder);
    this.#token = readOrMakeToken(dataFolder);
    this.#seen = this.#state();
  }

  /** Undefined while the file holds no token: nobody gets in. */
  current(): string | undefined {
    const state = this.#state();
    if (state !== "" && state === this.#seen) return this.#token;
    try {
      // A data folder that was taken away is not made anew by who asks.
      this.#token = existsSync(this.#dataFolder) ? readOrMakeToken(this.#dataFolder) : undefined;
    } catch (error) {
      if (this.#token !== undefined) log("error", `the token of HTTP: ${String(error)}`);
      this.#token = undefined;
    }
    this.#seen = this.#state();
    return this.#token;
  }

  #state(): string {
    try {
      const { ino, mtimeMs, size } = statSync(this.#path);
      return `${ino} ${mtimeMs} ${size}`;
    } catch {
      return "";
    }
  }
}
