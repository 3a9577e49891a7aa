import { CountersignError, type ErrorDetails } from '../core/index.ts';
import { exitCodes, type ExitCode } from './exit-codes.ts';

/** Codes of {@link CliError}: what only a command line can get wrong. */
export const cliErrors = {
  usage: 'The command line is wrong; --help shows what it may be.',
  file_unreadable: 'The file cannot be read; check its path and permissions.',
  file_unwritable:
    'The file cannot be written; name one that does not exist yet, in a directory of yours.',
  issuer_file_invalid:
    'The file must hold certificates of authorities, as PEM or as one DER certificate.',
  certificate_file_invalid: 'The file must hold certificates, as PEM or as one DER certificate.',
  crl_file_invalid: 'The file must hold CRLs, as PEM or as one DER CRL.',
  ocsp_file_invalid: 'The file must hold one OCSP response, in DER.',
  certificate_not_found:
    'No certificate in the stores fits; "countersign certs list" shows them all.',
  service_unsupported:
    'Countersign knows no service manager of this system; have "countersign run" started at sign-in by other means.',
  service_path_invalid:
    'The service cannot be described: a path or name in it has control characters.',
  service_file_unwritable:
    'The file that describes the service cannot be written or removed; for all users or the machine this takes an administrator.',
  service_not_installed: 'The service is not installed; "countersign service install" installs it.',
  service_manager_failed: 'The system’s service manager did not do as told; its own words follow.',
  internal_error:
    'Something went wrong that should not have; run again with --debug and report what it shows.',
} as const;

/** One of {@link cliErrors}' codes. */
export type CliErrorCode = keyof typeof cliErrors;

/** A failure of the command line itself. */
export class CliError extends CountersignError<CliErrorCode> {
  constructor(code: CliErrorCode, details?: ErrorDetails) {
    super(code, cliErrors, details);
  }
}

/** An error that a command wants the program to end with a certain code for. */
export class ExitWith extends Error {
  readonly exitCode: ExitCode;

  /**
   * @param exitCode - the program's exit code
   * @param cause - what to tell; undefined where the command has said it all
   */
  constructor(exitCode: ExitCode, cause?: unknown) {
    super('exit', { cause });
    this.name = 'ExitWith';
    this.exitCode = exitCode;
  }
}

/** The exit code of an error: its own where a command chose one, else plain failure. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ExitWith) return error.exitCode;
  if (error instanceof CliError && error.code === 'usage') return exitCodes.usage;
  // Each layer's settings errors have codes of this kind.
  const code: unknown = error instanceof CountersignError ? error.code : undefined;
  if (typeof code === 'string' && code.startsWith('settings_')) return exitCodes.settings;
  return exitCodes.failure;
}
