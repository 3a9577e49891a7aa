/** What anybody may begin without ending it: it stays within bounds, and who comes last is served. */
import { afterEach, describe, expect, it } from 'vitest';
import { TestDevice } from '../../testkit/test-device.ts';
import { OidcRig, redirectUri } from '../oidc/oidc-rig.ts';
import { readAnswer, ServerRig, type TestBrowser } from './server-rig.ts';

const bound = 10_000;

/** Does something many times, a few at a time. */
async function flood(times: number, once: (index: number) => Promise<unknown>): Promise<void> {
  const atOnce = 16;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < times; index = next++) await once(index);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** Adds transactions that are like one that was started, each of a browser of its own. */
async function addPending({ storage, clock }: ServerRig, like: string, count: number) {
  const model = await storage.transactions.find(like);
  if (model === undefined) throw new Error('no transaction');
  const [createdAt, expiresAt] = [clock.now(), new Date(clock.now().getTime() + 120_000)];
  await storage.atomically(async () => {
    for (let index = 0; index < count; index += 1) {
      const names = { id: `id-${index}`, session: `session-${index}`, nonce: `nonce-${index}` };
      await storage.transactions.add({ ...model, ...names, createdAt, expiresAt }, bound);
    }
  });
}

const unlimited = { challengesPerMinute: 1e9, requestsPerMinute: 1e9 };

describe('ten thousand half-open sign-ins', () => {
  let close: () => Promise<void>;
  afterEach(() => close());

  it('are the most that wait: the oldest expire, the newest ends well, all are swept', async () => {
    const rig = await ServerRig.start({ limits: unlimited });
    close = () => rig.close();
    const oldest = rig.browser();
    const { transaction: first } = await oldest.start();
    rig.clock.advance(1000);
    const browsers = 150;
    await addPending(rig, first, bound);
    await flood(browsers, () => rig.browser().start());
    const pending = await rig.storage.transactions.countPending(rig.clock.now());
    // Who is one too many is looked for once in a hundred.
    expect(pending - bound).toBeLessThan(100);
    expect(pending).toBeGreaterThanOrEqual(bound);
    expect(await oldest.status(first)).toMatchObject({ status: 'expired' });
    const newest = rig.browser();
    const { transaction, challengeRequest } = await newest.start();
    const device = new TestDevice(rig.issuing.issue(), rig.issuing);
    await readAnswer(await rig.postProof(device.prove(challengeRequest, rig.clock.now())));
    expect(await newest.status(transaction)).toMatchObject({ status: 'managed' });
    rig.clock.advance(3_600_000);
    let swept = 0;
    for (let batch = 1; batch > 0; swept += batch) {
      batch = await rig.storage.transactions.sweep(rig.clock.now(), 5000);
    }
    expect(swept).toBe(1 + bound + browsers + 1);
  });

  it('of one browser are one', async () => {
    const rig = await ServerRig.start({ limits: unlimited });
    close = () => rig.close();
    const browser: TestBrowser = rig.browser();
    await browser.start();
    await flood(100, () => browser.start());
    expect(await rig.storage.transactions.countPending(rig.clock.now())).toBe(1);
  });

  it('through OpenID Connect are bounded too: the oldest is over, the newest ends well', async () => {
    const pendingTransactions = 100;
    const rig = await OidcRig.start({ limits: { ...unlimited, pendingTransactions } });
    close = () => rig.close();
    await rig.register({ settings: {} });
    const query = new URLSearchParams({
      ...{ client_id: 'example-app', redirect_uri: redirectUri, response_type: 'code' },
      ...{ scope: 'openid', code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' },
    });
    const address = `/oidc/auth?${query.toString()}`;
    const oldest = rig.browser();
    const page = await rig.openSignIn(oldest, address);
    await flood(pendingTransactions, () => {
      rig.server.clock.advance(1);
      return rig.browser().fetch(address);
    });
    expect((await oldest.fetch(page)).status).toBe(404);
    const { url } = await rig.signIn(rig.browser(), address);
    expect(url.searchParams.get('code')).toMatch(/^[\w-]{20,}$/);
  });
});
