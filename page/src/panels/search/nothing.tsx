/* What is said beside hits, and where there are none: why, and what can be done. */
import type { ComponentChildren } from "preact";
import { counted } from "../../parts/format.ts";
import { Empty } from "../../parts/states.tsx";
import { visible } from "../../parts/visible.ts";
import type { Answers } from "./use-search.ts";

export interface Ways {
  isFiltered: boolean;
  isWeak: boolean;
  onWeak: () => void;
  onNoFilters: () => void;
  /** All that are indexed. */
  folders: number;
  onAllFolders: () => void;
}

/** No code was found. */
export function NoCode({ answers, ways }: { answers: Answers; ways: Ways }) {
  const { folders } = answers;
  const results = folders.flatMap(({ result }) => result ?? []);
  if (results.length === 0) return null;
  const nearest = most(results.map((result) => result.nearest));
  const withoutVector = results.reduce((sum, result) => sum + result.withoutVector, 0);
  const isIndexing = results.some((result) => result.indexing !== undefined);
  const candidates = results.some(
    ({ candidates: { words, meaning, symbols } }) => words + meaning + symbols > 0,
  );
  return (
    <Nothing what="code" nearest={nearest} ways={ways} hasCandidates={candidates}>
      {isIndexing && <p>An index run is at work: hits may be missing yet.</p>}
      {folders.length < ways.folders && (
        <p>
          Searched {folders.length === 1 ? "one folder" : `${folders.length} folders`} of{" "}
          {ways.folders}.{" "}
          <button type="button" class="button" onClick={ways.onAllFolders}>
            Search all folders
          </button>
        </p>
      )}
      {withoutVector > 0 && (
        <p>
          {counted(withoutVector, "piece has", "pieces have")} no vector yet: they are found by
          their words, and by the static model.
        </p>
      )}
    </Nothing>
  );
}

export function NoMemories({ answers, ways }: { answers: Answers; ways: Ways }) {
  const { memories } = answers;
  if (memories === undefined) return null;
  const { nearest, searched, withoutVector } = memories;
  return (
    <Nothing what="memories" nearest={nearest} ways={ways} hasCandidates={searched > 0}>
      {searched === 0 && <p>There is no memory that the filters leave.</p>}
      {withoutVector > 0 && (
        <p>{counted(withoutVector, "memory has", "memories have")} no vector yet.</p>
      )}
    </Nothing>
  );
}

function Nothing(props: {
  what: string;
  nearest: number | undefined;
  ways: Ways;
  hasCandidates: boolean;
  children: ComponentChildren;
}) {
  const { what, nearest, ways, hasCandidates } = props;
  return (
    <Empty>
      <p>
        <strong>No {what} near enough.</strong>{" "}
        {nearest !== undefined &&
          `The best of what was left out has a score of ${nearest.toFixed(2)}.`}
        {!hasCandidates && "Nothing has to do with these words."}
      </p>
      {props.children}
      <div class="row middle">
        {nearest !== undefined && !ways.isWeak && (
          <button type="button" class="button" onClick={ways.onWeak}>
            Show weaker hits
          </button>
        )}
        {ways.isFiltered && (
          <button type="button" class="button" onClick={ways.onNoFilters}>
            Without filters
          </button>
        )}
      </div>
    </Empty>
  );
}

function most(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** What holds of the answer: what is missing, cut, changed or failed. */
export function Notes({
  answers,
  names,
}: {
  answers: Answers;
  names: ReadonlyMap<string, string>;
}) {
  const notes = answers.folders.flatMap(({ folder, result, error, isFinal }) => {
    const name = visible(names.get(folder) ?? folder);
    const of = answers.folders.length > 1 ? `${name}: ` : "";
    if (error !== undefined) return [`${of}${error.message}`];
    if (result === undefined) return [];
    const changed = result.changedFiles.length;
    return [
      ...(result.indexing === undefined
        ? []
        : [`${of}an index run is at work: hits may be missing yet.`]),
      ...(changed === 0
        ? []
        : [
            `${of}${counted(changed, "file differs", "files differ")} from the index among those looked at. Index it again.`,
          ]),
      ...(isFinal ? result.cut.map((cut) => `${of}${cut}`) : []),
      ...(isFinal && result.isStatic && result.withoutVector > 0
        ? [`${of}by the static model: ${counted(result.withoutVector, "vector")} still to come.`]
        : []),
    ];
  });
  if (notes.length === 0) return null;
  return (
    <ul class="notes small">
      {[...new Set(notes)].slice(0, 12).map((note) => (
        <li key={note}>{note}</li>
      ))}
    </ul>
  );
}
