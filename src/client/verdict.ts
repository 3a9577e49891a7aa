import type { TransactionStatus } from '../protocol/index.ts';
import { isPassing, readTransaction, type ServerConnection } from './server.ts';

const firstWait = 500;
const longestWait = 4000;
/** A verdict is there as soon as the agent has answered: if not on the first look, then soon. */
const waitAfterDelivery = 200;
/** So many looks in a row may fail before the server counts as out of reach. */
const failuresAllowed = 4;

/**
 * Polls a transaction, more and more slowly, until it is pending no more.
 *
 * @param server - the server that holds it
 * @param transaction - its id
 * @param delivered - fires when the agent has answered the server: the next look is due at once
 * @param signal - ends the polling
 * @returns how the transaction came out
 * @throws ClientError with a `server_*` code
 */
export async function pollVerdict(
  server: ServerConnection,
  transaction: string,
  delivered: AbortSignal,
  signal: AbortSignal,
): Promise<TransactionStatus> {
  let wait = firstWait;
  let hurried = false;
  for (let failures = 0; ;) {
    await server.platform.delay(wait, hurried ? signal : delivered);
    if (!hurried && delivered.aborted) {
      hurried = true;
      wait = waitAfterDelivery;
    } else {
      wait = Math.min(wait * 1.5, longestWait);
    }
    try {
      const status = await readTransaction(server, transaction, signal);
      if (status.status !== 'pending') return status;
      failures = 0;
    } catch (error) {
      if (signal.aborted || !isPassing(error) || ++failures > failuresAllowed) throw error;
    }
  }
}
