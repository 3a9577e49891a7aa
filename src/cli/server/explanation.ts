/** How `certs explain` prints what path validation said: a tree for people, JSON for programs. */
import { formatTime } from '../../core/index.ts';
import {
  formatName,
  type Certificate,
  type CertificateRevocation,
  type CertificationPath,
  type PathAttempt,
} from '../../pki/index.ts';
import { summarizeCertificate } from '../../verifier/index.ts';
import { printable } from '../output.ts';
import type { Explanation } from '../../server/index.ts';

/** The whole explanation as trees, each with its trust anchor on top. */
export function explanationText({ target, time, result }: Explanation): string {
  const subject = formatName(target.subject);
  const refused = result.attempts.map(
    (attempt, index) =>
      `\nrefused path ${index + 1} of ${result.attempts.length}\n${attemptTree(attempt)}`,
  );
  const verdict = result.ok
    ? `accepted: ${subject} at ${formatTime(time)}\n${pathTree(result.path)}`
    : `refused: ${subject} at ${formatTime(time)}\n${result.code}: ${result.failure.message} (${result.failure.reference})\n`;
  return [verdict, ...refused]
    .join('')
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}

function pathTree({ certificates, anchor, revocation }: CertificationPath): string {
  const below = certificates.map((certificate, index) => [
    ...certificateLines(certificate),
    ...revocationLines(revocation[index]),
  ]);
  return tree([...below, anchorLines(anchor)]);
}

function attemptTree({ certificates, anchor, failure }: PathAttempt): string {
  const { certificateIndex, code, message, reference } = failure;
  const nodes = certificates.map(certificateLines);
  const all = anchor === undefined ? nodes : [...nodes, anchorLines(anchor)];
  const faulty = all[certificateIndex] ?? all.at(-1);
  faulty?.push(`! ${code}: ${message}`, `  ${reference}`);
  return tree(all);
}

/** Nodes leaf first; the last is printed on top. */
function tree(nodes: readonly (readonly string[])[]): string {
  let text = '';
  for (const [depth, lines] of nodes.toReversed().entries()) {
    const [head = '', ...rest] = lines;
    const indent = depth === 0 ? '' : '   '.repeat(depth - 1);
    const branch = depth === 0 ? '' : '`- ';
    text += `${indent}${branch}${head}\n`;
    for (const line of rest) text += `${indent}${depth === 0 ? '' : '   '}  ${line}\n`;
  }
  return text;
}

function certificateLines(certificate: Certificate): string[] {
  const { subject, publicKey, notBefore, notAfter, serialNumber, sha256 } =
    summarizeCertificate(certificate);
  return [
    subject,
    `${publicKey}, valid ${formatTime(notBefore)} to ${formatTime(notAfter)}`,
    `serial ${serialNumber}, SHA-256 ${sha256}`,
  ];
}

function anchorLines(anchor: CertificationPath['anchor']): string[] {
  const [certificate] = anchorOf(anchor);
  const [head = '', ...rest] =
    certificate === undefined ? [formatName(anchor.subject)] : certificateLines(certificate);
  return [`${head} (trusted)`, ...rest];
}

function anchorOf(anchor: PathAttempt['anchor']): readonly Certificate[] {
  return anchor?.certificate === undefined ? [] : [anchor.certificate];
}

function revocationLines(revocation: CertificateRevocation | undefined): readonly string[] {
  if (revocation?.status !== 'good') return ['revocation: not checked'];
  return revocation.evidence.map(
    ({ method, origin, thisUpdate, nextUpdate, ageSeconds, stale }) =>
      `revocation: good, by ${method} from ${origin}, of ${formatTime(thisUpdate)} (${ageSeconds} s old), next due ${nextUpdate === undefined ? 'unknown' : formatTime(nextUpdate)}${stale ? ', out of date' : ''}`,
  );
}
