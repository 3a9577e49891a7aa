/*
 * A PKCS#11 module that misbehaves on demand: one slot, one token, one RSA certificate and its key.
 * It signs for real (RSASSA-PKCS1-v1_5), so that what works beside a fault can be verified.
 *
 * Everything it does is told by files in the directory that FAKE_MODULE_DIR names:
 *   cert.der, key.n, key.d   the certificate; modulus and private exponent, big-endian
 *   behaviour                lines "name=number", read at each call
 *   calls.log                written: one line per call that tests count
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cryptoki.h"
#include "rsa.h"

enum { SLOT = 7, CERTIFICATE = 1, KEY = 2, MAX_SESSIONS = 64, MAX_PATH_LENGTH = 1024 };

static struct {
  int initialised, logged_in, broken, searching, found;
  CK_ULONG search_class;
  struct {
    int open, active, stuck;
  } sessions[MAX_SESSIONS];
} state;

/* ---- the directory ---- */

static FILE *open_file(const char *name, const char *mode) {
  const char *directory = getenv("FAKE_MODULE_DIR");
  char path[MAX_PATH_LENGTH];
  if (directory == NULL) abort();
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return fopen(path, mode);
}

static size_t read_file(const char *name, CK_BYTE *out, size_t capacity) {
  FILE *file = open_file(name, "rb");
  size_t length = 0;
  if (file == NULL) return 0;
  length = fread(out, 1, capacity, file);
  fclose(file);
  return length;
}

static CK_ULONG behaviour(const char *wanted, CK_ULONG otherwise) {
  FILE *file = open_file("behaviour", "r");
  char name[64];
  unsigned long value = 0;
  CK_ULONG result = otherwise;
  if (file == NULL) return otherwise;
  while (fscanf(file, "%63[^=]=%lu ", name, &value) == 2) {
    if (strcmp(name, wanted) == 0) result = value;
  }
  fclose(file);
  return result;
}

static void note(const char *call) {
  FILE *file = open_file("calls.log", "a");
  if (file == NULL) return;
  fprintf(file, "%s\n", call);
  fclose(file);
}

/* How often a call was noted so far, by all processes. */
static CK_ULONG count(const char *call) {
  FILE *file = open_file("calls.log", "r");
  char line[64];
  CK_ULONG found = 0;
  if (file == NULL) return 0;
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    if (strcmp(line, call) == 0) found++;
  }
  fclose(file);
  return found;
}

/* A write through a null pointer, of a kind that no compiler sees coming. */
static int *volatile nowhere = NULL;

static void crash(void) { *nowhere = 1; }

static void hang(void) {
  for (;;) pause();
}

static void pad(CK_BYTE *field, size_t length, const char *text) {
  memset(field, ' ', length);
  memcpy(field, text, strlen(text) < length ? strlen(text) : length);
}

/* Until it is told otherwise; by itself after ten seconds, so that nobody hangs with it. */
static void hold(void) {
  note("held");
  for (int i = 0; i < 1000 && behaviour("sign_held", 0); i++) usleep(10000);
  note("let go");
}

/* ---- general ---- */

static CK_RV initialize(void *arguments) {
  (void)arguments;
  note("C_Initialize");
  if (behaviour("initialize_crash", 0)) crash();
  if (behaviour("initialize_hang", 0)) hang();
  if (behaviour("initialize_rv", 0)) return behaviour("initialize_rv", 0);
  if (state.initialised) return CKR_CRYPTOKI_ALREADY_INITIALIZED;
  state.initialised = 1;
  return CKR_OK;
}

static CK_RV finalize(void *reserved) {
  (void)reserved;
  note("C_Finalize");
  memset(&state, 0, sizeof state);
  return CKR_OK;
}

static CK_RV get_info(CK_INFO *info) {
  memset(info, 0, sizeof *info);
  info->cryptoki_version.major = 2;
  info->cryptoki_version.minor = 40;
  pad(info->manufacturer, sizeof info->manufacturer, "Test");
  pad(info->description, sizeof info->description, "Fake module");
  info->library_version.major = 1;
  return CKR_OK;
}

static CK_RV get_slot_list(CK_BYTE present, CK_ULONG *list, CK_ULONG *length) {
  (void)present;
  if (!state.initialised) return CKR_CRYPTOKI_NOT_INITIALIZED;
  if (behaviour("slot_list_hang", 0)) hang();
  if (behaviour("slot_list_rv", 0)) return behaviour("slot_list_rv", 0);
  if (behaviour("token_absent", 0)) {
    *length = 0;
    return CKR_OK;
  }
  if (list != NULL) list[0] = SLOT;
  *length = 1;
  return CKR_OK;
}

static CK_RV get_slot_info(CK_ULONG slot, CK_SLOT_INFO *info) {
  if (slot != SLOT) return CKR_SLOT_ID_INVALID;
  memset(info, 0, sizeof *info);
  pad(info->description, sizeof info->description, "Fake slot");
  pad(info->manufacturer, sizeof info->manufacturer, "Test");
  info->flags = behaviour("slot_flags", 1);
  return CKR_OK;
}

static CK_RV get_token_info(CK_ULONG slot, CK_TOKEN_INFO *info) {
  if (slot != SLOT) return CKR_SLOT_ID_INVALID;
  memset(info, 0, sizeof *info);
  pad(info->label, sizeof info->label, "fake");
  pad(info->manufacturer, sizeof info->manufacturer, "Test");
  pad(info->model, sizeof info->model, "Fake");
  pad(info->serial, sizeof info->serial, "1");
  info->flags = CKF_TOKEN_INITIALIZED | CKF_USER_PIN_INITIALIZED |
                behaviour("token_flags", CKF_LOGIN_REQUIRED);
  return CKR_OK;
}

static CK_RV get_mechanism_list(CK_ULONG slot, CK_ULONG *list, CK_ULONG *length) {
  (void)slot;
  if (list != NULL) list[0] = CKM_RSA_PKCS;
  *length = 1;
  return CKR_OK;
}

static CK_RV get_mechanism_info(CK_ULONG slot, CK_ULONG mechanism, CK_MECHANISM_INFO *info) {
  (void)slot;
  if (mechanism != CKM_RSA_PKCS) return CKR_MECHANISM_INVALID;
  info->min_key = 2048;
  info->max_key = 2048;
  info->flags = CKF_SIGN | behaviour("mechanism_flags", 0);
  return CKR_OK;
}

/* ---- sessions ---- */

static CK_RV check_session(CK_ULONG session) {
  if (!state.initialised) return CKR_CRYPTOKI_NOT_INITIALIZED;
  if (state.broken) return CKR_GENERAL_ERROR;
  if (session >= MAX_SESSIONS || !state.sessions[session].open) return CKR_SESSION_HANDLE_INVALID;
  return CKR_OK;
}

static CK_RV open_session(CK_ULONG slot, CK_ULONG flags, void *application, void *notify,
                          CK_ULONG *session) {
  (void)flags, (void)application, (void)notify;
  if (!state.initialised) return CKR_CRYPTOKI_NOT_INITIALIZED;
  if (state.broken) return CKR_GENERAL_ERROR;
  if (slot != SLOT) return CKR_SLOT_ID_INVALID;
  for (CK_ULONG i = 1; i < MAX_SESSIONS; i++) {
    if (state.sessions[i].open) continue;
    memset(&state.sessions[i], 0, sizeof state.sessions[i]);
    state.sessions[i].open = 1;
    *session = i;
    note("C_OpenSession");
    return CKR_OK;
  }
  return 0xb1; /* CKR_SESSION_COUNT */
}

static CK_RV close_session(CK_ULONG session) {
  int open = 0;
  if (session >= MAX_SESSIONS || !state.sessions[session].open) return CKR_SESSION_HANDLE_INVALID;
  state.sessions[session].open = 0;
  for (int i = 0; i < MAX_SESSIONS; i++) open |= state.sessions[i].open;
  if (!open) state.logged_in = 0;
  return CKR_OK;
}

static CK_RV get_session_info(CK_ULONG session, CK_SESSION_INFO *info) {
  CK_RV rv = check_session(session);
  if (rv != CKR_OK) return rv;
  info->slot = SLOT;
  info->state = state.logged_in ? CKS_RO_USER_FUNCTIONS : CKS_RO_PUBLIC_SESSION;
  info->flags = 4;
  info->device_error = 0;
  return CKR_OK;
}

static CK_RV login(CK_ULONG session, CK_ULONG user, CK_BYTE *pin, CK_ULONG length) {
  CK_RV rv = check_session(session);
  note(user == CKU_USER ? "C_Login" : "C_Login context");
  if (rv != CKR_OK) return rv;
  if (behaviour("login_crash", 0)) crash();
  if (behaviour("login_rv", 0)) return behaviour("login_rv", 0);
  if (user == CKU_USER && state.logged_in) return CKR_USER_ALREADY_LOGGED_IN;
  if (length != 4 || memcmp(pin, "1234", 4) != 0) return CKR_PIN_INCORRECT;
  state.logged_in = 1;
  return CKR_OK;
}

/* ---- objects ---- */

static int key_is_visible(void) { return state.logged_in || behaviour("public_key_object", 0); }

static CK_RV find_objects_init(CK_ULONG session, CK_ATTRIBUTE *template, CK_ULONG length) {
  CK_RV rv = check_session(session);
  if (rv != CKR_OK) return rv;
  if (behaviour("find_rv", 0)) return behaviour("find_rv", 0);
  state.search_class = 0;
  for (CK_ULONG i = 0; i < length; i++) {
    if (template[i].type == CKA_CLASS)
      memcpy(&state.search_class, template[i].value, sizeof(CK_ULONG));
  }
  state.found = 0;
  return CKR_OK;
}

static CK_RV find_objects(CK_ULONG session, CK_ULONG *objects, CK_ULONG capacity,
                          CK_ULONG *length) {
  CK_RV rv = check_session(session);
  CK_ULONG most = behaviour("endless_objects", 0) ? (CK_ULONG)-1 : 1;
  if (rv != CKR_OK) return rv;
  *length = 0;
  if (state.search_class == CKO_PRIVATE_KEY && !key_is_visible()) return CKR_OK;
  if (state.search_class != CKO_PRIVATE_KEY && state.search_class != CKO_CERTIFICATE) return CKR_OK;
  while (*length < capacity && (CK_ULONG)state.found < most) {
    objects[(*length)++] = state.search_class == CKO_CERTIFICATE ? CERTIFICATE : KEY;
    state.found++;
  }
  return CKR_OK;
}

static CK_RV find_objects_final(CK_ULONG session) { return check_session(session); }

static CK_RV give(CK_ATTRIBUTE *attribute, const void *value, CK_ULONG length) {
  if (attribute->value != NULL) {
    if (attribute->length < length) return CKR_BUFFER_TOO_SMALL;
    memcpy(attribute->value, value, length);
  }
  attribute->length = length;
  return CKR_OK;
}

static CK_RV give_number(CK_ATTRIBUTE *attribute, CK_ULONG value) {
  return give(attribute, &value, sizeof value);
}

static CK_RV give_flag(CK_ATTRIBUTE *attribute, CK_BYTE value) {
  return give(attribute, &value, sizeof value);
}

static CK_RV give_file(CK_ATTRIBUTE *attribute, const char *name) {
  CK_BYTE buffer[8192];
  return give(attribute, buffer, read_file(name, buffer, sizeof buffer));
}

static CK_RV give_filler(CK_ATTRIBUTE *attribute, CK_ULONG length) {
  if (attribute->value != NULL) memset(attribute->value, 'A', length);
  attribute->length = length;
  return CKR_OK;
}

static CK_RV certificate_attribute(CK_ATTRIBUTE *attribute) {
  switch (attribute->type) {
    case CKA_CERTIFICATE_TYPE:
      return give_number(attribute, 0);
    case CKA_ID:
      return give(attribute, "\x01", 1);
    case CKA_LABEL:
      if (behaviour("label_length", 0)) return give_filler(attribute, behaviour("label_length", 0));
      return give(attribute, "fake", 4);
    case CKA_VALUE:
      if (behaviour("value_length", 0)) return give_filler(attribute, behaviour("value_length", 0));
      return give_file(attribute, "cert.der");
    default:
      return CKR_ATTRIBUTE_TYPE_INVALID;
  }
}

static CK_RV key_attribute(CK_ATTRIBUTE *attribute) {
  switch (attribute->type) {
    case CKA_KEY_TYPE:
      return give_number(attribute, 0);
    case CKA_ID:
      return give(attribute, "\x01", 1);
    case CKA_LABEL:
      return give(attribute, "fake", 4);
    case CKA_SIGN:
      return give_flag(attribute, 1);
    case CKA_EXTRACTABLE:
      return give_flag(attribute, 0);
    case CKA_ALWAYS_AUTHENTICATE:
      return give_flag(attribute, (CK_BYTE)behaviour("always_authenticate", 0));
    default: /* CKA_MODULUS too: tokens exist that do not show it */
      return CKR_ATTRIBUTE_TYPE_INVALID;
  }
}

static CK_RV get_attribute_value(CK_ULONG session, CK_ULONG object, CK_ATTRIBUTE *template,
                                 CK_ULONG length) {
  CK_RV rv = check_session(session);
  CK_RV worst = CKR_OK;
  if (rv != CKR_OK) return rv;
  if (behaviour("attribute_rv", 0)) return behaviour("attribute_rv", 0);
  for (CK_ULONG i = 0; i < length; i++) {
    rv = object == CERTIFICATE ? certificate_attribute(&template[i]) : key_attribute(&template[i]);
    if (rv == CKR_OK) continue;
    template[i].length = (CK_ULONG)-1;
    worst = rv;
  }
  return worst;
}

/* ---- signing ---- */

static CK_RV sign_init(CK_ULONG session, CK_MECHANISM *mechanism, CK_ULONG key) {
  CK_RV rv = check_session(session);
  note("C_SignInit");
  if (rv != CKR_OK) return rv;
  if (count("C_SignInit") == behaviour("stick_at", 0)) state.sessions[session].stuck = 1;
  if (state.sessions[session].stuck || state.sessions[session].active) return CKR_OPERATION_ACTIVE;
  if (count("C_SignInit") == behaviour("lose_key_at", 0)) return CKR_KEY_HANDLE_INVALID;
  if (count("C_SignInit") == behaviour("lose_session_at", 0)) {
    close_session(session);
    return CKR_SESSION_HANDLE_INVALID;
  }
  if (count("C_SignInit") == behaviour("break_at", 0)) state.broken = 1;
  if (state.broken) return CKR_GENERAL_ERROR;
  if (behaviour("sign_init_rv", 0)) return behaviour("sign_init_rv", 0);
  if (mechanism->mechanism != CKM_RSA_PKCS) return CKR_MECHANISM_INVALID;
  if (key != KEY || !key_is_visible()) return CKR_KEY_HANDLE_INVALID;
  state.sessions[session].active = 1;
  return CKR_OK;
}

static CK_RV sign(CK_ULONG session, CK_BYTE *data, CK_ULONG data_length, CK_BYTE *signature,
                  CK_ULONG *length) {
  CK_RV rv = check_session(session);
  CK_ULONG wrong_length = behaviour("signature_length", 0);
  CK_BYTE modulus[RSA_BYTES], exponent[RSA_BYTES];
  note("C_Sign");
  if (rv != CKR_OK) return rv;
  if (!state.sessions[session].active) return CKR_OPERATION_NOT_INITIALIZED;
  state.sessions[session].active = 0;
  if (count("C_Sign") == behaviour("sign_crash_at", 0) || behaviour("sign_crash", 0)) crash();
  if (count("C_Sign") == behaviour("sign_hang_at", 0) || behaviour("sign_hang", 0)) hang();
  if (behaviour("sign_rv", 0)) return behaviour("sign_rv", 0);
  if (behaviour("channel_garbage", 0) && write(3, "not a message", 13) != 13) abort();
  usleep((useconds_t)(behaviour("sign_sleep_ms", 0) * 1000));
  if (behaviour("sign_held", 0)) hold();
  if (*length < RSA_BYTES) return CKR_BUFFER_TOO_SMALL;
  if (read_file("key.n", modulus, RSA_BYTES) != RSA_BYTES) return CKR_GENERAL_ERROR;
  if (read_file("key.d", exponent, RSA_BYTES) != RSA_BYTES) return CKR_GENERAL_ERROR;
  if (!rsa_sign(modulus, exponent, data, data_length, signature)) return CKR_GENERAL_ERROR;
  if (behaviour("signature_wrong", 0)) signature[RSA_BYTES - 1] ^= 1;
  *length = wrong_length ? wrong_length : RSA_BYTES;
  return CKR_OK;
}

static CK_RV unsupported(void) { return CKR_FUNCTION_NOT_SUPPORTED; }

static CK_RV get_function_list(const struct CK_FUNCTION_LIST **list);

#define EIGHT_UNSUPPORTED                                                                    \
  unsupported, unsupported, unsupported, unsupported, unsupported, unsupported, unsupported, \
      unsupported

static const struct CK_FUNCTION_LIST functions = {
    .version = {2, 40},
    .C_Initialize = initialize,
    .C_Finalize = finalize,
    .C_GetInfo = get_info,
    .C_GetFunctionList = get_function_list,
    .C_GetSlotList = get_slot_list,
    .C_GetSlotInfo = get_slot_info,
    .C_GetTokenInfo = get_token_info,
    .C_GetMechanismList = get_mechanism_list,
    .C_GetMechanismInfo = get_mechanism_info,
    .C_InitToken = unsupported,
    .C_InitPIN = unsupported,
    .C_SetPIN = unsupported,
    .C_OpenSession = open_session,
    .C_CloseSession = close_session,
    .C_CloseAllSessions = unsupported,
    .C_GetSessionInfo = get_session_info,
    .C_GetOperationState = unsupported,
    .C_SetOperationState = unsupported,
    .C_Login = login,
    .C_Logout = unsupported,
    .C_CreateObject = unsupported,
    .C_CopyObject = unsupported,
    .C_DestroyObject = unsupported,
    .C_GetObjectSize = unsupported,
    .C_GetAttributeValue = get_attribute_value,
    .C_SetAttributeValue = unsupported,
    .C_FindObjectsInit = find_objects_init,
    .C_FindObjects = find_objects,
    .C_FindObjectsFinal = find_objects_final,
    .encrypt_and_digest = {EIGHT_UNSUPPORTED, unsupported, unsupported, unsupported, unsupported,
                           unsupported},
    .C_SignInit = sign_init,
    .C_Sign = sign,
    .sign_update_and_others = {EIGHT_UNSUPPORTED, EIGHT_UNSUPPORTED, EIGHT_UNSUPPORTED},
};

static CK_RV get_function_list(const struct CK_FUNCTION_LIST **list) {
  *list = &functions;
  return CKR_OK;
}

/* The one name that a loader looks up. */
CK_RV C_GetFunctionList(const struct CK_FUNCTION_LIST **list);

CK_RV C_GetFunctionList(const struct CK_FUNCTION_LIST **list) { return get_function_list(list); }
