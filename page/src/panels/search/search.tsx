/* The panel "search". */

export function Search() {
  return <section aria-labelledby="panel-title" />;
}
