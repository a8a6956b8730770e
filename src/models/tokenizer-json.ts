/* Reads a model's tokenizer.json: BERT WordPiece goes to the C++ core, any other to the library. */
import { dirname, join } from "node:path";
import { HaypileError } from "../base/errors.ts";
import { readBounded } from "../base/files/read-file.ts";
import type {
  AddedToken,
  LibraryTokenizer,
  ModelTokenizer,
  WordPieceSpec,
} from "../ports/tokenizer.ts";
import { cutVocabulary, idInLines } from "./vocabulary.ts";

/** The largest that are published have 35 MB. */
const mostBytes = 128_000_000;

interface TokenizerJson {
  model?:
    | {
        type?: string | undefined;
        vocab?: Record<string, number> | undefined;
        unk_token?: string | undefined;
        continuing_subword_prefix?: string | undefined;
        max_input_chars_per_word?: number | undefined;
      }
    | undefined;
  normalizer?:
    | {
        type?: string | undefined;
        clean_text?: boolean | undefined;
        handle_chinese_chars?: boolean | undefined;
        strip_accents?: boolean | null | undefined;
        lowercase?: boolean | undefined;
      }
    | null
    | undefined;
  pre_tokenizer?: { type?: string | undefined } | null | undefined;
  post_processor?: unknown;
  added_tokens?:
    | {
        id: number;
        content: string;
        single_word?: boolean | undefined;
        lstrip?: boolean | undefined;
        rstrip?: boolean | undefined;
        normalized?: boolean | undefined;
        special?: boolean | undefined;
      }[]
    | undefined;
}

/**
 * @throws HaypileError HAYPILE_MODEL_MISSING when the file cannot be read, HAYPILE_MODEL_DAMAGED
 *   when it is no JSON, HAYPILE_MODEL_INVALID when it describes no tokenizer
 */
export async function readTokenizer(path: string): Promise<ModelTokenizer> {
  const { json, lines } = await readJson(path);
  if (json.model === undefined || typeof json.model !== "object") {
    throw invalid(path, 'has no "model"');
  }
  if (isBertWordPiece(json)) {
    return { kind: "wordpiece", spec: wordPieceSpec(json, lines, path) };
  }
  const whole = lines === undefined ? json : parse((await readBytes(path)).toString("utf8"), path);
  return { kind: "library", tokenizer: await libraryTokenizer(whole, path) };
}

/** Whether readTokenizer() would give a WordPiece. @throws HaypileError as readTokenizer() */
export async function isWordPiece(path: string): Promise<boolean> {
  return isBertWordPiece((await readJson(path)).json);
}

/** The file's contents; `lines` is its vocabulary when it could be cut out, and is empty in `json`. */
async function readJson(path: string): Promise<{ json: TokenizerJson; lines: Buffer | undefined }> {
  const file = await readBytes(path);
  const cut = cutVocabulary(file);
  if (cut === undefined) return { json: parse(file.toString("utf8"), path), lines: undefined };
  return { json: parse(cut.rest, path), lines: cut.lines };
}

async function readBytes(path: string): Promise<Buffer> {
  return await readBounded(path, { mostBytes, links: "follow" }).catch((error: unknown) => {
    throw new HaypileError(
      "HAYPILE_MODEL_MISSING",
      `The tokenizer ${path} cannot be read: ${(error as Error).message}`,
      { cause: error },
    );
  });
}

function parse(text: string, path: string): TokenizerJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HaypileError(
      "HAYPILE_MODEL_DAMAGED",
      `The tokenizer ${path} is not valid JSON (${text.length} characters): it is damaged or cut off. Get the model's files again.`,
      { cause: error },
    );
  }
  if (typeof value === "object" && value !== null) return value;
  throw invalid(path, "is no JSON object");
}

function isBertWordPiece({ model, normalizer, pre_tokenizer }: TokenizerJson): boolean {
  return (
    model?.type === "WordPiece" &&
    normalizer?.type === "BertNormalizer" &&
    pre_tokenizer?.type === "BertPreTokenizer"
  );
}

function wordPieceSpec(json: TokenizerJson, cut: Buffer | undefined, path: string): WordPieceSpec {
  const { model, normalizer } = json;
  const lines = cut ?? linesOf(model?.vocab ?? {}, path);
  if (lines.length === 0) throw invalid(path, "has an empty vocabulary");
  const idOf = (token: string): number => {
    const added = json.added_tokens?.find((one) => one.content === token)?.id;
    const id = added ?? idInLines(lines, token);
    if (id === undefined) throw invalid(path, `has no token "${token}"`);
    return id;
  };
  const lowercase = normalizer?.lowercase ?? true;
  return {
    vocabulary: lines,
    cleanText: normalizer?.clean_text ?? true,
    handleChineseChars: normalizer?.handle_chinese_chars ?? true,
    // Null means: as the model was trained, which strips accents where it lower-cases.
    stripAccents: normalizer?.strip_accents ?? lowercase,
    lowercase,
    unknownId: idOf(model?.unk_token ?? "[UNK]"),
    classifyId: idOf("[CLS]"),
    separateId: idOf("[SEP]"),
    padId: idOf("[PAD]"),
    continuingPrefix: model?.continuing_subword_prefix ?? "##",
    maxCharsPerWord: model?.max_input_chars_per_word ?? 100,
    addedTokens: (json.added_tokens ?? []).map(
      (token): AddedToken => ({
        content: token.content,
        id: token.id,
        normalized: token.normalized ?? token.special !== true,
        singleWord: token.single_word ?? false,
        lstrip: token.lstrip ?? false,
        rstrip: token.rstrip ?? false,
      }),
    ),
  };
}

/** The vocabulary of a file of another form, e.g. with ids that do not rise. */
function linesOf(vocabulary: Record<string, number>, path: string): Buffer {
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(vocabulary)) {
    if (!Number.isInteger(id) || id < 0 || id > 10_000_000) {
      throw invalid(path, `gives the token "${token}" the id ${id}`);
    }
    if (token.includes("\n")) throw invalid(path, "has a token with a line break");
    tokens[id] = token;
  }
  if (tokens.length === 0) return Buffer.alloc(0);
  return Buffer.from(`${Array.from(tokens, (token) => token ?? "").join("\n")}\n`);
}

async function libraryTokenizer(json: TokenizerJson, path: string): Promise<LibraryTokenizer> {
  const configPath = join(dirname(path), "tokenizer_config.json");
  const config = await readBounded(configPath, { mostBytes, links: "follow" }).then(
    (bytes) => JSON.parse(bytes.toString("utf8")) as Record<string, unknown>,
    () => ({}) as Record<string, unknown>,
  );
  const { Tokenizer } = await import("@huggingface/tokenizers");
  try {
    const tokenizer = new Tokenizer(json as never, config as never);
    const bare = (text: string): number[] =>
      tokenizer.encode(text, { add_special_tokens: false }).ids;
    const whole = (text: string): number[] => tokenizer.encode(text).ids;
    const special = whole("").length;
    return {
      padId: padIdOf(json, config),
      count: (text) => bare(text).length,
      encode(text, maxTokens) {
        const ids = whole(text);
        if (ids.length <= maxTokens) return Int32Array.from(ids);
        // The special tokens stand at both ends: keep the last one, cut before it.
        const end = special > 1 ? ids.slice(-1) : [];
        return Int32Array.from([...ids.slice(0, maxTokens - end.length), ...end]);
      },
    };
  } catch (error) {
    throw new HaypileError(
      "HAYPILE_MODEL_INVALID",
      `The tokenizer ${path} (kind ${json.model?.type ?? "unknown"}) cannot be used: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

function padIdOf(json: TokenizerJson, config: Record<string, unknown>): number {
  const name = typeof config.pad_token === "string" ? config.pad_token : undefined;
  const pad = json.added_tokens?.find(({ content }) =>
    name === undefined ? content === "[PAD]" || content === "<pad>" : content === name,
  );
  return pad?.id ?? 0;
}

function invalid(path: string, what: string): HaypileError {
  return new HaypileError(
    "HAYPILE_MODEL_INVALID",
    `The tokenizer ${path} ${what}. Expected a tokenizer.json as the tokenizers library writes it.`,
    { data: { path } },
  );
}
