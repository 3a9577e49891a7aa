#ifndef FAKE_RSA_H
#define FAKE_RSA_H

#include <stddef.h>

enum { RSA_BYTES = 256 };

/*
 * RSASSA-PKCS1-v1_5 over a DigestInfo (RFC 8017 section 8.2.1), RSA-2048, for tests only: neither
 * constant-time nor fast. Numbers are big-endian and RSA_BYTES long. Returns 0 where the data is
 * too long.
 */
int rsa_sign(const unsigned char *modulus, const unsigned char *exponent, const unsigned char *data,
             size_t data_length, unsigned char *signature);

#endif
