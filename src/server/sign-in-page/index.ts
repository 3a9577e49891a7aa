/** What the server's own sign-in pages share: the demonstration's, and that of OpenID Connect. */
export { signInPageHeaders } from './headers.ts';
export { readPageFiles, type PageFile } from './page-files.ts';
export {
  foundationStyle,
  registerPageFiles,
  registerSignInPageFiles,
  sharedStyle,
} from './routes.ts';
