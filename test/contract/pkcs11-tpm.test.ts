import { pkcs11Provider } from '../testkit/pkcs11-provider.ts';
import { describeWith } from '../testkit/require-component.ts';
import {
  SwtpmToken,
  swtpmComponent,
  tpm2Pkcs11Component,
  tpm2ToolsComponent,
} from '../testkit/swtpm-token.ts';
import {
  dbusComponent,
  tabrmdTctiComponent,
  tpm2AbrmdComponent,
} from '../testkit/tpm-resource-manager.ts';
import { describeCertificateStore } from './certificate-store.contract.ts';

const components = [
  ...[swtpmComponent, tpm2Pkcs11Component, tpm2ToolsComponent],
  ...[tpm2AbrmdComponent, tabrmdTctiComponent, dbusComponent],
];

describeWith('a PKCS#11 module', components, () => {
  describeCertificateStore(
    'tpm2-pkcs11',
    pkcs11Provider(() => SwtpmToken.start({ managed: true }), {
      rsaAlgorithms: ['RS256'],
      protection: 'hardware',
      readsOnce: true,
      without: { p521: 'the TPM has no such curve' },
    }),
  );
});
