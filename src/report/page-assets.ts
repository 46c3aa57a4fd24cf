// The parts of the page that a browser runs and shows. They lie in page/, as they are, beside `dist` once
// that is built; its modules are put into one script, since a page of one file cannot import.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('./page/', import.meta.url));
const FOLDER = existsSync(join(HERE, 'page.html'))
  ? HERE
  : fileURLToPath(new URL('../../../src/report/page/', import.meta.url));

const MAIN = 'main.js';

export function pageAsset(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

/** Each module once, after those that it imports: a function's body that returns what it exports. */
export function pageScript(): string {
  const names: string[] = [];
  const texts: string[] = [];
  const add = (name: string): void => {
    if (names.includes(name)) return;
    const text = pageAsset(name);
    for (const { 2: imported } of text.matchAll(IMPORT)) add(imported as string);
    names.push(name);
    texts.push(moduleText(name, text));
  };
  add(MAIN);
  return texts.join('\n');
}

function moduleText(name: string, text: string): string {
  const exported = [...text.matchAll(EXPORT)].map((match) => match[1] as string);
  const body = text
    .replaceAll(COMMENT, '')
    .replaceAll(
      IMPORT,
      (_all, names: string, from: string) => `const {${names}} = ${idOf(from)};\n`,
    )
    .replaceAll(EXPORT, (all) => all.slice('export '.length));
  return `const ${idOf(name)} = (() => {\n${body}return { ${exported.join(', ')} };\n})();`;
}

/** `block-table.js` as `$block_table`: no module has such names of its own. */
function idOf(name: string): string {
  return `$${name.replace(/\.js$/, '').replaceAll('-', '_')}`;
}

const IMPORT = /^import \{([^}]*)\} from '\.\/([\w-]+\.js)';\n/gm;
const EXPORT = /^export (?:const|class|function) (\w+)/gm;
/** Comments on lines of their own are for who reads the source. */
const COMMENT = /^ *(?:\/\/[^\n]*|\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n/gm;
