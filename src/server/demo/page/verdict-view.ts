/** How the page shows a verdict: path, checks, refused paths, and what the device says of itself. */
import type {
  CertificateSummary,
  RefusedPath,
  RevocationSummary,
  VerificationCheck,
  VerificationResult,
  VerifiedDeviceClaims,
} from '../../../protocol/index.ts';
import { element, facts, moment } from './elements.ts';

/** The parts of a verdict below its sentence. */
export function verdictDetails(result: VerificationResult): readonly HTMLElement[] {
  const { path, refusedPaths = [], checks, device } = result;
  return [
    ...(path === undefined ? [] : section('Certification path', certificates(path))),
    ...(checks.length === 0 ? [] : section('Checks', checkTable(checks))),
    ...(refusedPaths.length === 0
      ? []
      : section('Paths that were tried', ...refusedPaths.map(refusedPath))),
    ...(device === undefined ? [] : section('The device, in its agent’s words', claims(device))),
  ];
}

function section(title: string, ...content: readonly HTMLElement[]): HTMLElement[] {
  return [element('h3', {}, title), ...content];
}

/** A path, device certificate first. `fault` is the index of the certificate that broke a rule. */
function certificates(path: readonly CertificateSummary[], fault?: number): HTMLElement {
  return element(
    'ol',
    { class: 'path' },
    ...path.map((certificate, index) =>
      element(
        'li',
        index === fault ? { 'data-fault': '' } : {},
        element('div', { class: 'role' }, role(index, path.length, fault)),
        element('div', { class: 'subject' }, certificate.subject),
        certificateDetails(certificate),
      ),
    ),
  );
}

function role(index: number, length: number, fault?: number): string {
  if (index === fault) return index === 0 ? 'Device certificate – at fault' : 'CA – at fault';
  if (index === 0) return 'Device certificate';
  return fault === undefined && index === length - 1 ? 'Trusted CA' : 'CA';
}

function certificateDetails(certificate: CertificateSummary): HTMLElement {
  return element(
    'details',
    {},
    element('summary', {}, 'Details'),
    facts([
      ['Issuer', certificate.issuer],
      ['Serial number', element('code', {}, certificate.serialNumber)],
      ['Valid from', moment(certificate.notBefore)],
      ['Valid until', moment(certificate.notAfter)],
      ['Public key', certificate.publicKey],
      ['SHA-256', element('code', {}, certificate.sha256)],
      ['Revocation', revocationText(certificate.revocation)],
    ]),
  );
}

/** Where a certificate's status came from, and how old it is. */
function revocationText(revocation: RevocationSummary | undefined): string | undefined {
  if (revocation === undefined) return undefined;
  if (revocation.status === 'not_checked') return 'Not checked';
  const { method, origin, ageSeconds = 0, stale } = revocation;
  const minutes = Math.max(0, Math.round(ageSeconds / 60));
  const source = `by ${method === 'ocsp' ? 'OCSP' : 'CRL'} from ${origin ?? 'an unknown place'}`;
  return `Not revoked, ${source}, ${minutes} min old${stale === true ? ', out of date' : ''}`;
}

const outcomes = { passed: '✓ passed', failed: '✕ failed', skipped: '– skipped' } as const;

function checkTable(checks: readonly VerificationCheck[]): HTMLElement {
  const headings = ['Check', 'Outcome', 'What was found'];
  return element(
    'div',
    { class: 'scroll' },
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element('tr', {}, ...headings.map((text) => element('th', { scope: 'col' }, text))),
      ),
      element('tbody', {}, ...checks.map(checkRow)),
    ),
  );
}

function checkRow({ check, outcome, message }: VerificationCheck): HTMLElement {
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, check.slice(0, 1).toUpperCase() + check.slice(1)),
    element('td', { 'data-outcome': outcome }, outcomes[outcome]),
    element('td', {}, message),
  );
}

function refusedPath({ certificates: path, code, rule, at, message }: RefusedPath): HTMLElement {
  return element(
    'div',
    { class: 'refused' },
    element('p', { class: 'reason' }, message, ' ', element('code', {}, code), ` (${rule})`),
    certificates(path, at),
  );
}

function claims(device: VerifiedDeviceClaims): HTMLElement {
  const { store, protection, exportable } = device.key;
  const exportability =
    exportable === undefined ? '' : exportable ? ', exportable' : ', not exportable';
  return facts([
    ['Host name', device.hostname],
    ['System', `${device.platform} ${device.osVersion}`],
    ['Serial number', device.serial],
    ['Key', `${store} store, protection: ${protection}${exportability}`],
    ['Agent', device.agentVersion],
  ]);
}
