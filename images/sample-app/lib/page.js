// The page at /: a list of notes and a form.
const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text that is safe inside an element and inside a quoted attribute. */
export function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (character) => entities[character]);
}

const style = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --accent: #1d6fa5; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 0 auto; padding: 2.5rem 1.25rem; }
header { display: flex; align-items: baseline; justify-content: space-between; gap: 1rem; }
h1 { font-size: 1.5rem; margin: 0; }
small, time { opacity: .65; font-size: .85rem; font-variant-numeric: tabular-nums; }
form { display: flex; gap: .5rem; margin: 1.5rem 0; }
input { flex: 1; min-width: 0; font: inherit; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: .5rem; }
button { font: inherit; padding: .6rem 1rem; border: 0; border-radius: .5rem; background: var(--accent); color: #fff; cursor: pointer; }
:is(input, button):focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
ul { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
li { display: flex; justify-content: space-between; gap: 1rem; padding: .7rem 0; border-bottom: 1px solid var(--line); }
li span { overflow-wrap: anywhere; white-space: pre-wrap; }
footer { margin-top: 2rem; }
`;

function item(note) {
  const time = note.created_at.toISOString();
  const shown = time.slice(0, 16).replace("T", " ");
  return `<li><span>${escapeHtml(note.body)}</span><time datetime="${time}">${shown}</time></li>`;
}

/** The whole document. */
export function renderPage(settings, instance, rows) {
  const name = escapeHtml(settings.appName);
  const list = rows.length > 0 ? `<ul>${rows.map(item).join("")}</ul>` : "<p>No notes yet.</p>";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}</title>
<style>${style}</style>
</head>
<body>
<header><h1>${name}</h1><small>${escapeHtml(settings.environment)} · ${escapeHtml(settings.version)}</small></header>
<form method="post" action="/">
<input name="body" aria-label="A note" placeholder="Write a note" maxlength="10000" required autofocus>
<button>Add</button>
</form>
${list}
<footer><small>instance ${escapeHtml(instance)} · commit ${escapeHtml(settings.gitSha)}</small></footer>
</body>
</html>
`;
}
