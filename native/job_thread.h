// A thread of our own that runs jobs one after another. No Node type in here.
#ifndef COUNTERSIGN_NATIVE_JOB_THREAD_H_
#define COUNTERSIGN_NATIVE_JOB_THREAD_H_

#include <functional>
#include <memory>

namespace countersign {

// Why not libuv's pool: it is four threads wide and shared with the whole process, so one smart
// card dialog or slow TPM would hold up file and DNS work; and some key handles want one thread.
//
// The thread is never joined: a provider that hangs in a call must not hang the process that closes
// the store. It owns all that its jobs use, and the addon stays mapped (module_pin.h), so it can
// come to its end after the JavaScript environment is gone.
class JobThread {
 public:
  // at_end: runs last on the thread, to destroy what must be destroyed there; not called if no job
  // was ever posted. Must not throw.
  explicit JobThread(std::function<void()> at_end);
  // Drops the jobs that have not begun. The one under way ends by itself, then the thread.
  ~JobThread();
  JobThread(const JobThread&) = delete;
  JobThread& operator=(const JobThread&) = delete;

  // Runs a job after all earlier ones. The thread starts with the first. A job must not throw. Jobs
  // and what they captured are destroyed on this thread, where they ran, or by the destructor's
  // caller, where they did not. Throws std::system_error where no thread can be started.
  void Post(std::function<void()> job);

 private:
  struct Queue;
  std::shared_ptr<Queue> queue_;
};

}  // namespace countersign

#endif  // COUNTERSIGN_NATIVE_JOB_THREAD_H_
