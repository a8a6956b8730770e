/* The ladder: what is given up when memory is short, in its order, with what is taken now and how often and how long it was. */

import type { FootprintSample, LadderStepName } from "../../../../src/ports/answers/daemon/ram.ts";
import type { GovernorState } from "../../../../src/ports/answers/footprint-report.ts";
import { counted, formatMs } from "../../parts/format.ts";
import { stepMeaning } from "./words.ts";

export function Ladder(props: {
  ladder: readonly LadderStepName[];
  now: FootprintSample;
  governor: GovernorState | undefined;
}) {
  const { ladder, now, governor } = props;
  const { levelMs } = governor?.pressure ?? {};
  return (
    <section class="card" aria-labelledby="ram-ladder">
      <h2 id="ram-ladder">The ladder: what is given up when memory is short</h2>
      {governor === undefined ? (
        <p class="quiet">Without a limit nothing is given up.</p>
      ) : (
        <>
          <p class="quiet small">
            Given up from top to bottom when memory is short, and taken back the other way after
            five calm seconds.
          </p>
          <ol class="ram-ladder">
            {ladder.map((step) => {
              const isTaken = now.steps.includes(step);
              const was = governor.pressure.steps[step];
              return (
                <li key={step} data-step={step} data-taken={isTaken}>
                  <strong>{step}</strong>{" "}
                  <span class={`tag ${isTaken ? "warn" : ""}`}>
                    {isTaken ? "taken" : "not taken"}
                  </span>{" "}
                  <span class="quiet small">
                    {stepMeaning[step]}
                    {was !== undefined &&
                      `; ${counted(was.times, "time")}, ${formatMs(was.ms)} in all`}
                  </span>
                </li>
              );
            })}
          </ol>
          {levelMs !== undefined && (
            <p class="small">
              So far: calm {formatMs(levelMs.calm)}, warning {formatMs(levelMs.warning)}, critical{" "}
              {formatMs(levelMs.critical)}. {counted(governor.waiting, "caller")} waiting for
              memory, {counted(governor.refused, "caller")} refused.
            </p>
          )}
        </>
      )}
    </section>
  );
}
