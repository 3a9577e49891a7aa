/** A server with something in it that is worth attacking, and people who are signed in to it. */
import { createHash, randomBytes } from 'node:crypto';
import Database from 'better-sqlite3';
import { isAllowed } from '../../../src/protocol/index.ts';
import { TestDevice } from '../../testkit/test-device.ts';
import { collectRoutes, HostileClient, type Route } from './hostile-client.ts';
import { ServerRig } from './server-rig.ts';

/** Ids of what there is, by the name of the route's parameter and the part of the path before it. */
export type Targets = Readonly<Record<string, string>>;

/** A browser that somebody is signed in with. */
export interface HostileSession {
  readonly cookie: string;
  readonly csrf: string;
}

const setupToken = 'the set-up token of the tests';

/** See the head of this file. */
export class HostileStage {
  readonly rig: ServerRig;
  readonly client: HostileClient;
  readonly routes: readonly Route[];
  readonly targets: Targets;
  /** Secret of the registered application. */
  readonly secret: string;

  private constructor(
    rig: ServerRig,
    routes: readonly Route[],
    { targets, secret }: Pick<HostileStage, 'targets' | 'secret'>,
  ) {
    this.rig = rig;
    this.client = new HostileClient(rig.port);
    this.routes = routes;
    this.targets = targets;
    this.secret = secret;
  }

  static async start(): Promise<HostileStage> {
    const { made: rig, routes } = await collectRoutes(() =>
      ServerRig.start({
        ...{ demo: true, setupToken, clientScript: '/* the browser script */' },
        limits: { challengesPerMinute: 1e6, proofsPerMinute: 1e6, requestsPerMinute: 1e6 },
      }),
    );
    // Makes the key that ID tokens are signed with, which the first visitor does otherwise.
    await rig.fetch('/oidc/jwks');
    return new HostileStage(rig, routes, await fill(rig));
  }

  /** A new session of `alice`, who is an admin, or of `bob`, who is an auditor. */
  async signIn(name: 'alice' | 'bob'): Promise<HostileSession> {
    const { storage, clock } = this.rig;
    const administrator = await storage.administrators.findByName(name);
    const token = randomBytes(32).toString('base64url');
    const csrfToken = randomBytes(32).toString('base64url');
    const now = clock.now();
    await storage.administratorSessions.add({
      id: createHash('sha256').update(token).digest('base64url'),
      administrator: administrator?.id ?? '',
      csrfToken,
      ...{ createdAt: now, lastSeenAt: now, expiresAt: new Date(now.getTime() + 12 * 3_600_000) },
    });
    return { cookie: `countersign-admin=${token}`, csrf: csrfToken };
  }

  /** The address of a route, with what there is in place of what varies. */
  addressOf({ url }: Route): string {
    return url.replace(/:(\w+)|\*/g, (part, name: string | undefined, at: number) => {
      if (name === undefined) return 'nowhere';
      const before = url.slice(0, at).split('/').at(-2) ?? '';
      const target = this.targets[before];
      if (target === undefined)
        throw new Error(`nothing is known that ${part} of ${url} stands for`);
      return target;
    });
  }

  /**
   * All that the storage holds, but for what any visitor may begin, when sessions were used, and the
   * journal of addresses that lists were fetched from.
   */
  dump(): string {
    const database = new Database(`${this.rig.directory}/countersign.db`, { readonly: true });
    const passing = [
      'transactions',
      'oidc_payloads',
      'administrator_sessions',
      'leases',
      'fetches',
    ];
    const tables = database
      .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
      .pluck()
      .all() as string[];
    const rows = tables
      .filter((table) => !passing.includes(table))
      .map((table) => [table, database.prepare(`SELECT * FROM "${table}"`).all()]);
    const sessions = database.prepare('SELECT id, administrator FROM administrator_sessions').all();
    database.close();
    return JSON.stringify([...rows, sessions], null, 1);
  }

  async close(): Promise<void> {
    this.client.close();
    await this.rig.close();
  }
}

/** Administrators, an application, a policy, a device with an alarm, sign-ins. */
async function fill(rig: ServerRig): Promise<Pick<HostileStage, 'targets' | 'secret'>> {
  const { storage, clock } = rig;
  const createdAt = clock.now();
  const secret = randomBytes(32).toString('base64url');
  for (const [name, role] of [
    ['alice', 'admin'],
    ['bob', 'auditor'],
  ] as const) {
    await storage.administrators.add({
      ...{ id: `administrator-${name}`, name, role, createdAt, version: 1 },
      ...{ passkeys: [], disabled: false, failures: 0, lockedUntil: undefined },
    });
  }
  await storage.policies.add({
    ...{ id: 'a-policy', name: 'A policy', version: 1, updatedAt: createdAt },
    rules: '[]',
  });
  await storage.applications.add({
    ...{ id: 'an-application', name: 'An application', kind: 'oidc', createdAt, version: 1 },
    ...{ origins: ['https://app.example'], redirectUris: ['https://app.example/back'] },
    secretHash: createHash('sha256').update(secret).digest('base64url'),
    ...{ settings: '{}', disabled: false },
  });
  await storage.apiTokens.add({
    ...{ id: 'a-token', hash: 'x', name: 'A token', role: 'auditor', createdAt },
    ...{ createdBy: 'alice', expiresAt: undefined, lastUsedAt: undefined },
  });
  const transaction = await signInTwice(rig);
  const signIn = await storage.signIns.find(transaction);
  if (signIn === undefined || !isAllowed(signIn.result)) throw new Error('no sign-in');
  const [alarm] = (await storage.devices.listAlarms({ limit: 1 })).items;
  const [authority] = await storage.authorities.list();
  if (alarm === undefined || authority === undefined) throw new Error('no alarm or no authority');
  const targets: Targets = {
    transactions: transaction,
    'sign-ins': transaction,
    interaction: 'x'.repeat(21),
    auth: 'x'.repeat(21),
    page: 'style.css',
    demo: 'style.css',
    assets: 'base.css',
    passkeys: 'a-passkey',
    'certificate-authorities': authority.id,
    policies: 'a-policy',
    applications: 'an-application',
    devices: signIn.device ?? '',
    alarms: alarm.id,
    administrators: 'administrator-alice',
    'api-tokens': 'a-token',
    'signing-keys': 'challenges',
    'endpoint-management': 'linux',
  };
  return { targets, secret };
}

/** The second machine has a copy of the first one's key. @returns the first one's transaction */
async function signInTwice(rig: ServerRig): Promise<string> {
  const leaf = rig.issuing.issue({ commonName: 'laptop-7' });
  const transactions = [];
  for (const hostname of ['laptop-7', 'another-machine']) {
    const { transaction, challengeRequest } = await rig.browser().start();
    const device = { platform: 'linux' as const, osVersion: '13', hostname };
    const claims = { device };
    const prover = new TestDevice(leaf, rig.issuing);
    await rig.postProof(prover.prove(challengeRequest, rig.clock.now(), { claims }));
    transactions.push(transaction);
  }
  return transactions[0] ?? '';
}
