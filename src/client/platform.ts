/** What the flow takes from the browser; tests give their own. */
export interface Platform {
  /** The Fetch standard's fetch. */
  fetch(url: string, init: RequestInit): Promise<Response>;
  /**
   * Waits.
   *
   * @param milliseconds - how long
   * @param signal - ends the wait early
   * @returns when the time is over or the signal has fired; never rejects
   */
  delay(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Whether this page may reach the loopback interface; undefined where the browser does not say. */
  loopbackPermission(): Promise<PermissionState | undefined>;
}

/** The browser that the script runs in. */
export const browserPlatform: Platform = {
  fetch: (url, init) => fetch(url, init),
  delay: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal.addEventListener('abort', end);
    }),
  loopbackPermission: async () => {
    // Chromium's name since the permission was split in two, then the one before. A browser that
    // knows neither rejects with a TypeError (Permissions section 6.2.1).
    for (const name of ['loopback-network', 'local-network-access']) {
      try {
        return (await navigator.permissions.query({ name: name as PermissionName })).state;
      } catch {
        continue;
      }
    }
    return undefined;
  },
};
