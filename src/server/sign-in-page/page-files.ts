/** The files of a page, read once: what is not in the folder cannot be asked for. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';

/** A file as it is served. */
export interface PageFile {
  readonly mediaType: string;
  readonly content: Buffer;
}

const mediaTypes: ReadonlyMap<string, string> = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

/**
 * Reads the files of a folder that a browser may fetch, by name.
 *
 * @param folder - its URL, with a trailing slash
 */
export function readPageFiles(folder: URL): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of readdirSync(folder)) {
    const mediaType = mediaTypes.get(extname(name));
    if (mediaType === undefined) continue;
    files.set(name, { mediaType, content: readFileSync(new URL(name, folder)) });
  }
  return files;
}
