/* What counts against the limit, as a bar with the marks from which on something is given back or given up; in words too. */
import type { FootprintSample } from "../../../../src/ports/answers/daemon/ram.ts";
import { formatBytes, formatShare } from "../../parts/format.ts";
import { levelWords } from "./words.ts";

export function LimitBar(props: {
  now: FootprintSample;
  marks: { warning: number; critical: number };
  peak: string | undefined;
}) {
  const { now, marks, peak } = props;
  const { ownBytes, childBytes, usedBytes, limitBytes, level = "calm", steps, cpu } = now;
  const others = usedBytes - ownBytes - childBytes;
  return (
    <section class="card ram-now" aria-labelledby="ram-now" data-ram-at={now.at}>
      <h2 id="ram-now">Now</h2>
      {limitBytes === undefined ? (
        <p>
          <strong class="ram-total">{formatBytes(usedBytes)}</strong> resident. There is no limit:
          set one with <code>haypile config set memory.max 512MB</code>, and nothing of this goes
          above it.
        </p>
      ) : (
        <>
          <p>
            <strong class="ram-total">{formatBytes(usedBytes)}</strong> of {formatBytes(limitBytes)}{" "}
            used, {formatShare(usedBytes / limitBytes)}.{" "}
            <span class={`tag ${{ calm: "good", warning: "warn", critical: "bad" }[level]}`}>
              {levelWords[level]}
            </span>
          </p>
          <Bar now={now} limitBytes={limitBytes} marks={marks} />
        </>
      )}
      <dl class="facts">
        <dt>The daemon</dt>
        <dd>{formatBytes(ownBytes)} resident</dd>
        <dt>Parse processes</dt>
        <dd>{childBytes === 0 ? "none at work" : formatBytes(childBytes)}</dd>
        {limitBytes !== undefined && others > 0 && (
          <>
            <dt>Others</dt>
            <dd>{formatBytes(others)} of the limit are taken by other programs of this machine</dd>
          </>
        )}
        {limitBytes !== undefined && (
          <>
            <dt>Given up</dt>
            <dd>{steps.length === 0 ? "nothing" : steps.join(", ")}</dd>
          </>
        )}
        <dt>Processor</dt>
        <dd>{cpu === undefined ? "–" : `${formatShare(cpu)} of one CPU`}</dd>
        {peak !== undefined && (
          <>
            <dt>Peak</dt>
            <dd>{peak}</dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Bar(props: {
  now: FootprintSample;
  limitBytes: number;
  marks: { warning: number; critical: number };
}) {
  const { now, limitBytes, marks } = props;
  // Above the limit the bar holds all that is used, and the limit is a line in it.
  const whole = Math.max(limitBytes, now.usedBytes);
  const share = (bytes: number): number => (100 * bytes) / whole;
  const own = share(now.ownBytes);
  const children = share(now.childBytes);
  const rest = Math.max(0, share(now.usedBytes) - own - children);
  const line = (name: string, part: number) => (
    <line class={name} x1={share(part)} x2={share(part)} y1={0} y2={16} />
  );
  const percent = Math.round((100 * now.usedBytes) / limitBytes);
  return (
    <>
      <svg
        class="ram-bar"
        viewBox="0 0 100 16"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${percent} % of the limit are used: ${formatBytes(now.usedBytes)} of ${formatBytes(limitBytes)}, level ${now.level}`}
      >
        <rect class="ground" x={0} y={4} width={100} height={8} />
        <rect class="own" x={0} y={4} width={own} height={8} />
        <rect class="children" x={own} y={4} width={children} height={8} />
        <rect class="rest" x={own + children} y={4} width={rest} height={8} />
        {line("warn", limitBytes * marks.warning)}
        {line("bad", limitBytes * marks.critical)}
        {line("limit", limitBytes)}
      </svg>
      <p class="quiet small">
        Marks: warning at {formatBytes(limitBytes * marks.warning)} ({formatShare(marks.warning)}),
        critical at {formatBytes(limitBytes * marks.critical)} ({formatShare(marks.critical)}).
      </p>
    </>
  );
}
