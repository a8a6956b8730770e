/* The panel of health: alerts, writes, databases with their logs, what waits, caches, lanes, and the marks of alerts. */
import { Failed, Loading } from "../../parts/states.tsx";
import { AlertsCard } from "./alerts.tsx";
import { Caches } from "./caches.tsx";
import { Databases } from "./databases.tsx";
import { OverTime } from "./over-time.tsx";
import { Serving } from "./serving.tsx";
import { useHealth } from "./state.ts";
import { Marks } from "./thresholds.tsx";
import { Upkeep } from "./upkeep.tsx";
import { Writes } from "./writes.tsx";

export function Health() {
  const { stats, alerts, points } = useHealth();
  const { value, error, again } = stats;
  if (value === undefined) {
    return error === undefined ? (
      <Loading what="Reading the figures of the daemon" />
    ) : (
      <Failed error={error} again={again} />
    );
  }
  return (
    <div class="health">
      {error !== undefined && <Failed error={error} again={again} />}
      <AlertsCard alerts={alerts} />
      <Serving stats={value} />
      <Writes writes={value.writes} />
      <OverTime points={points} />
      <Databases stats={value} />
      {value.upkeep !== undefined && <Upkeep upkeep={value.upkeep} at={value.at} />}
      <Caches caches={value.caches} />
      <Marks />
    </div>
  );
}
