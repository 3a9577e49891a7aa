/** An agent that is given other settings while it runs, and what it tells of certificates that it uses. */
import { EventEmitter, once } from 'node:events';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentOptions, StoreEntry } from '../../../src/agent/index.ts';
import { openCertificateStore } from '../../../src/keystore/index.ts';
import { AgentRig, putIdentity } from '../../testkit/agent-rig.ts';
import { AuthenticationServer, localhostCertificate } from '../../testkit/authentication-server.ts';
import { deliver } from '../../testkit/loopback-client.ts';
import { makeScratchDirectory } from '../../testkit/scratch-directory.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const tlsCa = TestCa.root({ commonName: 'TLS Root' });
const issuing = TestCa.root({ commonName: 'Device Root' }).issueCa();

let directory: string;
let server: AuthenticationServer;
let rig: AgentRig;
let closed: string[];
/** How often a store was begun to be looked at. */
let looks: number;
/** Holds every look into a store until it is resolved. */
let mayList: Promise<unknown>;

beforeEach(async () => {
  directory = makeScratchDirectory();
  server = await AuthenticationServer.start(localhostCertificate(tlsCa), [issuing]);
  closed = [];
  looks = 0;
  mayList = Promise.resolve();
});
afterEach(async () => {
  await rig.close();
  await server.close();
});

function storeOf(name: string): StoreEntry {
  return { uri: path.join(directory, name), pinFile: undefined };
}

/** A file store that tells when it is closed. */
const openStore: AgentOptions['openStore'] = (entry) => {
  const store = openCertificateStore(entry);
  const [list, close] = [store.list.bind(store), store.close.bind(store)];
  return Object.assign(store, {
    list: async () => {
      looks++;
      await mayList;
      return list();
    },
    close: () => {
      closed.push(path.basename(entry.uri));
      return close();
    },
  });
};

async function start(agent: Partial<AgentOptions>): Promise<void> {
  rig = await AgentRig.start({
    server,
    directory,
    tlsCa: tlsCa.certificate.pem,
    stores: [storeOf('old')],
    agent: { openStore, ...agent },
  });
}

async function signIn(): Promise<number> {
  return (await deliver(rig.port, server.pageOrigin, await server.challengeRequest())).status;
}

describe('other settings', () => {
  const settings = (): Parameters<AgentRig['agent']['reconfigure']>[0] => ({
    servers: [
      {
        issuer: server.issuer,
        keys: { kind: 'fetched', jwksUri: `${server.issuer}/.well-known/jwks.json` },
        origins: [server.pageOrigin],
        caFile: undefined,
      },
    ],
    stores: [storeOf('new')],
    proxy: undefined,
    caFile: path.join(directory, 'tls-ca.pem'),
  });

  it('close the stores that they no longer name, behind the challenges under way', async () => {
    const gate = new EventEmitter();
    mayList = once(gate, 'open');
    putIdentity(path.join(directory, 'old'), 'device', issuing.issue(), issuing);
    await start({});
    const underWay = signIn();
    await expect.poll(() => looks).toBe(1);
    rig.agent.reconfigure(settings());
    expect(rig.agent.storeHealth()[0]?.uri).toContain('new');
    expect(closed).toEqual([]);
    gate.emit('open');
    expect(await underWay).toBe(200);
    await expect.poll(() => closed).toEqual(['old']);
  });

  it('leave stores open that they still name', async () => {
    putIdentity(path.join(directory, 'old'), 'device', issuing.issue(), issuing);
    await start({});
    expect(await signIn()).toBe(200);
    rig.agent.reconfigure({ ...settings(), stores: [storeOf('old')] });
    expect(await signIn()).toBe(200);
    expect(closed).toEqual([]);
  });
});

it('tells of the certificate that proved the device, and of none where it declined', async () => {
  const used: string[] = [];
  await start({ onCertificateUsed: ({ der }) => void used.push(Buffer.from(der).toString('hex')) });
  await signIn();
  expect(used).toEqual([]);
  const leaf = issuing.issue();
  putIdentity(path.join(directory, 'old'), 'device', leaf, issuing);
  expect(await signIn()).toBe(200);
  expect(used).toEqual([leaf.der.toString('hex')]);
});
