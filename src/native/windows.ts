/* Cuts a list of texts into windows that cost one turn of the event loop little. */

/** Most texts and most characters that are handed to the core in one go. */
const windowTexts = 1024;
const windowCharacters = 256 * 1024;

/**
 * Longer texts are cut here before they are tokenised. No model in the registry reads more than
 * 8,192 tokens, which ordinary text reaches within 100,000 characters.
 */
export const longestText = 1_000_000;

export interface TextWindow {
  /** Index of the first text. */
  begin: number;
  texts: string[];
}

/** Windows in order; each text with `prefix` before it. */
export function* windowsOf(texts: readonly string[], prefix: string): Generator<TextWindow> {
  let window: TextWindow = { begin: 0, texts: [] };
  let characters = 0;
  for (const [index, text] of texts.entries()) {
    const cut = text.length > longestText ? text.slice(0, longestText) : text;
    const full = window.texts.length >= windowTexts || characters + cut.length > windowCharacters;
    if (full && window.texts.length > 0) {
      yield window;
      window = { begin: index, texts: [] };
      characters = 0;
    }
    window.texts.push(prefix === "" ? cut : prefix + cut);
    characters += cut.length;
  }
  if (window.texts.length > 0) yield window;
}

/** Lets timers and I/O run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
