#include "promise_thread.h"

#include <exception>
#include <utility>

#include "convert.h"

namespace countersign {
namespace {

// What became of a job: a value to make, or why there is none.
struct Outcome {
  PromiseThread::MakeValue make_value;
  Failure failure;
};

Outcome RunToOutcome(const PromiseThread::Job& job) noexcept {
  try {
    return {job(), {}};
  } catch (const OsError& error) {
    return {nullptr, error.failure()};
  } catch (const std::exception& error) {
    return {nullptr, OsError(AddonFailure::kUnexpected, "", error.what()).failure()};
  }
}

Failure Closed() { return OsError(AddonFailure::kClosed, "", "The store is closed.").failure(); }

}  // namespace

PromiseThread::PromiseThread(Napi::Env env, const char* name, std::function<void()> at_end)
    : env_(env),
      channel_(JsChannel::Open(env, name, [this] { pending_.clear(); })),
      thread_(std::make_unique<JobThread>(std::move(at_end))) {}

PromiseThread::~PromiseThread() { channel_->Close(); }

Napi::Promise PromiseThread::Run(Napi::Object owner, Job job) {
  const Napi::Promise::Deferred deferred(env_);
  if (!thread_) {
    deferred.Reject(ToError(env_, Closed()).Value());
    return deferred.Promise();
  }
  const std::uint64_t id = next_id_++;
  thread_->Post([this, id, job = std::move(job), channel = channel_] {
    auto outcome = std::make_shared<const Outcome>(RunToOutcome(job));
    channel->Send([this, id, outcome](Napi::Env env) {
      Settle(id, [&](const Napi::Promise::Deferred& promise) {
        if (!outcome->make_value) {
          promise.Reject(ToError(env, outcome->failure).Value());
          return;
        }
        try {
          promise.Resolve(outcome->make_value(env));
        } catch (const Napi::Error& error) {
          promise.Reject(error.Value());
        }
      });
    });
  });
  if (pending_.empty()) channel_->Retain();
  pending_.emplace(id, Pending{deferred, Napi::Persistent(owner)});
  return deferred.Promise();
}

void PromiseThread::Settle(std::uint64_t id,
                           const std::function<void(const Napi::Promise::Deferred&)>& how) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  const Pending pending = std::move(found->second);
  pending_.erase(found);
  if (pending_.empty()) channel_->Release();
  how(pending.deferred);
}

void PromiseThread::Close() {
  thread_.reset();
  channel_->Close();
  const auto pending = std::move(pending_);
  pending_.clear();
  for (const auto& [id, entry] : pending) {
    entry.deferred.Reject(ToError(env_, Closed()).Value());
  }
}

}  // namespace countersign
