/** An agent put together as `countersign run` does it, in this process, on free ports. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  Agent,
  AuditLog,
  startLoopback,
  uncheckedPeerOwnership,
  type AgentOptions,
  type AgentSettings,
  type AuditRecord,
  type LoopbackListener,
  type LoopbackOptions,
  type StoreEntry,
} from '../../src/agent/index.ts';
import { silentLogger, systemClock, systemRandom } from '../../src/core/index.ts';
import { openCertificateStore } from '../../src/keystore/index.ts';
import type { AuthenticationServer } from './authentication-server.ts';
import { freePorts } from './free-ports.ts';
import type { TestCa, TestCertificate } from './test-ca.ts';
import { wholeLines } from './whole-lines.ts';

/** What a rig is made of. */
export interface AgentRigOptions {
  readonly server: AuthenticationServer;
  readonly stores: readonly StoreEntry[];
  /** An empty directory for the agent's files. */
  readonly directory: string;
  /** PEM of the CA that issued the server's TLS certificate. */
  readonly tlsCa: string;
  readonly settings?: Partial<Pick<AgentSettings, 'servers' | 'proxy' | 'caFile'>>;
  readonly agent?: Partial<AgentOptions>;
  readonly loopback?: Partial<LoopbackOptions>;
}

/** The agent. */
export class AgentRig {
  readonly agent: Agent;
  readonly #listener: LoopbackListener;
  readonly #auditFile: string;

  private constructor(agent: Agent, listener: LoopbackListener, auditFile: string) {
    this.agent = agent;
    this.#listener = listener;
    this.#auditFile = auditFile;
  }

  /** Starts it. */
  static async start(options: AgentRigOptions): Promise<AgentRig> {
    const { server, directory } = options;
    const caFile = path.join(directory, 'tls-ca.pem');
    writeFileSync(caFile, options.tlsCa);
    const auditFile = path.join(directory, 'audit.jsonl');
    const agent = new Agent({
      settings: {
        servers: [
          {
            issuer: server.issuer,
            keys: { kind: 'fetched', jwksUri: `${server.issuer}/.well-known/jwks.json` },
            origins: [server.pageOrigin],
            caFile: undefined,
          },
        ],
        stores: options.stores,
        proxy: undefined,
        caFile,
        ...options.settings,
      },
      openStore: openCertificateStore,
      auditLog: new AuditLog(auditFile, silentLogger),
      device: { platform: 'linux', osVersion: 'Test 1', hostname: 'test-device' },
      agentInstance: 'urn:uuid:00000000-0000-4000-8000-000000000001',
      agentVersion: '0.0.0-test',
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      ...options.agent,
    });
    const listener = await startLoopback({
      ports: await freePorts(1),
      origins: [server.pageOrigin],
      ownership: uncheckedPeerOwnership,
      answer: (delivery) => agent.answer(delivery),
      clock: systemClock,
      logger: silentLogger,
      ...options.loopback,
    });
    return new AgentRig(agent, listener, auditFile);
  }

  get port(): number {
    return this.#listener.port;
  }

  /** The lines of the audit log so far, as JSON. */
  async auditRecords(): Promise<readonly AuditRecord[]> {
    const text = await readFile(this.#auditFile, 'utf8').catch(() => '');
    return wholeLines(text).map((line) => JSON.parse(line) as AuditRecord);
  }

  async close(): Promise<void> {
    await this.#listener.close(1_000);
    await this.agent.close();
  }
}

/** Puts an identity with its issuers into a directory for the file store. @returns the directory */
export function putIdentity(
  directory: string,
  name: string,
  leaf: TestCertificate,
  issuer?: TestCa,
): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const chain = issuer?.chain.map(({ pem }) => pem).join('') ?? '';
  writeFileSync(path.join(directory, `${name}.pem`), leaf.pem + chain);
  writeFileSync(path.join(directory, `${name}.key`), leaf.keyPem, { mode: 0o600 });
  return directory;
}
