/** The page behind the sign-in: who is in, with which device, and how that was proven. */
import { formatTime } from '../../core/index.ts';
import type { CertificateSummary, VerificationResult } from '../../protocol/index.ts';
import { html, type Html } from '../html/index.ts';
import { sharedStyle } from '../sign-in-page/index.ts';

/**
 * Renders the page.
 *
 * @param result - the verdict that opened the session
 */
export function renderAccountPage(result: VerificationResult): Html {
  const { device, path = [] } = result;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Host name', device?.hostname],
    ['System', device === undefined ? undefined : `${device.platform} ${device.osVersion}`],
    [
      'Key',
      device === undefined
        ? undefined
        : `${device.key.store} store, protection: ${device.key.protection}`,
    ],
    ['Verified', formatTime(result.decidedAt)],
    ['Transaction', result.transaction],
  ];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Signed in – Countersign demo</title>
        <link rel="icon" href="/demo/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${sharedStyle}" />
        <link rel="stylesheet" href="/demo/style.css" />
      </head>
      <body>
        <main>
          <header class="brand">
            <img src="/demo/icon.svg" alt="" width="36" height="36" /><span>Countersign demo</span>
          </header>
          <h1>You are signed in</h1>
          <p class="lead">${result.message}</p>
          <form method="post" action="/demo/sign-out"><button type="submit">Sign out</button></form>
          <h2 class="section">Your device</h2>
          <dl>${facts.map(renderFact)}</dl>
          <h2 class="section">Certification path</h2>
          <ol class="path">
            ${path.map(renderCertificate)}
          </ol>
        </main>
      </body>
    </html> `;
}

function renderFact([name, value]: readonly [string, string | undefined]): Html | undefined {
  return value === undefined
    ? undefined
    : html`<dt>${name}</dt>
        <dd>${value}</dd>`;
}

function renderCertificate(
  { subject, publicKey, notAfter }: CertificateSummary,
  index: number,
  path: readonly CertificateSummary[],
): Html {
  const role = index === 0 ? 'Device certificate' : index === path.length - 1 ? 'Trusted CA' : 'CA';
  return html`<li>
    <div class="role">${role}</div>
    <div class="subject">${subject}</div>
    <div class="small">${publicKey}, valid until ${formatTime(notAfter)}</div>
  </li>`;
}
