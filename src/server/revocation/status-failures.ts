import type { RevocationMethod, RevocationQuery, RevocationRefusal } from '../../pki/index.ts';
import { RevocationError } from './errors.ts';
import type { FetchLedger } from './fetch-ledger.ts';
import { ocspKey } from './ocsp-retrieval.ts';
import { crlAddresses, deltaCrlAddresses, ocspAddresses } from './status-addresses.ts';

/** What stands in the way of a status, in the words of the fetches that failed. */
export async function failuresFor(
  query: RevocationQuery,
  method: RevocationMethod,
  ledger: FetchLedger,
): Promise<readonly RevocationRefusal[]> {
  const { certificate } = query;
  const lists =
    method === 'ocsp'
      ? [ocspAddresses(certificate)]
      : [crlAddresses(certificate), deltaCrlAddresses(certificate.freshestCrl)];
  const failures: RevocationRefusal[] = [];
  for (const { places, skipped } of lists) {
    for (const origin of skipped) {
      const { message } = new RevocationError('address_unsupported');
      failures.push({ method, origin, message });
    }
    for (const origin of places.flat()) {
      const key = method === 'ocsp' ? ocspKey(origin, query) : origin;
      const message = await ledger.problem(key, origin);
      if (message !== undefined) failures.push({ method, origin, message });
    }
  }
  return failures;
}
