// The system's Chromium, for what looks at pages.

import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** As distributions call it. */
export const BROWSERS: readonly string[] = ['chromium', 'chromium-browser', 'google-chrome'];

/** Where the first of them is, if one is on the PATH. */
export function browserPath(): string | undefined {
  const { PATH = '' } = process.env;
  return BROWSERS.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name))).find(
    (path) => statSync(path, { throwIfNoEntry: false })?.isFile(),
  );
}
