/* Names by which a language or a framework calls what nobody calls here. */

/** Where the system, the language or a host begins. */
const mainNames: ReadonlySet<string> = new Set([
  "main",
  "Main",
  "_start",
  "WinMain",
  "wWinMain",
  "DllMain",
  "LLVMFuzzerTestOneInput",
  "activate",
  "deactivate",
]);

const special: Readonly<Record<string, RegExp>> = {
  python: /^__\w+__$|^(?:setUp|tearDown|setUpClass|tearDownClass|setUpTestData|asyncSetUp)$/u,
  script:
    /^(?:constructor|toString|toJSON|valueOf|render|connectedCallback|disconnectedCallback|attributeChangedCallback|adoptedCallback|component(?:DidMount|DidUpdate|WillUnmount|DidCatch)|shouldComponentUpdate|getDerivedStateFrom\w+|getSnapshotBeforeUpdate|ng(?:OnInit|OnDestroy|OnChanges|DoCheck|After\w+)|getServerSideProps|getStaticProps|getStaticPaths|generateMetadata|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|default|setup|next|return|throw|then)$/u,
  go: /^(?:init|String|Error|Unwrap|Is|As|ServeHTTP|Marshal\w+|Unmarshal\w+|Len|Less|Swap|Push|Pop|Read|Write|Close|Seek|Format|GoString|Scan|Value)$/u,
  rust: /^(?:fmt|drop|default|from|into|try_from|eq|ne|cmp|partial_cmp|hash|clone|deref|deref_mut|index|next|poll|add|sub|mul|div|neg|not|as_ref|borrow|from_str|source|description|serialize|deserialize)$/u,
  jvm: /^(?:toString|equals|hashCode|compareTo|compare|close|run|call|iterator|next|hasNext|get|accept|apply|test|serialVersionUID|readObject|writeObject|readResolve|finalize|clone|invoke|component\d+)$/u,
  csharp:
    /^(?:ToString|Equals|GetHashCode|Dispose|DisposeAsync|CompareTo|GetEnumerator|Configure\w*|Startup)$/u,
  ruby: /^(?:initialize|to_\w+|inspect|each|call|method_missing|respond_to_missing\?|included|extended|inherited|hash|eql\?|<=>|==|\[\]=?|coerce|up|down|change)$/u,
  php: /^__\w+$|^(?:boot|register|handle|up|down|offset\w+|getIterator|count|jsonSerialize|current|key|next|rewind|valid)$/u,
  swift: /^(?:init|deinit|body|encode|hash|makeBody|viewDid\w+|viewWill\w+|description)$/u,
  c: /^operator\b|^~/u,
};

export function isMainName(name: string, language: string, container: string): boolean {
  if (!mainNames.has(name)) return false;
  return container === "" || ["java", "csharp", "kotlin", "scala", "swift"].includes(language);
}

/** @param family of its language, as familyOf() gives it, or the language itself */
export function isSpecialName(name: string, language: string, family: string): boolean {
  const table = special[language] ?? special[family];
  return table?.test(name) === true || !/^[\p{L}_$@][\p{L}\p{N}_$?!=]*$/u.test(name);
}

/** Files that name what a package or a program begins with. */
export function isManifest(path: string): boolean {
  return /(?:^|\/)(?:package\.json|pyproject\.toml|setup\.(?:py|cfg)|Cargo\.toml|Procfile|Dockerfile|composer\.json|[\w.-]+\.gemspec|pom\.xml|AndroidManifest\.xml|serverless\.ya?ml|web\.xml|entry_points\.txt)$/u.test(
    path,
  );
}

/** Files whose names at the top are read by the program that they are settings of. */
export function isSettings(path: string): boolean {
  return /(?:^|\/)(?:conf\.py|settings(?:[_-]\w+)?\.py|\w*settings\/[\w-]+\.py|\w*config\.py|[\w.-]+\.(?:config|conf)\.[cm]?[jt]s|[A-Z]\w*file(?:\.\w+)?|noxfile\.py|fabfile\.py|tasks\.py|setup\.py)$/u.test(
    path,
  );
}
