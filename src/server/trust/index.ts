export {
  authorityJson,
  createAuthorities,
  type Authorities,
  type AuthorityInfo,
} from './authorities.ts';
export type { AuthorityWarning } from './authority-check.ts';
export {
  authorityTrees,
  describeAuthority,
  type AuthorityCertificate,
  type AuthorityNode,
  type AuthorityTree,
} from './authority-tree.ts';
export { maxFileBytes, readAuthorityFile } from './authority-file.ts';
export { TrustError, trustErrors, type TrustErrorCode } from './errors.ts';
export {
  createPlatforms,
  type EndpointManagement,
  type PlatformChanges,
  type Platforms,
  type PlatformTrust,
} from './platforms.ts';
