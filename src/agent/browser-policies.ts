/** What the managed policies of browsers say about pages that reach for the loopback interface. */
import { isJsonObject, type JsonObject, type JsonValue } from '../core/index.ts';

/** Browsers whose policies are known. */
export type ManagedBrowser = 'Chrome' | 'Chromium' | 'Edge' | 'Firefox';

/** Policies of a browser from one place. */
export interface BrowserPolicies {
  readonly browser: ManagedBrowser;
  /** By their names; lists may be as the Windows registry has them: values named 1, 2, 3 … */
  readonly values: JsonObject;
}

/** An origin that a browser's policy says something about. */
export interface BrowserPolicyFinding {
  readonly browser: ManagedBrowser;
  readonly origin: string;
  /** `asks`: nothing says so, and each person is asked. */
  readonly access: 'allowed' | 'blocked' | 'asks';
}

/** Policies by their names since version 146 and before. */
const allowing = ['LoopbackNetworkAllowedForUrls', 'LocalNetworkAccessAllowedForUrls'];
const blocking = ['LoopbackNetworkBlockedForUrls', 'LocalNetworkAccessBlockedForUrls'];

/** Firefox's, since version 151. */
const firefoxPolicy = 'LocalNetworkAccess';

/** The names of all policies that are looked at. */
export const browserPolicyNames: readonly string[] = [...allowing, ...blocking, firefoxPolicy];

/**
 * Says of each browser and origin whether a page may reach the agent without asking. Patterns are told
 * apart only as far as origins, hosts and `*` go.
 *
 * @param places - of all browsers
 * @param origins - of sign-in pages
 */
export function browserAccess(
  places: readonly BrowserPolicies[],
  origins: readonly string[],
): readonly BrowserPolicyFinding[] {
  const browsers = [...new Set(places.map(({ browser }) => browser))];
  return browsers.flatMap((browser) => {
    const own = places.filter((place) => place.browser === browser).map(({ values }) => values);
    const accessOf = browser === 'Firefox' ? firefoxAccess : chromiumAccess;
    return origins.map((origin) => ({ browser, origin, access: accessOf(own, origin) }));
  });
}

/** A blocking policy wins over one that allows. */
function chromiumAccess(
  places: readonly JsonObject[],
  origin: string,
): BrowserPolicyFinding['access'] {
  const names = (policies: readonly string[]): boolean => {
    const listed = places
      .flatMap((values) => policies.flatMap((name) => textsOf(values[name])))
      .map((entry) => entry.replace(/\/$/, ''));
    return listed.includes('*') || listed.includes(origin);
  };
  if (names(blocking)) return 'blocked';
  return names(allowing) ? 'allowed' : 'asks';
}

/**
 * Firefox asks where the check is on, unless the page's host is listed or prompts are off; switched off
 * by policy, it checks nothing.
 */
function firefoxAccess(
  places: readonly JsonObject[],
  origin: string,
): BrowserPolicyFinding['access'] {
  const host = new URL(origin).hostname;
  const free = places.some((values) => {
    const policy = values[firefoxPolicy];
    if (!isJsonObject(policy)) return false;
    const { Enabled: enabled, EnablePrompting: prompting, SkipDomains: skipped } = policy;
    if (textsOf(skipped).some((pattern) => matchesHost(pattern, host))) return true;
    return isOff(enabled) || (isOn(enabled) && isOff(prompting));
  });
  return free ? 'allowed' : 'asks';
}

/** `*.example.com` is every host below example.com. */
function matchesHost(pattern: string, host: string): boolean {
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : pattern === host;
}

/** The registry has 1 and 0 for yes and no. */
function isOn(value: JsonValue | undefined): boolean {
  return value === true || value === 1;
}

function isOff(value: JsonValue | undefined): boolean {
  return value === false || value === 0;
}

/** A list's texts, also where it is a registry key with numbered values. */
function textsOf(value: JsonValue | undefined): string[] {
  const entries = Array.isArray(value)
    ? (value as readonly JsonValue[])
    : isJsonObject(value)
      ? Object.entries(value).flatMap(([name, entry]) => (/^\d+$/.test(name) ? [entry] : []))
      : [];
  return entries.filter((entry): entry is string => typeof entry === 'string');
}
