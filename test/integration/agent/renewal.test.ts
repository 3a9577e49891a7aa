/** Certificates are renewed while people sign in: no sign-in may fail for it. */
import { X509Certificate, verify, type KeyPairKeyObjectResult } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import type { StoreEntry } from '../../../src/agent/index.ts';
import { parseDeviceProof } from '../../../src/protocol/index.ts';
import { AgentRig } from '../../testkit/agent-rig.ts';
import { AuthenticationServer, localhostCertificate } from '../../testkit/authentication-server.ts';
import { programsComponent } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { SoftHsm, softHsmComponent } from '../../testkit/softhsm.ts';
import { keyPair, TestCa } from '../../testkit/test-ca.ts';

const renewals = 200;
const tlsCa = TestCa.root({ commonName: 'TLS Root' });
const issuing = TestCa.root({ commonName: 'Device Root' }).issueCa();

/** What an MDM does to a store. */
interface ManagedStore {
  readonly entry: StoreEntry;
  /** Puts a certificate in, with a key of its own or with that of the one before. */
  add(generation: number, newKey: boolean): void;
  /** Takes a certificate out, and its key where no other needs it. */
  remove(generation: number, withKey: boolean): void;
}

function directory(): ManagedStore {
  const directory = scratchDirectory();
  let pair = issuing.issue();
  const file = (name: string): string => path.join(directory, name);
  const keyFiles: string[] = [];
  return {
    entry: { uri: directory, pinFile: undefined },
    add: (generation, newKey) => {
      if (newKey) pair = issuing.issue();
      keyFiles[generation] = newKey ? `${generation}.key` : (keyFiles[generation - 1] ?? '');
      if (newKey) writeFileSync(file(`${generation}.key`), pair.keyPem, { mode: 0o600 });
      writeFileSync(
        file(`${generation}.crt`),
        issuing.issue({ publicKey: pair.publicKey, commonName: `generation ${generation}` }).pem,
      );
    },
    remove: (generation, withKey) => {
      if (withKey) rmSync(file(keyFiles[generation] ?? ''));
      rmSync(file(`${generation}.crt`));
    },
  };
}

function token(): ManagedStore {
  const softHsm = new SoftHsm('renewed');
  const endSession = softHsm.keepSession();
  onTestFinished(() => {
    endSession();
    softHsm.dispose();
  });
  const keys: { id: string; pair: KeyPairKeyObjectResult }[] = [];
  return {
    entry: { uri: softHsm.uri, pinFile: softHsm.pinFile },
    add: (generation, newKey) => {
      const id = generation.toString(16).padStart(4, '0');
      const before = keys[generation - 1];
      const key = newKey || before === undefined ? { id, pair: keyPair('p256') } : before;
      if (key.id === id) softHsm.importKey(key.pair.privateKey, { id });
      keys[generation] = key;
      const leaf = issuing.issue({
        publicKey: key.pair.publicKey,
        commonName: `generation ${generation}`,
      });
      softHsm.writeCertificate(key.id, `generation ${generation}`, leaf);
    },
    remove: (generation, withKey) => {
      const { id } = keys[generation] ?? { id: '' };
      if (withKey) {
        softHsm.remove('PRIVATE_KEY', id);
        softHsm.remove('CERTIFICATE', id);
      } else softHsm.removeLabelled('CERTIFICATE', `generation ${generation}`);
    },
  };
}

describeWith('a renewal', [softHsmComponent, programsComponent], () => {
  let server: AuthenticationServer;

  beforeAll(async () => {
    server = await AuthenticationServer.start(localhostCertificate(tlsCa), [issuing]);
  });

  afterAll(async () => {
    await server.close();
  });

  it.each([
    ['a directory', directory],
    ['SoftHSM', token],
  ] as const)(
    `costs no sign-in, over ${renewals} of them in %s`,
    { timeout: 120_000 },
    async (_, make) => {
      const store = make();
      server.posted.length = 0;
      const rig = await AgentRig.start({
        server,
        directory: scratchDirectory(),
        tlsCa: tlsCa.certificate.pem,
        stores: [store.entry],
      });
      onTestFinished(() => rig.close());
      let renewing = true;
      let signIns = 0;
      const signedIn = new EventEmitter();
      const signInAgainAndAgain = async (): Promise<void> => {
        while (renewing) {
          const challengeRequest = await server.challengeRequest();
          await rig.agent.answer({ challengeRequest, origin: server.pageOrigin });
          signIns++;
          signedIn.emit('another');
        }
      };

      store.add(0, true);
      const people = [1, 2, 3].map(signInAgainAndAgain);
      for (let generation = 1; generation <= renewals; generation++) {
        // Every third renewal keeps the key, as MDMs may.
        store.add(generation, generation % 3 !== 0);
        await after((generation * 7) % 12);
        store.remove(generation - 1, generation % 3 !== 0);
        await after((generation * 5) % 12);
        // However slow the machine is, people sign in meanwhile.
        while (signIns <= generation) await once(signedIn, 'another');
      }
      renewing = false;
      await Promise.all(people);

      expect(server.posted).toHaveLength(signIns);
      expect(signIns).toBeGreaterThan(renewals);
      const lost = server.posted.filter(({ mediaType }) => mediaType !== 'application/jwt');
      expect(lost).toEqual([]);
      const proving = new Set(server.posted.map(({ body }) => provenBy(body)));
      expect(proving.size).toBeGreaterThan(renewals / 4);
    },
  );
});

/** @returns the subject of the certificate that a proof was really signed for */
function provenBy(body: string): string {
  const { header, jws } = parseDeviceProof(body);
  const { publicKey: key, subject } = new X509Certificate(header.certificates[0]);
  const good = verify(
    'sha256',
    jws.signingInput,
    { key, dsaEncoding: 'ieee-p1363' },
    jws.signature,
  );
  expect(good).toBe(true);
  return subject;
}
