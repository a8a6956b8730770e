/* The panel of RAM: the receipt live. */
import { useState } from "preact/hooks";
import type { ProcessFootprint } from "../../../../src/ports/answers/daemon/ram.ts";
import { formatAgo, formatBytes } from "../../parts/format.ts";
import { Failed, Loading } from "../../parts/states.tsx";
import { useAnswer } from "../../parts/use-answer.ts";
import { setQuery, useRoute } from "../../shell/route.ts";
import { Advice, Caches, Loaded, Predictions } from "./details.tsx";
import { Ladder } from "./ladder.tsx";
import { LimitBar } from "./limit-bar.tsx";
import { OverTime } from "./over-time.tsx";
import { Owners } from "./owners.tsx";
import { type Range, ranges, useRam } from "./state.ts";

/** A receipt takes the daemon some milliseconds; it makes one in five seconds at most, however many ask. */
const receiptMs = 10_000;

export function Footprint() {
  const { query } = useRoute();
  const said = query.get("range") ?? "";
  const range: Range = said in ranges ? (said as Range) : "5m";
  const [chosen, choose] = useState<string>();
  const ram = useRam(range);
  const receipt = useAnswer<ProcessFootprint>("daemon/receipt", {}, receiptMs);
  const { behind, live } = ram;
  if (behind === undefined) {
    return ram.error === undefined ? (
      <Loading what="Reading the memory of the daemon" />
    ) : (
      <Failed error={ram.error} again={ram.again} />
    );
  }
  const now = live.at(-1) ?? behind.now;
  const setRange = (next: Range): void => {
    setQuery("ram", new URLSearchParams({ range: next }), true);
  };
  const made = receipt.value;
  return (
    <div class="ram">
      {ram.error !== undefined && <Failed error={ram.error} again={ram.again} />}
      <LimitBar now={now} marks={behind.marks} peak={made && peakOf(made)} />
      <OverTime
        behind={behind}
        live={live}
        range={range}
        setRange={setRange}
        chosen={chosen}
        choose={choose}
      />
      {made === undefined ? (
        receipt.error === undefined ? (
          <Loading what="Making the receipt" />
        ) : (
          <Failed error={receipt.error} again={receipt.again} />
        )
      ) : (
        <>
          <Ladder ladder={behind.ladder} now={now} governor={made.governor} />
          <Owners receipt={made} />
          <Loaded receipt={made} />
          <Predictions receipt={made} />
          <Advice receipt={made} />
          <Caches receipt={made} />
        </>
      )}
    </div>
  );
}

function peakOf({ peak }: ProcessFootprint): string {
  const { bytes, at, after } = peak;
  const since =
    after === undefined ? "" : `, after ${after.owner} was ${after.what} (${after.why})`;
  return `${formatBytes(bytes)}, noticed ${formatAgo(at)}${since}`;
}
