#include "rsa.h"

#include <stdint.h>
#include <string.h>

enum { WORDS = RSA_BYTES / 4 };

typedef uint32_t number[WORDS]; /* little-endian words */

static void from_bytes(number out, const unsigned char *bytes) {
  for (int i = 0; i < WORDS; i++) {
    const unsigned char *word = bytes + RSA_BYTES - 4 * (i + 1);
    out[i] = (uint32_t)word[0] << 24 | (uint32_t)word[1] << 16 | (uint32_t)word[2] << 8 | word[3];
  }
}

static void to_bytes(unsigned char *bytes, const number in) {
  for (int i = 0; i < WORDS; i++) {
    unsigned char *word = bytes + RSA_BYTES - 4 * (i + 1);
    word[0] = (unsigned char)(in[i] >> 24);
    word[1] = (unsigned char)(in[i] >> 16);
    word[2] = (unsigned char)(in[i] >> 8);
    word[3] = (unsigned char)in[i];
  }
}

static int at_least(const uint32_t *a, const number b) {
  for (int i = WORDS - 1; i >= 0; i--) {
    if (a[i] != b[i]) return a[i] > b[i];
  }
  return 1;
}

static uint32_t subtract(uint32_t *a, const number b) {
  uint64_t borrow = 0;
  for (int i = 0; i < WORDS; i++) {
    uint64_t difference = (uint64_t)a[i] - b[i] - borrow;
    a[i] = (uint32_t)difference;
    borrow = difference >> 63;
  }
  return (uint32_t)borrow;
}

/* a * b / 2^2048 mod n (Montgomery, word by word) */
static void multiply(number out, const number a, const number b, const number n, uint32_t n0) {
  uint32_t t[WORDS + 2] = {0};
  for (int i = 0; i < WORDS; i++) {
    uint64_t carry = 0;
    for (int j = 0; j < WORDS; j++) {
      carry += (uint64_t)a[j] * b[i] + t[j];
      t[j] = (uint32_t)carry;
      carry >>= 32;
    }
    carry += t[WORDS];
    t[WORDS] = (uint32_t)carry;
    t[WORDS + 1] = (uint32_t)(carry >> 32);
    uint32_t m = t[0] * n0;
    carry = ((uint64_t)m * n[0] + t[0]) >> 32;
    for (int j = 1; j < WORDS; j++) {
      carry += (uint64_t)m * n[j] + t[j];
      t[j - 1] = (uint32_t)carry;
      carry >>= 32;
    }
    carry += t[WORDS];
    t[WORDS - 1] = (uint32_t)carry;
    t[WORDS] = t[WORDS + 1] + (uint32_t)(carry >> 32);
  }
  if (t[WORDS] != 0 || at_least(t, n)) subtract(t, n);
  memcpy(out, t, sizeof(number));
}

/* x = 2 * x mod n */
static void twice(number x, const number n) {
  uint32_t carry = x[WORDS - 1] >> 31;
  for (int i = WORDS - 1; i > 0; i--) x[i] = x[i] << 1 | x[i - 1] >> 31;
  x[0] <<= 1;
  if (carry != 0 || at_least(x, n)) subtract(x, n);
}

static void power(number out, const number base, const unsigned char *exponent, const number n) {
  uint32_t n0 = 1;
  number square = {1}, unit = {1}, result;
  for (int i = 0; i < 5; i++) n0 *= 2 - n[0] * n0;
  n0 = -n0;
  for (int i = 0; i < 2 * 2048; i++) twice(square, n); /* 2^4096 mod n */
  multiply(result, unit, square, n, n0);
  number montgomery_base;
  multiply(montgomery_base, base, square, n, n0);
  for (int i = 0; i < RSA_BYTES * 8; i++) {
    multiply(result, result, result, n, n0);
    if (exponent[i / 8] >> (7 - i % 8) & 1) multiply(result, result, montgomery_base, n, n0);
  }
  multiply(out, result, unit, n, n0);
}

int rsa_sign(const unsigned char *modulus, const unsigned char *exponent, const unsigned char *data,
             size_t data_length, unsigned char *signature) {
  unsigned char encoded[RSA_BYTES];
  number n, message, result;
  if (data_length + 11 > RSA_BYTES) return 0;
  memset(encoded, 0xff, sizeof encoded);
  encoded[0] = 0;
  encoded[1] = 1;
  encoded[RSA_BYTES - data_length - 1] = 0;
  memcpy(encoded + RSA_BYTES - data_length, data, data_length);
  from_bytes(n, modulus);
  from_bytes(message, encoded);
  power(result, message, exponent, n);
  to_bytes(signature, result);
  return 1;
}
