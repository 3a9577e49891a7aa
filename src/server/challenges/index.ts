export { readApplicationResult } from './application-results.ts';
export type { SigningKeyKind } from './key-kind.ts';
export { keyLeadTime, keySetMaxAge } from './key-rotation.ts';
export { createSigningKeys, type SigningKeyInfo, type SigningKeys } from './signing-keys.ts';
export { createSubmissions, type Submissions, type SubmissionsContext } from './submissions.ts';
export { createTransactions, type Transactions } from './transactions.ts';
