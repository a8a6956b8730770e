/* What of a project is not in its index: by reason and rule, with the place of the rule, a page of paths at a time. */
import { useEffect, useRef, useState } from "preact/hooks";
import type {
  LeftOutPath,
  LeftOutResult,
  LeftOutRule,
} from "../../../../src/ports/answers/left-out.ts";
import { ask } from "../../api/client.ts";
import { Chips, RemovableChip, ToggleChip } from "../../parts/chips.tsx";
import { counted, formatCount } from "../../parts/format.ts";
import { Failed, Loading } from "../../parts/states.tsx";
import { readable, useAnswer } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";
import { reasonWords } from "./words.ts";

const pageSize = 100;
/** Rules that are shown before somebody asks for all. */
const firstRules = 12;
const typingRestsMs = 400;

export function LeftOut({ folder }: { folder: string }) {
  const [reason, setReason] = useState<string>();
  const [rule, setRule] = useState<LeftOutRule>();
  const [typed, setTyped] = useState("");
  const [under, setUnder] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const said = {
    folder,
    nearest: false,
    limit: pageSize,
    ...(under !== "" && { under }),
    ...(rule !== undefined
      ? { reasons: [rule.reason], rule: rule.rule }
      : reason !== undefined && { reasons: [reason] }),
  };
  const answer = useAnswer<LeftOutResult>("code/leftOut", said);
  // The counts of the last answer stay while a filter is asked.
  const last = useRef<LeftOutResult>(undefined);
  if (answer.value !== undefined) last.current = answer.value;
  const counts = last.current?.counts;

  return (
    <section class="card" aria-labelledby="indexes-left-out">
      <h3 id="indexes-left-out">Left out</h3>
      <label class="field">
        <span>Only in this folder, or this file</span>
        <input
          class="mono"
          value={typed}
          placeholder="src/vendor"
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => {
            const { value } = event.currentTarget;
            setTyped(value);
            clearTimeout(timer.current);
            timer.current = setTimeout(() => {
              setRule(undefined);
              setReason(undefined);
              setUnder(value.trim());
            }, typingRestsMs);
          }}
        />
      </label>
      {answer.error !== undefined && <Failed error={answer.error} again={answer.again} />}
      {counts === undefined && answer.error === undefined && <Loading what="Looking at the disk" />}
      {counts !== undefined && (
        <>
          <p>
            {counts.total === 0
              ? "Nothing is left out."
              : `${counted(counts.total, "file or folder", "files and folders")} left out; a folder counts once, whatever is in it.`}
            {counts.waiting.count > 0 &&
              ` ${counted(counts.waiting.count, "file")} that nothing leaves out ${counts.waiting.count === 1 ? "waits" : "wait"} for the next run.`}
          </p>
          <Chips label="Reasons">
            {Object.entries(counts.byReason)
              .sort((a, b) => b[1] - a[1])
              .map(([name, count]) => (
                <ToggleChip
                  key={name}
                  isOn={reason === name && rule === undefined}
                  onToggle={(isOn) => {
                    setRule(undefined);
                    setReason(isOn ? name : undefined);
                  }}
                >
                  {reasonWords[name] ?? visible(name)} {formatCount(count)}
                </ToggleChip>
              ))}
            {rule !== undefined && (
              <RemovableChip what="the filter by rule" onRemove={() => setRule(undefined)}>
                rule <span class="mono">{visible(rule.rule)}</span>
              </RemovableChip>
            )}
          </Chips>
          <Rules
            rules={counts.byRule}
            more={counts.rulesLeftOut}
            chosen={rule}
            onChoose={setRule}
          />
        </>
      )}
      {answer.value !== undefined && (
        <Paths key={JSON.stringify(said)} first={answer.value} said={said} />
      )}
    </section>
  );
}

function Rules(props: {
  rules: readonly LeftOutRule[];
  more: number;
  chosen: LeftOutRule | undefined;
  onChoose: (rule: LeftOutRule | undefined) => void;
}) {
  const [isAll, setAll] = useState(false);
  const said = props.rules.filter(({ rule }) => rule !== "");
  const shown = isAll ? said : said.slice(0, firstRules);
  const rest = said.length - shown.length;
  if (said.length === 0) return null;
  return (
    <details open>
      <summary>{counted(said.length + props.more, "rule")}</summary>
      <ul class="indexes-rules">
        {shown.map((one) => (
          <li key={`${one.reason} ${one.rule}`}>
            <button
              type="button"
              class="chip"
              aria-pressed={props.chosen?.reason === one.reason && props.chosen.rule === one.rule}
              onClick={() => props.onChoose(one)}
            >
              {formatCount(one.count)}
            </button>
            <span>
              <span class="mono">{visible(one.rule)}</span>
              {one.at?.text !== undefined && <code>{visible(one.at.text)}</code>}
              <span class="small quiet">{reasonWords[one.reason] ?? visible(one.reason)}</span>
            </span>
          </li>
        ))}
      </ul>
      {rest > 0 && (
        <button type="button" class="button plain" onClick={() => setAll(true)}>
          {rest} more
        </button>
      )}
      {props.more > 0 && isAll && <p class="quiet">And {formatCount(props.more)} more.</p>}
    </details>
  );
}

/** The first page, and those that were asked for after it. */
function Paths({ first, said }: { first: LeftOutResult; said: Record<string, unknown> }) {
  const [more, setMore] = useState<LeftOutResult[]>([]);
  const [problem, setProblem] = useState<string>();
  const [isAsking, setAsking] = useState(false);
  const paths = [first, ...more].flatMap((page) => page.paths);
  const cursor = (more.at(-1) ?? first).cursor;
  const next = async (): Promise<void> => {
    setAsking(true);
    setProblem(undefined);
    try {
      const page = await ask<LeftOutResult>("code/leftOut", { ...said, cursor });
      setMore([...more, page]);
    } catch (error) {
      setProblem(readable(error).message);
    } finally {
      setAsking(false);
    }
  };
  if (paths.length === 0) return null;
  return (
    <>
      <ul class="indexes-paths" aria-label="Files and folders that are left out">
        {paths.map((path) => (
          <li key={path.path}>
            <span class="mono">{visible(path.path)}</span>{" "}
            <span class="small quiet">{whyWords(path)}</span>
          </li>
        ))}
      </ul>
      {problem !== undefined && (
        <p class="bad" role="alert">
          {problem}
        </p>
      )}
      {cursor !== undefined && (
        <button type="button" class="button" disabled={isAsking} onClick={() => void next()}>
          Show {pageSize} more
        </button>
      )}
    </>
  );
}

/** "ignored by git: .gitignore:3, *.log" */
export function whyWords({ reason, rule, because, at }: LeftOutPath): string {
  const text = at?.text === undefined ? "" : `, ${at.text}`;
  const said = because ?? (rule === "" ? "" : `${rule}${text}`);
  const words = reasonWords[reason] ?? reason;
  return visible(said === "" ? words : `${words}: ${said}`);
}
