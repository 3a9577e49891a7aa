import { describeWith } from '../testkit/require-component.ts';
import { ncryptDoubleComponent, windowsComponents } from '../testkit/windows/windows-host.ts';
import { WindowsFixture } from '../testkit/windows/windows-provider.ts';
import { describeCertificateStore } from './certificate-store.contract.ts';

describeWith('the store of Windows', [...windowsComponents, ncryptDoubleComponent], () => {
  const cng = new WindowsFixture();
  describeCertificateStore(
    'CurrentUser\\MY with keys in CNG',
    cng.provider((label) => cng.addCngIdentity(label, 'rsa2048')),
  );

  const capi = new WindowsFixture();
  describeCertificateStore('CurrentUser\\MY with RSA keys in CryptoAPI', {
    ...capi.provider((label) => capi.addCapiIdentity(label)),
    rsaAlgorithms: ['RS256'],
  });
});
