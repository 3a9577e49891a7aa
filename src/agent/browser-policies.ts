/** What the managed policies of Chromium's family say about pages that reach for the loopback interface. */
import type { JsonObject } from '../core/index.ts';

/** One policy file, read. */
export interface BrowserPolicyFile {
  readonly browser: string;
  readonly values: JsonObject;
}

/** An origin that a browser's policy says something about. */
export interface BrowserPolicyFinding {
  readonly browser: string;
  readonly origin: string;
  /** `asks`: nothing says so, and each person is asked. */
  readonly access: 'allowed' | 'blocked' | 'asks';
}

/** Policies by their names since version 146 and before. */
const allowing = ['LoopbackNetworkAllowedForUrls', 'LocalNetworkAccessAllowedForUrls'];
const blocking = ['LoopbackNetworkBlockedForUrls', 'LocalNetworkAccessBlockedForUrls'];

/**
 * Says of each browser and origin whether a page may reach the agent without asking. A blocking policy
 * wins over one that allows. Patterns are told apart only as far as origins and `*` go.
 *
 * @param files - of all browsers
 * @param origins - of sign-in pages
 */
export function browserAccess(
  files: readonly BrowserPolicyFile[],
  origins: readonly string[],
): readonly BrowserPolicyFinding[] {
  const browsers = [...new Set(files.map(({ browser }) => browser))];
  return browsers.flatMap((browser) => {
    const own = files.filter((file) => file.browser === browser);
    const [allowed, blocked] = [listed(own, allowing), listed(own, blocking)];
    return origins.map((origin) => {
      const names = (list: readonly string[]) => list.includes('*') || list.includes(origin);
      const access = names(blocked) ? 'blocked' : names(allowed) ? 'allowed' : 'asks';
      return { browser, origin, access } as const;
    });
  });
}

function listed(files: readonly BrowserPolicyFile[], policies: readonly string[]): string[] {
  return files
    .flatMap(({ values }) => policies.flatMap((name) => values[name] ?? []))
    .filter((entry) => typeof entry === 'string')
    .map((entry) => entry.replace(/\/$/, ''));
}
