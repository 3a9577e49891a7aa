/** Certificate authorities: the list, one in full, and what would be affected without it. */
import type { AuthorityImpact } from '../../administration/index.ts';
import type { CrlDescription } from '../../revocation/index.ts';
import type { AuthorityRevocation } from '../../storage/index.ts';
import type {
  AuthorityCertificate,
  AuthorityInfo,
  AuthorityNode,
  AuthorityTree,
} from '../../trust/index.ts';
import {
  address,
  badge,
  choiceGroup,
  disclosure,
  distanceElement,
  emptyState,
  facts,
  fingerprint,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  selectField,
  submitButton,
  table,
  textField,
  timeElement,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html, type HtmlValue } from '../../html/index.ts';
import { certificateFacts } from './certificate-views.ts';
import type { Confirmation } from './confirmation.ts';
import { count, platformName, shortName } from './labels.ts';

const segment = 'certificate-authorities';

const modes: Readonly<Record<AuthorityRevocation['mode'], string>> = {
  'hard-fail': 'Required',
  grace: 'Required, with grace',
  off: 'Off',
};

/** The list. */
export function authoritiesPage(
  authorities: readonly AuthorityInfo[],
  trees: readonly AuthorityTree[],
  viewer: Viewer,
  now: Date,
): ConsolePage {
  const add = linkButton(address([segment, 'add']), 'Add certificate authority', 'primary');
  return {
    title: 'Certificate authority',
    area: segment,
    content: html`${pageHead(
      'Certificate authority',
      'Devices count as managed by a certificate that one of these authorities vouches for.',
      html`${viewer.role === 'admin' && add}
      ${linkButton(address(['test-certificate']), 'Test a certificate')}`,
    )}
    ${
      authorities.length === 0
        ? emptyState(
            'No certificate authority yet',
            'Upload the certificate of the CA that issues your device certificates, in PEM or DER form.',
            viewer.role === 'admin' ? add : undefined,
          )
        : authorityTable(authorities, now)
    }
    ${trees.length > 0 && disclosure('View root certificate chain details', chainTrees(trees))}`,
  };
}

function authorityTable(authorities: readonly AuthorityInfo[], now: Date): Html {
  return table(
    'Certificate authorities',
    [
      {
        title: 'Name',
        heading: true,
        cell: ({ id, certificate }: AuthorityInfo) =>
          html`<a href="${address([segment, id])}">${shortName(certificate.subject)}</a>`,
      },
      { title: 'Key', cell: ({ certificate }) => certificate.publicKey },
      { title: 'Added', cell: ({ addedAt }) => distanceElement(addedAt, now) },
      { title: 'Ends', cell: ({ certificate }) => distanceElement(certificate.notAfter, now) },
      { title: 'Revocation', cell: ({ revocation }) => modes[revocation.mode] },
      { title: 'State', cell: stateBadges },
    ],
    authorities,
  );
}

function stateBadges({ disabled, warnings }: AuthorityInfo): Html {
  return html`${disabled ? badge('neutral', 'Disabled') : badge('good', 'Active')}
  ${warnings.map(({ code }) =>
    badge('warn', code === 'ca_expires_soon' ? 'Ends soon' : 'Not valid yet'),
  )}`;
}

/** The trees of all authorities, missing issuers named. */
export function chainTrees(trees: readonly AuthorityTree[]): Html {
  return html`<ul class="tree">
    ${trees.map(({ missingIssuer, top }) =>
      missingIssuer === undefined
        ? treeItem(top)
        : html`<li>
            <div class="certificate" data-missing="true">
              <p class="subject">${missingIssuer}</p>
              <p class="small">
                Not uploaded. Paths end at the authorities below, which are trusted by themselves;
                add this one if you want to trust everything it vouches for.
              </p>
            </div>
            <ul>
              ${treeItem(top)}
            </ul>
          </li>`,
    )}
  </ul>`;
}

function treeItem({ id, certificate, children }: AuthorityNode): Html {
  const { selfIssued } = certificate;
  return html`<li>
    <div class="certificate">
      <p class="subject"><a href="${address([segment, id])}">${certificate.subject}</a></p>
      <p class="small">
        ${selfIssued ? 'Root' : 'Issuing'} CA, ${certificate.publicKey}, valid until
        ${timeElement(certificate.notAfter)}
      </p>
      ${disclosure('Details', authorityFacts(certificate))}
    </div>
    ${
      children.length > 0 &&
      html`<ul>
        ${children.map(treeItem)}
      </ul>`
    }
  </li>`;
}

function authorityFacts(certificate: AuthorityCertificate): Html {
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

/** What the page of one authority shows. */
export interface AuthorityPageInput {
  readonly authority: AuthorityInfo;
  readonly certificate: AuthorityCertificate;
  /** The lists that it issued. */
  readonly crls: readonly CrlDescription[];
  /** What is wrong with the revocation settings that were just given. */
  readonly fault?: string | undefined;
}

/** One authority. */
export function authorityPage(input: AuthorityPageInput, viewer: Viewer, now: Date): ConsolePage {
  const { authority, certificate, crls, fault } = input;
  const { id, addedAt, warnings, revocation } = authority;
  const name = shortName(certificate.subject);
  return {
    title: name,
    area: segment,
    content: html`${pageHead(
        name,
        html`${stateBadges(authority)} Added ${timeElement(addedAt)}.`,
        viewer.role === 'admin' && authorityActions(authority, viewer),
      )}
      ${warnings.map(({ message }) => notice('warn', html`<p>${message}</p>`))}
      <div class="columns">
        ${section(
          'Certificate',
          html`<p class="subject">${certificate.subject}</p>
            ${authorityFacts(certificate)}`,
        )}
        ${section('Revocation', revocationPart(id, revocation, viewer, fault))}
      </div>
      ${section('Revocation lists of this authority', crlTable(crls, now))}`,
  };
}

function authorityActions({ id, disabled }: AuthorityInfo, { csrfToken }: Viewer): Html {
  return html`${postForm(
    address([segment, id, 'state']),
    csrfToken,
    html`<input type="hidden" name="disabled" value="${disabled ? 'no' : 'yes'}" />
      ${submitButton(disabled ? 'Enable' : 'Disable', 'plain')}`,
  )}
  ${linkButton(address([segment, id, 'delete']), 'Delete', 'danger')}`;
}

function revocationPart(
  id: string,
  revocation: AuthorityRevocation,
  viewer: Viewer,
  fault: string | undefined,
): Html {
  if (viewer.role !== 'admin') {
    return facts([
      ['Check', modes[revocation.mode]],
      ['Grace', revocation.mode === 'grace' && `${revocation.graceHours} hours`],
      ['Methods', revocation.methods.join(', then ').toUpperCase()],
      ['Certificates that name no source', revocation.unpublished],
    ]);
  }
  return postForm(
    address([segment, id, 'revocation']),
    viewer.csrfToken,
    html`${fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert')}
      ${choiceGroup({
        name: 'mode',
        label: 'Check whether certificates are revoked',
        type: 'radio',
        values: [revocation.mode],
        choices: [
          {
            value: 'hard-fail',
            label: 'Required',
            hint: 'Without a fresh status, a device is refused.',
          },
          {
            value: 'grace',
            label: 'Required, with grace',
            hint: 'A status counts for some hours after its next update was due.',
          },
          { value: 'off', label: 'Off', hint: 'Revoked certificates are accepted.' },
        ],
      })}
      ${textField({
        name: 'graceHours',
        label: 'Grace in hours',
        type: 'number',
        value: revocation.graceHours,
      })}
      ${selectField({
        name: 'methods',
        label: 'Where the status comes from',
        value: revocation.methods.join(','),
        choices: [
          { value: 'crl,ocsp', label: 'CRL, then OCSP' },
          { value: 'ocsp,crl', label: 'OCSP, then CRL' },
          { value: 'crl', label: 'CRL only' },
          { value: 'ocsp', label: 'OCSP only' },
        ],
      })}
      ${selectField({
        name: 'unpublished',
        label: 'Certificates that name no CRL and no responder',
        value: revocation.unpublished,
        choices: [
          { value: 'accept', label: 'Accept' },
          { value: 'refuse', label: 'Refuse' },
        ],
      })}
      <div class="form-actions">${submitButton('Save')}</div>`,
    'stacked',
  );
}

function crlTable(crls: readonly CrlDescription[], now: Date): Html {
  if (crls.length === 0) {
    return html`<p class="small">
      None is here at the moment. Lists are fetched when a certificate names one, and can be
      <a href="${address(['revocation'])}">uploaded</a>.
    </p>`;
  }
  return table(
    'Revocation lists of this authority',
    [
      { title: 'Source', heading: true, cell: ({ source }: CrlDescription) => source },
      { title: 'Revoked', numeric: true, cell: ({ entries }) => entries },
      { title: 'Published', cell: ({ thisUpdate }) => distanceElement(thisUpdate, now) },
      {
        title: 'Next update',
        cell: ({ nextUpdate }) => nextUpdate && distanceElement(nextUpdate, now),
      },
    ],
    crls,
  );
}

/** What deleting an authority would affect. */
export function deletionOfAuthority(
  { id, certificate }: AuthorityInfo,
  { devices, moreDevices, policies, platforms }: AuthorityImpact,
): Confirmation {
  const number = moreDevices ? `more than ${devices} devices` : count(devices, 'device');
  return {
    title: `Delete ${shortName(certificate.subject)}?`,
    area: segment,
    content: html`<p>
        Devices whose certificate only this authority vouches for are refused from the next sign-in
        on. The certificate itself is not lost: it can be uploaded again.
      </p>
      ${facts([
        ['Devices with a certificate of it', number],
        [
          'Policies that name it',
          policies.length === 0
            ? 'none'
            : policies.map(
                (policy) =>
                  html`<div><a href="${address(['policies', policy.id])}">${policy.name}</a></div>`,
              ),
        ],
        [
          'Platforms that would have none left',
          platforms.length === 0 ? 'none' : platforms.map(platformName).join(', '),
        ],
      ])}`,
    action: address([segment, id, 'delete']),
    button: 'Delete certificate authority',
    back: address([segment, id]),
  };
}
