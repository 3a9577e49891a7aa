/** Certificate authorities: the list, and the trees that they make up. */
import type { AuthorityInfo, AuthorityNode, AuthorityTree } from '../../trust/index.ts';
import {
  address,
  disclosure,
  dayElement,
  distanceElement,
  emptyState,
  linkButton,
  pageHead,
  table,
  timeElement,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { shortName } from './labels.ts';
import { authorityFacts, revocationModes, stateBadges } from './authority-parts.ts';

const segment = 'certificate-authorities';

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
      { title: 'Key', short: true, cell: ({ certificate }) => certificate.publicKey },
      { title: 'Added', cell: ({ addedAt }) => distanceElement(addedAt, now) },
      { title: 'Ends', cell: ({ certificate }) => dayElement(certificate.notAfter, now) },
      {
        title: 'Revocation',
        short: true,
        cell: ({ revocation }) => revocationModes[revocation.mode],
      },
      { title: 'State', cell: stateBadges },
    ],
    authorities,
  );
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
