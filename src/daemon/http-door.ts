/* Whether the daemon listens for HTTP, and where: opened once, by whoever asks first. */
import { HaypileError } from "../base/errors.ts";
import type { HttpAddress, HttpFace, HttpWanted, SignInLink } from "../wire/words.ts";

/** Opens the listener. */
export type OpenHttp = (wanted: HttpWanted, patienceMs: number) => Promise<HttpFace>;

export class HttpDoor {
  readonly #open: OpenHttp | undefined;
  #opening: Promise<HttpFace> | undefined;
  #face: HttpFace | undefined;

  constructor(open: OpenHttp | undefined) {
    this.#open = open;
  }

  /** It listens, or is about to. */
  get isOpen(): boolean {
    return this.#opening !== undefined;
  }

  /** Address of the page; undefined: none is served. */
  get page(): string | undefined {
    return this.#face?.page;
  }

  /**
   * Where it listens already that is said, whatever is wanted.
   * @throws HaypileError HAYPILE_PORT_TAKEN, HAYPILE_USAGE
   */
  async listen(wanted: HttpWanted, patienceMs = 0): Promise<HttpAddress> {
    const open = this.#open;
    if (open === undefined) throw new HaypileError("HAYPILE_USAGE", "This daemon has no HTTP.");
    this.#opening ??= open(wanted, patienceMs);
    try {
      this.#face = await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
    const { url, page, tokenPath } = this.#face;
    return { url, page, tokenPath };
  }

  /** As it listens; undefined: it does not. */
  listening(): HttpWanted | undefined {
    return this.#face?.wanted;
  }

  /** @throws HaypileError HAYPILE_USAGE where no page is served */
  signInLink(hasFile: boolean): SignInLink {
    if (this.#face !== undefined) return this.#face.signInLink(hasFile);
    throw new HaypileError(
      "HAYPILE_USAGE",
      'The daemon serves no page. Run "haypile start" first.',
    );
  }

  /** Answers what came whole, for `drainMs` at most. */
  async close(drainMs: number): Promise<void> {
    const face = await this.#opening?.catch(() => undefined);
    await face?.close(drainMs);
  }
}
