import { CountersignError, type ErrorDetails } from '../../core/index.ts';

/** Codes of {@link ServerSettingsError}. */
export const serverSettingsErrors = {
  server_settings_unreadable:
    'The server’s settings file cannot be read; check its path and permissions.',
  server_settings_malformed: 'The server’s settings file is not the JSON object it must be.',
  server_settings_unknown:
    'There is no such setting of the server; docs/cli-server.md lists those there are.',
  server_settings_invalid: 'A setting of the server has a value that it cannot have.',
} as const;

/** One of {@link serverSettingsErrors}' codes. */
export type ServerSettingsErrorCode = keyof typeof serverSettingsErrors;

/** Settings that the server cannot start with. The message names the setting and where it stands. */
export class ServerSettingsError extends CountersignError<ServerSettingsErrorCode> {
  constructor(code: ServerSettingsErrorCode, details?: ErrorDetails) {
    super(code, serverSettingsErrors, details);
  }
}
