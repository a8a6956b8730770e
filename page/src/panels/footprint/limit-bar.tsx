/* What counts against the limit, as a bar with the marks from which on something is given back or given up; in words too. */
import type { FootprintSample } from "../../../../src/ports/answers/ram.ts";
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
    <section class="card ram-now" aria-labelledby="ram-now">
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
  const share = (bytes: number): number => Math.min(100, (100 * bytes) / limitBytes);
  const own = share(now.ownBytes);
  const children = Math.min(100 - own, share(now.childBytes));
  const rest = Math.max(0, share(now.usedBytes) - own - children);
  const percent = Math.round((100 * now.usedBytes) / limitBytes);
  return (
    <>
      <svg
        class="ram-bar"
        viewBox="0 0 100 10"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${percent} % of the limit are used: ${formatBytes(now.usedBytes)} of ${formatBytes(limitBytes)}, level ${now.level}`}
      >
        <rect class="own" x={0} y={0} width={own} height={10} />
        <rect class="children" x={own} y={0} width={children} height={10} />
        <rect class="rest" x={own + children} y={0} width={rest} height={10} />
        <line class="warn" x1={marks.warning * 100} x2={marks.warning * 100} y1={0} y2={10} />
        <line class="bad" x1={marks.critical * 100} x2={marks.critical * 100} y1={0} y2={10} />
      </svg>
      <p class="quiet small">
        Marks: warning at {formatBytes(limitBytes * marks.warning)} ({formatShare(marks.warning)}),
        critical at {formatBytes(limitBytes * marks.critical)} ({formatShare(marks.critical)}).
      </p>
    </>
  );
}
