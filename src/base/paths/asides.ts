/*
 * Files about a project rather than of it. They say in plain sentences, or as a mere list, what code says in its own
 * words, so they answer nearly every question a little, and hardly any question well.
 */

/** What changed; which packages and sums there are; licences, notices and lists of people. */
export type Aside = "changelog" | "lock" | "licence";

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Names without ending, numbers and what stands between words. */
const changelogs = words(
  "changelog changelogs changes history news releasenotes releasehistory releases whatsnew",
);
const changelogFolders = words(
  "changelog changelogs changes changesets releasenotes releases whatsnew",
);
/** Folders of pieces of a changelog, whatever their endings. */
const fragmentFolders = words("changelog.d .changeset newsfragments");
/** Of these one word of the name is enough: MIT-LICENSE, LICENSE.apache, COPYING.LESSER. */
const licences = words(
  "license licence licenses licences copying copyright notice notices patents authors contributors maintainers codeowners credits",
);
const licenceNames = words("codeofconduct thirdpartynotices thirdpartylicenses");

const prose = words("md mdx markdown rst txt text adoc asciidoc org html htm");
const data = words("json yaml yml toml xml");

const locks = words(
  "package-lock.json npm-shrinkwrap.json pnpm-lock.yaml packages.lock.json project.assets.json conda-lock.yml vcpkg-lock.json go.sum go.work.sum gradle.lockfile bun.lockb cabal.project.freeze checksums.txt sbom.json bom.json bom.xml",
);
const lockEnding =
  /\.(lock|locked|resolved|lock\.(json|hcl|ya?ml|toml|txt)|spdx|(spdx|cdx)\.(json|xml)|sha\d+|md5)$|^(sha\d+|md5|b2)sums(\.txt)?$/;
const lockFolder = /\.(egg-info|dist-info)$/;

/** @param path with "/"; undefined: a file like any other */
export function asideOf(path: string): Aside | undefined {
  const parts = path.toLowerCase().split("/");
  const name = parts.pop() as string;
  if (locks.has(name) || lockEnding.test(name) || parts.some((part) => lockFolder.test(part))) {
    return "lock";
  }
  const dot = name.lastIndexOf(".");
  const ending = dot <= 0 ? "" : name.slice(dot + 1);
  const isProse = ending === "" || prose.has(ending);
  // "CHANGELOG-2.x.md" and "RELEASE_NOTES" by what is left of them.
  const stem = isProse || data.has(ending) ? name.slice(0, dot <= 0 ? undefined : dot) : name;
  const bare = stem.replace(/[-_. ]?v?\d.*$/, "").replaceAll(/[-_. ']/g, "");
  if (changelogs.has(bare) && (isProse || data.has(ending))) return "changelog";
  if (parts.some((part) => fragmentFolders.has(part))) return "changelog";
  if (isProse && parts.some((part) => changelogFolders.has(part.replaceAll("-", "")))) {
    return "changelog";
  }
  if (licenceNames.has(bare)) return "licence";
  const isNamed = stem.split(/[-_. ]/).some((word) => licences.has(word));
  // A page of a site may be called "authors.html".
  const isText = isProse && !ending.startsWith("htm");
  const isOfLicences = isText && /^licen[cs]es?$/.test(parts.at(-1) ?? "");
  return (isNamed && (isText || isTail(ending))) || isOfLicences ? "licence" : undefined;
}

/** "LICENSE.mit": an ending that is no ending of files. */
function isTail(ending: string): boolean {
  return /^(mit|bsd|apache|apache2|gpl|lgpl|lesser|mpl|isc|bsl|unlicense|[a-z]+-\d.*)$/.test(
    ending,
  );
}

/** Questions that ask for what such files say. */
const asks: Readonly<Record<Aside, RegExp>> = {
  changelog:
    /\b(change ?-?logs?|release ?-?(notes?|history)|releases?|releas(ed|ing)|what'?s new|which version|in version|versions?|breaking changes?|deprecat\w*|upgrad\w*|since when|when (was|were|did)|introduced|news|history)\b|\bv?\d+\.\d+(\.\d+)?\b/i,
  lock: /\b(lock ?-?files?|dependenc(y|ies)(?! inject)|packages?|versions?|checksums?|integrity|resolved|sbom|npm|yarn|pnpm|pip|poetry|cargo|gems?|bundler|composer)\b|\bv?\d+\.\d+(\.\d+)?\b/i,
  licence:
    /\b(licen[cs]\w*|copyright\w*|copying|notices?|patents?|authors?|contributors?|maintainers?|owners?|credits?|attribution|warranty|conduct|apache|mit|gpl|bsd)\b/i,
};

/** Whether a question asks for such a file, by what it says or by the file's name. */
export function asksForAside(aside: Aside, path: string, query: string): boolean {
  if (asks[aside].test(query)) return true;
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const stem = name.replace(/\.[a-z]+$/, "");
  const asked = query.toLowerCase();
  return (
    stem.length > 3 && (asked.includes(name) || new RegExp(`\\b${escaped(stem)}\\b`).test(asked))
  );
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}
