/* Views that are gone through one by one: what may say the same, what may not be true any more, what was forgotten. */
import { useCallback, useEffect, useState } from "preact/hooks";
import type { RemovedMemory } from "../../../../src/ports/answers/memory-reports.ts";
import type { DuplicatesResult, Memory, UnverifiedResult } from "../../../../src/ports/memories.ts";
import { ask } from "../../api/client.ts";
import { formatAgo, formatDay, formatShare, formatTime } from "../../parts/format.ts";
import { Empty, Failed, Loading } from "../../parts/states.tsx";
import { readable, useAnswer } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";
import { attempt, bringBack, dismiss, merge, onOwnChange, verify } from "./actions.ts";
import { Difference } from "./history.tsx";
import { visibleLines } from "./visible-lines.ts";

const longestShown = 1_200;

interface ViewProps {
  namespace: string | undefined;
  onOpen: (id: string) => void;
}

/** Pages of an answer that goes on by a cursor, one under the other. */
function usePages<Row, Answer extends { nextCursor?: string | undefined }>(
  path: string,
  said: Record<string, unknown>,
  rowsOf: (answer: Answer) => Row[],
) {
  const [rows, setRows] = useState<Row[]>();
  const [cursor, setCursor] = useState<string>();
  const [error, setError] = useState<Error>();
  const [isAsking, setAsking] = useState(false);
  const key = JSON.stringify(said);
  const more = useCallback(
    async (from: string | undefined) => {
      setAsking(true);
      setError(undefined);
      try {
        const words = {
          ...(JSON.parse(key) as object),
          ...(from !== undefined && { cursor: from }),
        };
        const answer = await ask<Answer>(path, words);
        setRows((before) => [...(from === undefined ? [] : (before ?? [])), ...rowsOf(answer)]);
        setCursor(answer.nextCursor);
      } catch (failure) {
        setError(readable(failure));
      }
      setAsking(false);
    },
    [path, key, rowsOf],
  );
  useEffect(() => {
    void more(undefined);
    return onOwnChange(() => void more(undefined));
  }, [more]);
  return { rows, error, isAsking, more: () => void more(cursor), hasMore: cursor !== undefined };
}

function More(props: { isAsking: boolean; hasMore: boolean; more: () => void; says: string }) {
  if (!props.hasMore) return null;
  return (
    <button type="button" class="button" disabled={props.isAsking} onClick={props.more}>
      {props.says}
    </button>
  );
}

const pairsOf = ({ pairs }: DuplicatesResult) => pairs;

export function Duplicates({ namespace, onOpen }: ViewProps) {
  const said = { limit: 20, ...(namespace !== undefined && { namespace }) };
  const found = usePages("memories/duplicates", said, pairsOf);
  const { rows, error } = found;
  if (error !== undefined) return <Failed error={error} again={found.more} />;
  if (rows === undefined) return <Loading />;
  return (
    <>
      {rows.length === 0 && <Empty>No two memories seem to say the same.</Empty>}
      <ol class="memories-cards" aria-label="Pairs that may say the same">
        {rows.map(({ memories: [one, other], score }) =>
          one === undefined || other === undefined ? null : (
            <li key={`${one.id} ${other.id}`} class="card">
              <div class="row">
                <span class="tag">{formatShare(score)} alike</span>
                <button
                  type="button"
                  class="button push"
                  onClick={() => void merge([one.id, other.id], undefined)}
                >
                  Merge
                </button>
                <button type="button" class="button" onClick={() => void dismiss(one.id, other.id)}>
                  Not the same
                </button>
              </div>
              <div class="memories-pair">
                <OnePart memory={one} onOpen={onOpen} />
                <OnePart memory={other} onOpen={onOpen} />
              </div>
              {one.text !== other.text && (
                <details>
                  <summary>What is different</summary>
                  <Difference before={one.text} now={other.text} />
                </details>
              )}
            </li>
          ),
        )}
      </ol>
      <More {...found} says="More pairs" />
    </>
  );
}

function OnePart({ memory, onOpen }: { memory: Memory; onOpen: (id: string) => void }) {
  const { id, text, namespace, createdAt } = memory;
  return (
    <div>
      <button type="button" class="button plain" onClick={() => onOpen(id)}>
        <code>{id}</code>
      </button>
      <span class="quiet small">
        {formatDay(createdAt)} · {visible(namespace)}
      </span>
      <pre class="memories-sample">{visibleLines(text.slice(0, longestShown))}</pre>
    </div>
  );
}

const memoriesOf = ({ memories }: UnverifiedResult) => memories;

export function Unverified({ namespace, onOpen }: ViewProps) {
  const said = { limit: 20, ...(namespace !== undefined && { namespace }) };
  const found = usePages("memories/unverified", said, memoriesOf);
  const { rows, error } = found;
  if (error !== undefined) return <Failed error={error} again={found.more} />;
  if (rows === undefined) return <Loading what="Looking at the code that memories speak of" />;
  return (
    <>
      {rows.length === 0 && !found.hasMore && (
        <Empty>
          None. A memory that names code (<code>haypile remember --anchor FILE</code>) comes here
          when that code changes.
        </Empty>
      )}
      <ol class="memories-cards" aria-label="Memories whose code has changed">
        {rows.map(({ memory, at, changes }) => (
          <li key={memory.id} class="card">
            <div class="row">
              <span class="tag warn">unverified since {formatDay(at)}</span>
              <button type="button" class="button push" onClick={() => void verify(memory.id)}>
                It is still true
              </button>
            </div>
            <OnePart memory={memory} onOpen={onOpen} />
            <ul class="memories-anchors">
              {changes.map((change) => (
                <li key={`${change.path} ${change.symbol ?? ""}`}>
                  <code>
                    {change.symbol === undefined ? "" : `${visible(change.symbol)} in `}
                    {visible(change.path)}
                  </code>
                  <p class="quiet small">
                    {visibleLines(change.change)}
                    {change.commit !== undefined && `, commit ${change.commit}`},{" "}
                    {formatAgo(change.at)}; said to be true {formatAgo(change.verifiedAt)}
                    {change.verifiedCommit !== undefined && ` at commit ${change.verifiedCommit}`}
                  </p>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
      <More {...found} says="Look further" />
    </>
  );
}

const mostForgotten = 500;

export function Forgotten() {
  const { value, error, again } = useAnswer<RemovedMemory[]>("memories/removed", {
    limit: mostForgotten,
  });
  useEffect(() => onOwnChange(again), [again]);
  if (error !== undefined) return <Failed error={error} again={again} />;
  if (value === undefined) return <Loading />;
  if (value.length === 0) return <Empty>Nothing was forgotten.</Empty>;
  const groups = new Map<string, RemovedMemory[]>();
  for (const one of value) {
    const key = `${one.at} ${one.why}`;
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [one]);
    else known.push(one);
  }
  return (
    <ol class="memories-cards" aria-label="What was forgotten, newest first">
      {[...groups].map(([key, ones]) => (
        <Gone key={key} ones={ones} />
      ))}
    </ol>
  );
}

/** What went in one go. Its text is hidden until it is back. */
function Gone({ ones }: { ones: RemovedMemory[] }) {
  const [first] = ones as [RemovedMemory, ...RemovedMemory[]];
  const shown = ones.slice(0, 20);
  return (
    <li class="card">
      <div class="row">
        <span>
          {ones.length === 1 ? "1 memory" : `${ones.length} memories`}, {first.why},{" "}
          <span class="quiet">{formatTime(first.at)}</span>
        </span>
        {ones.length > 1 && (
          <button
            type="button"
            class="button push"
            onClick={() =>
              void attempt(
                () => ask<{ restored: number }>("memories/undeleteAt", { at: first.at }),
                ({ restored }) => `${restored} brought back.`,
              )
            }
          >
            Bring all back
          </button>
        )}
      </div>
      <ul class="memories-links">
        {shown.map(({ id, namespace }) => (
          <li key={id}>
            <code>{id}</code> <span class="quiet">{visible(namespace)}</span>{" "}
            <button type="button" class="button plain" onClick={() => void bringBack(id)}>
              Bring back
            </button>
          </li>
        ))}
        {ones.length > shown.length && (
          <li class="quiet">and {ones.length - shown.length} others</li>
        )}
      </ul>
    </li>
  );
}
