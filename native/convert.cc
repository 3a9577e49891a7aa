#include "convert.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace countersign {
namespace {

Napi::Object ToObject(Napi::Env env, const Failure& failure) {
  auto object = Napi::Object::New(env);
  object["facility"] = failure.facility;
  object["code"] = static_cast<double>(failure.code);
  object["api"] = failure.api;
  object["message"] = failure.message;
  return object;
}

const char* NameOf(Protection protection) {
  switch (protection) {
    case Protection::kHardware:
      return "hardware";
    case Protection::kSoftware:
      return "software";
    case Protection::kUnknown:
      break;
  }
  return "unknown";
}

Napi::Object ToObject(Napi::Env env, const KeyDescription& key) {
  auto object = Napi::Object::New(env);
  object["provider"] = key.provider;
  object["protection"] = NameOf(key.protection);
  object["exportable"] =
      key.exportable ? Napi::Boolean::New(env, *key.exportable) : env.Undefined();
  object["rsaPkcs1"] = key.rsa_pkcs1_sha256;
  object["rsaPss"] = key.rsa_pss_sha256;
  object["ecdsa"] = key.ecdsa;
  return object;
}

Napi::Object ToObject(Napi::Env env, const StoredCertificate& certificate) {
  auto chain = Napi::Array::New(env, certificate.chain.size());
  for (std::uint32_t i = 0; i < certificate.chain.size(); i++) {
    chain[i] = ToValue(env, certificate.chain[i]);
  }
  auto object = Napi::Object::New(env);
  object["store"] = certificate.store;
  object["label"] = certificate.label;
  object["der"] = ToValue(env, certificate.der);
  object["chain"] = chain;
  if (certificate.key) object["key"] = ToObject(env, *certificate.key);
  if (certificate.key_failure) object["keyFailure"] = ToObject(env, *certificate.key_failure);
  return object;
}

Napi::Value ToValue(Napi::Env env, const PolicyValue& policy);

Napi::Object ToObject(Napi::Env env, const PolicyValue::Object& values) {
  auto object = Napi::Object::New(env);
  for (const auto& [name, value] : values) {
    // Not a plain assignment: a setting named __proto__ must become a property like any other.
    object.DefineProperty(Napi::PropertyDescriptor::Value(
        Napi::String::New(env, name), ToValue(env, value),
        static_cast<napi_property_attributes>(napi_writable | napi_enumerable |
                                              napi_configurable)));
  }
  return object;
}

Napi::Array ToArray(Napi::Env env, const PolicyValue::Array& values) {
  auto array = Napi::Array::New(env, values.size());
  for (std::uint32_t i = 0; i < values.size(); i++) array[i] = ToValue(env, values[i]);
  return array;
}

Napi::Value ToValue(Napi::Env env, const PolicyValue& policy) {
  return std::visit(
      [env](const auto& value) -> Napi::Value {
        using Type = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Type, bool>) {
          return Napi::Boolean::New(env, value);
        } else if constexpr (std::is_same_v<Type, std::string>) {
          return Napi::String::New(env, value);
        } else if constexpr (std::is_same_v<Type, PolicyValue::Array>) {
          return ToArray(env, value);
        } else if constexpr (std::is_same_v<Type, PolicyValue::Object>) {
          return ToObject(env, value);
        } else {
          return Napi::Number::New(env, static_cast<double>(value));
        }
      },
      policy.value);
}

Napi::TypeError Expected(const Napi::Value& value, const char* what) {
  return Napi::TypeError::New(value.Env(), std::string("Expected ") + what + ".");
}

std::uint32_t ToPort(const Napi::Value& value) {
  if (!value.IsNumber()) throw Expected(value, "a port number");
  const double port = value.As<Napi::Number>().DoubleValue();
  if (!(port >= 1 && port <= 65535)) throw Expected(value, "a port number");
  return static_cast<std::uint32_t>(port);
}

TcpEndpoint ToTcpEndpoint(const Napi::Value& address, const Napi::Value& port, bool ipv6) {
  const Bytes bytes = ToBytes(address);
  if (bytes.size() != (ipv6 ? 16u : 4u)) throw Expected(address, "an address of its family");
  TcpEndpoint endpoint;
  std::copy(bytes.begin(), bytes.end(), endpoint.address.begin());
  endpoint.port = static_cast<std::uint16_t>(ToPort(port));
  return endpoint;
}

}  // namespace

Napi::Error ToError(Napi::Env env, const Failure& failure) {
  auto error = Napi::Error::New(env, failure.message);
  error.Set("facility", Napi::String::New(env, failure.facility));
  error.Set("code", Napi::Number::New(env, static_cast<double>(failure.code)));
  error.Set("api", Napi::String::New(env, failure.api));
  return error;
}

Napi::Value ToValue(Napi::Env env, const Listing& listing) {
  auto stores = Napi::Array::New(env, listing.stores.size());
  for (std::uint32_t i = 0; i < listing.stores.size(); i++) {
    auto status = Napi::Object::New(env);
    status["name"] = listing.stores[i].name;
    if (listing.stores[i].failure) status["failure"] = ToObject(env, *listing.stores[i].failure);
    stores[i] = status;
  }
  auto certificates = Napi::Array::New(env, listing.certificates.size());
  for (std::uint32_t i = 0; i < listing.certificates.size(); i++) {
    const Napi::HandleScope scope(env);
    certificates[i] = ToObject(env, listing.certificates[i]);
  }
  auto object = Napi::Object::New(env);
  object["stores"] = stores;
  object["certificates"] = certificates;
  return object;
}

Napi::Value ToValue(Napi::Env env, const std::vector<PolicySource>& sources) {
  auto array = Napi::Array::New(env, sources.size());
  for (std::uint32_t i = 0; i < sources.size(); i++) {
    auto source = Napi::Object::New(env);
    source["name"] = sources[i].name;
    source["values"] = ToObject(env, sources[i].values);
    array[i] = source;
  }
  return array;
}

Napi::Value ToValue(Napi::Env env, const ManagedFile& file) {
  auto object = Napi::Object::New(env);
  object["content"] = ToValue(env, file.content);
  if (file.distrust) {
    auto distrust = Napi::Object::New(env);
    distrust["reason"] = file.distrust->reason == Distrust::Reason::kOwner ? "owner" : "writer";
    distrust["sid"] = file.distrust->sid;
    object["distrust"] = distrust;
  }
  return object;
}

Napi::Value ToValue(Napi::Env env, const PeerProcess& process) {
  auto object = Napi::Object::New(env);
  object["pid"] = static_cast<double>(process.pid);
  object["user"] = process.user;
  object["sameUser"] = process.same_user;
  return object;
}

Napi::Value ToValue(Napi::Env env, const Bytes& bytes) {
  return Napi::Buffer<std::uint8_t>::Copy(env, bytes.data(), bytes.size());
}

Bytes ToBytes(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Expected(value, "a Uint8Array");
  }
  const auto array = value.As<Napi::Uint8Array>();
  return Bytes(array.Data(), array.Data() + array.ByteLength());
}

std::size_t ToSize(const Napi::Value& value) {
  if (!value.IsNumber()) throw Expected(value, "a number of bytes");
  return value.As<Napi::Number>().Uint32Value();
}

std::string ToText(const Napi::Value& value) {
  if (!value.IsString()) throw Expected(value, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::vector<std::string> ToTexts(const Napi::Value& value) {
  if (!value.IsArray()) throw Expected(value, "an array of strings");
  const auto array = value.As<Napi::Array>();
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < array.Length(); i++) texts.push_back(ToText(array.Get(i)));
  return texts;
}

Algorithm ToAlgorithm(const Napi::Value& value) {
  const std::string name = ToText(value);
  if (name == "RS256") return Algorithm::kRs256;
  if (name == "PS256") return Algorithm::kPs256;
  if (name == "ES256") return Algorithm::kEs256;
  if (name == "ES384") return Algorithm::kEs384;
  if (name == "ES512") return Algorithm::kEs512;
  throw OsError(AddonFailure::kUnsupported, "", "The addon does not know this algorithm.");
}

TcpConnection ToTcpConnection(const Napi::Value& value) {
  if (!value.IsObject()) throw Expected(value, "a TCP connection");
  const auto object = value.As<Napi::Object>();
  TcpConnection connection;
  connection.ipv6 = ToBytes(object.Get("localAddress")).size() == 16;
  connection.local =
      ToTcpEndpoint(object.Get("localAddress"), object.Get("localPort"), connection.ipv6);
  connection.remote =
      ToTcpEndpoint(object.Get("remoteAddress"), object.Get("remotePort"), connection.ipv6);
  return connection;
}

Napi::Value Guarded(Napi::Env env, const std::function<Napi::Value()>& function) {
  try {
    return function();
  } catch (const Napi::Error&) {
    throw;
  } catch (const OsError& error) {
    throw ToError(env, error.failure());
  } catch (const std::exception& error) {
    throw ToError(env, OsError(AddonFailure::kUnexpected, "", error.what()).failure());
  }
}

}  // namespace countersign
