#include "job_thread.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace countersign {

struct JobThread::Queue {
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> jobs;
  std::function<void()> at_end;
  bool started = false;
  bool stopped = false;

  void Run() {
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      wake.wait(lock, [this] { return stopped || !jobs.empty(); });
      if (stopped) break;
      std::function<void()> job = std::move(jobs.front());
      jobs.pop_front();
      lock.unlock();
      job();
      job = nullptr;
      lock.lock();
    }
    lock.unlock();
    if (at_end) at_end();
  }
};

JobThread::JobThread(std::function<void()> at_end) : queue_(std::make_shared<Queue>()) {
  queue_->at_end = std::move(at_end);
}

JobThread::~JobThread() {
  std::deque<std::function<void()>> dropped;
  {
    const std::lock_guard<std::mutex> lock(queue_->mutex);
    queue_->stopped = true;
    dropped.swap(queue_->jobs);
  }
  queue_->wake.notify_one();
}

void JobThread::Post(std::function<void()> job) {
  {
    const std::lock_guard<std::mutex> lock(queue_->mutex);
    if (!queue_->started) {
      std::thread([queue = queue_] { queue->Run(); }).detach();
      queue_->started = true;
    }
    queue_->jobs.push_back(std::move(job));
  }
  queue_->wake.notify_one();
}

}  // namespace countersign
