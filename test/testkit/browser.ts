/** Chromium for tests: the machine's own, headless, each time with a fresh profile. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import type { Component } from './require-component.ts';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium, for `describeWith`. */
export const chromiumComponent: Component = {
  name: 'Chromium',
  found: places.find((place) => existsSync(place)),
  howToGet: 'apt-get install chromium',
};

/** A running browser. */
export interface TestBrowser {
  readonly context: BrowserContext;
  /** Ends the browser and removes its profile. */
  close(): Promise<void>;
}

/**
 * Starts Chromium.
 *
 * @param executable - where it is
 * @param flags - further command line flags
 */
export async function launchBrowser(
  executable: string,
  flags: readonly string[] = [],
): Promise<TestBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'countersign-chromium-'));
  // A persistent context: managed policies and permissions do not reach incognito ones the same way.
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...flags,
    ],
  });
  return {
    context,
    close: async () => {
      await context.close();
      // One of its processes may outlive it by a moment, and write there.
      await rm(profile, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/**
 * The flag that makes Chromium take a loopback port for a public address, so that the rules of local
 * network access hold for a page from there.
 */
export function treatAsPublic(port: number): string {
  return `--ip-address-space-overrides=127.0.0.1:${port}=public`;
}

/**
 * Answers Chromium's question whether a page may reach the loopback interface, before it is asked.
 *
 * @param context - the browser's
 * @param origin - the page's origin
 * @param setting - the answer
 */
export async function setLoopbackPermission(
  context: BrowserContext,
  origin: string,
  setting: PermissionState,
): Promise<void> {
  const page = context.pages()[0] ?? (await context.newPage());
  const session = await context.newCDPSession(page);
  // Playwright's list of permission names ends before this one.
  const permission = { name: 'loopback-network' };
  // The answer holds for as long as the session does, and that ends with the browser.
  await session.send('Browser.setPermission', { permission, setting, origin });
}

const policyDirectory = '/etc/chromium/policies/managed';

/** The right to give this machine's Chromium managed policies, for `describeWith`. */
export const managedPolicyComponent: Component = {
  name: 'the right to write Chromium’s managed policies',
  found: process.getuid?.() === 0 ? policyDirectory : undefined,
  howToGet: 'run the tests as root, in a container',
};

/**
 * Does something while Chromium has managed policies, as device management sets them.
 *
 * @param policies - members of a policy file
 * @param work - starts a browser; a running one keeps the policies that it started with
 */
export async function withManagedPolicies<Result>(
  policies: Readonly<Record<string, unknown>>,
  work: () => Promise<Result>,
): Promise<Result> {
  const made = await mkdir(policyDirectory, { recursive: true });
  const file = join(policyDirectory, `countersign-test-${process.pid}.json`);
  await writeFile(file, JSON.stringify(policies));
  try {
    return await work();
  } finally {
    await rm(file);
    if (made !== undefined) await rm(made, { recursive: true });
  }
}
