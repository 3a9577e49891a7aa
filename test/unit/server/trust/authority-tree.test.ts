import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { authorityTrees } from '../../../../src/server/trust/index.ts';
import { TestCa } from '../../../testkit/test-ca.ts';

const root = TestCa.root({ commonName: 'Root' });
const middle = root.issueCa({ commonName: 'Middle' });
const lowest = middle.issueCa({ commonName: 'Lowest' });

function stored(...cas: readonly TestCa[]) {
  return cas.map(({ certificate: { der } }, index) => ({ id: `id-${index}`, der }));
}

describe('authorityTrees', () => {
  it('puts each authority below the one that issued it, whatever the order', () => {
    const trees = authorityTrees(stored(lowest, root, middle));
    expect(trees).toMatchObject([
      { missingIssuer: undefined, top: { id: 'id-1', children: [{ id: 'id-2' }] } },
    ]);
    expect(trees[0]?.top.children[0]?.children).toMatchObject([{ id: 'id-0', children: [] }]);
  });

  it('names the issuer that is not there', () => {
    expect(authorityTrees(stored(lowest))).toMatchObject([
      { missingIssuer: 'CN=Middle,O=Test', top: { id: 'id-0' } },
    ]);
  });

  it('keeps authorities of one name apart by their key identifiers', () => {
    const other = TestCa.root({ commonName: 'Root' });
    const trees = authorityTrees(stored(other, root, middle));
    expect(trees.map(({ top }) => [top.id, top.children.map(({ id }) => id)])).toEqual([
      ['id-0', []],
      ['id-1', ['id-2']],
    ]);
  });

  it('says everything of a certificate that people compare', () => {
    const { certificate } = authorityTrees(stored(root))[0]?.top ?? {};
    expect(certificate).toMatchObject({
      subject: 'CN=Root,O=Test',
      publicKey: 'EC P-256',
      keyUsages: expect.arrayContaining(['keyCertSign']) as unknown,
      selfIssued: true,
      sha256: createHash('sha256').update(root.certificate.der).digest('hex'),
      sha1: createHash('sha1').update(root.certificate.der).digest('hex'),
    });
    expect(certificate?.subjectKeyIdentifier).toMatch(/^[0-9a-f]{40}$/);
  });
});
