/**
 * A faster way to the words of a text: the same text that indexedWords() of the store gives, or undefined
 * for a text it does not take.
 */
export type WordSplitter = (text: string) => string | undefined;
