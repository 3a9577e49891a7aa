/** One certificate authority, and what is asked before it is disabled or deleted. */
import { counted } from '../../../core/index.ts';
import type { AuthorityImpact } from '../../administration/index.ts';
import type { CrlDescription } from '../../revocation/index.ts';
import type { AuthorityRevocation } from '../../storage/index.ts';
import type { AuthorityCertificate, AuthorityInfo } from '../../trust/index.ts';
import {
  address,
  choiceGroup,
  distanceElement,
  facts,
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
import { html, type Html } from '../../html/index.ts';
import type { Confirmation } from './confirmation.ts';
import { platformName, shortName } from './labels.ts';
import { authorityFacts, revocationModes, stateBadges, warningText } from './authority-parts.ts';

const segment = 'certificate-authorities';

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
      ${warnings.map(({ code }) => notice('warn', html`<p>${warningText(authority, code)}</p>`))}
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
  const enable = postForm(
    address([segment, id, 'state']),
    csrfToken,
    html`<input type="hidden" name="disabled" value="no" /> ${submitButton('Enable')}`,
  );
  return html`${disabled ? enable : linkButton(address([segment, id, 'disable']), 'Disable')}
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
      ['Check', revocationModes[revocation.mode]],
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

/** What is asked before an authority counts for nothing. */
export function disablingOfAuthority(
  { id, certificate }: AuthorityInfo,
  impact: AuthorityImpact,
): Confirmation {
  return {
    title: `Disable ${shortName(certificate.subject)}?`,
    area: segment,
    content: html`<p>
        Devices whose certificate only this authority vouches for are refused from the next sign-in
        on, until it is enabled again.
      </p>
      ${impactFacts(impact)}`,
    action: address([segment, id, 'state']),
    fields: [['disabled', 'yes']],
    button: 'Disable certificate authority',
    back: address([segment, id]),
  };
}

/** What is asked before an authority is deleted. */
export function deletionOfAuthority(
  { id, certificate }: AuthorityInfo,
  impact: AuthorityImpact,
): Confirmation {
  return {
    title: `Delete ${shortName(certificate.subject)}?`,
    area: segment,
    content: html`<p>
        Devices whose certificate only this authority vouches for are refused from the next sign-in
        on. The certificate itself is not lost: it can be uploaded again.
      </p>
      ${impactFacts(impact)}`,
    action: address([segment, id, 'delete']),
    button: 'Delete certificate authority',
    back: address([segment, id]),
  };
}

function impactFacts({ devices, moreDevices, policies, platforms }: AuthorityImpact): Html {
  const number = moreDevices ? `more than ${devices} devices` : counted(devices, 'device');
  return facts([
    ['Devices with a certificate of it', number],
    [
      'Policies that name it',
      policies.length === 0
        ? 'none'
        : policies.map(
            ({ id, name }) => html`<div><a href="${address(['policies', id])}">${name}</a></div>`,
          ),
    ],
    [
      'Platforms that would have none left',
      platforms.length === 0 ? 'none' : platforms.map(platformName).join(', '),
    ],
  ]);
}
