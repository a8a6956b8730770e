/* The panel "indexes". */

export function Indexes() {
  return <section aria-labelledby="panel-title" />;
}
