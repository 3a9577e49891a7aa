import { pkcs11Provider } from '../testkit/pkcs11-provider.ts';
import { describeWith } from '../testkit/require-component.ts';
import { SoftHsm, softHsmComponent } from '../testkit/softhsm.ts';
import { describeCertificateStore } from './certificate-store.contract.ts';

describeWith('a PKCS#11 module', [softHsmComponent], () => {
  describeCertificateStore(
    'SoftHSM',
    pkcs11Provider(() => new SoftHsm(), { alwaysAuthenticates: true, takesJunk: true }),
  );
});
