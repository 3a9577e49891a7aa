import { describe, expect, it } from 'vitest';
import { KeystoreError, type KeystoreErrorCode } from '../../../../src/keystore/index.ts';
import { PinGuard } from '../../../../src/keystore/pkcs11/pin-guard.ts';
import { codeOfRejection } from '../../../testkit/code-of.ts';

const token = { label: 'a', manufacturer: 'm', model: 'x', serial: '1' };
const other = { ...token, serial: '2' };

interface Rig {
  readonly guard: PinGuard;
  readonly shown: string[];
  pin: string;
  /** Shows a PIN to a token; only 1234 is right. */
  readonly show: (target?: typeof token, failure?: KeystoreErrorCode) => Promise<string>;
}

function rig(pinFile: string | undefined = '/pin'): Rig {
  const shown: string[] = [];
  const made: Rig = {
    guard: new PinGuard(pinFile, () =>
      Promise.resolve({ text: made.pin, fingerprint: `#${made.pin}` }),
    ),
    shown,
    pin: '1234',
    show: (target = token, failure?: KeystoreErrorCode) =>
      made.guard.withPin(target, (pin) => {
        shown.push(pin);
        if (failure !== undefined) return Promise.reject(new KeystoreError(failure));
        return pin === '1234'
          ? Promise.resolve('in')
          : Promise.reject(new KeystoreError('pin_rejected'));
      }),
  };
  return made;
}

describe('the PIN guard', () => {
  it('gives the PIN as often as it is right', async () => {
    const { show, shown } = rig();
    expect([await show(), await show()]).toEqual(['in', 'in']);
    expect(shown).toHaveLength(2);
  });

  it('never shows a token a PIN that it rejected, until the file changes', async () => {
    const made = rig();
    made.pin = '9999';
    for (let i = 0; i < 3; i++) expect(await codeOfRejection(made.show())).toBe('pin_rejected');
    expect(made.shown).toEqual(['9999']);
    made.pin = '1234';
    expect(await made.show()).toBe('in');
    made.pin = '9999';
    expect(await codeOfRejection(made.show())).toBe('pin_rejected');
    expect(made.shown).toEqual(['9999', '1234', '9999']);
  });

  it('keeps tokens apart', async () => {
    const made = rig();
    made.pin = '9999';
    await codeOfRejection(made.show(token));
    await codeOfRejection(made.show(other));
    expect(made.shown).toEqual(['9999', '9999']);
  });

  it('shows a wrong PIN once, however many ask at the same time', async () => {
    const made = rig();
    made.pin = '9999';
    await Promise.all(Array.from({ length: 10 }, () => codeOfRejection(made.show())));
    expect(made.shown).toHaveLength(1);
  });

  it.each(['store_crashed', 'store_timeout', 'store_closed'] as const)(
    'takes a PIN for rejected when the answer was lost: %s',
    async (failure) => {
      const made = rig();
      expect(await codeOfRejection(made.show(token, failure))).toBe(failure);
      expect(await codeOfRejection(made.show())).toBe('pin_rejected');
      expect(made.shown).toHaveLength(1);
    },
  );

  it.each(['pin_locked', 'token_not_present', 'signature_failed'] as const)(
    'does not hold a PIN against itself for another failure: %s',
    async (failure) => {
      const made = rig();
      expect(await codeOfRejection(made.show(token, failure))).toBe(failure);
      expect(await made.show()).toBe('in');
    },
  );

  it('asks for a PIN file where there is none', async () => {
    const guard = new PinGuard(undefined);
    expect(await codeOfRejection(guard.withPin(token, () => Promise.resolve()))).toBe(
      'pin_required',
    );
  });
});
