import { readFileSync } from 'node:fs';

/** @returns the package's version, from the package.json that is shipped with it */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
