// Change notification of the personal stores.
#include <array>
#include <thread>
#include <utility>

#include "certificate_store.h"
#include "windows_failure.h"
#include "windows_handles.h"
#include "windows_system_stores.h"

namespace countersign {
namespace {

UniqueKernelHandle MakeEvent() {
  UniqueKernelHandle event(CreateEventW(nullptr, FALSE, FALSE, nullptr));
  if (!event) ThrowLastError("CreateEventW");
  return event;
}

// A store that tells of changes by an event.
struct WatchedStore {
  UniqueKernelHandle event;  // outlives the store, which may still signal it
  UniqueCertStore store;

  bool Control(DWORD what) {
    HANDLE handle = event.Get();
    return CertControlStore(store.Get(), 0, what, &handle) != FALSE;
  }
};

class WindowsStoreWatch final : public StoreWatch {
 public:
  explicit WindowsStoreWatch(std::function<void()> changed)
      : changed_(std::move(changed)), stop_(MakeEvent()) {
    for (const SystemStore& place : kSystemStores) {
      WatchedStore watched{MakeEvent(), OpenSystemStore(place)};
      if (!watched.store) continue;  // not there yet: callers look again by the clock
      if (!watched.Control(CERT_STORE_CTRL_NOTIFY_CHANGE)) ThrowLastError("CertControlStore");
      stores_.push_back(std::move(watched));
    }
    thread_ = std::thread([this] { Run(); });
  }

  ~WindowsStoreWatch() override {
    SetEvent(stop_.Get());
    thread_.join();
    for (WatchedStore& watched : stores_) watched.Control(CERT_STORE_CTRL_CANCEL_NOTIFY);
  }

 private:
  void Run() {
    std::vector<HANDLE> events = {stop_.Get()};
    for (const WatchedStore& watched : stores_) events.push_back(watched.event.Get());
    while (true) {
      const DWORD woken =
          WaitForMultipleObjects(static_cast<DWORD>(events.size()), events.data(), FALSE, INFINITE);
      if (woken <= WAIT_OBJECT_0 || woken >= WAIT_OBJECT_0 + events.size()) return;
      // Resynchronising with the event asks for the next change, too.
      stores_[woken - WAIT_OBJECT_0 - 1].Control(CERT_STORE_CTRL_RESYNC);
      changed_();
    }
  }

  std::function<void()> changed_;
  UniqueKernelHandle stop_;
  std::vector<WatchedStore> stores_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<StoreWatch> WatchCertificateStore(std::function<void()> changed) {
  return std::make_unique<WindowsStoreWatch>(std::move(changed));
}

}  // namespace countersign
