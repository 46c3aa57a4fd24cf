// The version of the package, as its package.json says it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageFolder } from './known-traces.ts';

export function version(): string {
  const text = readFileSync(join(packageFolder(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
