/* Counts tokens with a model's tokeniser alone: no session, and a tenth of its time to load. */
import { HaypileError } from "../base/errors.ts";
import type { LibraryTokenizer, ModelTokenizer } from "../ports/tokenizer.ts";
import type { NativeTokenizer } from "./binding.ts";
import { loadBinding } from "./load.ts";
import { awaitNative, callNative } from "./native-error.ts";
import { nextTurn, windowsOf } from "./windows.ts";

export class TokenCounter {
  readonly #tokenizer: NativeTokenizer | LibraryTokenizer;
  #isClosed = false;

  /** @throws HaypileError HAYPILE_MODEL_INVALID, HAYPILE_NATIVE_MISSING */
  constructor(tokenizer: ModelTokenizer, addonFolder?: string) {
    this.#tokenizer =
      tokenizer.kind === "wordpiece"
        ? callNative(() => new (loadBinding(addonFolder).Tokenizer)(tokenizer.spec))
        : tokenizer.tokenizer;
  }

  /** See TextEmbedder. */
  async countTokens(texts: readonly string[]): Promise<Uint32Array> {
    this.#assertOpen();
    return await countTokens(this.#tokenizer, texts);
  }

  /** See TextEmbedder. */
  async countLineTokens(text: string): Promise<Uint32Array> {
    this.#assertOpen();
    return await countLineTokens(this.#tokenizer, text);
  }

  /** Calls that run end well. */
  close(): void {
    this.#isClosed = true;
    if (!isLibrary(this.#tokenizer)) this.#tokenizer.close();
  }

  #assertOpen(): void {
    if (!this.#isClosed) return;
    throw new HaypileError("HAYPILE_CLOSED", "The token counter was closed before this call.");
  }
}

export async function countTokens(
  tokenizer: NativeTokenizer | LibraryTokenizer,
  texts: readonly string[],
): Promise<Uint32Array> {
  const counts = new Uint32Array(texts.length);
  for (const window of windowsOf(texts, "")) {
    if (isLibrary(tokenizer)) {
      for (const [i, text] of window.texts.entries()) {
        counts[window.begin + i] = tokenizer.count(text);
        if (i % 16 === 15) await nextTurn();
      }
    } else {
      counts.set(await awaitNative(() => tokenizer.count(window.texts)), window.begin);
    }
    await nextTurn();
  }
  return counts;
}

export async function countLineTokens(
  tokenizer: NativeTokenizer | LibraryTokenizer,
  text: string,
): Promise<Uint32Array> {
  if (isLibrary(tokenizer)) return await countTokens(tokenizer, text.split("\n"));
  return await awaitNative(() => tokenizer.countLines(text));
}

export function isLibrary(
  tokenizer: NativeTokenizer | LibraryTokenizer,
): tokenizer is LibraryTokenizer {
  return "padId" in tokenizer;
}
