import { describe, expect, it } from 'vitest';
import { chainFor } from '../../../src/keystore/chain.ts';
import { parseCertificate } from '../../../src/pki/index.ts';
import { TestCa, type TestCertificate } from '../../testkit/test-ca.ts';

function chain(leaf: TestCertificate, pool: readonly TestCertificate[]): Buffer[] {
  return chainFor(
    parseCertificate(leaf.der),
    pool.map((certificate) => parseCertificate(certificate.der)),
  ).map((der) => Buffer.from(der));
}

describe('the chain of a certificate', () => {
  const root = TestCa.root();
  const middle = root.issueCa({ commonName: 'Middle' });
  const issuing = middle.issueCa({ commonName: 'Issuing' });
  const leaf = issuing.issue();

  it('leads to the root, nearest first, whatever the order of the pool', () => {
    const pool = [root.certificate, leaf, issuing.certificate, middle.certificate];
    const expected = [issuing, middle, root].map(({ certificate }) => certificate.der);
    expect(chain(leaf, pool)).toEqual(expected);
    expect(chain(leaf, pool.toReversed())).toEqual(expected);
  });

  it('ends where an issuer is missing', () => {
    expect(chain(leaf, [root.certificate, issuing.certificate])).toEqual([issuing.certificate.der]);
    expect(chain(leaf, [])).toEqual([]);
  });

  it('takes the issuer with the right key of two with one name', () => {
    const impostor = TestCa.root().issueCa({ commonName: 'Issuing' });
    expect(chain(leaf, [impostor.certificate, issuing.certificate])[0]).toEqual(
      issuing.certificate.der,
    );
    expect(chain(leaf, [impostor.certificate])).toEqual([]);
  });

  it('takes no certificate that is not a CA’s', () => {
    const pretender = issuing.issue({
      commonName: 'Issuing',
      publicKey: issuing.certificate.publicKey,
    });
    expect(chain(leaf, [pretender])).toEqual([]);
  });

  it('is cut at seven, and does not run in circles', () => {
    const cas = [TestCa.root()];
    for (let i = 0; i < 10; i++) cas.push((cas.at(-1) ?? root).issueCa({ commonName: `CA ${i}` }));
    const deep = (cas.at(-1) ?? root).issue();
    expect(
      chain(
        deep,
        cas.map(({ certificate }) => certificate),
      ),
    ).toHaveLength(7);
    const same = TestCa.root({ commonName: 'Same' }).issueCa({ commonName: 'Same' });
    expect(chain(same.issue(), [same.certificate])).toHaveLength(1);
  });
});
