export { adminOperations, registerAdminApi } from './admin-api.ts';
export type { Operation, OperationRole } from './operation.ts';
