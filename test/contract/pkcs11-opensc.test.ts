import { cardComponents } from '../testkit/card-reader.ts';
import { pivProvider } from '../testkit/piv-provider.ts';
import { describeWith } from '../testkit/require-component.ts';
import { describeCertificateStore } from './certificate-store.contract.ts';

describeWith('a PKCS#11 module', cardComponents, ([modulePath = '']) => {
  describeCertificateStore('OpenSC, with a PIV card', pivProvider(modulePath));
});
