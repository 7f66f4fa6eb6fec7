import ts from "typescript";

/** Signs of a shell that no other text of ours has. */
const signs = [
  /\b(?:ba|da)?sh -c\b/,
  /\bset -[euo]+\b/,
  /2>(?:&1|\s*\/dev\/null)/,
  // A command's output, a variable; not a template's or an email's.
  /"?\$\([a-z]/,
  /"\$[A-Z_]+"|"\$[@0]"/,
  / (?:\|\|? |&& )(?:exec |exit |true\b|grep |sed |awk |jq |curl |wget |cat |tail |head |sort )/,
];
const shells = /^(?:\/bin\/|\/usr\/bin\/)?(?:ba|da)?sh$/;
/** Properties of a command resource whose text a shell gets. */
const commandProperties = ["create", "update", "delete"];

/** Where a TypeScript file has a text that a shell runs: the text, or what hands one to a shell. */
export function shellTexts(path: string, text: string): string[] {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isText(node) && signs.some((sign) => sign.test(node.getText())) && !isWithin(node, isText))
      found.push(node.getText());
    else if (ts.isArrayLiteralExpression(node) && handsToShell(node)) found.push(node.getText());
    else if (ts.isPropertyAssignment(node) && isCommandText(node)) found.push(node.getText());
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function isText(node: ts.Node): boolean {
  return (
    ts.isStringLiteral(node) ||
    ts.isNoSubstitutionTemplateLiteral(node) ||
    ts.isTemplateExpression(node)
  );
}

function isWithin(node: ts.Node, holds: (node: ts.Node) => boolean): boolean {
  const { parent } = node;
  return !ts.isSourceFile(parent) && (holds(parent) || isWithin(parent, holds));
}

/** `["sh", "-c", …]`, or a health test of the kind that Docker gives to a shell. */
function handsToShell({ elements }: ts.ArrayLiteralExpression): boolean {
  const args = elements.map((each) => (ts.isStringLiteral(each) ? each.text : ""));
  return args.some(
    (word, index) => word === "CMD-SHELL" || (shells.test(word) && args[index + 1] === "-c"),
  );
}

/** A command resource's text that is written out, and more than arguments. */
function isCommandText({ name, initializer }: ts.PropertyAssignment): boolean {
  if (!commandProperties.includes(name.getText())) return false;
  const text = initializer.getText();
  return isText(initializer) && /[a-z]/.test(text) && !/^"[\w./ -]*"$/.test(text);
}
