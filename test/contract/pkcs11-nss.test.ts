import { NssToken, nssToolsComponent, softoknComponent } from '../testkit/nss-token.ts';
import { pkcs11Provider } from '../testkit/pkcs11-provider.ts';
import { describeWith } from '../testkit/require-component.ts';
import { describeCertificateStore } from './certificate-store.contract.ts';

describeWith('a PKCS#11 module', [softoknComponent, nssToolsComponent], () => {
  describeCertificateStore(
    'NSS softokn',
    pkcs11Provider(() => new NssToken()),
  );
});
