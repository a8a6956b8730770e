/* What a memory said before, how each text became the next, and what else was done to it. */
import { useState } from "preact/hooks";
import type { Memory } from "../../../../src/ports/memories.ts";
import { formatTime } from "../../parts/format.ts";
import { attempt, edit } from "./actions.ts";
import { differences } from "./differences.ts";
import { visibleLines } from "./visible-lines.ts";

export interface HistoryRow {
  at: string;
  text: string;
  what: string;
}

/** More are shown when they are asked for. */
const mostShown = 10;
const longestShown = 4_000;

export function History({ rows, memory }: { rows: readonly HistoryRow[]; memory: Memory }) {
  const [isAll, setAll] = useState(false);
  const told = rows.map((row, at) => ({ ...row, before: rows[at - 1]?.text })).reverse();
  const shown = isAll ? told : told.slice(0, mostShown);
  return (
    <>
      <h3>History</h3>
      <ol class="memories-history">
        {shown.map((row) => (
          <li key={`${row.at} ${row.what}`}>
            <span class="quiet small">
              {formatTime(row.at)} · {visibleLines(row.what.slice(0, longestShown))}
            </span>
            {row.before !== undefined && row.before !== row.text && (
              <Difference before={row.before} now={row.text} />
            )}
            {row.text !== memory.text && (row.what === "remembered" || row.what === "updated") && (
              <button
                type="button"
                class="button plain"
                onClick={() =>
                  void attempt(
                    () => edit(memory.id, { text: row.text }, { text: memory.text }),
                    "The earlier text is back.",
                    () => edit(memory.id, { text: memory.text }, { text: row.text }),
                  )
                }
              >
                Take this text again
              </button>
            )}
          </li>
        ))}
      </ol>
      {told.length > shown.length && (
        <button type="button" class="button" onClick={() => setAll(true)}>
          All {told.length}
        </button>
      )}
    </>
  );
}

export function Difference({ before, now }: { before: string; now: string }) {
  const pieces = differences(before.slice(0, longestShown), now.slice(0, longestShown));
  return (
    <pre class="memories-sample">
      {pieces.map(({ text, what }, at) => {
        const shown = visibleLines(text);
        const key = `${at} ${what}`;
        if (what === "gone") return <del key={key}>{shown}</del>;
        if (what === "new") return <ins key={key}>{shown}</ins>;
        return <span key={key}>{shown}</span>;
      })}
    </pre>
  );
}
