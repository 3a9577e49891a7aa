import { describe, expect, it } from 'vitest';
import { declineReasons } from '../../../../src/protocol/index.ts';
import { nextSteps } from '../../../../src/server/oidc/page/next-steps.ts';

describe('what a person is told to do about a refusal', () => {
  it.each([
    'certificate_revoked',
    'certificate_expired',
    'device_certificate_expired',
    'device_cloned',
    'device_deactivated',
    'policy_managed_required',
    'policy_platform',
  ])('is not to try again where that does not help: %s', (code) => {
    expect(nextSteps(code)).not.toContain('Try again.');
  });

  it('is something whatever the code is', () => {
    for (const code of [...Object.keys(declineReasons), 'toString', '__proto__', '']) {
      expect(nextSteps(code).length).toBeGreaterThan(0);
    }
  });
});
