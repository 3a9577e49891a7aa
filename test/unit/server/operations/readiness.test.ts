import { describe, expect, it } from 'vitest';
import { ServerError } from '../../../../src/server/errors.ts';
import {
  createReadiness,
  readinessAnswer,
  type ReadinessCheck,
} from '../../../../src/server/operations/index.ts';
import type { SigningKey } from '../../../../src/server/challenges/signing-keys.ts';
import type { TrustedAuthority } from '../../../../src/verifier/index.ts';

const healthy = {
  storage: { ping: () => Promise.resolve() },
  signingKeys: { current: () => Promise.resolve({} as SigningKey) },
  authorities: { trusted: () => Promise.resolve([{} as TrustedAuthority]) },
};

function failing(checks: readonly ReadinessCheck[]): readonly string[] {
  return checks.filter(({ ok }) => !ok).map(({ check }) => check);
}

describe('readiness', () => {
  it('is given where everything is there', async () => {
    const { status, body } = await readinessAnswer(createReadiness(healthy));
    expect([status, body.status]).toEqual([200, 'ready']);
    expect(failing(body.checks)).toEqual([]);
  });

  it('says what is missing, one check at a time', async () => {
    const gone = () => Promise.reject(new ServerError('storage_unavailable'));
    const cases = [
      [{ storage: { ping: gone } }, 'storage'],
      [{ signingKeys: { current: gone } }, 'signing_key'],
      [{ authorities: { trusted: gone } }, 'certificate_authority'],
      [{ authorities: { trusted: () => Promise.resolve([]) } }, 'certificate_authority'],
    ] as const;
    for (const [broken, check] of cases) {
      const { status, body } = await readinessAnswer(createReadiness({ ...healthy, ...broken }));
      expect([status, body.status, failing(body.checks)]).toEqual([503, 'not_ready', [check]]);
    }
  });

  it('ends when the server begins to stop', async () => {
    const readiness = createReadiness(healthy);
    readiness.stop();
    expect(failing(await readiness.check())).toEqual(['running']);
  });

  it('tells nothing of a failure that has no public sentence', async () => {
    const current = () => Promise.reject(new Error('secret detail'));
    const readiness = createReadiness({ ...healthy, signingKeys: { current } });
    const messages = (await readiness.check()).map(({ message }) => message ?? '');
    expect(messages.join()).not.toContain('secret');
  });
});
