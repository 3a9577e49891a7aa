/** The messages between the program and the process that hosts a store for it. */
import { keystoreErrors, type KeystoreErrorCode } from '../errors.ts';

/** What the parent asks. The child answers each request in turn, in the order they came. */
export interface HostedRequest {
  readonly id: number;
  /** `open`, then the methods of the service that was opened. */
  readonly method: string;
  readonly params: unknown;
}

/** What the child answers. */
export type HostedResponse =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: HostedFailure };

/** A failure of the store, told across the process border. */
export interface HostedFailure {
  readonly code: KeystoreErrorCode;
  readonly message: string;
  /** The child found itself beyond repair: ask again in a new process. */
  readonly replaceProcess: boolean;
}

/** The first request of a process: which service it hosts. */
export interface OpenRequest {
  readonly service: 'pkcs11';
  readonly settings: unknown;
}

/** Something that runs in the child and answers requests. */
export interface HostedService {
  /** @throws KeystoreError, {@link BeyondRepair} */
  handle(method: string, params: unknown): unknown;
  /** Gives up what it holds; the process ends right after. */
  close(): void;
}

/** Thrown by a service that only a new process can help; says what to report if that fails too. */
export class BeyondRepair extends Error {
  readonly code: KeystoreErrorCode;

  constructor(code: KeystoreErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether a message from the child is what the parent understands. */
export function isHostedResponse(message: unknown): message is HostedResponse {
  if (typeof message !== 'object' || message === null || !('id' in message)) return false;
  if (typeof message.id !== 'number') return false;
  return 'failure' in message ? isHostedFailure(message.failure) : 'value' in message;
}

function isHostedFailure(failure: unknown): failure is HostedFailure {
  return (
    typeof failure === 'object' &&
    failure !== null &&
    'code' in failure &&
    typeof failure.code === 'string' &&
    Object.hasOwn(keystoreErrors, failure.code) &&
    'message' in failure &&
    typeof failure.message === 'string' &&
    'replaceProcess' in failure &&
    typeof failure.replaceProcess === 'boolean'
  );
}
