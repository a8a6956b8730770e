/* Lines of a file with their numbers, coloured, with the words of the question marked. Text nodes only. */
import { useMemo } from "preact/hooks";
import { visible } from "../../parts/visible.ts";
import { highlight, marked } from "./highlight.ts";
import { marksIn } from "./marks.ts";

/** Characters of a line that are shown. */
const mostOfLine = 600;

export function CodeLines(props: {
  /** Number of the first, 1-based. */
  startLine: number;
  lines: readonly string[];
  /** Lines before them, which are not shown: a comment may begin there. */
  before?: readonly string[] | undefined;
  language: string;
  words: readonly string[];
  label: string;
}) {
  const { startLine, lines, before, language, words } = props;
  const rows = useMemo(() => {
    const shown = lines.map((line) => {
      const text = visible(line);
      return text.length > mostOfLine ? `${text.slice(0, mostOfLine)} …` : text;
    });
    return highlight(shown, language, before).map((pieces, at) =>
      marked(pieces, marksIn(shown[at] ?? "", words)),
    );
  }, [lines, before, language, words]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="code scrolls" aria-label={props.label} tabIndex={0}>
      <pre>
        {rows.map((pieces, at) => {
          const line = startLine + at;
          return (
            <span key={line} class="line">
              <span class="n" aria-hidden="true">
                {line}
              </span>
              <code>
                {pieces.map(({ text, kind, isMarked }, place) => {
                  const style = kind === undefined ? undefined : `t-${kind}`;
                  if (isMarked)
                    return (
                      <mark key={place} class={style}>
                        {text}
                      </mark>
                    );
                  if (style === undefined) return text;
                  return (
                    <span key={place} class={style}>
                      {text}
                    </span>
                  );
                })}
                {"\n"}
              </code>
            </span>
          );
        })}
      </pre>
    </section>
  );
}
