/** Every case of NIST's PKITS 1.0.1 by its name, and the false accepts and rejects counted apart. */
import { afterAll, describe, expect, it } from 'vitest';
import { nodeSignatureChecker } from '../../src/verifier/node-signature-checker.ts';
import { pkitsCases, readPkitsCase, runPkitsCase } from '../testkit/pki-pkits.ts';

describe('PKITS 1.0.1', () => {
  const falseAccepts: string[] = [];
  const falseRejects: string[] = [];
  let accepted = 0;
  let rejected = 0;

  it.each(pkitsCases.map((test) => ({ ...test, name: `${test.id} ${test.title}` })))(
    '$name',
    async (test) => {
      const result = await runPkitsCase(test, readPkitsCase(test), nodeSignatureChecker);
      const ok = result?.ok === true;
      if (ok) accepted++;
      else rejected++;
      if (ok && !test.expect) falseAccepts.push(test.id);
      if (!ok && test.expect) falseRejects.push(test.id);
      const reason = result === undefined || result.ok ? '' : result.failure.message;
      expect(ok, reason).toBe(test.expect);
    },
  );

  it('accepts nothing falsely', () => {
    expect(falseAccepts).toEqual([]);
  });

  it('rejects nothing falsely', () => {
    expect(falseRejects).toEqual([]);
  });

  it('has run all 247 cases, 113 of them valid paths', () => {
    expect({ accepted, rejected }).toEqual({ accepted: 113, rejected: 134 });
  });

  afterAll(() => {
    process.stdout.write(
      `PKITS: ${accepted} accepted (${falseAccepts.length} falsely), ` +
        `${rejected} rejected (${falseRejects.length} falsely)\n`,
    );
  });
});
