/* All indexes in a table that can be searched and put in order; of hundreds, a part at a time. */
import { useState } from "preact/hooks";
import type { KnownIndex } from "../../../../src/ports/answers/index-facts.ts";
import { counted, formatAgo, formatBytes, formatCount } from "../../parts/format.ts";
import { type Column, Table } from "../../parts/table.tsx";
import { useNow } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";
import { Progress, runState } from "./progress.tsx";
import type { LiveRun } from "./runs.ts";
import { languageWords, nameOf, problemOf, watchedWords } from "./words.ts";

const firstRows = 50;

interface Props {
  indexes: readonly KnownIndex[];
  running: ReadonlyMap<string, LiveRun>;
  find: string;
  onFind: (find: string) => void;
  onOpen: (index: KnownIndex) => void;
}

export function IndexTable({ indexes, running, find, onFind, onOpen }: Props) {
  const [most, setMost] = useState(firstRows);
  const now = useNow();
  const words = find
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
  const found = indexes.filter((index) => {
    const text = textOf(index);
    return words.every((word) => text.includes(word));
  });
  const shown = found.slice(0, most);
  return (
    <>
      {indexes.length > 1 && (
        <search class="row indexes-head">
          <label class="field indexes-wide">
            <span>Find among them, by folder, language or model</span>
            <input
              type="search"
              value={find}
              onInput={(event) => {
                setMost(firstRows);
                onFind(event.currentTarget.value);
              }}
            />
          </label>
          <span class="small quiet" role="status">
            {words.length > 0 && `${formatCount(found.length)} of ${formatCount(indexes.length)}`}
          </span>
        </search>
      )}
      <Table
        caption={`Indexes, ${counted(shown.length, "row")}${found.length > shown.length ? ` of ${found.length}` : ""}`}
        hidesCaption
        columns={columns(running, now, onOpen)}
        rows={shown}
        keyOf={(index) => index.database}
      />
      {found.length > shown.length && (
        <button type="button" class="button" onClick={() => setMost(most + 100)}>
          Show {Math.min(100, found.length - shown.length)} more of {formatCount(found.length)}
        </button>
      )}
    </>
  );
}

function textOf(index: KnownIndex): string {
  const { details } = index;
  const languages = details?.languages.map(({ language }) => language).join(" ") ?? "";
  const said = [nameOf(index), languages, details?.model?.id ?? "", problemOf(index) ?? ""];
  return said.join(" ").toLowerCase();
}

function columns(
  running: ReadonlyMap<string, LiveRun>,
  now: number,
  onOpen: (index: KnownIndex) => void,
): Column<KnownIndex>[] {
  return [
    {
      title: "Folder",
      by: nameOf,
      cell: (index) => {
        const run = runState(running.get(index.folder ?? ""), index);
        const problem = problemOf(index);
        return (
          <>
            <a
              class="mono indexes-name"
              href={`#/indexes?${new URLSearchParams({ index: index.folder ?? index.database })}`}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                onOpen(index);
              }}
            >
              {nameOf(index)}
            </a>
            {problem !== undefined && <div class="small bad">{visible(problem)}</div>}
            {run !== undefined && <Progress state={run} what={nameOf(index)} />}
          </>
        );
      },
    },
    number("Files", ({ details }) => details?.files),
    number("Chunks", ({ details }) => details?.chunks),
    {
      title: "Vectors missing",
      isNumber: true,
      by: ({ details }) => details?.waiting ?? 0,
      cell: ({ details }) =>
        details === undefined ? "" : details.waiting === 0 ? "none" : formatCount(details.waiting),
    },
    {
      title: "Languages",
      cell: (index) => <span class="small">{languageWords(index)}</span>,
    },
    {
      title: "On disk",
      isNumber: true,
      by: ({ bytes }) => bytes,
      cell: ({ bytes }) => formatBytes(bytes),
    },
    {
      title: "Last run",
      by: ({ lastIndex }) => lastIndex ?? "",
      cell: ({ lastIndex }) => (
        <span class="indexes-when">
          {lastIndex === undefined ? "none finished" : formatAgo(lastIndex, now)}
        </span>
      ),
    },
    {
      title: "Watched",
      by: (index) => (index.watched === undefined ? 1 : 0),
      cell: (index) => <span class="small">{watchedWords(index)}</span>,
    },
    {
      title: "Model",
      by: ({ details }) => details?.model?.id ?? "",
      cell: ({ details }) => (
        <span class="small">
          {details === undefined ? "" : visible(details.model?.id ?? "none yet")}
        </span>
      ),
    },
  ];
}

function number(title: string, of: (index: KnownIndex) => number | undefined): Column<KnownIndex> {
  return {
    title,
    isNumber: true,
    by: (index) => of(index) ?? 0,
    cell: (index) => {
      const value = of(index);
      return value === undefined ? "" : formatCount(value);
    },
  };
}
