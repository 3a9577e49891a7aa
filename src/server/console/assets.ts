/** The console's style sheet, script and icon, read once, each with its tag. */
import { createHash } from 'node:crypto';
import { readPageFiles, type PageFile } from '../sign-in-page/index.ts';

/** A file as it is served. */
export interface Asset extends PageFile {
  readonly etag: string;
}

/**
 * Reads the files of a folder that a browser may fetch, by name.
 *
 * @param folder - its URL, with a trailing slash
 */
export function readAssets(folder: URL): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  for (const [name, file] of readPageFiles(folder)) {
    const hash = createHash('sha256').update(file.content).digest('base64url');
    assets.set(name, { ...file, etag: `"${hash}"` });
  }
  return assets;
}
