/* Each call as a bar of its stages. One bar is in the tab order; up and down go from bar to bar. */
import { useRef, useState } from "preact/hooks";
import type { QueryTrace } from "../../../../src/ports/answers/daemon/queries.ts";
import { formatMs, formatShare } from "../../parts/format.ts";
import { visible } from "../../parts/visible.ts";
import { lookOf, type StageName, scaleOf, stagesIn } from "./stages.ts";

export function Bars({ traces, isByShare }: { traces: readonly QueryTrace[]; isByShare: boolean }) {
  const [open, setOpen] = useState<number>();
  const list = useRef<HTMLOListElement>(null);
  const scale = scaleOf(traces);
  const current = traces.find(({ id }) => id === open) ?? traces[0];
  const move = (event: KeyboardEvent, at: number): void => {
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: traces.length - 1 }[event.key];
    const next = to === undefined ? undefined : traces[to];
    if (next === undefined) return;
    event.preventDefault();
    setOpen(next.id);
    list.current?.querySelector<HTMLElement>(`[data-bar="${next.id}"]`)?.focus();
  };
  return (
    <>
      <Legend stages={stagesIn(traces)} />
      {current !== undefined && <Details trace={current} />}
      <ol class="latency-list" ref={list} aria-label="Recent calls, the newest first">
        {traces.map((trace, at) => (
          <li
            key={trace.id}
            data-trace={trace.id}
            class={trace === current ? "current" : undefined}
            onMouseEnter={() => setOpen(trace.id)}
          >
            <Head trace={trace} />
            <div
              class="latency-bar"
              role="img"
              data-bar={trace.id}
              tabIndex={trace === current ? 0 : -1}
              aria-label={inWords(trace)}
              onFocus={() => setOpen(trace.id)}
              onKeyDown={(event) => move(event, at)}
            >
              <Pieces trace={trace} whole={isByShare ? trace.totalMs : scale} />
            </div>
          </li>
        ))}
      </ol>
    </>
  );
}

function Legend({ stages }: { stages: readonly StageName[] }) {
  return (
    <ul class="latency-legend" aria-label="Stages">
      {stages.map((stage) => {
        const { says, tone, pattern } = lookOf(stage);
        return (
          <li key={stage} title={says}>
            <span class={`latency-piece ${tone} ${pattern}`} aria-hidden="true" />
            {stage}
          </li>
        );
      })}
    </ul>
  );
}

/** What was asked, by whom, and how long it took in all. */
function Head({ trace }: { trace: QueryTrace }) {
  const { at, call, client, folder, hits, totalMs, fromCache, failed } = trace;
  return (
    <div class="latency-head">
      <time dateTime={at} class="quiet">
        {clock(at)}
      </time>
      <span class="tag">{call}</span>
      <Question trace={trace} />
      <span class="quiet small latency-by">
        {visible(client)}
        {folder !== undefined && ` in ${visible(folder)}`}
        {hits !== undefined && `, ${hits} ${hits === 1 ? "hit" : "hits"}`}
        {fromCache !== undefined && ", ranking kept"}
      </span>
      {failed !== undefined && <span class="tag bad">{failed}</span>}
      <span class="latency-total">{formatMs(totalMs)}</span>
    </div>
  );
}

/** A question of the search panel leads there. */
export function Question({ trace }: { trace: QueryTrace }) {
  const { text, call } = trace;
  if (text === undefined) return <span class="quiet latency-text">no text kept</span>;
  if (call !== "search" && call !== "recall")
    return <span class="latency-text">{visible(text)}</span>;
  const query = new URLSearchParams({ q: text, of: call === "search" ? "code" : "memories" });
  return (
    <a class="latency-text" href={`#/search?${query}`}>
      {visible(text)}
    </a>
  );
}

function Pieces({ trace, whole }: { trace: QueryTrace; whole: number }) {
  const { stages, totalMs } = trace;
  const isCut = totalMs > whole;
  return (
    <span class="latency-track">
      <span
        class={`latency-pieces${isCut ? " cut" : ""}`}
        style={{ width: `${Math.min(100, (100 * totalMs) / whole)}%` }}
      >
        {stages.map(({ stage, ms }) => {
          const { tone, pattern, says } = lookOf(stage);
          return (
            <span
              key={stage}
              class={`latency-piece ${tone} ${pattern}`}
              style={{ flexGrow: ms }}
              title={`${stage} ${formatMs(ms)}: ${says}`}
              data-stage={stage}
            >
              {ms / whole > 0.09 && <span class="latency-name">{stage}</span>}
            </span>
          );
        })}
      </span>
    </span>
  );
}

/** Of the bar that is pointed at or read; it stands above the list, so that nothing moves away under the pointer. */
function Details({ trace }: { trace: QueryTrace }) {
  const { stages, totalMs, cause } = trace;
  return (
    <div class="latency-details">
      <dl>
        {stages.map(({ stage, ms }) => (
          <div key={stage} title={lookOf(stage).says}>
            <dt>{stage}</dt>
            <dd>
              {formatMs(ms)}{" "}
              <span class="quiet">{formatShare(totalMs > 0 ? ms / totalMs : 0)}</span>
            </dd>
          </div>
        ))}
      </dl>
      <p class="quiet small">
        {clock(trace.at)}, {formatMs(totalMs)}. Most of it: {cause}.
      </p>
    </div>
  );
}

function inWords({ call, stages, totalMs, cause }: QueryTrace): string {
  const pieces = stages.map(({ stage, ms }) => `${stage} ${formatMs(ms)}`);
  return `${call}, ${formatMs(totalMs)}: ${pieces.join(", ")}. Most of it: ${cause}.`;
}

/** "14:05:33" of an ISO time, in the zone of who reads it. */
function clock(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "" : date.toTimeString().slice(0, 8);
}
