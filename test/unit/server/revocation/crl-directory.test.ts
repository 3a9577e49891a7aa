import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/core/index.ts';
import {
  createCrlDirectory,
  type CrlDirectory,
} from '../../../../src/server/revocation/crl-directory.ts';
import { FakeClock } from '../../../testkit/fake-clock.ts';
import { buildCa, buildCrl, dn, hoursFromTestTime } from '../../../testkit/pki-builder.ts';
import { scratchDirectory } from '../../../testkit/scratch-directory.ts';
import { pem } from '../../../testkit/test-ca.ts';

const maxBytes = 100_000;

describe('the directory of CRLs', () => {
  const clock = new FakeClock();
  let path: string;
  let directory: CrlDirectory;

  beforeEach(() => {
    path = `${scratchDirectory()}/crls`;
    mkdirSync(path);
    directory = createCrlDirectory(path, maxBytes, clock, silentLogger);
  });

  const write = (name: string, content: string | Uint8Array): void => {
    writeFileSync(`${path}/.new`, content);
    renameSync(`${path}/.new`, `${path}/${name}`);
  };
  const read = async () => {
    clock.advance(2001);
    const { crls, certificates, problems } = await directory.read();
    return {
      crls: crls.map((entry) => [
        entry.path.slice(path.length + 1),
        Buffer.from(entry.crl.crlNumber ?? []).readUInt8(),
      ]),
      certificates: certificates.length,
      problems: problems.map(({ message }) => message.split(':')[0]),
    };
  };

  it('holds CRLs and certificates in DER and PEM, under any visible name', async () => {
    write('a', buildCrl({ number: 1 }));
    write('b.pem', pem('X509 CRL', buildCrl({ number: 2 })) + pem('CERTIFICATE', buildCa()));
    write('c.crt', buildCa());
    writeFileSync(`${path}/.hidden`, buildCrl({ number: 3 }));
    mkdirSync(`${path}/sub`);
    expect(await read()).toEqual({
      crls: [
        ['a', 1],
        ['b.pem', 2],
      ],
      certificates: 2,
      problems: [],
    });
  });

  it('is read again when a file changes, appears or goes', async () => {
    write('a', buildCrl({ number: 1 }));
    expect((await read()).crls).toEqual([['a', 1]]);
    write('a', buildCrl({ number: 2 }));
    write('b', buildCrl({ number: 1, issuer: dn('B') }));
    expect((await read()).crls).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    rmSync(`${path}/a`);
    expect((await read()).crls).toEqual([['b', 1]]);
  });

  it('keeps what a file held while the file is unusable, or older', async () => {
    write('a', buildCrl({ number: 2 }));
    await read();
    write('a', buildCrl({ number: 2 }).subarray(0, 50));
    expect(await read()).toMatchObject({ crls: [['a', 2]], problems: ['crl_unreadable'] });
    write('a', buildCrl({ number: 1, thisUpdate: hoursFromTestTime(-9) }));
    expect(await read()).toMatchObject({ crls: [['a', 2]], problems: ['crl_older'] });
    write('a', Buffer.alloc(maxBytes + 1));
    expect(await read()).toMatchObject({ crls: [['a', 2]], problems: ['fetch_too_large'] });
    write('a', buildCrl({ number: 3 }));
    expect(await read()).toMatchObject({ crls: [['a', 3]], problems: [] });
  });

  it('keeps what it held while it is away', async () => {
    write('a', buildCrl({ number: 2 }));
    await read();
    renameSync(path, `${path}.away`);
    const { crls, problems } = await read();
    expect(crls).toEqual([['a', 2]]);
    expect(problems).toHaveLength(1);
    renameSync(`${path}.away`, path);
    expect((await read()).problems).toEqual([]);
  });
});
