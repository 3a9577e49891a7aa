// Between the values of JavaScript and those of the layers below.
#ifndef COUNTERSIGN_NATIVE_CONVERT_H_
#define COUNTERSIGN_NATIVE_CONVERT_H_

#include <napi.h>

#include <functional>
#include <string>
#include <vector>

#include "certificate_store.h"
#include "managed_file.h"
#include "managed_policy.h"
#include "os_failure.h"
#include "peer_process.h"

namespace countersign {

// An Error with the failure's facility, code, api and message.
Napi::Error ToError(Napi::Env env, const Failure& failure);

// The shapes are those that src/native/addon.ts declares.
Napi::Value ToValue(Napi::Env env, const Listing& listing);
Napi::Value ToValue(Napi::Env env, const std::vector<PolicySource>& sources);
Napi::Value ToValue(Napi::Env env, const ManagedFile& file);
Napi::Value ToValue(Napi::Env env, const PeerProcess& process);
Napi::Value ToValue(Napi::Env env, const Bytes& bytes);

// Each throws Napi::TypeError where the value is none of that kind: only a mistake in src/ does
// that.
Bytes ToBytes(const Napi::Value& value);
std::size_t ToSize(const Napi::Value& value);
std::string ToText(const Napi::Value& value);
std::vector<std::string> ToTexts(const Napi::Value& value);
Algorithm ToAlgorithm(const Napi::Value& value);
TcpConnection ToTcpConnection(const Napi::Value& value);

// Runs a function for JavaScript: an OsError or another C++ exception becomes a thrown Error.
Napi::Value Guarded(Napi::Env env, const std::function<Napi::Value()>& function);

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_CONVERT_H_
