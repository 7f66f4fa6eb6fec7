/** A variable that a source file reads. */
export interface Read {
  readonly name: string;
  readonly line: number;
}

const name = "([A-Z][A-Z0-9_]*)";
const quoted = `["'\`]${name}["'\`]`;

/** Common forms of reading a variable, by what files have them. */
const forms: readonly (readonly [files: RegExp, form: RegExp])[] = [
  [/\.(?:[cm]?[jt]sx?|vue|svelte)$/, new RegExp(`\\bprocess\\.env(?:\\?)?\\.${name}\\b`, "g")],
  [/\.(?:[cm]?[jt]sx?|vue|svelte)$/, new RegExp(`\\b(?:process|Bun)\\.env\\[${quoted}\\]`, "g")],
  [/\.(?:[cm]?[jt]sx?|vue|svelte)$/, new RegExp(`\\bBun\\.env\\.${name}\\b`, "g")],
  [/\.[cm]?[jt]sx?$/, new RegExp(`\\bDeno\\.env\\.get\\(\\s*${quoted}`, "g")],
  [/\.py$/, new RegExp(`\\benviron(?:\\[|\\.get\\(|\\.setdefault\\()\\s*${quoted}`, "g")],
  [/\.py$/, new RegExp(`\\bgetenv\\(\\s*${quoted}`, "g")],
  // django-environ, environs.
  [/\.py$/, new RegExp(`\\benv(?:\\.[a-z_]+)?\\(\\s*${quoted}`, "g")],
  [
    /\.(?:rb|erb|rake|ru|yml)$|(?:^|\/)(?:Rakefile|Gemfile)$/,
    new RegExp(`\\bENV(?:\\[|\\.fetch\\(|\\.key\\?\\()\\s*${quoted}`, "g"),
  ],
  [/\.(?:rb|rake|ru)$/, new RegExp(`\\bENV\\.fetch\\s+${quoted}`, "g")],
  [/\.(?:exs?|[lh]?eex)$/, new RegExp(`\\bSystem\\.(?:get_env|fetch_env!?)\\(\\s*${quoted}`, "g")],
  [/\.php$/, new RegExp(`\\b(?:getenv|env)\\(\\s*${quoted}`, "g")],
  [/\.php$/, new RegExp(`\\$_ENV\\[\\s*${quoted}`, "g")],
  [/\.go$/, new RegExp(`\\bos\\.(?:Getenv|LookupEnv)\\(\\s*${quoted}`, "g")],
  [/\.(?:java|kt|kts|scala|groovy)$/, new RegExp(`\\bgetenv\\(\\s*${quoted}`, "g")],
  [/\.rs$/, new RegExp(`\\benv(?:::var(?:_os)?|!|::var::<[^>]*>)\\(\\s*${quoted}`, "g")],
  [/\.(?:c|cc|cpp|h)$/, new RegExp(`\\bgetenv\\(\\s*${quoted}`, "g")],
];

const destructured = /\b(?:const|let|var)\s*\{([^{}]*)\}\s*=\s*process\.env\b/g;

/** Variables that a source file reads in a common form, a name's first line; no code of it runs. */
export function readsIn(path: string, text: string): Read[] {
  const found = forms.flatMap(([files, form]) =>
    files.test(path)
      ? [...text.matchAll(form)].map((match) => ({ name: match[1] ?? "", at: match.index }))
      : [],
  );
  if (/\.(?:[cm]?[jt]sx?|vue|svelte)$/.test(path)) found.push(...destructuredIn(text));
  const first = new Map<string, number>();
  for (const { name: each, at } of found) first.set(each, Math.min(at, first.get(each) ?? at));
  return [...first].map(([each, at]) => ({
    name: each,
    line: text.slice(0, at).split("\n").length,
  }));
}

/** `const { PORT, HOST: host = "::" } = process.env`. */
function destructuredIn(text: string) {
  return [...text.matchAll(destructured)].flatMap((match) =>
    (match[1] ?? "").split(",").flatMap((part) => {
      const [, each] = /^\s*([A-Z][A-Z0-9_]*)\s*(?:[:=]|$)/.exec(part) ?? [];
      return each === undefined ? [] : [{ name: each, at: match.index }];
    }),
  );
}
