import { describe, expect, it } from 'vitest';
import type { VerificationResult } from '../../../../src/protocol/index.ts';
import {
  hardwareKeyAcr,
  managedDeviceAcr,
  provenMethods,
  reachedAcr,
  requestedAcrs,
  requestedAmr,
  requestedSubjects,
  singleMethod,
} from '../../../../src/server/oidc/assurance.ts';

function verdict(protection: string): VerificationResult {
  const certificate = (sha256: string) => ({ sha256 }) as never;
  return {
    path: [certificate('leaf'), certificate('issuing'), certificate('root')],
    device: { key: { store: 'tpm', protection } },
  } as unknown as VerificationResult;
}

describe('the methods of a verdict', () => {
  it('include a key in hardware only where a CA is known to certify nothing else', () => {
    expect(provenMethods(verdict('hardware'), [])).toEqual(['pop']);
    expect(provenMethods(verdict('hardware'), ['issuing'])).toEqual(['pop', 'hwk']);
    expect(provenMethods(verdict('unknown'), ['root'])).toEqual(['pop', 'hwk']);
  });

  it('do not take the device’s own certificate for such a CA', () => {
    expect(provenMethods(verdict('hardware'), ['leaf'])).toEqual(['pop']);
  });

  it('include a key in software where the agent says so, whatever the CA', () => {
    expect(provenMethods(verdict('software'), ['issuing'])).toEqual(['pop', 'swk']);
  });
});

const claims = (id_token: unknown): { claims: string } => ({
  claims: JSON.stringify({ id_token }),
});

describe('what a request asks of acr', () => {
  it('stands in acr_values, by preference', () => {
    expect(requestedAcrs({ acr_values: 'b a' })).toEqual({ values: ['b', 'a'], essential: false });
  });

  it('stands in the claims parameter before that', () => {
    const asked = { ...claims({ acr: { essential: true, value: 'a' } }), acr_values: 'b' };
    expect(requestedAcrs(asked)).toEqual({ values: ['a'], essential: true });
  });

  it.each([
    ['nothing', {}],
    ['claims that are no JSON', { claims: '{' }],
    ['claims that are too deep', { claims: `{"id_token":${'{"a":'.repeat(20)}1${'}'.repeat(21)}` }],
    ['claims that are too long', claims({ acr: { values: ['a'.repeat(9000)], essential: true } })],
    ['an acr that is null', claims({ acr: null })],
    ['an essential acr without a value', claims({ acr: { essential: true } })],
    ['lists', { acr_values: ['a'], claims: [] }],
  ])('is nothing where there is %s', (_name, asked) => {
    expect(requestedAcrs(asked)).toEqual({ values: [], essential: false });
  });
});

describe('a value that is no text', () => {
  it('is asked for, and is nothing that a sign-in has', () => {
    const asked = { ...claims({ acr: { essential: true, value: 5 } }), acr_values: 'possession' };
    expect(reachedAcr(requestedAcrs(asked), ['pop'])).toBeUndefined();
    const amr = requestedAmr(claims({ amr: { values: [5] } }));
    expect(singleMethod(amr, ['pop'])).toBeUndefined();
    expect(requestedSubjects(claims({ sub: { value: 5 } }))).toEqual([]);
  });
});

describe('the subjects that a request takes', () => {
  it('are those that it names, and any where it names none', () => {
    expect(requestedSubjects(claims({ sub: { value: 'a' } }))).toEqual(['a']);
    expect(requestedSubjects(claims({ sub: { values: ['a', 'b'] } }))).toEqual(['a', 'b']);
    expect(requestedSubjects(claims({ sub: null }))).toBeUndefined();
    expect(requestedSubjects({})).toBeUndefined();
  });
});

describe('the acr of a sign-in', () => {
  const essential = (...values: string[]) => ({ values, essential: true });
  const voluntary = (...values: string[]) => ({ values, essential: false });

  it('is the first requested one that was reached', () => {
    const asked = voluntary('urn:example:gold', hardwareKeyAcr, managedDeviceAcr);
    expect(reachedAcr(asked, ['pop'])).toBe(managedDeviceAcr);
    expect(reachedAcr(asked, ['pop', 'hwk'])).toBe(hardwareKeyAcr);
  });

  it('is that of a managed device where nothing that fits was asked for', () => {
    expect(reachedAcr(voluntary('urn:example:gold'), ['pop'])).toBe(managedDeviceAcr);
  });

  it('is none where the client takes only what was not reached', () => {
    expect(reachedAcr(essential('urn:example:gold'), ['pop'])).toBeUndefined();
    expect(reachedAcr(essential(hardwareKeyAcr), ['pop', 'swk'])).toBeUndefined();
    expect(reachedAcr(essential('knowledge'), ['pop', 'hwk'])).toBeUndefined();
  });
});

describe('the single method', () => {
  it('is the most telling one that is asked for', () => {
    const asked = requestedAmr(claims({ amr: { values: ['pop', 'swk'] } }));
    expect(singleMethod(asked, ['pop', 'swk'])).toBe('swk');
    expect(singleMethod(asked, ['pop', 'hwk'])).toBe('pop');
    expect(singleMethod(undefined, ['pop', 'hwk'])).toBe('hwk');
  });

  it('is none where none is taken', () => {
    const asked = requestedAmr(claims({ amr: { values: ['face'] } }));
    expect(singleMethod(asked, ['pop', 'hwk'])).toBeUndefined();
  });
});
