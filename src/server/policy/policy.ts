/** What an authentication policy is (docs/policies.md). */
import type { DevicePlatform, KeyClaims } from '../../protocol/index.ts';

/** Where a key lives, by the agent's own word. */
export type KeyProtection = KeyClaims['protection'];

/** What must be the case for a rule to match; conditions that are left out always hold. */
export interface RuleConditions {
  /** `managed`: the proof is good, and the device counts; `unmanaged`: not so; `any`: either. */
  readonly device: 'managed' | 'unmanaged' | 'any';
  /** The agent's claim is one of these. */
  readonly platforms?: readonly DevicePlatform[] | undefined;
  /** The agent's claim is one of these. */
  readonly keyProtection?: readonly KeyProtection[] | undefined;
  /** Ids of certificate authorities; the path ends at one of these. */
  readonly authorities?: readonly string[] | undefined;
  /** The agent's version is this one or a later one (Semantic Versioning 2.0.0, section 11). */
  readonly agentAtLeast?: string | undefined;
  /** The agent's version is earlier than this one. */
  readonly agentBelow?: string | undefined;
}

/** One rule. */
export interface Rule {
  readonly name: string;
  readonly when: RuleConditions;
  readonly effect: 'allow' | 'deny';
  /** Shown to the person where this rule denies. */
  readonly message?: string | undefined;
}

/** Rules in their order: the first that matches decides; where none does, the sign-in is denied. */
export interface Policy {
  readonly id: string;
  readonly name: string;
  readonly rules: readonly Rule[];
  /** Goes up by one with each change; 0 for the default policy as long as nobody has changed it. */
  readonly version: number;
  /** Undefined as long as nobody has changed the default policy. */
  readonly updatedAt?: Date | undefined;
}

/** Id of the policy of applications that name none, and of the server's own pages. */
export const defaultPolicyId = 'default';

/** The default policy as long as nobody has changed it: managed devices only. */
export const defaultPolicy: Policy = {
  id: defaultPolicyId,
  name: 'Default policy',
  rules: [{ name: 'Managed devices', when: { device: 'managed' }, effect: 'allow' }],
  version: 0,
};

/** What a policy decides on. What a refused proof did not show is undefined. */
export interface PolicyFacts {
  readonly managed: boolean;
  readonly platform?: string | undefined;
  readonly keyProtection?: string | undefined;
  readonly agentVersion?: string | undefined;
  /** Id of the certificate authority that the path ended at. */
  readonly authority?: string | undefined;
}
