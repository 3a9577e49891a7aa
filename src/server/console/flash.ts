/** What is said once on the page after a form: kept in a cookie, since it concerns one browser alone. */
import { decodeBase64Url, encodeBase64Url, fromUtf8, utf8 } from '../../core/index.ts';
import { sessionCookie } from '../sessions/index.ts';
import type { Flash } from './markup/index.ts';

/** Longest message; a cookie has room for 4096 octets. */
const maxLength = 600;

const tones = ['good', 'bad', 'warn', 'neutral'] as const;

/** Writes and reads the message. */
export interface FlashCookie {
  /** @returns a Set-Cookie header */
  set(flash: Flash): string;
  /** @param header - a request's Cookie header */
  read(header: string | undefined): Flash | undefined;
  /** @returns a Set-Cookie header that takes the message away */
  clear(): string;
}

/** @param secure - whether the server is reached over https */
export function createFlashCookie(secure: boolean): FlashCookie {
  const cookie = sessionCookie('countersign-flash', secure);
  return {
    set: ({ tone, text }) => {
      const short = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
      return cookie.set(`${tone}.${encodeBase64Url(utf8(short))}`);
    },
    read(header) {
      const [tone, text = ''] = (cookie.read(header) ?? '').split('.');
      const known = tones.find((one) => one === tone);
      const bytes = decodeBase64Url(text);
      if (known === undefined || bytes === undefined || bytes.length === 0) return undefined;
      try {
        return { tone: known, text: fromUtf8(bytes) };
      } catch {
        return undefined;
      }
    },
    clear: () => cookie.clear(),
  };
}
