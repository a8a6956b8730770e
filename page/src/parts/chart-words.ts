/* What a chart is told: its lines, and what happened meanwhile. */

export interface ChartSeries {
  name: string;
  /** One for each time; null where nothing is known: the line has a gap there. */
  values: readonly (number | null)[];
  /**
   * "line" (default); "area": filled down to 0; "pile": filled, and on top of the piles before it; "band": filled down to
   * the series after it.
   */
  form?: "line" | "area" | "pile" | "band" | undefined;
  /** Which colour, 1 to 8 of chart.css, or one that means something. Default: by place. */
  tone?: ChartTone | undefined;
  /** Dashes, CSS pixels, on and off in turn. Default: by place, so that no two lines differ by colour alone. */
  dash?: readonly number[] | undefined;
  /** Values hold until the next: drawn as steps. */
  isStepped?: boolean | undefined;
}

export type ChartTone = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | "good" | "warn" | "bad" | "quiet";

/** Something that happened at one time: a line from top to bottom with a letter or sign on it. */
export interface ChartMark {
  /** Milliseconds since 1970. */
  at: number;
  label: string;
  /** One or two signs that stand in the chart. Default: none. */
  sign?: string | undefined;
  tone?: ChartTone | undefined;
}
