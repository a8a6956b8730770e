/* The panel "latency": where the time of each search, recall and other call went. What is picked stands in the address. */
import { useState } from "preact/hooks";
import { Chips, ToggleChip } from "../../parts/chips.tsx";
import { counted } from "../../parts/format.ts";
import { Empty, Failed, Loading } from "../../parts/states.tsx";
import { visible } from "../../parts/visible.ts";
import { setQuery, useRoute } from "../../shell/route.ts";
import { Bars } from "./bars.tsx";
import { OverTime } from "./over-time.tsx";
import { Clients, Slowest } from "./slowest.tsx";
import { useQueries } from "./use-queries.ts";

const usualCalls = ["search", "recall"];

export function Latency() {
  const { query } = useRoute();
  const client = query.get("client") ?? undefined;
  const call = query.get("call") ?? undefined;
  const isByShare = query.get("by") === "share";
  const [isPaused, setPaused] = useState(false);
  const { report, traces, waiting } = useQueries({ client, call, isPaused });
  const told = report.value;

  const pick = (name: string, value: string | undefined): void => {
    const next = new URLSearchParams(query);
    if (value === undefined) next.delete(name);
    else next.set(name, value);
    setQuery("latency", next, true);
  };

  if (told === undefined) {
    if (report.error !== undefined) return <Failed error={report.error} again={report.again} />;
    return <Loading what="Reading what was asked" />;
  }
  if (told.total === 0 && traces.length === 0) return <NothingYet />;
  const calls = [
    ...new Set([...usualCalls, ...traces.map((one) => one.call), ...(call ? [call] : [])]),
  ];
  return (
    <section aria-labelledby="latency-recent">
      {report.error !== undefined && <Failed error={report.error} again={report.again} />}
      <div class="card">
        <div class="row">
          <h2 id="latency-recent">Recent calls</h2>
          <button
            type="button"
            class="button push"
            aria-pressed={isPaused}
            onClick={() => setPaused(!isPaused)}
          >
            {isPaused ? "Go on" : "Pause"}
          </button>
          <span role="status" class="quiet small">
            {isPaused && (waiting === 0 ? "paused" : `paused, ${waiting} new`)}
          </span>
        </div>
        <div class="row latency-filters">
          <Chips label="Only this call">
            {calls.map((one) => (
              <ToggleChip
                key={one}
                isOn={call === one}
                onToggle={(isOn) => pick("call", isOn ? one : undefined)}
              >
                {one}
              </ToggleChip>
            ))}
          </Chips>
          <Chips label="How bars are drawn">
            <ToggleChip
              isOn={isByShare}
              title="All bars are equally long"
              onToggle={(isOn) => pick("by", isOn ? "share" : undefined)}
            >
              by share
            </ToggleChip>
          </Chips>
          <label class="row small">
            Client
            <select
              value={client ?? ""}
              onChange={(event) => pick("client", event.currentTarget.value || undefined)}
            >
              <option value="">all</option>
              {namesOf(told.clients, client).map((name) => (
                <option key={name} value={name}>
                  {visible(name)}
                </option>
              ))}
            </select>
          </label>
        </div>
        {traces.length === 0 ? (
          <Empty>
            Nothing of this kind among the last {counted(Math.min(told.total, 512), "call")}.
          </Empty>
        ) : (
          <Bars traces={traces} isByShare={isByShare} />
        )}
        {!told.keepsTexts && (
          <p class="quiet small">
            What was asked is not kept: <code>log.queries</code> is off.
          </p>
        )}
      </div>
      <OverTime report={told} call={call} />
      <Slowest traces={told.slowest} />
      <Clients clients={told.clients} />
    </section>
  );
}

function NothingYet() {
  return (
    <Empty>
      <p>Nothing was asked since the daemon began.</p>
      <p>
        Ask something in <a href="#/search">search</a>, run{" "}
        <code>haypile search "where is it"</code>, or let an agent ask: each call comes here as a
        bar that says where its time went.
      </p>
    </Empty>
  );
}

function namesOf(clients: readonly { client: string; face: string }[], picked?: string): string[] {
  const names = clients.filter(({ face }) => face !== "any").map(({ client }) => client);
  return [...new Set([...names, ...(picked === undefined ? [] : [picked])])].sort();
}
