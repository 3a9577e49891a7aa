/** The console's style sheet, script and icon, read once: what is not in the folder cannot be asked for. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';

/** A file as it is served. */
export interface Asset {
  readonly mediaType: string;
  readonly content: Buffer;
  readonly etag: string;
}

const mediaTypes: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

/**
 * Reads the files of a folder that a browser may fetch, by name.
 *
 * @param folder - its URL, with a trailing slash
 */
export function readAssets(folder: URL): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const name of readdirSync(folder)) {
    const mediaType = mediaTypes.get(extname(name));
    if (mediaType === undefined) continue;
    const content = readFileSync(new URL(name, folder));
    const hash = createHash('sha256').update(content).digest('base64url');
    assets.set(name, { mediaType, content, etag: `"${hash}"` });
  }
  return assets;
}
