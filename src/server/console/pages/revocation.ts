/** Revocation lists: where each comes from, how old it is, what does not answer. */
import type { CrlDescription, RevocationProblem } from '../../revocation/index.ts';
import {
  address,
  badge,
  disclosure,
  distanceElement,
  emptyState,
  notice,
  pageHead,
  postForm,
  section,
  submitButton,
  table,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';
import { shortName } from './labels.ts';
import { crlUploadForm } from './uploads.ts';

/** What the page shows. */
export interface RevocationPageInput {
  readonly crls: readonly CrlDescription[];
  readonly problems: readonly RevocationProblem[];
  /** Why what was just asked for was not done. */
  readonly fault?: string | undefined;
  /** What was pasted and could not be taken. */
  readonly pasted?: string;
  /** Largest list that can be uploaded, in bytes. */
  readonly maxBytes: number;
}

/** The page. */
export function revocationPage(input: RevocationPageInput, viewer: Viewer, now: Date): ConsolePage {
  const { crls, problems, fault, maxBytes, pasted = '' } = input;
  return {
    title: 'Revocation lists',
    area: 'revocation',
    content: html`${pageHead(
      'Revocation lists',
      'CRLs are fetched from the addresses that certificates name, before they are due. Where this server cannot reach an address, upload the list.',
    )}
    ${fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert')}
    ${problems.length > 0 && section('Not available', problemList(problems, viewer))}
    ${
      crls.length === 0
        ? emptyState('No revocation list yet', 'One is fetched as soon as a certificate names it.')
        : section('Lists', crlTable(crls, viewer, now))
    }
    ${viewer.role === 'admin' && section('Upload a list', crlUploadForm(viewer, maxBytes, pasted))}`,
  };
}

function problemList(problems: readonly RevocationProblem[], viewer: Viewer): Html {
  return html`<div class="stack">
    ${problems.map(({ source, message }) =>
      notice(
        'warn',
        html`<p><code>${source}</code></p>
          <p>${message}</p>
          ${viewer.role === 'admin' && isAddress(source) && sourceForm('fetch', source, 'Fetch now', viewer)}`,
      ),
    )}
  </div>`;
}

function isAddress(source: string): boolean {
  return /^https?:/i.test(source);
}

function crlTable(crls: readonly CrlDescription[], viewer: Viewer, now: Date): Html {
  return table(
    'Revocation lists',
    [
      {
        title: 'Issuer',
        heading: true,
        cell: ({ issuer, delta }: CrlDescription) =>
          html`${shortName(issuer)} ${delta && badge('neutral', 'Delta')}`,
      },
      { title: 'Source', cell: ({ source }) => sourceText(source) },
      { title: 'Revoked', numeric: true, cell: ({ entries }) => entries },
      { title: 'Published', cell: ({ thisUpdate }) => distanceElement(thisUpdate, now) },
      { title: 'Next update', cell: ({ nextUpdate }) => nextUpdateCell(nextUpdate, now) },
      {
        title: 'Last confirmed',
        cell: ({ confirmedAt }) => confirmedAt && distanceElement(confirmedAt, now),
      },
      {
        title: 'Actions',
        hiddenTitle: true,
        cell: ({ source }) => viewer.role === 'admin' && crlActions(source, viewer),
      },
    ],
    crls,
  );
}

function sourceText(source: string): Html | string {
  if (source.startsWith('uploaded:')) return 'Uploaded';
  return html`<code>${source}</code>`;
}

function nextUpdateCell(nextUpdate: Date | undefined, now: Date): Html | string {
  if (nextUpdate === undefined) return 'not announced';
  const overdue = nextUpdate < now && badge('warn', 'Overdue');
  return html`${distanceElement(nextUpdate, now)} ${overdue}`;
}

/** Files of the server's directory are its administrator's to remove. */
function crlActions(source: string, viewer: Viewer): Html | undefined {
  if (source.startsWith('directory:')) return undefined;
  return html`${isAddress(source) && sourceForm('fetch', source, 'Fetch now', viewer)}
  ${disclosure('Remove…', sourceForm('delete', source, 'Remove this list', viewer))}`;
}

function sourceForm(what: 'fetch' | 'delete', source: string, text: string, viewer: Viewer): Html {
  return postForm(
    address(['revocation', what]),
    viewer.csrfToken,
    html`<input type="hidden" name="source" value="${source}" /> ${submitButton(text, 'quiet')}`,
  );
}
