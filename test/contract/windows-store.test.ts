import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../testkit/require-component.ts';
import { onWindows, windowsComponents } from '../testkit/windows/windows-host.ts';
import { WindowsFixture } from '../testkit/windows/windows-provider.ts';
import { describeCertificateStore } from './certificate-store.contract.ts';

/** PKCS12_ALWAYS_CNG_KSP */
const alwaysCng = 0x200;

describeWith('the store of Windows', windowsComponents, () => {
  const cng = new WindowsFixture();
  describeCertificateStore(
    'CurrentUser\\MY with keys in CNG',
    onWindows
      ? cng.realProvider(alwaysCng)
      : cng.provider((label) => cng.addCngIdentity(label, 'rsa2048')),
  );

  // Keys of elliptic curves are in CNG here, too: CryptoAPI has none.
  const capi = new WindowsFixture();
  describeCertificateStore('CurrentUser\\MY with RSA keys in CryptoAPI', {
    ...(onWindows ? capi.realProvider(0) : capi.provider((label) => capi.addCapiIdentity(label))),
    rsaAlgorithms: ['RS256'],
  });

  describe('a watch on the stores', () => {
    const windows = new WindowsFixture();
    beforeAll(() => windows.start());
    afterAll(() => windows.stop());

    it('tells of changes, time and again', async () => {
      // A store that is not there yet, as in a new profile, is found by the clock.
      await windows.add(windows.issuing.issue().der, 'first');
      expect(await windows.host.call('watch')).toBe(true);
      for (let i = 0; i < 3; i++) {
        const change = windows.host.call('nextChange');
        await windows.add(windows.issuing.issue().der, `change ${i}`);
        expect(await change).toBe(true);
      }
      await windows.host.call('unwatch');
    });
  });
});
