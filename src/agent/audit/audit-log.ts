/** The audit log: one JSON line for every challenge that was asked, and what came of it. */
import { appendFileSync } from 'node:fs';
import { describeError, type Logger } from '../../core/index.ts';

/** One challenge and its outcome. Never a token, a PIN or a signature. */
export interface AuditRecord {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly event: 'challenge';
  /**
   * `managed` or `refused`: the server's verdict on a proof. `declined`: no certificate could answer, and
   * the server was told. `failed`: the challenge was refused, or the server did not take the answer.
   */
  readonly outcome: 'managed' | 'refused' | 'declined' | 'failed';
  /** The web origin of the page. */
  readonly origin: string;
  /** As the challenge says; of one that was refused, nothing but a claim. */
  readonly issuer?: string | undefined;
  readonly transaction?: string | undefined;
  /** The certificate that signed. */
  readonly certificate?: AuditedCertificate | undefined;
  /** The verdict's, the decline's or the error's code and sentence. */
  readonly code: string;
  readonly message: string;
  readonly durationMs: number;
}

/** A certificate, as a line of the log names it. */
export interface AuditedCertificate {
  /** RFC 4514 text. */
  readonly subject: string;
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** Hexadecimal SHA-256 of the DER. */
  readonly sha256: string;
}

/** Appends to the audit log. */
export class AuditLog {
  readonly #file: string;
  readonly #logger: Logger;

  /**
   * @param file - absolute path; made with mode 0600, opened for each line so that it may be rotated
   * @param logger - told where a line could not be written: no sign-in fails for it
   */
  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
  }

  /** Writes a record. Synchronously: it is with the system before the page has its answer. */
  append(record: AuditRecord): void {
    try {
      appendFileSync(this.#file, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    } catch (error) {
      this.#logger.error('The audit log cannot be written', {
        file: this.#file,
        reason: describeError(error),
      });
    }
  }
}
