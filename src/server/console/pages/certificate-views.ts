/** Certificates, paths, and what path validation said of them. */
import type { ExplanationJson } from '../../administration/index.ts';
import type {
  CertificateSummary,
  RefusedPath,
  RevocationSummary,
  VerificationCheck,
} from '../../../protocol/index.ts';
import {
  badge,
  disclosure,
  facts,
  fingerprint,
  formatDuration,
  timeElement,
  type Tone,
} from '../markup/index.ts';
import { html, type Html, type HtmlValue } from '../../html/index.ts';

/** A certificate with what people compare. */
export function certificateFacts(
  certificate: CertificateSummary,
  more: readonly (readonly [string, HtmlValue])[] = [],
): Html {
  return facts([
    ['Issuer', certificate.issuer],
    ['Key', certificate.publicKey],
    ['Valid', html`${timeElement(certificate.notBefore)} to ${timeElement(certificate.notAfter)}`],
    ['Serial number', fingerprint(certificate.serialNumber)],
    ['SHA-256', fingerprint(certificate.sha256)],
    ...more,
  ]);
}

/** One certificate of a list. */
export function certificateItem(
  certificate: CertificateSummary,
  role: string,
  options: { readonly fault?: string; readonly more?: HtmlValue } = {},
): Html {
  const fault = options.fault !== undefined && html` data-fault="true"`;
  return html`<div class="certificate" ${fault}>
    <p class="small">${role}</p>
    <p class="subject">${certificate.subject}</p>
    ${options.fault !== undefined && html`<p class="fault">${options.fault}</p>`} ${options.more}
    ${disclosure('Certificate', certificateFacts(certificate))}
  </div>`;
}

/** An accepted path, the device certificate first. */
export function acceptedPath(
  path: readonly (CertificateSummary & { readonly revocation?: unknown })[],
): Html {
  return html`<ol class="path">
    ${path.map(
      (certificate, index) =>
        html`<li>
          ${certificateItem(certificate, roleOf(index, path.length), {
            more: revocationWords(certificate.revocation),
          })}
        </li>`,
    )}
  </ol>`;
}

/** A path that was refused, with the rule and the certificate at fault. */
export function refusedPath({ certificates, code, rule, at, message }: RefusedPath): Html {
  return html`<div class="stack">
    <p>
      ${message} <span class="small">${rule}, <code>${code}</code></span>
    </p>
    <ol class="path">
      ${certificates.map(
        (certificate, index) =>
          html`<li>
            ${certificateItem(certificate, roleOf(index, certificates.length), {
              ...(index === at ? { fault: 'Refused here' } : {}),
            })}
          </li>`,
      )}
    </ol>
  </div>`;
}

/** Every path that was refused. */
export function refusedPaths(paths: readonly RefusedPath[]): Html {
  return html`<div class="stack">${paths.map(refusedPath)}</div>`;
}

/** The whole explanation of a tried certificate. */
export function explanation(result: ExplanationJson): Html {
  const { refusedPaths: refused } = result;
  return html`${result.accepted && acceptedPath(result.path)}
  ${refused.length > 0 && refusedPaths(refused)}
  ${
    !result.accepted &&
    refused.length === 0 &&
    certificateItem(result.target, 'Certificate', { fault: result.message })
  }`;
}

/** The checks of a proof, in their order. */
export function checkList(checks: readonly VerificationCheck[]): Html {
  const tones: Readonly<Record<VerificationCheck['outcome'], Tone>> = {
    passed: 'good',
    failed: 'bad',
    skipped: 'neutral',
  };
  return html`<ol class="checks">
    ${checks.map(
      ({ check, outcome, message }) =>
        html`<li>
          <span>${badge(tones[outcome], outcome)}</span>
          <span class="check-name">${check}</span>
          <span>${message}</span>
        </li>`,
    )}
  </ol>`;
}

function roleOf(index: number, length: number): string {
  if (index === 0) return 'Device certificate';
  return index === length - 1 ? 'Trusted certificate authority' : 'Intermediate CA';
}

/** Verdicts keep a summary; an explanation has the evidence in full. */
function revocationWords(revocation: unknown): Html | undefined {
  if (revocation === undefined) return undefined;
  const { status, evidence, ...summary } = revocation as RevocationSummary & {
    readonly evidence?: readonly RevocationSummary[];
  };
  if (status === 'not_checked') return html`<p class="small">Revocation not checked.</p>`;
  return html`${(evidence ?? [{ ...summary, status }]).map(evidenceWords)}`;
}

function evidenceWords({ method, origin, thisUpdate, ageSeconds, stale }: RevocationSummary): Html {
  const age = ageSeconds === undefined ? undefined : formatDuration(ageSeconds * 1000);
  return html`<p class="small">
    Not revoked${method !== undefined && `, says ${method.toUpperCase()}`}
    ${origin !== undefined && html` from <code>${origin}</code>`}
    ${thisUpdate !== undefined && html` of ${timeElement(thisUpdate)}`}
    ${age !== undefined && ` (${age} old)`} ${stale === true && ' – past its next update'}
  </p>`;
}
