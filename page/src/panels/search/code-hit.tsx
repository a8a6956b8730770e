/* A hit of code: where it is, what it is, its lines, and on demand why it is here and the whole of it. */
import { useMemo } from "preact/hooks";
import type { HitSymbol } from "../../../../src/ports/answers/search.ts";
import { memo } from "../../parts/memo.tsx";
import { visible } from "../../parts/visible.ts";
import { CodeLines } from "./code-lines.tsx";
import { OpenPlace } from "./editor.tsx";
import { HitButton } from "./hit-button.tsx";
import { Score } from "./score.tsx";
import type { FolderHit } from "./use-search.ts";
import { WhyBars } from "./why-bars.tsx";
import { codeRows } from "./why-rows.ts";

export interface HitProps {
  /** As `data-hit` says it. */
  id: string;
  words: readonly string[];
  editor: string;
  isWhy: boolean;
  isWhole: boolean;
  /** The one that Tab comes to. */
  isReached: boolean;
  /** The same at each drawing. */
  on: HitActions;
}

export interface HitActions {
  why: (id: string) => void;
  whole: (id: string) => void;
  reach: (id: string) => void;
}

export const CodeHit = memo(function Hit(
  props: HitProps & { hit: FolderHit; folderName: string | undefined },
) {
  const { hit, id, on, words, editor, isWhy, isWhole, folderName } = props;
  const { path, startLine, endLine, symbol, snippet, text } = hit;
  const whole = useMemo(() => text.replace(/\n$/u, "").split("\n"), [text]);
  const above = useMemo(() => {
    const count = snippet.startLine - startLine;
    const isThere = snippet.lines.every((line, at) => whole[count + at] === line);
    return count > 0 && isThere ? whole.slice(0, count) : undefined;
  }, [whole, snippet, startLine]);
  const where = `${visible(path)}:${snippet.startLine}`;
  return (
    <li>
      <article
        class="hit"
        data-hit={id}
        data-path={path}
        tabIndex={props.isReached ? 0 : -1}
        aria-label={`${where}${symbol === undefined ? "" : `, ${symbol.kind} ${visible(symbol.name)}`}`}
        onFocusCapture={() => on.reach(id)}
      >
        <header class="row">
          <span class="where">
            {folderName !== undefined && <span class="quiet">{visible(folderName)} › </span>}
            <PathText path={path} />
            <span class="quiet">
              :{startLine}–{endLine}
            </span>
          </span>
          {symbol !== undefined && <Definition symbol={symbol} />}
          {hit.stale && <span class="tag bad">not in the file any more</span>}
          {hit.isChanged && !hit.stale && <span class="tag warn">file changed since</span>}
          <span class="push row">
            <span class="quiet small">{hit.language}</span>
            <Score value={hit.score} />
          </span>
        </header>
        <CodeLines
          startLine={isWhole ? startLine : snippet.startLine}
          lines={isWhole ? whole : snippet.lines}
          before={isWhole ? undefined : above}
          language={hit.language}
          words={words}
          label={`Lines of ${where}`}
        />
        <footer class="row">
          <OpenPlace
            editor={editor}
            target={{ folder: hit.folder, path, line: snippet.startLine }}
          />
          <HitButton
            mark="data-why-button"
            isOpen={isWhy}
            onPress={() => on.why(id)}
            rest={`is ${where} here`}
          >
            Why
          </HitButton>
          {whole.length > snippet.lines.length && (
            <HitButton
              mark="data-whole-button"
              isOpen={isWhole}
              onPress={() => on.whole(id)}
              rest={`of ${where}`}
            >
              {isWhole ? "Fewer lines" : `All ${whole.length} lines`}
            </HitButton>
          )}
          <Elsewhere hit={hit} editor={editor} />
        </footer>
        {isWhy && <WhyBars rows={codeRows(hit.parts)} about={where} notes={notesOf(hit)} />}
      </article>
    </li>
  );
});

function PathText({ path }: { path: string }) {
  const shown = visible(path);
  const at = shown.lastIndexOf("/") + 1;
  return (
    <bdi class="mono">
      <span class="quiet">{shown.slice(0, at)}</span>
      <strong>{shown.slice(at)}</strong>
    </bdi>
  );
}

function Definition({ symbol: { name, kind, container } }: { symbol: HitSymbol }) {
  return (
    <span class="small">
      <span class="quiet">{kind} </span>
      <code>{visible(container === "" ? name : `${container}.${name}`)}</code>
    </span>
  );
}

/** Other places: of the file, and of the same text. */
function Elsewhere({ hit, editor }: { hit: FolderHit; editor: string }) {
  const { inFile, alsoAt, folder, path } = hit;
  const count = inFile.length + alsoAt.length;
  if (count === 0) return null;
  return (
    <details class="small">
      <summary>
        {inFile.length > 0 && `${inFile.length} more in this file`}
        {inFile.length > 0 && alsoAt.length > 0 && ", "}
        {alsoAt.length > 0 && `same text at ${alsoAt.length} more`}
      </summary>
      <ul>
        {inFile.map(({ startLine, endLine, score, symbol }) => (
          <li key={`in ${startLine}`} class="row">
            <span>
              lines {startLine}–{endLine}
              {symbol !== undefined && (
                <>
                  {" "}
                  <code>{visible(symbol.name)}</code>
                </>
              )}
            </span>
            <Score value={score} />
            <OpenPlace editor={editor} target={{ folder, path, line: startLine }} />
          </li>
        ))}
        {alsoAt.map((place) => (
          <li key={`${place.path} ${place.startLine}`} class="row">
            <bdi class="mono">
              {visible(place.path)}:{place.startLine}–{place.endLine}
            </bdi>
            <OpenPlace
              editor={editor}
              target={{ folder, path: place.path, line: place.startLine }}
            />
          </li>
        ))}
      </ul>
    </details>
  );
}

function notesOf({ relevance, score, parts, stale }: FolderHit): string[] {
  return [
    "What each part gives, in cosines. Together they are the evidence, of which relevance and score are made.",
    `Relevance ${relevance.toFixed(2)}, score ${score.toFixed(2)}.${relevance < 0.2 ? " Below .2: shown because weaker hits are asked for." : ""}`,
    ...(parts.rerank === undefined
      ? []
      : [`Reranker ${parts.rerank.toFixed(2)}, on its own scale: it moved the score too.`]),
    ...(stale ? ["The text is of the last index run: the file says something else now."] : []),
  ];
}
