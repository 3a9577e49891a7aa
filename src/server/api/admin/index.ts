export { registerAdminApi } from './admin-api.ts';
