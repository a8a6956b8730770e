/* A memory that was found: its text, what it is, what speaks against trusting it, and why it is here. */
import type { RecallHit } from "../../../../src/ports/memories.ts";
import { formatDay, formatTime } from "../../parts/format.ts";
import { memo } from "../../parts/memo.tsx";
import { visible } from "../../parts/visible.ts";
import type { HitProps } from "./code-hit.tsx";
import { HitButton } from "./hit-button.tsx";
import { marksIn } from "./marks.ts";
import { Score } from "./score.tsx";
import { WhyBars } from "./why-bars.tsx";
import { memoryRows } from "./why-rows.ts";

/** Characters that are shown before all of it is asked for. */
const mostShown = 600;

export const MemoryHit = memo(function Hit(props: HitProps & { hit: RecallHit }) {
  const { hit, id, on, words, isWhy, isWhole } = props;
  const { memory, part, score, why, olderThan, unverifiedSince } = hit;
  const found = part.isWhole ? memory.text : part.text;
  const isLong = found.length > mostShown || !part.isWhole;
  const shown = isWhole ? memory.text : found.slice(0, mostShown);
  const about = `memory ${memory.id.slice(0, 8)}`;
  return (
    <li>
      <article
        class="hit"
        data-hit={id}
        data-memory={memory.id}
        tabIndex={props.isReached ? 0 : -1}
        aria-label={`${memory.kind}: ${visible(memory.text).slice(0, 80)}`}
        onFocusCapture={() => on.reach(id)}
      >
        <header class="row">
          <span class="tag">{memory.kind}</span>
          {memory.pinned && <span class="tag good">pinned</span>}
          {memory.source !== "user" && <span class="tag">by {memory.source}</span>}
          {unverifiedSince !== undefined && <span class="tag warn">unverified</span>}
          {olderThan !== undefined && <span class="tag warn">a newer one differs</span>}
          <span class="push row">
            <span class="quiet small" title={formatTime(memory.createdAt)}>
              {formatDay(memory.createdAt)}
            </span>
            <Score value={score} />
          </span>
        </header>
        <p class="text">
          <Marked text={shown} words={words} />
          {!isWhole && isLong && " …"}
        </p>
        {unverifiedSince !== undefined && (
          <p class="note small">
            Code it speaks of has changed since {formatDay(unverifiedSince.at)}:{" "}
            {visible(unverifiedSince.changes.slice(0, 3).join("; "))}
          </p>
        )}
        {olderThan !== undefined && (
          <p class="note small">
            A memory of {formatDay(olderThan.at)} answers too and says something else:{" "}
            <a href={memoryLink(olderThan.id)}>the newer one</a>
          </p>
        )}
        <p class="small quiet row">
          {memory.namespace !== "default" && <span>in {visible(memory.namespace)}</span>}
          {memory.tags.map((tag) => (
            <span key={tag}>#{visible(tag)}</span>
          ))}
          {memory.anchors.map(({ path, symbol }) => (
            <bdi key={`${path} ${symbol}`} class="mono">
              {visible(path)}
              {symbol !== undefined && `#${visible(symbol)}`}
            </bdi>
          ))}
          {memory.expires !== undefined && <span>until {formatDay(memory.expires)}</span>}
        </p>
        <footer class="row">
          <a class="button plain" data-open href={memoryLink(memory.id)}>
            Open<span class="hidden"> {about}</span>
          </a>
          <HitButton
            mark="data-why-button"
            isOpen={isWhy}
            onPress={() => on.why(id)}
            rest={`is ${about} here`}
          >
            Why
          </HitButton>
          {isLong && (
            <HitButton
              mark="data-whole-button"
              isOpen={isWhole}
              onPress={() => on.whole(id)}
              rest={`of ${about}`}
            >
              {isWhole ? "Less" : "All of it"}
            </HitButton>
          )}
        </footer>
        {isWhy && why !== undefined && (
          <WhyBars
            rows={memoryRows(why, score)}
            about={about}
            notes={["The odds of its relevance, times each factor, are the odds of its score."]}
          />
        )}
      </article>
    </li>
  );
});

/** In its panel. */
function memoryLink(id: string): string {
  return `#/memories?${new URLSearchParams({ id })}`;
}

function Marked({ text, words }: { text: string; words: readonly string[] }) {
  const shown = text.split("\n").map(visible).join("\n");
  const pieces = [];
  let at = 0;
  for (const [from, to] of marksIn(shown, words)) {
    pieces.push(shown.slice(at, from), <mark key={from}>{shown.slice(from, to)}</mark>);
    at = to;
  }
  return (
    <>
      {pieces}
      {shown.slice(at)}
    </>
  );
}
