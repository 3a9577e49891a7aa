/** The sign-in script under Chromium's rules of local network access (docs/browsers.md). */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  chromiumComponent,
  launchBrowser,
  managedPolicyComponent,
  setLoopbackPermission,
  treatAsPublic,
  withManagedPolicies,
} from '../../testkit/browser.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { bundleClient, FixtureServer, signInOn, startAgent, type FixtureAgent } from './servers.ts';

let server: FixtureServer;
let agent: FixtureAgent;

beforeAll(async () => {
  server = await FixtureServer.start(await bundleClient());
  agent = await startAgent(server.origin, {
    onChallenge: () => {
      server.decide('managed');
    },
  });
  server.ports.push(agent.port);
});
afterAll(async () => {
  await Promise.all([server.close(), agent.close()]);
});

/**
 * Opens the page, as one with a public address, in a browser of its own: a permission once given or
 * denied stays so.
 */
async function onPublicPage<Result>(
  executable: string,
  work: (page: Page) => Promise<Result>,
): Promise<Result> {
  const browser = await launchBrowser(executable, [treatAsPublic(server.port)]);
  try {
    const page = await browser.context.newPage();
    await page.goto(server.origin);
    return await work(page);
  } finally {
    await browser.close();
  }
}

function permissionState(page: Page): Promise<PermissionState> {
  return page.evaluate(async () => {
    const name = 'loopback-network' as PermissionName;
    return (await navigator.permissions.query({ name })).state;
  });
}

describeWith('a sign-in page with a public address', [chromiumComponent], ([executable = '']) => {
  it('starts without the permission, so that these tests test something', async () => {
    expect(await onPublicPage(executable, permissionState)).toBe('prompt');
  });

  it('signs in where the person allows access to this device', async () => {
    const { outcome } = await onPublicPage(executable, async (page) => {
      await setLoopbackPermission(page.context(), server.origin, 'granted');
      return signInOn(page);
    });
    expect(outcome.status).toBe('managed');
  });

  it('tells a denied permission from an absent agent', async () => {
    const before = agent.requests.length;
    const { outcome } = await onPublicPage(executable, async (page) => {
      await setLoopbackPermission(page.context(), server.origin, 'denied');
      return signInOn(page);
    });
    expect(outcome).toMatchObject({ status: 'failed', step: 'agent', code: 'agent_blocked' });
    expect(agent.requests.length).toBe(before);
  });

  it('is blocked where the person turns the browser’s question down', async () => {
    // Headless Chromium turns every question down.
    const { outcome } = await onPublicPage(executable, (page) => signInOn(page));
    expect(outcome).toMatchObject({ status: 'failed', step: 'agent', code: 'agent_blocked' });
  });
});

describeWith(
  'a sign-in page with a public address, under managed policies',
  [chromiumComponent, managedPolicyComponent],
  ([executable = '']) => {
    it.each(['LoopbackNetworkAllowedForUrls', 'LocalNetworkAccessAllowedForUrls'])(
      'signs in without a question where %s names it',
      async (policy) => {
        const { outcome } = await withManagedPolicies({ [policy]: [server.origin] }, () =>
          onPublicPage(executable, (page) => signInOn(page)),
        );
        expect(outcome.status).toBe('managed');
      },
    );

    it('is blocked where a policy blocks it, even where another allows it', async () => {
      const policies = {
        LoopbackNetworkAllowedForUrls: [server.origin],
        LoopbackNetworkBlockedForUrls: [server.origin],
      };
      const { outcome } = await withManagedPolicies(policies, () =>
        onPublicPage(executable, (page) => signInOn(page)),
      );
      expect(outcome).toMatchObject({ status: 'failed', code: 'agent_blocked' });
    });
  },
);
