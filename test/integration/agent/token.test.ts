/** The agent with keys in tokens: SoftHSM, and a module that misbehaves. */
import { verify } from 'node:crypto';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { parseDecline, parseDeviceProof } from '../../../src/protocol/index.ts';
import type { StoreEntry } from '../../../src/agent/index.ts';
import { AgentRig } from '../../testkit/agent-rig.ts';
import { AuthenticationServer, localhostCertificate } from '../../testkit/authentication-server.ts';
import { compilerComponent, FakeModule } from '../../testkit/fake-module.ts';
import { askLoopback, deliver } from '../../testkit/loopback-client.ts';
import { programsComponent } from '../../testkit/programs.ts';
import { describeWith } from '../../testkit/require-component.ts';
import { scratchDirectory } from '../../testkit/scratch-directory.ts';
import { SoftHsm, softHsmComponent } from '../../testkit/softhsm.ts';
import { TestCa } from '../../testkit/test-ca.ts';

const tlsCa = TestCa.root({ commonName: 'TLS Root' });
const issuing = TestCa.root({ commonName: 'Device Root' }).issueCa();

let rig: AgentRig | undefined;
let server: AuthenticationServer;

beforeEach(async () => {
  server = await AuthenticationServer.start(localhostCertificate(tlsCa), [issuing]);
});
afterEach(async () => {
  await rig?.close();
  rig = undefined;
  await server.close();
});

async function start(store: StoreEntry): Promise<AgentRig> {
  const directory = scratchDirectory();
  rig = await AgentRig.start({
    server,
    directory,
    tlsCa: tlsCa.certificate.pem,
    stores: [store],
  });
  return rig;
}

async function signIn({ port }: AgentRig): Promise<number> {
  return (await deliver(port, server.pageOrigin, await server.challengeRequest())).status;
}

describeWith('a key in SoftHSM', [softHsmComponent, programsComponent], () => {
  it.each(['rsa2048', 'p256', 'p384'] as const)('proves the device: %s', async (type) => {
    const token = new SoftHsm();
    const publicKey = token.generateKey({ type, id: '01' });
    const leaf = issuing.issue({ publicKey });
    token.writeCertificate('01', 'device', leaf);
    const agent = await start({ uri: token.uri, pinFile: token.pinFile });
    expect(await signIn(agent)).toBe(200);
    const { header, proof, jws } = parseDeviceProof(server.posted[0]?.body ?? '');
    expect(Buffer.from(header.certificates[0])).toEqual(leaf.der);
    expect(proof.key).toMatchObject({ store: 'pkcs11', exportable: false });
    const key =
      type === 'rsa2048'
        ? { key: publicKey, padding: 6, saltLength: 32 }
        : { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
    const hash = type === 'p384' ? 'sha384' : 'sha256';
    expect(verify(hash, jws.signingInput, key, jws.signature)).toBe(true);
    await agent.agent.close();
    token.dispose();
  });

  it('tells the server that the PIN is wrong', async () => {
    const token = new SoftHsm('wrong-pin', '1234');
    const publicKey = token.generateKey({ type: 'p256', id: '01' });
    token.writeCertificate('01', 'device', issuing.issue({ publicKey }));
    const other = new SoftHsm('other', '9999');
    const agent = await start({ uri: token.uri, pinFile: other.pinFile });
    process.env['SOFTHSM2_CONF'] = `${token.directory}/softhsm2.conf`;
    expect(await signIn(agent)).toBe(200);
    expect(parseDecline(server.posted[0]?.body ?? '').code).toBe('device_pin_rejected');
    await agent.agent.close();
    for (const each of [token, other]) each.dispose();
  });
});

describeWith('a module that misbehaves', [compilerComponent, programsComponent], () => {
  function theModule(): FakeModule {
    const module = new FakeModule({}, issuing.issue({ keyType: 'rsa2048' }));
    onTestFinished(async () => {
      await rig?.agent.close();
      module.dispose();
    });
    return module;
  }

  it('costs one challenge where it crashes in C_Sign; the next one is answered', async () => {
    const module = theModule();
    const agent = await start({ uri: module.uri, pinFile: module.pinFile });
    expect(await signIn(agent)).toBe(200);
    module.behave({ sign_crash: 1 });
    expect(await signIn(agent)).toBe(200);
    module.behave({});
    expect(await signIn(agent)).toBe(200);
    expect(server.posted.map(({ mediaType }) => mediaType)).toEqual([
      'application/jwt',
      'application/json',
      'application/jwt',
    ]);
    expect(parseDecline(server.posted[1]?.body ?? '').code).toBe('device_signing_failed');
  });

  it('is given a wrong PIN once, however many sign in', async () => {
    const module = theModule();
    module.setPin('0000');
    const agent = await start({ uri: module.uri, pinFile: module.pinFile });
    for (let i = 0; i < 3; i++) expect(await signIn(agent)).toBe(200);
    for (const { body } of server.posted) {
      expect(parseDecline(body).code).toBe('device_pin_rejected');
    }
    expect(module.count('C_Login')).toBe(1);
  });

  it('does not keep a probe waiting while it signs', async () => {
    const module = theModule();
    const agent = await start({ uri: module.uri, pinFile: module.pinFile });
    expect(await signIn(agent)).toBe(200);
    module.behave({ sign_held: 1 });
    const signing = signIn(agent);
    await expect.poll(() => module.count('held')).toBe(1);
    const probe = await askLoopback({
      port: agent.port,
      path: '/probe',
      origin: server.pageOrigin,
    });
    expect(probe.status).toBe(200);
    expect(module.count('let go')).toBe(0);
    module.behave({});
    expect(await signing).toBe(200);
  });
});
