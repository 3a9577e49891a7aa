/** The agent without its doors: answers deliveries, keeps the audit log, knows how it is doing. */
import { createHash } from 'node:crypto';
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
}

/** How many challenges came to which end since the start. */
export type OutcomeCounts = Record<AuditRecord['outcome'], number>;

/** The agent. */
export class Agent {
  readonly #answerer: Answerer;
  readonly #auditLog: AuditLog;
  readonly #outcomes: OutcomeCounts = { managed: 0, refused: 0, declined: 0, failed: 0 };

  constructor(options: AgentOptions) {
    const { settings, clock, random, logger } = options;
    const serverClient = new ServerClient({
      proxy: settings.proxy,
      caFile: settings.caFile,
      clock,
      random,
      logger,
      ...(options.serverClientLimits === undefined ? {} : { limits: options.serverClientLimits }),
    });
    this.#auditLog = options.auditLog;
    this.#answerer = {
      servers: settings.servers,
      serverKeys: new ServerKeys({
        fetch: (uri, server) => serverClient.fetchKeySet(uri, server),
        clock,
        logger,
      }),
      answered: new AnsweredChallenges(),
      serverClient,
      identities: new IdentitySource({
        stores: settings.stores,
        open: options.openStore,
        clock,
        logger,
      }),
      device: options.device,
      agentInstance: options.agentInstance,
      agentVersion: options.agentVersion,
      clock,
      random,
      logger,
    };
  }

  /**
   * Answers a challenge and records what came of it.
   *
   * @returns the server's word
   * @throws CountersignError with the code that the page and the log are told
   */
  async answer(delivery: ChallengeDelivery): Promise<ProofAnswer> {
    const { clock, logger } = this.#answerer;
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
      const answer = await answerChallenge(delivery, this.#answerer, trace);
      if (trace.answer?.kind === 'decline') {
        const { code } = trace.answer;
        record('declined', { code, message: declineReasons[code] });
      } else record(answer.managed ? 'managed' : 'refused', answer);
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
  close(): Promise<void> {
    return this.#answerer.identities.close();
  }
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
