export { sessionCookie, type SessionCookie } from './cookies.ts';
export { hashSessionToken, makeSessionToken } from './session-token.ts';
