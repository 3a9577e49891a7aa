/*
 * The part of Cryptoki 2.40 (OASIS PKCS#11) that the fake module needs, declared anew: types,
 * constants, and the function list in its fixed order.
 */
#ifndef FAKE_CRYPTOKI_H
#define FAKE_CRYPTOKI_H

typedef unsigned char CK_BYTE;
typedef unsigned long CK_ULONG;
typedef CK_ULONG CK_RV;

typedef struct {
  CK_BYTE major, minor;
} CK_VERSION;

typedef struct {
  CK_VERSION cryptoki_version;
  CK_BYTE manufacturer[32];
  CK_ULONG flags;
  CK_BYTE description[32];
  CK_VERSION library_version;
} CK_INFO;

typedef struct {
  CK_BYTE description[64];
  CK_BYTE manufacturer[32];
  CK_ULONG flags;
  CK_VERSION hardware_version, firmware_version;
} CK_SLOT_INFO;

typedef struct {
  CK_BYTE label[32], manufacturer[32], model[16], serial[16];
  CK_ULONG flags;
  CK_ULONG max_sessions, sessions, max_rw_sessions, rw_sessions, max_pin, min_pin;
  CK_ULONG total_public, free_public, total_private, free_private;
  CK_VERSION hardware_version, firmware_version;
  CK_BYTE utc_time[16];
} CK_TOKEN_INFO;

typedef struct {
  CK_ULONG slot, state, flags, device_error;
} CK_SESSION_INFO;

typedef struct {
  CK_ULONG min_key, max_key, flags;
} CK_MECHANISM_INFO;

typedef struct {
  CK_ULONG type;
  void *value;
  CK_ULONG length;
} CK_ATTRIBUTE;

typedef struct {
  CK_ULONG mechanism;
  void *parameter;
  CK_ULONG parameter_length;
} CK_MECHANISM;

enum {
  CKR_OK = 0x00,
  CKR_SLOT_ID_INVALID = 0x03,
  CKR_GENERAL_ERROR = 0x05,
  CKR_ATTRIBUTE_TYPE_INVALID = 0x12,
  CKR_FUNCTION_NOT_SUPPORTED = 0x54,
  CKR_KEY_HANDLE_INVALID = 0x60,
  CKR_MECHANISM_INVALID = 0x70,
  CKR_OBJECT_HANDLE_INVALID = 0x82,
  CKR_OPERATION_ACTIVE = 0x90,
  CKR_OPERATION_NOT_INITIALIZED = 0x91,
  CKR_PIN_INCORRECT = 0xa0,
  CKR_SESSION_HANDLE_INVALID = 0xb3,
  CKR_USER_ALREADY_LOGGED_IN = 0x100,
  CKR_USER_NOT_LOGGED_IN = 0x101,
  CKR_BUFFER_TOO_SMALL = 0x150,
  CKR_CRYPTOKI_NOT_INITIALIZED = 0x190,
  CKR_CRYPTOKI_ALREADY_INITIALIZED = 0x191
};

enum { CKO_CERTIFICATE = 1, CKO_PRIVATE_KEY = 3 };

enum {
  CKA_CLASS = 0x000,
  CKA_LABEL = 0x003,
  CKA_VALUE = 0x011,
  CKA_CERTIFICATE_TYPE = 0x080,
  CKA_KEY_TYPE = 0x100,
  CKA_ID = 0x102,
  CKA_SIGN = 0x108,
  CKA_MODULUS = 0x120,
  CKA_EXTRACTABLE = 0x162,
  CKA_ALWAYS_AUTHENTICATE = 0x202
};

enum { CKM_RSA_PKCS = 1, CKF_SIGN = 0x800 };
enum { CKF_LOGIN_REQUIRED = 0x4, CKF_USER_PIN_INITIALIZED = 0x8, CKF_TOKEN_INITIALIZED = 0x400 };
enum { CKS_RO_PUBLIC_SESSION = 0, CKS_RO_USER_FUNCTIONS = 1 };
enum { CKU_USER = 1, CKU_CONTEXT_SPECIFIC = 2 };

typedef CK_RV (*CK_UNUSED)(void);

struct CK_FUNCTION_LIST {
  CK_VERSION version;
  CK_RV (*C_Initialize)(void *);
  CK_RV (*C_Finalize)(void *);
  CK_RV (*C_GetInfo)(CK_INFO *);
  CK_RV (*C_GetFunctionList)(const struct CK_FUNCTION_LIST **);
  CK_RV (*C_GetSlotList)(CK_BYTE, CK_ULONG *, CK_ULONG *);
  CK_RV (*C_GetSlotInfo)(CK_ULONG, CK_SLOT_INFO *);
  CK_RV (*C_GetTokenInfo)(CK_ULONG, CK_TOKEN_INFO *);
  CK_RV (*C_GetMechanismList)(CK_ULONG, CK_ULONG *, CK_ULONG *);
  CK_RV (*C_GetMechanismInfo)(CK_ULONG, CK_ULONG, CK_MECHANISM_INFO *);
  CK_UNUSED C_InitToken, C_InitPIN, C_SetPIN;
  CK_RV (*C_OpenSession)(CK_ULONG, CK_ULONG, void *, void *, CK_ULONG *);
  CK_RV (*C_CloseSession)(CK_ULONG);
  CK_UNUSED C_CloseAllSessions;
  CK_RV (*C_GetSessionInfo)(CK_ULONG, CK_SESSION_INFO *);
  CK_UNUSED C_GetOperationState, C_SetOperationState;
  CK_RV (*C_Login)(CK_ULONG, CK_ULONG, CK_BYTE *, CK_ULONG);
  CK_UNUSED C_Logout, C_CreateObject, C_CopyObject, C_DestroyObject, C_GetObjectSize;
  CK_RV (*C_GetAttributeValue)(CK_ULONG, CK_ULONG, CK_ATTRIBUTE *, CK_ULONG);
  CK_UNUSED C_SetAttributeValue;
  CK_RV (*C_FindObjectsInit)(CK_ULONG, CK_ATTRIBUTE *, CK_ULONG);
  CK_RV (*C_FindObjects)(CK_ULONG, CK_ULONG *, CK_ULONG, CK_ULONG *);
  CK_RV (*C_FindObjectsFinal)(CK_ULONG);
  CK_UNUSED encrypt_and_digest[13]; /* C_EncryptInit to C_DigestFinal */
  CK_RV (*C_SignInit)(CK_ULONG, CK_MECHANISM *, CK_ULONG);
  CK_RV (*C_Sign)(CK_ULONG, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
  CK_UNUSED sign_update_and_others[24]; /* C_SignUpdate to C_WaitForSlotEvent */
};

#endif
