/** The settings of a running agent, read again whenever they may have changed. */
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ResolvedSettings } from '../../agent/config/resolve-settings.ts';
import { AgentError } from '../../agent/errors.ts';
import { describeError, type Logger } from '../../core/index.ts';
import { loadSettings } from './load-settings.ts';
import type { AgentPlaces } from './places.ts';
import { SettingsWatch } from './settings-watch.ts';

/** Told of settings that differ from the last ones. */
export type SettingsListener = (now: ResolvedSettings, before: ResolvedSettings) => Promise<void>;

/** Holds the settings that apply. */
export class LiveSettings {
  readonly #configFile: string | undefined;
  readonly #places: AgentPlaces;
  #current: ResolvedSettings;
  #watch: SettingsWatch | undefined;
  #reading: Promise<void> = Promise.resolve();

  private constructor(
    configFile: string | undefined,
    places: AgentPlaces,
    current: ResolvedSettings,
  ) {
    this.#configFile = configFile;
    this.#places = places;
    this.#current = current;
  }

  /**
   * Loads them for the first time.
   *
   * @throws AgentError where the named file cannot be used
   */
  static async load(configFile: string | undefined, places: AgentPlaces): Promise<LiveSettings> {
    return new LiveSettings(configFile, places, await loadSettings(configFile, places));
  }

  get current(): ResolvedSettings {
    return this.#current;
  }

  /** Begins to follow changes. One is applied to its end before the next is looked at. */
  follow(listener: SettingsListener, logger: Logger): void {
    this.#watch = new SettingsWatch(this.#directories(), () => {
      this.#reading = this.#reading.then(() => this.#read(listener, logger));
    });
  }

  /** Stops following; resolves when a change under way has been applied. */
  async close(): Promise<void> {
    this.#watch?.close();
    await this.#reading;
  }

  async #read(listener: SettingsListener, logger: Logger): Promise<void> {
    const before = this.#current;
    try {
      const now = await loadSettings(this.#configFile, this.#places);
      if (isDeepStrictEqual(now, before)) return;
      this.#current = now;
      reportProblems(now, logger);
      await listener(now, before);
    } catch (error) {
      // What could not be applied is tried again with the next look.
      this.#current = before;
      const code = error instanceof AgentError ? error.code : undefined;
      logger.error('The settings cannot be taken; the last ones stay', {
        code,
        reason: describeError(error),
      });
    }
  }

  #directories(): readonly string[] {
    if (this.#configFile !== undefined) return [dirname(this.#configFile)];
    const [machine, user] = this.#places.settingsFiles;
    const own = user === undefined ? [] : [dirname(user)];
    return [dirname(machine), join(dirname(machine), 'conf.d'), ...own];
  }
}

/** Logs what is wrong with settings, a line each. */
export function reportProblems({ problems }: ResolvedSettings, logger: Logger): void {
  for (const { code, source, member, message } of problems) {
    logger.warn(message, { code, source, member });
  }
}
