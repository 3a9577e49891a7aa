/** What both the list of certificate authorities and the page of one show. */
import type { AuthorityRevocation } from '../../storage/index.ts';
import type { AuthorityCertificate, AuthorityInfo, AuthorityWarning } from '../../trust/index.ts';
import { badge, fingerprint, timeElement } from '../markup/index.ts';
import { html, type Html, type HtmlValue } from '../../html/index.ts';
import { certificateFacts } from './certificate-views.ts';

/** How strictly revocation is checked, in words. */
export const revocationModes: Readonly<Record<AuthorityRevocation['mode'], string>> = {
  'hard-fail': 'Required',
  grace: 'Required, with grace',
  off: 'Off',
};

/** How an authority stands. */
export function stateBadges({ disabled, warnings }: AuthorityInfo): Html {
  return html`${disabled ? badge('neutral', 'Disabled') : badge('good', 'Active')}
  ${warnings.map(({ code }) =>
    badge('warn', code === 'ca_expires_soon' ? 'Ends soon' : 'Not valid yet'),
  )}`;
}

/** What an administrator should know of an authority, with times as people read them. */
export function warningText({ certificate }: AuthorityInfo, code: AuthorityWarning['code']): Html {
  return code === 'ca_expires_soon'
    ? html`It is valid until ${timeElement(certificate.notAfter)}; no device passes after that.`
    : html`It is not valid before ${timeElement(certificate.notBefore)}; until then no device
      passes.`;
}

/** What is to know of an authority’s certificate. */
export function authorityFacts(certificate: AuthorityCertificate): Html {
  const { subjectKeyIdentifier, authorityKeyIdentifier, pathLength, keyUsages } = certificate;
  const list = (values: readonly string[]): HtmlValue =>
    values.length > 0 && values.map((value) => html`<div>${value}</div>`);
  return certificateFacts(certificate, [
    ['SHA-1', fingerprint(certificate.sha1)],
    ['Key usage', keyUsages.length > 0 ? keyUsages.join(', ') : 'not restricted'],
    ['Purposes', certificate.extendedKeyUsages.join(', ')],
    ['CAs that may follow', pathLength === undefined ? 'any number' : String(pathLength)],
    ['Key identifier', subjectKeyIdentifier && fingerprint(subjectKeyIdentifier)],
    ['Issuer’s key identifier', authorityKeyIdentifier && fingerprint(authorityKeyIdentifier)],
    ['Its own CRL', list(certificate.crlAddresses)],
    ['Its own OCSP responder', list(certificate.ocspAddresses)],
  ]);
}
