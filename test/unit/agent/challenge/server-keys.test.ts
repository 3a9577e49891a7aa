import { describe, expect, it } from 'vitest';
import { ServerKeys } from '../../../../src/agent/challenge/server-keys.ts';
import { AgentError } from '../../../../src/agent/errors.ts';
import { silentLogger } from '../../../../src/core/index.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';

const jwksUri = 'https://id.test/.well-known/jwks.json';
const server = {
  issuer: 'https://id.test',
  keys: { kind: 'fetched', jwksUri },
  origins: ['https://id.test'],
  caFile: undefined,
} as const;
const minute = 60_000;

function keySet(...ids: readonly string[]): string {
  return JSON.stringify({
    keys: ids.map((kid) => ({ kty: 'EC', crv: 'P-256', kid, x: 'x', y: 'y' })),
  });
}

function fixture() {
  const clock = new FakeClock();
  const state = { fetched: 0, answer: (): string => keySet('k1') };
  const keys = new ServerKeys({
    fetch: async () => {
      state.fetched++;
      await Promise.resolve();
      return state.answer();
    },
    clock,
    logger: silentLogger,
  });
  return { clock, state, keys };
}

describe('ServerKeys', () => {
  it('fetches a set once for as long as it is fresh, also for several at a time', async () => {
    const { clock, state, keys } = fixture();
    const found = await Promise.all([keys.find(server, 'k1'), keys.find(server, 'k1')]);
    expect(found.map((key) => key['kid'])).toEqual(['k1', 'k1']);
    clock.advance(4 * minute);
    await keys.find(server, 'k1');
    expect(state.fetched).toBe(1);
    clock.advance(2 * minute);
    await keys.find(server, 'k1');
    expect(state.fetched).toBe(2);
  });

  it('looks again for a key that is not in the set, since the server may have rotated', async () => {
    const { clock, state, keys } = fixture();
    await keys.find(server, 'k1');
    state.answer = () => keySet('k1', 'k2');
    clock.advance(6_000);
    expect((await keys.find(server, 'k2'))['kid']).toBe('k2');
    expect(state.fetched).toBe(2);
  });

  it('does not let made-up key names hammer the server', async () => {
    const { clock, state, keys } = fixture();
    await keys.find(server, 'k1');
    for (let i = 0; i < 50; i++) {
      expect(await codeOfRejection(keys.find(server, `made-up-${i}`))).toBe('server_key_unknown');
      clock.advance(100);
    }
    expect(state.fetched).toBeLessThanOrEqual(2);
  });

  it('uses the last set for an hour where the server cannot be reached, and not longer', async () => {
    const { clock, state, keys } = fixture();
    await keys.find(server, 'k1');
    state.answer = () => {
      throw new AgentError('server_keys_unavailable');
    };
    clock.advance(59 * minute);
    expect((await keys.find(server, 'k1'))['kid']).toBe('k1');
    clock.advance(2 * minute);
    // Also at once again, when the server has just been asked.
    for (let i = 0; i < 2; i++) {
      expect(await codeOfRejection(keys.find(server, 'k1'))).toBe('server_keys_unavailable');
    }
  });

  it('looks again after the clock was set back: what it fetched ahead of time has no age', async () => {
    const { clock, state, keys } = fixture();
    await keys.find(server, 'k1');
    clock.advance(-24 * 60 * minute);
    state.answer = () => keySet('k2');
    expect((await keys.find(server, 'k2'))['kid']).toBe('k2');
    expect(await codeOfRejection(keys.find(server, 'k1'))).toBe('server_key_unknown');
  });

  it('tells that keys cannot be had, and tries again with the next challenge', async () => {
    const { state, keys } = fixture();
    state.answer = () => {
      throw new AgentError('server_keys_unavailable');
    };
    expect(await codeOfRejection(keys.find(server, 'k1'))).toBe('server_keys_unavailable');
    state.answer = () => keySet('k1');
    expect((await keys.find(server, 'k1'))['kid']).toBe('k1');
  });

  it.each([
    ['junk', '<html>'],
    ['no set', '[]'],
    ['no keys', '{"keys":[]}'],
    ['a private key', '{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","d":"secret"}]}'],
    ['a symmetric key', '{"keys":[{"kty":"oct","kid":"k1","k":"secret"}]}'],
    ['no key of a kind that challenges are signed with', '{"keys":[{"kty":"RSA","kid":"k1"}]}'],
    ['an encryption key', '{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","use":"enc"}]}'],
    ['too many keys', keySet(...Array.from({ length: 33 }, (_, i) => `k${i}`))],
    ['10 MB', ' '.repeat(10_000_000)],
  ])('refuses a set that is %s', async (_, text) => {
    const { state, keys } = fixture();
    state.answer = () => text;
    expect(await codeOfRejection(keys.find(server, 'k1'))).toBe('server_keys_invalid');
  });
});
