/** The constants of PKCS#11 (OASIS, version 2.40) that both sides of the process border use. */

/** Key types. */
export const CKK = { RSA: 0x00, EC: 0x03 } as const;

/** Mechanisms. */
export const CKM = {
  RSA_PKCS: 0x0001,
  RSA_PKCS_PSS: 0x000d,
  ECDSA: 0x1041,
  SHA256: 0x0250,
} as const;

/** Mask generation functions. */
export const CKG = { MGF1_SHA256: 0x02 } as const;

/** Flags of tokens. */
export const tokenFlags = {
  loginRequired: 0x0000_0004,
  protectedAuthenticationPath: 0x0000_0100,
  initialised: 0x0000_0400,
  userPinFinalTry: 0x0002_0000,
  userPinLocked: 0x0004_0000,
} as const;

/** Flags of slots. */
export const slotFlags = { hardware: 0x04 } as const;

/** Flags of mechanisms. */
export const mechanismFlags = { hardware: 0x0001, sign: 0x0800 } as const;
