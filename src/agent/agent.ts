/** The agent without its doors: answers deliveries, keeps the audit log, knows how it is doing. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { CountersignError, describeError } from '../core/index.ts';
import type { Clock, Logger, RandomSource } from '../core/index.ts';
import { formatName, serialNumberHex, type Certificate } from '../pki/index.ts';
import { declineReasons, type DeviceClaims, type ProofAnswer } from '../protocol/index.ts';
import {
  answerChallenge,
  type Answerer,
  type AnswerTrace,
  type ChallengeDelivery,
} from './answer-challenge.ts';
import type { AuditLog } from './audit/audit-log.ts';
import type { AuditedCertificate, AuditRecord } from './audit/audit-record.ts';
import { AnsweredChallenges } from './challenge/answered-challenges.ts';
import { ServerKeys } from './challenge/server-keys.ts';
import type { AgentSettings } from './config/settings.ts';
import { AgentError, agentErrors } from './errors.ts';
import { IdentitySource, type OpenStore, type StoreHealth } from './identity-source.ts';
import { ServerClient, type ServerClientLimits } from './submission/server-client.ts';

/** What an agent is composed of. */
export interface AgentOptions {
  readonly settings: Pick<AgentSettings, 'servers' | 'stores' | 'proxy' | 'caFile'>;
  readonly openStore: OpenStore;
  readonly auditLog: AuditLog;
  readonly device: DeviceClaims;
  /** `urn:uuid:…` of this installation. */
  readonly agentInstance: string;
  readonly agentVersion: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly serverClientLimits?: ServerClientLimits;
  /** Told of each certificate that a server has been shown; must not throw. */
  readonly onCertificateUsed?: (certificate: Certificate) => void;
}

/** How many challenges came to which end since the start. */
export type OutcomeCounts = Record<AuditRecord['outcome'], number>;

/** The agent. */
export class Agent {
  readonly #options: AgentOptions;
  #settings: AgentOptions['settings'];
  #answerer: Answerer;
  /** Challenges being answered. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** Stores that are not named any more, until they are closed. */
  readonly #left = new Set<IdentitySource>();
  readonly #auditLog: AuditLog;
  readonly #outcomes: OutcomeCounts = { managed: 0, refused: 0, declined: 0, failed: 0 };

  constructor(options: AgentOptions) {
    const { settings, clock, random, logger } = options;
    this.#options = options;
    this.#settings = settings;
    this.#auditLog = options.auditLog;
    this.#answerer = {
      ...towardsServers(options, settings),
      answered: new AnsweredChallenges(),
      identities: identitySource(options, settings),
      device: options.device,
      agentInstance: options.agentInstance,
      agentVersion: options.agentVersion,
      clock,
      random,
      logger,
    };
  }

  /**
   * Takes other settings from the next challenge on. Those under way end with the settings they began
   * with; stores that are no longer named are closed behind them. What has been answered stays so.
   */
  reconfigure(settings: AgentOptions['settings']): void {
    const { identities } = this.#answerer;
    const sameStores = isDeepStrictEqual(settings.stores, this.#settings.stores);
    this.#answerer = {
      ...this.#answerer,
      ...towardsServers(this.#options, settings),
      identities: sameStores ? identities : identitySource(this.#options, settings),
    };
    this.#settings = settings;
    if (sameStores) return;
    this.#left.add(identities);
    void Promise.allSettled(this.#underWay).then(() => this.#closeLeft(identities));
  }

  /**
   * Answers a challenge and records what came of it.
   *
   * @returns the server's word
   * @throws CountersignError with the code that the page and the log are told
   */
  answer(delivery: ChallengeDelivery): Promise<ProofAnswer> {
    const answering = this.#answer(delivery, this.#answerer).finally(() => {
      this.#underWay.delete(answering);
    });
    this.#underWay.add(answering);
    return answering;
  }

  async #answer(delivery: ChallengeDelivery, answerer: Answerer): Promise<ProofAnswer> {
    const { clock, logger } = answerer;
    const started = clock.now();
    const trace: AnswerTrace = {};
    const record = (
      outcome: AuditRecord['outcome'],
      { code, message }: { readonly code: string; readonly message: string },
    ): void => {
      const durationMs = clock.now().getTime() - started.getTime();
      this.#outcomes[outcome]++;
      const facts = factsOf(delivery, trace);
      const time = started.toISOString();
      const event = 'challenge';
      const link = this.#auditLog.append({
        time,
        event,
        outcome,
        ...facts,
        code,
        message,
        durationMs,
      });
      const { issuer, transaction } = facts;
      // Where the system's log is out of the user's reach, it witnesses the audit log.
      const audit = link && `${link.sequence}:${link.hash}`;
      logger.info(`Challenge ${outcome}`, { code, issuer, transaction, durationMs, audit });
    };
    try {
      const answer = await answerChallenge(delivery, answerer, trace);
      if (trace.answer?.kind === 'decline') {
        const { code } = trace.answer;
        record('declined', { code, message: declineReasons[code] });
      } else record(answer.managed ? 'managed' : 'refused', answer);
      if (trace.answer?.kind === 'proof') {
        this.#options.onCertificateUsed?.(trace.answer.identity.certificate);
      }
      return answer;
    } catch (error) {
      if (error instanceof CountersignError) {
        record('failed', error);
        throw error;
      }
      logger.error('Answering a challenge failed unexpectedly', { reason: describeError(error) });
      record('failed', { code: 'agent_failed', message: agentErrors.agent_failed });
      throw new AgentError('agent_failed', { cause: error });
    }
  }

  /** What the last sweep saw of each store. */
  storeHealth(): readonly StoreHealth[] {
    return this.#answerer.identities.health();
  }

  /** How challenges ended since the start. */
  outcomes(): Readonly<OutcomeCounts> {
    return { ...this.#outcomes };
  }

  /** Closes the stores. */
  async close(): Promise<void> {
    const left = [...this.#left].map((identities) => this.#closeLeft(identities));
    await Promise.all([this.#answerer.identities.close(), ...left]);
  }

  async #closeLeft(identities: IdentitySource): Promise<void> {
    this.#left.delete(identities);
    try {
      await identities.close();
    } catch (error) {
      const reason = describeError(error);
      this.#options.logger.warn('A store that is no longer named cannot be closed', { reason });
    }
  }
}

/** What the settings of servers and of the way to them make of an answerer. */
function towardsServers(
  { clock, random, logger, serverClientLimits }: AgentOptions,
  { servers, proxy, caFile }: AgentOptions['settings'],
): Pick<Answerer, 'servers' | 'serverKeys' | 'serverClient'> {
  const serverClient = new ServerClient({
    proxy,
    caFile,
    clock,
    random,
    logger,
    ...(serverClientLimits === undefined ? {} : { limits: serverClientLimits }),
  });
  const serverKeys = new ServerKeys({
    fetch: (uri, server) => serverClient.fetchKeySet(uri, server),
    clock,
    logger,
  });
  return { servers, serverKeys, serverClient };
}

function identitySource(
  { openStore, clock, logger }: AgentOptions,
  { stores }: AgentOptions['settings'],
): IdentitySource {
  return new IdentitySource({ stores, open: openStore, clock, logger });
}

function factsOf(
  { origin }: ChallengeDelivery,
  { challenge, answer }: AnswerTrace,
): Pick<AuditRecord, 'origin' | 'issuer' | 'transaction' | 'certificate'> {
  return {
    origin,
    issuer: challenge?.issuer,
    transaction: challenge?.transaction,
    certificate: answer?.kind === 'proof' ? audited(answer.identity.certificate) : undefined,
  };
}

function audited(certificate: Certificate): AuditedCertificate {
  return {
    subject: formatName(certificate.subject),
    serialNumber: serialNumberHex(certificate),
    sha256: createHash('sha256').update(certificate.der).digest('hex'),
  };
}
