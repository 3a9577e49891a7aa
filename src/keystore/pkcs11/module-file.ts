/** Whether a module's file is still the one that was loaded. */
import { stat } from 'node:fs/promises';

/** A module's file, as it was when it was last looked at. */
export class ModuleFile {
  readonly #path: string;
  #seen: string | undefined;

  /** @param path - absolute; links are followed, since an upgrade may replace the link alone */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Whether another file has taken its place, or it was written to, since the last call; false at the
   * first one, and while there is no file: an upgrade may be under way.
   */
  async hasChanged(): Promise<boolean> {
    const now = await identityOf(this.#path);
    if (now === undefined) return false;
    const before = this.#seen;
    this.#seen = now;
    return before !== undefined && before !== now;
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs].join(' ');
  } catch {
    return undefined;
  }
}
