/** BERT WordPiece as read from a tokenizer.json; run by the C++ core. */
export interface WordPieceSpec {
  /** All tokens in the order of their ids, UTF-8, each ended by "\n". An unused id is an empty line. */
  vocabulary: Uint8Array;
  cleanText: boolean;
  handleChineseChars: boolean;
  stripAccents: boolean;
  lowercase: boolean;
  unknownId: number;
  classifyId: number;
  separateId: number;
  padId: number;
  continuingPrefix: string;
  maxCharsPerWord: number;
  /** Tokens matched in the raw text before anything else ("[CLS]", "[MASK]" …). */
  addedTokens: AddedToken[];
}

export interface AddedToken {
  content: string;
  id: number;
  normalized: boolean;
  singleWord: boolean;
  lstrip: boolean;
  rstrip: boolean;
}

/** Any other tokeniser: runs in JavaScript, one text at a time. */
export interface LibraryTokenizer {
  /** Ids of a text with special tokens, cut to `maxTokens` keeping the special tokens. */
  encode(text: string, maxTokens: number): Int32Array;
  /** Tokens of a text without special tokens, without a limit. */
  count(text: string): number;
  readonly padId: number;
}

/** What a model's folder gives: one of the two. */
export type ModelTokenizer =
  | { kind: "wordpiece"; spec: WordPieceSpec }
  | { kind: "library"; tokenizer: LibraryTokenizer };

/** The pieces a tokeniser cuts texts into. */
export interface PieceReader {
  /** Ids of a text, cut after some hundred. */
  encode(text: string): Int32Array;
  /** Id of what it has no piece for; undefined where it has one for everything. */
  readonly unknownId: number | undefined;
}

/** Says of a text whether a model can read it. */
export type Reads = (text: string) => boolean;
