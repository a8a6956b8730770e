/* The uPlot of a chart: its lines, axes and marks, in the colours that the style sheet has now. */
import uPlot from "uplot";
import { clock, type Prepared } from "./chart-data.ts";
import type { ChartMark, ChartTone } from "./chart-words.ts";

export interface Drawn {
  data: Prepared;
  format: (value: number) => string;
  marks: readonly ChartMark[];
  leastTop: number | undefined;
}

/**
 * @param now what is to be drawn, asked for at each drawing
 * @param onPoint which point the pointer is at; undefined: at none
 */
export function startPlot(
  place: HTMLElement,
  height: number,
  now: () => Drawn,
  onPoint: (at: number | undefined) => void,
): uPlot {
  const { data } = now();
  const color = colorsOf(place);
  const lowest = data.series.findIndex(({ form }) => form === "pile");
  const font = `12px ${getComputedStyle(place).fontFamily}`;
  const axis = {
    font,
    stroke: color("quiet"),
    grid: { stroke: color("line"), width: 1 },
    ticks: { stroke: color("line"), width: 1, size: 4 },
  };
  const plot = new uPlot(
    {
      width: Math.max(120, Math.floor(place.clientWidth)),
      height,
      legend: { show: false },
      padding: [10, 8, 0, 0],
      cursor: {
        y: false,
        points: { size: 7 },
        drag: { x: true, y: false, uni: 20 },
      },
      scales: {
        x: { time: true },
        y: {
          range: (_, __, most) => [0, Math.max(niceTop(most), now().leastTop ?? 0) || 1],
        },
      },
      axes: [
        {
          ...axis,
          size: 26,
          space: 70,
          values: (_, splits, __, ___, step) =>
            splits.map((at) => (at == null ? "" : clock(at * 1000, step < 60))),
        },
        {
          ...axis,
          size: (_, values) => 14 + Math.max(24, ...(values ?? []).map((one) => one.length * 7)),
          space: 34,
          values: (_, splits) => splits.map((value) => now().format(value)),
        },
      ],
      series: [
        {},
        ...data.series.map(({ name, form, tone, dash, isStepped }, at): uPlot.Series => {
          const stroke = color(tone);
          const stepped = isStepped ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
          return {
            label: name,
            stroke,
            width: 1.75,
            dash: [...dash],
            points: {
              show: true,
              size: 5,
              fill: stroke,
              filter: (self, row) => alone(self.data[row]),
            },
            ...(stepped !== undefined && { paths: stepped }),
            ...((form === "area" || at === lowest) && { fill: faint(stroke) }),
          };
        }),
      ],
      bands: bandsOf(data, (tone) => faint(color(tone))),
      hooks: {
        draw: [(self) => drawMarks(self, now().marks, color, font)],
        setCursor: [
          (self) => {
            const { idx, left } = self.cursor;
            const isOver = left !== undefined && left >= 0;
            onPoint(isOver && idx != null ? idx : undefined);
          },
        ],
      },
    },
    data.aligned as uPlot.AlignedData,
    place,
  );
  return plot;
}

/** A pile is filled down to the one before it, a band down to the line after it. */
function bandsOf(data: Prepared, fill: (tone: ChartTone) => string): uPlot.Band[] {
  const bands: uPlot.Band[] = [];
  let below: number | undefined;
  for (const [at, { form, tone }] of data.series.entries()) {
    const row = at + 1;
    if (form === "band" && row < data.series.length) {
      bands.push({ series: [row, row + 1], fill: fill(tone) });
    }
    if (form !== "pile") continue;
    if (below !== undefined) bands.push({ series: [row, below], fill: fill(tone) });
    below = row;
  }
  return bands;
}

function drawMarks(
  plot: uPlot,
  marks: readonly ChartMark[],
  color: (tone: ChartTone | "line") => string,
  font: string,
): void {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, 0, bbox.width, bbox.top + bbox.height);
  ctx.clip();
  ctx.font = font.replace("12px", `${11 * ratio}px`);
  ctx.textAlign = "center";
  ctx.lineWidth = ratio;
  for (const { at, sign, tone = "warn" } of marks) {
    const x = Math.round(plot.valToPos(at / 1000, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = color(tone);
    ctx.fillStyle = color(tone);
    ctx.setLineDash([3 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    if (sign !== undefined) ctx.fillText(sign.slice(0, 2), x, bbox.top - 1 * ratio);
  }
  ctx.restore();
}

/** Points without a neighbour, which no line would show. */
function alone(values: ArrayLike<number | null | undefined> = []): number[] {
  const places: number[] = [];
  for (let at = 0; at < values.length; at += 1) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) places.push(at);
  }
  return places;
}

/** A little above the highest value, so that the line is not cut. */
function niceTop(most: number | null): number {
  return most === null || !(most > 0) ? 0 : most * 1.06;
}

/**
 * The colours of chart.css and base.css as they are in this place now, as "rgb(…)": a canvas knows no variables.
 */
function colorsOf(place: HTMLElement): (tone: ChartTone | "line") => string {
  const known = new Map<string, string>();
  const probe = document.createElement("span");
  return (tone) => {
    const name = typeof tone === "number" ? `--tone-${tone}` : `--${tone}`;
    const seen = known.get(name);
    if (seen !== undefined) return seen;
    probe.style.color = `var(${name})`;
    place.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    known.set(name, color);
    return color;
  };
}

/** @param color "rgb(r, g, b)" */
function faint(color: string): string {
  return color.replace(/^rgb\((.*)\)$/u, "rgba($1, .28)");
}
