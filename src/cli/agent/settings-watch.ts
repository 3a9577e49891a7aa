/** Tells when settings may have changed: the system's word on files, a signal, and a slow look besides. */
import { watch, type FSWatcher } from 'node:fs';
import { basename } from 'node:path';

/** Milliseconds after a change during which further ones belong to it: files are written in pieces. */
const settleMs = 200;
/** Milliseconds between looks that nothing has called for: policies come without a file, mounts without a word. */
const lookMs = 60_000;

/** Watches until it is closed; keeps no process alive. */
export class SettingsWatch {
  readonly #directories: readonly string[];
  readonly #changed: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #look: NodeJS.Timeout;
  #settling: NodeJS.Timeout | undefined;

  /**
   * @param directories - of the files; one that is not there yet is looked for with every slow look
   * @param changed - called when something may have changed
   */
  constructor(directories: readonly string[], changed: () => void) {
    this.#directories = directories;
    this.#changed = changed;
    this.#look = setInterval(() => {
      this.#watchAll();
      changed();
    }, lookMs).unref();
    process.on('SIGHUP', changed);
    this.#watchAll();
  }

  close(): void {
    clearInterval(this.#look);
    clearTimeout(this.#settling);
    process.off('SIGHUP', this.#changed);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #watchAll(): void {
    for (const directory of this.#directories) {
      if (!this.#watchers.has(directory)) this.#watch(directory);
    }
  }

  #watch(directory: string): void {
    const forget = (): void => {
      this.#watchers.get(directory)?.close();
      this.#watchers.delete(directory);
    };
    try {
      const watcher = watch(directory, { persistent: false }, (event, name) => {
        // Removing the directory is a rename too, after which its watcher hears nothing more.
        if (event === 'rename' && name === basename(directory)) forget();
        if (name === null || name.endsWith('.json') || name === 'conf.d') this.#settle();
      });
      watcher.on('error', forget);
      this.#watchers.set(directory, watcher);
    } catch {
      // Not there, or no notifications to be had: the slow look does it.
    }
  }

  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      this.#watchAll();
      this.#changed();
    }, settleMs).unref();
  }
}
