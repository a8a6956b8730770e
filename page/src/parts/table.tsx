/* A table that scrolls inside itself, and can be put in order by its columns. For bounded lists: every row is there. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { visible } from "./visible.ts";

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ComponentChildren;
  /** What the column is put in order by; without it, it is not. */
  by?: ((row: Row) => number | string) | undefined;
  isNumber?: boolean | undefined;
}

export function Table<Row>(props: {
  /** Shown above it; "hidden": only told. */
  caption: string;
  hidesCaption?: boolean | undefined;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string | number;
}) {
  const { columns, caption, keyOf } = props;
  const [order, setOrder] = useState<{ at: number; isDown: boolean }>();
  const rows = ordered(props.rows, columns[order?.at ?? -1]?.by, order?.isDown ?? false);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="scrolls" aria-label={caption} tabIndex={0}>
      <table>
        <caption class={props.hidesCaption ? "hidden" : undefined}>{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ title, by, isNumber }, at) => (
              <th
                key={title}
                scope="col"
                class={isNumber ? "number" : undefined}
                aria-sort={
                  order?.at === at ? (order.isDown ? "descending" : "ascending") : undefined
                }
              >
                {by === undefined ? (
                  title
                ) : (
                  <button
                    type="button"
                    onClick={() =>
                      setOrder({ at, isDown: order?.at === at ? !order.isDown : isNumber === true })
                    }
                  >
                    {title}
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ title, cell, isNumber }) => (
                <td key={title} class={isNumber ? "number" : undefined}>
                  {shown(cell(row))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ordered<Row>(
  rows: readonly Row[],
  by: ((row: Row) => number | string) | undefined,
  isDown: boolean,
): readonly Row[] {
  if (by === undefined) return rows;
  const sign = isDown ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [by(a), by(b)];
    return x === y ? 0 : sign * (x < y ? -1 : 1);
  });
}

/** Names come from others. */
function shown(cell: ComponentChildren): ComponentChildren {
  return typeof cell === "string" ? visible(cell) : cell;
}
