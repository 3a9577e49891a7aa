import { describe, expect, it } from 'vitest';
import { parseCrl } from '../../../../src/pki/index.ts';
import { isOlder, scopeHash } from '../../../../src/server/revocation/crl-order.ts';
import {
  buildCrl,
  deltaCrlIndicator,
  dn,
  hoursFromTestTime,
  issuingDistributionPoint,
  type CrlFields,
} from '../../../testkit/pki-builder.ts';

const crl = (fields: CrlFields) => parseCrl(buildCrl(fields));
const older = (
  candidate: CrlFields,
  present: CrlFields,
  signers: readonly [string?, string?] = [],
): boolean =>
  isOlder(
    { crl: crl(candidate), signer: signers[0] === undefined ? undefined : Buffer.from(signers[0]) },
    { crl: crl(present), signer: signers[1] === undefined ? undefined : Buffer.from(signers[1]) },
  );

describe('a CRL', () => {
  const early = hoursFromTestTime(-5);
  const late = hoursFromTestTime(-1);

  it('with a smaller number is older, whatever its date', () => {
    expect(older({ number: 255, thisUpdate: late }, { number: 256, thisUpdate: early })).toBe(true);
    expect(older({ number: 256, thisUpdate: early }, { number: 255, thisUpdate: late })).toBe(
      false,
    );
  });

  it('with the same number is older by its date', () => {
    expect(older({ number: 7, thisUpdate: early }, { number: 7, thisUpdate: late })).toBe(true);
    expect(older({ number: 7, thisUpdate: late }, { number: 7, thisUpdate: late })).toBe(false);
  });

  it('by another key of its issuer is older by its date alone', () => {
    const renewed = { number: 1, thisUpdate: late };
    const present = { number: 900, thisUpdate: early };
    expect(older(renewed, present, ['new', 'old'])).toBe(false);
    expect(older(renewed, present, ['old', 'old'])).toBe(true);
    expect(
      older({ ...renewed, thisUpdate: early }, { ...present, thisUpdate: late }, ['new', 'old']),
    ).toBe(true);
  });

  it('of another issuer is not older', () => {
    expect(older({ number: 1, issuer: dn('Other') }, { number: 2 })).toBe(false);
  });

  it('is about something else with another issuer, scope or kind', () => {
    const hashes = [
      crl({}),
      crl({ issuer: dn('Other') }),
      crl({ extensions: [issuingDistributionPoint({ onlyUser: true })] }),
      crl({ extensions: [deltaCrlIndicator(1)] }),
    ].map(scopeHash);
    expect(new Set(hashes).size).toBe(4);
    expect(scopeHash(crl({ number: 9 }))).toBe(hashes[0]);
  });
});
