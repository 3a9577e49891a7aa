/** Reads the managed policies of browsers: from files on Linux, elsewhere from the system. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  browserPolicyNames,
  type BrowserPolicies,
  type ManagedBrowser,
} from '../../agent/browser-policies.ts';
import { isJsonObject, type JsonValue } from '../../core/index.ts';
import type { NativeAddon } from '../../native/index.ts';

/** Reads what the system enforces for a program. */
export type ReadSystemPolicy = NativeAddon['readManagedPolicy'];

/** Where each browser of Chromium's family keeps its managed policies on Linux. */
const chromiumDirectories = {
  Chrome: 'etc/opt/chrome/policies/managed',
  Chromium: 'etc/chromium/policies/managed',
  Edge: 'etc/opt/edge/policies/managed',
} as const;

const firefoxFile = 'etc/firefox/policies/policies.json';

/** Below `Software\Policies`, and the preferences domains. */
const systemPlaces: Readonly<Record<'win32' | 'darwin', Readonly<Record<ManagedBrowser, string>>>> =
  {
    win32: {
      Chrome: 'Google\\Chrome',
      Chromium: 'Chromium',
      Edge: 'Microsoft\\Edge',
      Firefox: 'Mozilla\\Firefox',
    },
    darwin: {
      Chrome: 'com.google.Chrome',
      Chromium: 'org.chromium.Chromium',
      Edge: 'com.microsoft.Edge',
      Firefox: 'org.mozilla.firefox',
    },
  };

/**
 * Reads the policies of the browsers of this machine.
 *
 * @param platform - as process.platform
 * @param root - `/`
 * @param read - reads what Windows or macOS enforces; the addon's unless told
 * @returns none for a system whose browsers' places are not known, or that cannot be asked
 */
export async function readBrowserPolicies(
  platform: NodeJS.Platform,
  root: string,
  read: ReadSystemPolicy = readByAddon,
): Promise<readonly BrowserPolicies[]> {
  if (platform !== 'win32' && platform !== 'darwin') return policyFiles(root);
  const places = Object.entries(systemPlaces[platform]) as [ManagedBrowser, string][];
  const found = await Promise.all(
    places.map(async ([browser, place]) => {
      // A policy of a kind that cannot be read here is no reason to say nothing of the others.
      const sources = await read(place, browserPolicyNames).catch(() => []);
      return sources.map(({ values }) => ({ browser, values }));
    }),
  );
  return found.flat();
}

async function readByAddon(...args: Parameters<ReadSystemPolicy>): ReturnType<ReadSystemPolicy> {
  // The addon's code is only loaded where there is one.
  const { loadNativeAddon } = await import('../../native/index.ts');
  return loadNativeAddon().readManagedPolicy(...args);
}

/** A file that is no JSON object is passed over, as the browsers do. */
function policyFiles(root: string): readonly BrowserPolicies[] {
  const chromium = Object.entries(chromiumDirectories) as [ManagedBrowser, string][];
  const found = chromium.flatMap(([browser, directory]) =>
    jsonFiles(join(root, directory)).map((file) => ({ browser, values: readJson(file) })),
  );
  const firefox = readJson(join(root, firefoxFile));
  const policies = isJsonObject(firefox) ? firefox['policies'] : undefined;
  return [...found, { browser: 'Firefox' as const, values: policies }].flatMap(
    ({ browser, values }) => (isJsonObject(values) ? [{ browser, values }] : []),
  );
}

function jsonFiles(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function readJson(file: string): JsonValue | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JsonValue;
  } catch {
    return undefined;
  }
}
