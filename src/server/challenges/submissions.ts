/** Taking a proof or a decline: the agent's side of a transaction. */
import { isCountersignError, type Clock, type Logger } from '../../core/index.ts';
import {
  declineReasons,
  parseDecline,
  type DeviceDecline,
  type ProofAnswer,
  type VerificationResult,
} from '../../protocol/index.ts';
import { verifyDeviceProof, type ChallengeLedger } from '../../verifier/index.ts';
import { ServerError } from '../errors.ts';
import type { Revocation } from '../revocation/index.ts';
import type { Storage, TakenTransaction, TransactionStore } from '../storage/index.ts';
import type { Authorities } from '../trust/index.ts';

/** What {@link createSubmissions} needs. */
export interface SubmissionsContext {
  readonly storage: Storage;
  readonly authorities: Authorities;
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

/** Makes the service. */
export function createSubmissions(context: SubmissionsContext): Submissions {
  const { storage, clock } = context;
  return {
    async submitProof(proof) {
      const ledger = createLedger(storage.transactions);
      const authorities = await context.authorities.trusted();
      const revocation = await context.revocation.inputs();
      const { checker } = context.revocation;
      const now = clock.now();
      try {
        const result = await verifyDeviceProof({
          proof,
          challenges: ledger,
          authorities,
          now,
          revocation,
          checker,
        });
        return await conclude(context, ledger.origin(), result);
      } catch (error) {
        const transaction = ledger.taken();
        if (transaction !== undefined && !isCountersignError(error)) {
          await conclude(context, ledger.origin(), failed(transaction, clock.now()));
        }
        throw error;
      }
    },
    async submitDecline(text) {
      const decline = parseDecline(text);
      const now = clock.now();
      const taken = await take(storage.transactions, decline.transaction, decline.nonce, now);
      return conclude(context, taken.origin, refused(decline, now));
    },
  };
}

/** The ledger of one submission, which remembers what was taken from it. */
interface SubmissionLedger extends ChallengeLedger {
  /** The transaction that was taken, if one was. */
  taken(): string | undefined;
  /** The web origin that started it; empty before. */
  origin(): string;
}

function createLedger(transactions: TransactionStore): SubmissionLedger {
  let transaction: string | undefined;
  let origin = '';
  return {
    async take(id, nonce, now) {
      const taken = await take(transactions, id, nonce, now);
      transaction = id;
      origin = taken.origin;
      return taken.challenge;
    },
    taken: () => transaction,
    origin: () => origin,
  };
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
  origin: string,
  result: VerificationResult,
): Promise<ProofAnswer> {
  const { transaction, managed, code, message } = result;
  if (!(await storage.transactions.conclude({ origin, result }))) {
    // The person cancelled while the proof was being verified.
    throw new ServerError('transaction_cancelled');
  }
  logger.info('verdict given', {
    transaction,
    managed,
    code,
    origin,
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
