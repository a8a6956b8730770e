/*
 * A chart over time, by uPlot: lines, areas, bands and piles of areas. What it shows is also said in words and, when
 * somebody opens it, in a table. Left and right move along it by key, and a drag zooms (Escape or a double click: all).
 */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type uPlot from "uplot";
import { clock, inWords, type Prepared, prepare } from "./chart-data.ts";
import { startPlot } from "./chart-plot.ts";
import { ChartTable } from "./chart-table.tsx";
import type { ChartMark, ChartSeries } from "./chart-words.ts";

export interface ChartProps {
  title: string;
  /** Milliseconds since 1970, rising, one for each value. */
  times: readonly number[];
  series: readonly ChartSeries[];
  /** A value in words with its unit: "12 ms". */
  format: (value: number) => string;
  marks?: readonly ChartMark[] | undefined;
  /** CSS pixels. Default 200. */
  height?: number | undefined;
  /** Least top of the scale, so that a quiet line does not fill the chart. */
  leastTop?: number | undefined;
  /** What stands in its place while there is nothing to show. */
  empty?: string | undefined;
}

/** Marks that are drawn, the newest. */
const mostMarks = 200;

export function Chart(props: ChartProps) {
  const { title, times, format, height = 200, empty = "Nothing yet." } = props;
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<number | undefined>();
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const colors = useColorChange();
  const data = useMemo(() => prepare(times, props.series, hidden), [times, props.series, hidden]);
  const latest = useRef({ data, format, marks: newest(props.marks), leastTop: props.leastTop });
  latest.current = { data, format, marks: newest(props.marks), leastTop: props.leastTop };
  const isEmpty = times.length === 0;

  // The plot is made anew where its lines or colours change; else it gets the new values.
  useEffect(() => {
    const place = host.current;
    if (place === null || isEmpty) return;
    const made = startPlot(place, height, () => latest.current, setAt);
    plot.current = made;
    const watch = new ResizeObserver(() => {
      const width = Math.floor(place.clientWidth);
      if (width > 0 && width !== made.width) made.setSize({ width, height });
    });
    watch.observe(place);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [data.shape, colors, height, isEmpty]);

  // Marks and leastTop are read from `latest` when the plot draws.
  useEffect(() => {
    const made = plot.current;
    if (made === undefined) return;
    const isZoomed = isZoomedIn(made);
    made.setData(data.aligned as uPlot.AlignedData, !isZoomed);
    if (isZoomed) made.redraw();
  }, [data, props.marks, props.leastTop]);

  const move = (event: KeyboardEvent): void => {
    const last = times.length - 1;
    const from = at ?? last;
    const step = event.shiftKey ? 10 : 1;
    const next =
      event.key === "ArrowLeft"
        ? Math.max(0, from - step)
        : event.key === "ArrowRight"
          ? Math.min(last, from + step)
          : event.key === "Home"
            ? 0
            : event.key === "End"
              ? last
              : undefined;
    if (event.key === "Escape") {
      setAt(undefined);
      plot.current?.setData(plot.current.data, true);
    }
    if (next === undefined) return;
    event.preventDefault();
    setAt(next);
    const made = plot.current;
    made?.setCursor({ left: made.valToPos((times[next] ?? 0) / 1000, "x"), top: 0 }, false);
  };
  const shown = at !== undefined && at < times.length ? at : times.length - 1;
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        {!isEmpty && (
          <span class="chart-at quiet">
            {at === undefined ? "latest" : clock(times[shown] ?? 0, true)}
          </span>
        )}
      </figcaption>
      {isEmpty ? (
        <p class="quiet">{empty}</p>
      ) : (
        <>
          <Legend data={data} at={shown} format={format} hidden={hidden} setHidden={setHidden} />
          <div
            class="chart-plot"
            ref={host}
            role="img"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move along the line.
            tabIndex={0}
            aria-label={`${title}. ${inWords(data, format)} Arrow keys read it point by point.`}
            onKeyDown={move}
            onBlur={() => setAt(undefined)}
          />
          <p class="chart-said" aria-live="polite">
            {at === undefined ? "" : sayPoint(data, shown, format)}
          </p>
          <ChartTable title={title} data={data} format={format} marks={latest.current.marks} />
        </>
      )}
    </figure>
  );
}

function Legend(props: {
  data: Prepared;
  at: number;
  format: (value: number) => string;
  hidden: ReadonlySet<string>;
  setHidden: (next: ReadonlySet<string>) => void;
}) {
  const { data, at, format, hidden, setHidden } = props;
  const toggle = (name: string): void => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  return (
    <ul class="chart-legend">
      {data.series.map(({ name, tone, dash, values }) => (
        <li key={name}>
          <button type="button" aria-pressed={!hidden.has(name)} onClick={() => toggle(name)}>
            <svg class={`tone-${tone}`} width="22" height="8" aria-hidden="true">
              <line
                x1="0"
                y1="4"
                x2="22"
                y2="4"
                stroke-width="3"
                stroke-dasharray={dash.join(" ")}
              />
            </svg>
            <span class="chart-name">{name}</span>
            <span class="chart-value">{said(values[at], format)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function sayPoint(data: Prepared, at: number, format: (value: number) => string): string {
  const values = data.series.map(({ name, values }) => `${name} ${said(values[at], format)}`);
  return `${clock(data.times[at] ?? 0, true)}: ${values.join(", ")}`;
}

function said(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}

function newest(marks: readonly ChartMark[] = []): readonly ChartMark[] {
  return marks.slice(-mostMarks);
}

function isZoomedIn(plot: uPlot): boolean {
  const [times] = plot.data;
  const { min, max } = plot.scales.x ?? {};
  const first = times[0];
  const last = times.at(-1);
  if (min == null || max == null || first === undefined || last === undefined) return false;
  return min > first || max < last;
}

/** Counts up when the page turns dark or light: a canvas does not follow by itself. */
function useColorChange(): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    const changed = (): void => setCount((now) => now + 1);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", changed);
    const watch = new MutationObserver(changed);
    watch.observe(document.documentElement, { attributes: true });
    return () => {
      scheme.removeEventListener("change", changed);
      watch.disconnect();
    };
  }, []);
  return count;
}
