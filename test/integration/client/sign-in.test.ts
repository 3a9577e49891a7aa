/** The sign-in script in Chromium, against real servers. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { chromiumComponent, launchBrowser, type TestBrowser } from '../../testkit/browser.ts';
import { describeWith } from '../../testkit/require-component.ts';
import {
  bundleClient,
  closedPort,
  FixtureServer,
  signInOn,
  startAgent,
  type AgentBehaviour,
  type FixtureAgent,
} from './servers.ts';

describeWith('the sign-in script in Chromium', [chromiumComponent], ([executable = '']) => {
  let browser: TestBrowser;
  let script: string;
  let server: FixtureServer;
  let page: Page;
  let agents: FixtureAgent[];

  /** Starts an agent on the next port of the server's list. */
  async function addAgent(behaviour: AgentBehaviour = {}, origin = server.origin) {
    const agent = await startAgent(origin, behaviour);
    agents.push(agent);
    server.ports.push(agent.port);
    return agent;
  }

  const decideManaged: AgentBehaviour = {
    onChallenge: () => {
      server.decide('managed');
    },
  };

  beforeAll(async () => {
    [browser, script] = await Promise.all([launchBrowser(executable), bundleClient()]);
    page = await browser.context.newPage();
  });
  afterAll(async () => {
    await browser.close();
  });
  beforeEach(async () => {
    agents = [];
    server = await FixtureServer.start(script);
    await page.goto(server.origin);
  });
  afterEach(async () => {
    await Promise.all([server, ...agents].map((one) => one.close()));
  });

  it('signs in', async () => {
    const agent = await addAgent(decideManaged);
    const { outcome, progress } = await signInOn(page);
    expect(outcome).toMatchObject({ status: 'managed', result: { code: 'device_managed' } });
    expect(progress.map(({ step }) => step)).toEqual(['challenge', 'agent', 'delivery', 'verdict']);
    expect(agent.requests).toEqual(['GET /probe', 'OPTIONS /challenge', 'POST /challenge']);
    expect(agent.challenges).toEqual(['challenge.of.t1']);
  });

  it('finds the agent behind closed ports', async () => {
    server.ports.push(await closedPort(), await closedPort());
    await addAgent(decideManaged);
    const { outcome } = await signInOn(page);
    expect(outcome.status).toBe('managed');
  });

  it('goes on to the next agent when the first says 503', async () => {
    const others = await addAgent({ status: 503 });
    await addAgent(decideManaged);
    const { outcome } = await signInOn(page);
    expect(outcome.status).toBe('managed');
    expect(others.challenges).toHaveLength(1);
  });

  it('says that the device has no agent, without delay', async () => {
    server.ports.push(await closedPort(), await closedPort());
    const { outcome } = await signInOn(page);
    expect(outcome).toMatchObject({ status: 'failed', step: 'agent', code: 'agent_not_found' });
    expect(server.status).toBe('cancelled');
  });

  it('shows the reason that the agent gives for a refusal', async () => {
    const problem = { code: 'challenge_issuer_untrusted', detail: 'Not a server of ours.' };
    await addAgent({ status: 403, problem });
    const { outcome } = await signInOn(page);
    expect(outcome).toMatchObject({
      status: 'failed',
      step: 'delivery',
      code: 'agent_refused',
      reason: { code: problem.code, message: problem.detail },
    });
  });

  it('finds no agent in one that does not answer this page’s origin', async () => {
    const agent = await addAgent(decideManaged, 'https://other.example');
    const { outcome } = await signInOn(page);
    expect(outcome).toMatchObject({ code: 'agent_not_found' });
    expect(agent.challenges).toHaveLength(0);
  });

  it('gets a fresh challenge after a failed attempt', async () => {
    const agent = await addAgent({ status: 500 });
    await signInOn(page);
    await signInOn(page);
    expect(agent.challenges).toEqual(['challenge.of.t1', 'challenge.of.t2']);
  });

  it('takes a verdict while the agent’s own answer is still on its way', async () => {
    await addAgent({ ...decideManaged, delay: 20_000 });
    const { outcome } = await signInOn(page);
    expect(outcome.status).toBe('managed');
  });

  it('is cancelled by the page, at the server too', async () => {
    await addAgent({ delay: 20_000 });
    const outcome = await page.evaluate(async () => {
      const cancel = new AbortController();
      return globalThis.countersign.signIn({
        signal: cancel.signal,
        onProgress: ({ step }) => {
          if (step === 'delivery') cancel.abort();
        },
      });
    });
    expect(outcome).toMatchObject({ status: 'failed', step: 'delivery', code: 'cancelled' });
    expect(server.status).toBe('cancelled');
  });

  it('uses a server on another origin of the same site, with its session cookie', async () => {
    const application = await FixtureServer.start(script);
    server.foreignOrigin = application.origin;
    await addAgent(decideManaged, application.origin);
    await page.goto(application.origin);
    const { outcome } = await signInOn(page, { server: server.origin });
    await application.close();
    expect(outcome).toMatchObject({ status: 'managed', transaction: 't1' });
  });

  it('says that the server cannot be reached', async () => {
    await server.close();
    const { outcome } = await signInOn(page);
    expect(outcome).toMatchObject({ step: 'challenge', code: 'server_unreachable' });
  });

  it('leaves pages one frozen global', async () => {
    expect(
      await page.evaluate(() => Object.isFrozen(globalThis.countersign) && 'signIn' in countersign),
    ).toBe(true);
  });
});

it('keeps the script small', async () => {
  expect((await bundleClient()).length).toBeLessThan(8 * 1024);
});
