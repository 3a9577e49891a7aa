/** The page behind the sign-in: who is in, with which device, and how that was proven. */
import type { CertificateSummary, VerificationResult } from '../../protocol/index.ts';

/**
 * Renders the page.
 *
 * @param result - the verdict that opened the session
 * @returns HTML; every value in it is escaped, since names in certificates are the CA's to choose
 */
export function renderAccountPage(result: VerificationResult): string {
  const { device, path = [] } = result;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Device certificate', path[0]?.subject],
    ['Issued by', path[0]?.issuer],
    ['Host name', device?.hostname],
    [
      'Operating system',
      device === undefined ? undefined : `${device.platform} ${device.osVersion}`,
    ],
    ['Key', device === undefined ? undefined : `${device.key.store}, ${device.key.protection}`],
    ['Verified', result.decidedAt],
    ['Transaction', result.transaction],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Signed in – Countersign demonstration</title>
<link rel="stylesheet" href="/demo/style.css">
</head>
<body>
<main>
<h1>You are signed in</h1>
<p>${escapeHtml(result.message)}</p>
<dl>
${facts.map(renderFact).join('')}</dl>
<h2>Certification path</h2>
<ol>
${path.map(renderCertificate).join('')}</ol>
<form method="post" action="/demo/sign-out"><button type="submit">Sign out</button></form>
</main>
</body>
</html>
`;
}

function renderFact([name, value]: readonly [string, string | undefined]): string {
  return value === undefined ? '' : `<dt>${name}</dt><dd>${escapeHtml(value)}</dd>\n`;
}

function renderCertificate(certificate: CertificateSummary): string {
  const { subject, publicKey, notAfter } = certificate;
  return `<li>${escapeHtml(subject)} (${escapeHtml(publicKey)}, valid until ${escapeHtml(notAfter)})</li>\n`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
