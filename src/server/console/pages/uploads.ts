/** Pages where certificates and lists are given: files dropped or chosen, or text pasted. */
import type { ExplanationJson } from '../../administration/index.ts';
import {
  address,
  linkButton,
  notice,
  pageHead,
  postForm,
  section,
  submitButton,
  textArea,
  type ConsolePage,
  type Viewer,
} from '../markup/index.ts';
import { html, type Html, type HtmlValue } from '../../html/index.ts';
import { explanation } from './certificate-views.ts';

/** What came of one file or of the pasted text. */
export interface UploadResult {
  /** The file's name; undefined for pasted text. */
  readonly file: string | undefined;
  /** Why nothing was taken from it; undefined where all of it was. */
  readonly fault: string | undefined;
  /** What was taken, in words. */
  readonly taken: string;
}

interface UploadForm {
  readonly action: string;
  readonly button: string;
  /** What is dropped: `the certificate`. */
  readonly what: string;
  readonly accept: string;
  /** Largest file, in bytes. */
  readonly maxBytes: number;
  readonly pasteLabel: string;
  readonly several: boolean;
}

/**
 * A form that takes files and pasted text. Without the script there is no drop zone: pasting is what
 * works everywhere.
 */
function uploadForm(form: UploadForm, viewer: Viewer, pasted: string): Html {
  const multiple = form.several && html` multiple`;
  return postForm(
    form.action,
    viewer.csrfToken,
    html`<div class="drop-zone" data-max-bytes="${form.maxBytes}" hidden>
        <p>Drop ${form.what} here, or</p>
        <label class="button" data-kind="plain" for="upload-files">Browse files</label>
        <input
          class="visually-hidden"
          type="file"
          id="upload-files"
          accept="${form.accept}"
          ${multiple}
        />
      </div>
      ${textArea({
        name: 'text',
        label: form.pasteLabel,
        value: pasted,
        rows: 8,
        code: true,
        hint: 'What stands between -----BEGIN and -----END, with these lines.',
      })}
      <div class="form-actions">${submitButton(form.button)}</div>`,
    'stacked upload',
  );
}

function resultNotices(results: readonly UploadResult[]): Html {
  return html`${results.map(({ file, fault, taken }) => {
    const name = file ?? 'The pasted text';
    return fault === undefined
      ? notice(
          'good',
          html`<p class="notice-title">${name}</p>
            <p>${taken}</p>`,
          'status',
        )
      : notice(
          'bad',
          html`<p class="notice-title">${name} was not taken</p>
            <p>${fault}</p>`,
          'alert',
        );
  })}`;
}

/** Add certificate authority. */
export function addAuthorityPage(
  viewer: Viewer,
  results: readonly UploadResult[],
  pasted: string,
  maxBytes: number,
): ConsolePage {
  return {
    title: 'Add certificate authority',
    area: 'certificate-authorities',
    content: html`${pageHead(
        'Add certificate authority',
        'The certificate of the CA that issues your device certificates, in PEM or DER form. Several issuers can be in one file, or be added one at a time.',
      )}
      ${resultNotices(results)}
      <div class="card">
        ${uploadForm(
          {
            action: address(['certificate-authorities', 'add']),
            button: 'Add',
            what: 'certificate files',
            accept: '.pem,.crt,.cer,.der,.ca-bundle,application/x-x509-ca-cert',
            maxBytes,
            pasteLabel: 'Or paste the certificate (PEM)',
            several: true,
          },
          viewer,
          pasted,
        )}
      </div>
      <p>${linkButton(address(['certificate-authorities']), 'Back to the list')}</p>`,
  };
}

/** Test a certificate. */
export function testCertificatePage(
  viewer: Viewer,
  outcome: { readonly explained?: ExplanationJson; readonly fault?: string },
  pasted: string,
  maxBytes: number,
): ConsolePage {
  const { explained, fault } = outcome;
  return {
    title: 'Test a certificate',
    area: 'certificate-authorities',
    content: html`${pageHead(
        'Test a certificate',
        'See whether a device with this certificate would count as managed, by which path, and if not, which rule refuses it. Put intermediate certificates into the same file, the device’s first.',
      )}
      ${fault !== undefined && notice('bad', html`<p>${fault}</p>`, 'alert')}
      ${explained !== undefined && explainedNotice(explained)}
      <div class="card">
        ${uploadForm(
          {
            action: address(['test-certificate']),
            button: 'Test',
            what: 'a certificate file',
            accept: '.pem,.crt,.cer,.der',
            maxBytes,
            pasteLabel: 'Or paste the certificate (PEM)',
            several: false,
          },
          viewer,
          pasted,
        )}
      </div>`,
  };
}

function explainedNotice(result: ExplanationJson): Html {
  const verdict: HtmlValue = result.accepted
    ? html`<p class="notice-title">The certificate is accepted</p>
        <p>A device that proves the possession of its key counts as managed.</p>`
    : html`<p class="notice-title">The certificate is refused</p>
        <p>${result.message}</p>
        <p class="small">${result.rule}, <code>${result.code}</code></p>`;
  return html`${notice(result.accepted ? 'good' : 'bad', verdict, 'status')}
  ${section(result.accepted ? 'Certification path' : 'What was tried', explanation(result))}`;
}

/** The form that takes revocation lists. */
export function crlUploadForm(viewer: Viewer, maxBytes: number, pasted: string): Html {
  return uploadForm(
    {
      action: address(['revocation', 'upload']),
      button: 'Upload',
      what: 'a revocation list',
      accept: '.crl,.pem,.der,application/pkix-crl',
      maxBytes,
      pasteLabel: 'Or paste the list (PEM)',
      several: false,
    },
    viewer,
    pasted,
  );
}
