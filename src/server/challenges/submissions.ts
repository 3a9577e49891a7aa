/** Taking a proof or a decline: the agent's side of a transaction. */
import type { Clock, Logger } from '../../core/index.ts';
import {
  declineReasons,
  isAllowed,
  parseDecline,
  type DeviceDecline,
  type ProofAnswer,
  type VerificationResult,
} from '../../protocol/index.ts';
import {
  createCertificateCache,
  examineDeviceProof,
  type ChallengeLedger,
  type Examination,
} from '../../verifier/index.ts';
import { ServerError } from '../errors.ts';
import type { Revocation } from '../revocation/index.ts';
import type { Storage, TakenTransaction, TransactionStore } from '../storage/index.ts';
import type { Platforms } from '../trust/index.ts';
import { judge, type JudgementContext } from './judgement.ts';

/** What {@link createSubmissions} needs. */
export interface SubmissionsContext extends JudgementContext {
  readonly storage: Storage;
  readonly platforms: Pick<Platforms, 'trusted'>;
  readonly revocation: Pick<Revocation, 'inputs' | 'checker'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The agent's side of transactions. Each answer is taken once. */
export interface Submissions {
  /**
   * Verifies a proof and writes the verdict.
   *
   * @param proof - the compact JWS as received
   * @throws ProtocolError where it has not the form of a proof, ServerError `transaction_*` where its
   *   transaction does not wait for one: then no transaction is touched
   */
  submitProof(proof: string): Promise<ProofAnswer>;
  /**
   * Writes that the device cannot prove itself. An unsigned message, which can do nothing but turn a
   * pending transaction into a refused one.
   *
   * @param text - the JSON body as received
   * @throws as {@link submitProof}
   */
  submitDecline(text: string): Promise<ProofAnswer>;
}

/** Certificates that are kept parsed: those of CAs, which every device sends, and of devices that come back. */
const certificateCacheSize = 2048;

/** Makes the service. */
export function createSubmissions(context: SubmissionsContext): Submissions {
  const { storage, clock, platforms, revocation } = context;
  const certificates = createCertificateCache(certificateCacheSize);
  return {
    async submitProof(proof) {
      const submission: Submission = {};
      const request = {
        proof,
        challenges: ledgerOf(storage.transactions, submission),
        authorities: await platforms.trusted(),
        revocation: await revocation.inputs(),
        checker: revocation.checker,
        certificates,
        now: clock.now(),
      };
      return settle(context, submission, () => examineDeviceProof(request));
    },
    async submitDecline(text) {
      const decline = parseDecline(text);
      const now = clock.now();
      const submission: Submission = {};
      await ledgerOf(storage.transactions, submission).take(
        decline.transaction,
        decline.nonce,
        now,
      );
      const examination = { result: refused(decline, now) };
      return settle(context, submission, () => Promise.resolve(examination));
    },
  };
}

/** A transaction that was taken. */
type Taken = TakenTransaction & { readonly transaction: string };

/** One submission, and the transaction that it has taken by now. */
interface Submission {
  taken?: Taken;
}

function ledgerOf(transactions: TransactionStore, submission: Submission): ChallengeLedger {
  return {
    async take(transaction, nonce, now) {
      const taken = await take(transactions, transaction, nonce, now);
      submission.taken = { ...taken, transaction };
      return taken.challenge;
    },
  };
}

/** Goes on from a verdict. Where the server itself fails, nobody is let in, and the page does not wait. */
async function settle(
  context: SubmissionsContext,
  submission: Submission,
  examine: () => Promise<Examination>,
): Promise<ProofAnswer> {
  let result: VerificationResult;
  try {
    const examination = await examine();
    result = await judge(context, examination, submission.taken?.application);
  } catch (error) {
    const { taken } = submission;
    if (taken !== undefined) {
      const verdict = failed(taken.transaction, context.clock.now());
      await conclude(context, taken, verdict).catch(() => undefined);
    }
    throw error;
  }
  return conclude(context, submission.taken, result);
}

/** Takes a transaction, or tells why not. Who does not know the nonce learns nothing of its state. */
async function take(
  transactions: TransactionStore,
  id: string,
  nonce: string,
  now: Date,
): Promise<TakenTransaction> {
  const taken = await transactions.take(id, nonce, now);
  if (taken !== undefined) return taken;
  const transaction = await transactions.find(id);
  if (transaction === undefined) throw new ServerError('transaction_unknown');
  if (transaction.nonce !== nonce) throw new ServerError('transaction_nonce_mismatch');
  switch (transaction.state) {
    case 'cancelled':
      throw new ServerError('transaction_cancelled');
    case 'taken':
    case 'managed':
    case 'refused':
      throw new ServerError('transaction_answered');
    case 'pending':
    case 'expired':
      throw new ServerError('transaction_expired');
  }
}

async function conclude(
  { storage, logger }: SubmissionsContext,
  taken: Taken | undefined,
  result: VerificationResult,
): Promise<ProofAnswer> {
  const { transaction, code, message, deviceId: device } = result;
  const { origin = '', application, user } = taken ?? {};
  const signIn = {
    origin,
    result,
    ...(application === undefined ? {} : { application }),
    ...(device === undefined ? {} : { device }),
    ...(user === undefined ? {} : { user }),
  };
  if (!(await storage.transactions.conclude(signIn))) {
    // The person cancelled while the proof was being verified.
    throw new ServerError('transaction_cancelled');
  }
  // To an agent, a device that the policy denies is one that was refused.
  const managed = result.managed && isAllowed(result);
  logger.info('verdict given', {
    transaction,
    managed,
    code,
    origin,
    application,
    device,
    certificate: result.path?.[0]?.sha256,
  });
  return { transaction, managed, code, message: shorten(message) };
}

/** Longest sentence that an agent reads. */
const maxMessageLength = 1024;

/**
 * What an agent is told of a verdict: one line, of bounded length. The whole is in the verdict, which
 * may list every address of a certificate that gave no status.
 */
function shorten(message: string): string {
  const line = message.replace(/\p{Cc}/gu, '?');
  return line.length <= maxMessageLength ? line : `${line.slice(0, maxMessageLength - 1)}…`;
}

function refused(decline: DeviceDecline, now: Date): VerificationResult {
  const message = declineReasons[decline.code];
  return {
    managed: false,
    code: decline.code,
    message,
    transaction: decline.transaction,
    decidedAt: now.toISOString(),
    checks: [
      { check: 'format', outcome: 'passed', message: 'The device’s answer is well-formed.' },
      { check: 'transaction', outcome: 'passed', message: 'The answer belongs to this sign-in.' },
      { check: 'signature', outcome: 'failed', message: `The device sent no proof. ${message}` },
    ],
  };
}

/** The verdict where the server itself failed: nobody is let in, and the page does not wait. */
function failed(transaction: string, now: Date): VerificationResult {
  const { code, message } = new ServerError('internal_error');
  return {
    managed: false,
    code,
    message,
    transaction,
    decidedAt: now.toISOString(),
    checks: [{ check: 'transaction', outcome: 'passed', message: 'The proof was taken.' }],
  };
}
