/** When a person is told that a certificate ends soon. Pure: showing it is somebody else's. */
import { formatDay } from '../../core/index.ts';
import { formatName, type Certificate } from '../../pki/index.ts';

/** What a person is shown. */
export interface Notice {
  readonly title: string;
  readonly body: string;
}

/** Which certificates a person was told of, and on which day: SHA-256 of the certificate -> `2026-03-01`. */
export type ToldNotices = Readonly<Record<string, string>>;

const dayMs = 86_400_000;
const longestName = 200;

/**
 * Decides on a notice for a certificate that has just proven the device. The agent takes the newest that
 * would do, so one that is used is one that has not been renewed.
 *
 * @param certificate - what was used, and its SHA-256 in hex
 * @param days - how long before its end people are told
 * @param told - what they have been told
 * @param now - the present moment
 * @returns the notice; undefined where the end is further off, or the day has had its notice
 */
export function expiryNotice(
  { certificate, sha256 }: { readonly certificate: Certificate; readonly sha256: string },
  days: number,
  told: ToldNotices,
  now: Date,
): Notice | undefined {
  const left = certificate.notAfter.getTime() - now.getTime();
  if (left > days * dayMs || told[sha256] === formatDay(now)) return undefined;
  const name = formatName(certificate.subject)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .slice(0, longestName);
  return {
    title: 'This device’s certificate ends soon',
    body: `The certificate “${name}” ends on ${formatDay(certificate.notAfter)} and has not been renewed. Please tell your IT department: without it, sign-ins will no longer see a managed device.`,
  };
}

/** What is remembered once a notice was shown; other days are forgotten. */
export function withNotice(told: ToldNotices, sha256: string, now: Date): ToldNotices {
  const today = formatDay(now);
  const kept = Object.entries(told).filter(([, day]) => day === today);
  return Object.fromEntries([...kept, [sha256, today]]);
}
