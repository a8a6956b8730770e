/* One memory with all that belongs to it. On a phone it covers the list. */
import { Fragment } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Memory, UnverifiedMemory, UnverifiedResult } from "../../../../src/ports/memories.ts";
import { ask } from "../../api/client.ts";
import { onHappening } from "../../api/events.ts";
import { Confirm } from "../../parts/dialog.tsx";
import { formatAgo, formatDay, formatTime } from "../../parts/format.ts";
import { Failed, Loading } from "../../parts/states.tsx";
import { useAnswer } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";
import { forget, onOwnChange, pin, verify } from "./actions.ts";
import { EditForm } from "./edit-form.tsx";
import { History, type HistoryRow } from "./history.tsx";
import { visibleLines } from "./visible-lines.ts";

interface Props {
  id: string;
  onClose: () => void;
  onGo: (id: string) => void;
  onTag: (tag: string) => void;
  onForgotten: () => void;
  isMarked: boolean;
  /** For a merge. */
  onMark: (memory: Memory) => void;
}

export function Detail(props: Props) {
  const { id, onClose } = props;
  const found = useAnswer<Memory | null>("memories/get", { id });
  const history = useAnswer<HistoryRow[]>("memories/history", { id });
  const [isEditing, setEditing] = useState(false);
  const place = useRef<HTMLElement>(null);
  const { value: memory, again } = found;
  const { again: againHistory } = history;
  useEffect(() => {
    const renew = (): void => {
      again();
      againHistory();
    };
    const endOwn = onOwnChange(renew);
    const end = onHappening(({ kind, value }) => {
      if (kind !== "memories") return;
      const { ids = [], count = 0 } = value as { ids?: string[]; count?: number };
      if (ids.length < count || ids.length === 0 || ids.includes(id)) renew();
    });
    return () => {
      endOwn();
      end();
    };
  }, [id, again, againHistory]);
  useEffect(() => {
    setEditing(false);
    place.current?.focus();
  }, [id]);
  return (
    <section
      ref={place}
      class="memories-detail card"
      aria-label="Memory"
      data-memory={id}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || isEditing || event.defaultPrevented) return;
        onClose();
      }}
    >
      <div class="row memories-head">
        <h2>Memory</h2>
        <code class="quiet">{id}</code>
        <button type="button" class="button plain push" aria-label="Close memory" onClick={onClose}>
          ×
        </button>
      </div>
      {found.error !== undefined && <Failed error={found.error} again={again} />}
      {memory === undefined && found.error === undefined && <Loading />}
      {memory === null && (
        <p class="note">
          It is not there: forgotten, or never was. <b>Forgotten</b> shows what can be brought back.
        </p>
      )}
      {memory !== undefined && memory !== null && (
        <>
          {isEditing ? (
            <EditForm memory={memory} onDone={() => setEditing(false)} />
          ) : (
            <Shown {...props} memory={memory} onEdit={() => setEditing(true)} />
          )}
          {history.value !== undefined && <History rows={history.value} memory={memory} />}
        </>
      )}
    </section>
  );
}

function Shown(props: Props & { memory: Memory; onEdit: () => void }) {
  const { memory, onEdit, onGo, onTag, onForgotten } = props;
  const [isForgetting, setForgetting] = useState(false);
  const { id, text, links } = memory;
  return (
    <>
      <div class="row">
        <button type="button" class="button" onClick={onEdit}>
          Edit
        </button>
        <button type="button" class="button" onClick={() => void pin(memory)}>
          {memory.pinned ? "Unpin" : "Pin"}
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={props.isMarked}
          onClick={() => props.onMark(memory)}
        >
          {props.isMarked ? "Marked to merge" : "Mark to merge"}
        </button>
        <button type="button" class="button danger" onClick={() => setForgetting(true)}>
          Forget
        </button>
      </div>
      <pre class="memories-whole">{visibleLines(text)}</pre>
      {memory.tags.length > 0 && (
        <ul class="chips" aria-label="Tags">
          {memory.tags.map((tag) => (
            <li key={tag}>
              <button type="button" class="chip" onClick={() => onTag(tag)}>
                #{visible(tag)}
              </button>
            </li>
          ))}
        </ul>
      )}
      <Facts memory={memory} />
      {memory.anchors.length > 0 && <Anchors memory={memory} />}
      {links.length > 0 && (
        <>
          <h3>Links</h3>
          <ul class="memories-links">
            {links.map((link) => (
              <li key={`${link.relation} ${link.id}`}>
                {visible(link.relation)}{" "}
                <button type="button" class="button plain" onClick={() => onGo(link.id)}>
                  <code>{link.id}</code>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {isForgetting && (
        <Confirm
          title="Forget this memory?"
          action="Forget"
          onClose={() => setForgetting(false)}
          onConfirm={() => void forget(id).then((isDone) => isDone && onForgotten())}
        >
          <p>It is hidden at once and can be brought back for some days. This would go:</p>
          <pre class="memories-sample">{visibleLines(text.slice(0, 400))}</pre>
        </Confirm>
      )}
    </>
  );
}

function Facts({ memory }: { memory: Memory }) {
  const { createdAt, updatedAt, validFrom, expires } = memory;
  const rows: [string, string][] = [
    ["Namespace", visible(memory.namespace)],
    ["Kind", memory.kind],
    ["Source", memory.source],
    ["Importance", String(memory.importance)],
    ["Remembered", `${formatTime(createdAt)}, ${formatAgo(createdAt)}`],
    ...(updatedAt === createdAt
      ? []
      : ([["Changed", `${formatTime(updatedAt)}, ${formatAgo(updatedAt)}`]] as [string, string][])),
    ...(validFrom === createdAt
      ? []
      : ([["Holds from", formatTime(validFrom)]] as [string, string][])),
    ["Ends", expires === undefined ? "never" : `${formatTime(expires)}, ${formatAgo(expires)}`],
    ["Recalled", memory.uses === 1 ? "once" : `${memory.uses} times`],
  ];
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** With their state when one asks: it takes a look at the files. */
function Anchors({ memory }: { memory: Memory }) {
  const { id, anchors } = memory;
  const [state, setState] = useState<UnverifiedMemory | "as it was" | Error>();
  const look = async (): Promise<void> => {
    try {
      const { memories } = await ask<UnverifiedResult>("memories/unverified", { id });
      setState(memories[0] ?? "as it was");
    } catch (error) {
      setState(error instanceof Error ? error : new Error(String(error)));
    }
  };
  // Asked when another memory, or a newer state of it, is shown.
  useEffect(() => void look(), [memory]);
  const changes = typeof state === "object" && "changes" in state ? state.changes : [];
  return (
    <>
      <h3>Code it speaks of</h3>
      <ul class="memories-anchors">
        {anchors.map(({ path, symbol }) => {
          const change = changes.find((one) => one.path === path && one.symbol === symbol);
          return (
            <li key={`${path} ${symbol ?? ""}`}>
              <code>
                {symbol === undefined ? "" : `${visible(symbol)} in `}
                {visible(path)}
              </code>{" "}
              {change !== undefined ? (
                <span class="tag warn">changed</span>
              ) : (
                state === "as it was" && <span class="tag good">as it was</span>
              )}
              {change !== undefined && (
                <p class="quiet small">
                  {visible(change.change)}
                  {change.commit !== undefined && ` (commit ${change.commit})`},{" "}
                  {formatAgo(change.at)}
                  {change.commits.map(({ commit, at, author, subject }) => (
                    <span key={commit} class="row">
                      <code>{commit}</code> {formatDay(at)} {visible(author)}: {visible(subject)}
                    </span>
                  ))}
                  {change.more > 0 && ` and ${change.more} more`}
                  {change.limit !== undefined && ` (${visible(change.limit)})`}
                </p>
              )}
            </li>
          );
        })}
      </ul>
      {state instanceof Error && <p class="note">{state.message}</p>}
      {changes.length > 0 && (
        <button type="button" class="button" onClick={() => void verify(id)}>
          It is still true
        </button>
      )}
    </>
  );
}
