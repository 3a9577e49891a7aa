// The objects of the Security double.
#ifndef APPLE_DOUBLE_SEC_OBJECT_H_
#define APPLE_DOUBLE_SEC_OBJECT_H_

#include <memory>

#include "keychain.h"
#include "object.h"

struct __SecCertificate final : apple_double::Object {
  explicit __SecCertificate(std::shared_ptr<apple_double::Item> source)
      : Object(apple_double::Type::kCertificate), item(std::move(source)) {}
  const std::shared_ptr<apple_double::Item> item;
};

struct __SecIdentity final : apple_double::Object {
  __SecIdentity(std::shared_ptr<apple_double::Item> source, bool may_ask)
      : Object(apple_double::Type::kIdentity), item(std::move(source)), may_ask_user(may_ask) {}
  const std::shared_ptr<apple_double::Item> item;
  const bool may_ask_user;
};

struct __SecKey final : apple_double::Object {
  __SecKey(std::shared_ptr<apple_double::Item> source, bool may_ask)
      : Object(apple_double::Type::kKey), item(std::move(source)), may_ask_user(may_ask) {}
  const std::shared_ptr<apple_double::Item> item;
  // Data protection keychain: what the query said with kSecUseAuthenticationUI.
  const bool may_ask_user;
};

struct __SecKeychain final : apple_double::Object {
  explicit __SecKeychain(std::string file)
      : Object(apple_double::Type::kKeychain), path(std::move(file)) {}
  const std::string path;
};

#endif  // APPLE_DOUBLE_SEC_OBJECT_H_
