/* Alerts that hold, those of lately, and how telling them went. */
import type { Alert, Alerts, TellingStats } from "../../../../src/ports/answers/daemon/stats.ts";
import { formatTime } from "../../parts/format.ts";
import { Empty, Failed, Loading } from "../../parts/states.tsx";
import type { Answered } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";

const tones = { warning: "warn", critical: "bad", cleared: "good" } as const;
const signs = { warning: "▲", critical: "■", cleared: "✓" } as const;

export function AlertsCard({ alerts: { value, error, again } }: { alerts: Answered<Alerts> }) {
  return (
    <section class="card" aria-labelledby="health-alerts">
      <h2 id="health-alerts">Alerts</h2>
      {error !== undefined && <Failed error={error} again={again} />}
      {value === undefined ? (
        error === undefined && <Loading what="Asking for alerts" />
      ) : (
        <>
          <div role="status" aria-live="polite">
            {value.now.length === 0 ? (
              <p class="health-calm">
                <span class="tag good">✓ none</span> No threshold is crossed.
              </p>
            ) : (
              <List alerts={value.now} />
            )}
          </div>
          <Telling name="command" told={value.command} />
          <Telling name="webhook" told={value.webhook} />
          <details>
            <summary>Lately ({value.lately.length})</summary>
            {value.lately.length === 0 ? (
              <Empty>There was none since the daemon began.</Empty>
            ) : (
              // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
              <section class="health-lately" tabIndex={0} aria-label="Alerts of lately">
                <List alerts={value.lately} />
              </section>
            )}
          </details>
        </>
      )}
    </section>
  );
}

function List({ alerts }: { alerts: readonly Alert[] }) {
  return (
    <ul class="health-alerts">
      {alerts.map(({ id, level, text, at }) => (
        <li key={id}>
          <span class={`tag ${tones[level]}`}>
            <span aria-hidden="true">{signs[level]}</span> {level}
          </span>
          <span>{visible(text)}</span>
          <time class="quiet" dateTime={at}>
            {formatTime(at)}
          </time>
        </li>
      ))}
    </ul>
  );
}

function Telling({ name, told }: { name: string; told: TellingStats | undefined }) {
  if (told === undefined) return null;
  const { failed, dropped, lastError } = told;
  return (
    <p class="small quiet">
      By the {name}: {told.told} told, {failed} failed, {dropped} left out.
      {lastError !== undefined && ` The last failure: ${visible(lastError)}`}
    </p>
  );
}
