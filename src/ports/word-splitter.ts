/**
 * A faster way to the words of a text: the same text that indexedWords() of the store gives, or undefined
 * for a text it does not take.
 * @param beginnings only words that begin so are wanted, and others may be left out: one or two ASCII letters each, with a
 *   space between them; one letter is the beginning of itself alone
 */
export type WordSplitter = (text: string, beginnings?: string) => string | undefined;
