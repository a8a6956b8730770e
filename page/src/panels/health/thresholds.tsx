/* The marks of alerts: what they are, where that comes from, and a form for each that can be set from here. */
import { useEffect, useId, useState } from "preact/hooks";
import type { Threshold, Thresholds } from "../../../../src/ports/answers/daemon/stats.ts";
import { ask } from "../../api/client.ts";
import { Failed, Loading } from "../../parts/states.tsx";
import { tell } from "../../parts/toasts.tsx";
import { readable, useAnswer } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";
import { originWords } from "./words.ts";

type Set = Thresholds & { written: { option: string; value: string } };

export function Marks() {
  const asked = useAnswer<Thresholds>("daemon/thresholds");
  const [set, keep] = useState<Set>();
  useEffect(() => keep(undefined), [asked.value]);
  const { error, again } = asked;
  const known = set ?? asked.value;
  return (
    <section class="card" aria-labelledby="health-marks">
      <h2 id="health-marks">Alert thresholds</h2>
      {error !== undefined && <Failed error={error} again={again} />}
      {known === undefined ? (
        error === undefined && <Loading what="Reading the thresholds" />
      ) : (
        <>
          <p class="quiet">
            Checked every ten seconds. What is set here is written to{" "}
            <span class="mono">{visible(known.path)}</span> and used from the next check on; "off"
            turns a threshold off.
          </p>
          {known.problem !== undefined && (
            <p class="note" role="alert">
              The file is not used now: {visible(known.problem)}
            </p>
          )}
          <div class="health-marks">
            {known.thresholds.map((one) =>
              one.canBeSet ? (
                <MarkForm key={one.option} mark={one} onSet={keep} />
              ) : (
                <Fixed key={one.option} mark={one} />
              ),
            )}
          </div>
        </>
      )}
    </section>
  );
}

function MarkForm({ mark, onSet }: { mark: Threshold; onSet: (set: Set) => void }) {
  const { option, value, origin, says, expects } = mark;
  const [text, setText] = useState(value);
  const [said, setSaid] = useState<{ text: string; isError: boolean }>();
  const [isSending, setSending] = useState(false);
  const id = useId();
  useEffect(() => setText(value), [value]);
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setSending(true);
    try {
      const set = await ask<Set>("daemon/setThreshold", { option, value: text });
      const { written, path } = set;
      const words = `Wrote ${written.option} = ${written.value} to ${visible(path)}`;
      setSaid({ text: words, isError: false });
      tell(words);
      onSet(set);
    } catch (error) {
      setSaid({ text: readable(error).message, isError: true });
    }
    setSending(false);
  };
  return (
    <form class="health-mark" onSubmit={(event) => void send(event)}>
      <label for={id}>{option}</label>
      <div class="row">
        <input
          id={id}
          value={text}
          maxLength={100}
          spellcheck={false}
          autocomplete="off"
          aria-describedby={`${id}-says`}
          aria-invalid={said?.isError === true}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="button" disabled={isSending || text === value}>
          Set<span class="hidden"> {option}</span>
        </button>
      </div>
      <p class="small quiet" id={`${id}-says`}>
        {says} ({originWords[origin]}). Expects {expects}.
      </p>
      {said !== undefined && (
        <p
          class={`small ${said.isError ? "health-wrong" : ""}`}
          role={said.isError ? "alert" : undefined}
        >
          {visible(said.text)}
        </p>
      )}
    </form>
  );
}

function Fixed({ mark: { option, value, origin, says } }: { mark: Threshold }) {
  return (
    <div class="health-mark">
      <span>{option}</span>
      <code>{visible(value)}</code>
      <p class="small quiet">
        {says} ({originWords[origin]}; set with <code>haypile config set {option} …</code>).
      </p>
    </div>
  );
}
