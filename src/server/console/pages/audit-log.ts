/** The audit log: who changed what, with before and after, in a hash chain. */
import { counted, formatSecond } from '../../../core/index.ts';
import type { AuditProblem } from '../../audit/index.ts';
import type { AuditEntry, Page } from '../../storage/index.ts';
import {
  address,
  disclosure,
  emptyState,
  facts,
  linkButton,
  notice,
  pageHead,
  pager,
  submitButton,
  textField,
  type ConsolePage,
} from '../markup/index.ts';
import { html, type Html } from '../../html/index.ts';

/** What the list is filtered by, as the address says it. */
export interface AuditFilters {
  readonly actor: string;
  readonly action: string;
  readonly target: string;
}

/** What a walk along the chain found. */
export interface AuditVerification {
  readonly entries: number;
  readonly problem: AuditProblem | undefined;
}

/** The page. */
export function auditLogPage(
  page: Page<AuditEntry>,
  filters: AuditFilters,
  after: string | undefined,
  exportAddress: string,
  verification: AuditVerification | undefined,
): ConsolePage {
  const isFiltered = Object.values(filters).some((value) => value !== '');
  return {
    title: 'Audit log',
    area: 'audit-log',
    content: html`${pageHead(
      'Audit log',
      'Every change with who, when and what, the youngest first. Each entry carries the hash of the one before: what is changed or taken out later shows.',
      html`${linkButton(address(['audit-log'], { verify: 'yes' }), 'Verify the chain')}
      ${linkButton(exportAddress, 'Export NDJSON')}`,
    )}
    ${verification !== undefined && verificationNotice(verification)}
    ${filterForm(filters, isFiltered)}
    ${
      page.items.length === 0
        ? emptyState(
            isFiltered ? 'No entry fits' : 'No entries yet',
            isFiltered ? 'Try fewer filters.' : 'The first change stands here.',
          )
        : html`<ol class="stack log">
            ${page.items.map(entryItem)}
          </ol>`
    }
    ${pager(['audit-log'], { ...filters }, after, page.next)}`,
  };
}

function verificationNotice({ entries, problem }: AuditVerification): Html {
  if (problem === undefined) {
    return notice(
      'good',
      html`<p class="notice-title">The chain is whole</p>
        <p>
          ${counted(entries, 'entry', 'entries')} fit together. Keep an export: whether entries were
          cut off at the end shows against a copy.
        </p>`,
      'status',
    );
  }
  return notice(
    'bad',
    html`<p class="notice-title">The chain is broken</p>
      <p>${problem.message}</p>`,
    'alert',
  );
}

function filterForm({ actor, action, target }: AuditFilters, isFiltered: boolean): Html {
  return html`<form
    method="get"
    action="${address(['audit-log'])}"
    class="card filters"
    role="search"
  >
    ${textField({ name: 'actor', label: 'Who', value: actor })}
    ${textField({ name: 'action', label: 'Action', value: action })}
    ${textField({ name: 'target', label: 'Object (id)', value: target })}
    <div class="form-actions">
      ${submitButton('Filter', 'plain')}
      ${isFiltered && linkButton(address(['audit-log']), 'Clear')}
    </div>
  </form>`;
}

function entryItem(entry: AuditEntry): Html {
  const { sequence, at, actor, via, address: from, action, target, before, after, hash } = entry;
  return html`<li class="certificate">
    <p>
      <strong>${actor}</strong> <code>${action}</code> ${
        target !== undefined && html`<code>${target}</code>`
      }
    </p>
    <p class="small">
      <time datetime="${at.toISOString()}">${formatSecond(at)}</time>, by
      ${via}${from !== undefined && `, from ${from}`}, entry ${sequence}
    </p>
    ${disclosure(
      'Details',
      facts([
        ['Before', before !== undefined && jsonText(before)],
        ['After', after !== undefined && jsonText(after)],
        ['Hash', html`<code>${hash}</code>`],
      ]),
    )}
  </li>`;
}

function jsonText(value: unknown): Html {
  return html`<pre
    class="scroll"
    tabindex="0"
  ><code>${JSON.stringify(value, null, 2)}</code></pre>`;
}
