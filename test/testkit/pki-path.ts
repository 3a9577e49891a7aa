/** Searches for paths with the inputs that most tests share. */
import {
  findCertificationPath,
  parseCertificate,
  trustAnchorFromCertificate,
  type PathRequest,
  type PathResult,
  type TrustAnchor,
} from '../../src/pki/index.ts';
import { nodeSignatureChecker } from '../../src/verifier/node-signature-checker.ts';
import { buildCa, testTime } from './pki-builder.ts';

/** Certificates of a search, as DER, and what is not as usual. */
export interface PathInputs extends Partial<
  Omit<PathRequest, 'target' | 'intermediates' | 'anchors'>
> {
  readonly target: Uint8Array;
  readonly intermediates?: readonly Uint8Array[];
  /** `CA` with the key `ca`, unless told. */
  readonly anchors?: readonly (Uint8Array | TrustAnchor)[];
}

/** Looks for a path at {@link testTime}. */
export function findPath({
  target,
  intermediates = [],
  anchors = [buildCa()],
  ...rest
}: PathInputs): Promise<PathResult> {
  return findCertificationPath({
    time: testTime,
    checker: nodeSignatureChecker,
    ...rest,
    target: parseCertificate(target),
    intermediates: intermediates.map((certificate) => parseCertificate(certificate)),
    anchors: anchors.map((anchor) =>
      anchor instanceof Uint8Array ? trustAnchorFromCertificate(parseCertificate(anchor)) : anchor,
    ),
  });
}

/** What a test compares: `ok`, or the code and the index of the certificate that broke the rule. */
export async function verdictOf(inputs: PathInputs): Promise<string> {
  const result = await findPath(inputs);
  return result.ok ? 'ok' : `${result.code} at ${result.failure.certificateIndex}`;
}
