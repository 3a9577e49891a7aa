/** Sign-ins as CSV (RFC 4180), for spreadsheets. */
import type { SignIn } from '../../storage/index.ts';

const columns: Readonly<Record<string, (signIn: SignIn) => string | undefined>> = {
  time: ({ result }) => result.decidedAt,
  transaction: ({ result }) => result.transaction,
  outcome: ({ result }) => result.decision?.outcome ?? (result.managed ? 'allow' : 'deny'),
  managed: ({ result }) => String(result.managed),
  code: ({ result }) => result.code,
  message: ({ result }) => result.message,
  application: ({ application }) => application,
  user: ({ user }) => user,
  origin: ({ origin }) => origin,
  device: ({ device }) => device,
  hostname: ({ result }) => result.device?.hostname,
  platform: ({ result }) => result.device?.platform,
  subject: ({ result }) => result.path?.[0]?.subject,
  certificate_sha256: ({ result }) => result.path?.[0]?.sha256,
};

/** Yields the head line, then one line a sign-in. */
export async function* signInCsv(signIns: AsyncIterable<SignIn>): AsyncGenerator<string, void> {
  yield `${Object.keys(columns).join()}\r\n`;
  for await (const signIn of signIns) {
    const fields = Object.values(columns).map((read) => field(read(signIn) ?? ''));
    yield `${fields.join()}\r\n`;
  }
}

/**
 * Always quoted. What a spreadsheet would take for a formula has an apostrophe before it: host names
 * are what an agent claims.
 */
function field(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${text.replaceAll('"', '""')}"`;
}
