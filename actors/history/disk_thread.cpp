#include "actors/history/disk_thread.hpp"

#include <pthread.h>
#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace fedhub {

struct disk_thread::progress {
  std::mutex mutex; ///< for all below.
  std::condition_variable changed;
  bool ended = false;
};

disk_thread::disk_thread(const char* name, std::function<void()> work)
  : progress_{std::make_shared<progress>()} {
  std::thread{[name = std::string{name}, progress = progress_, work = std::move(work)]() mutable {
    sigset_t all; // the main thread handles signals
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), name.c_str());
    work();
    work = {};
    const std::lock_guard lock{progress->mutex};
    progress->ended = true;
    progress->changed.notify_all();
  }}.detach();
}

bool disk_thread::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock{progress_->mutex};
  return progress_->changed.wait_for(lock, patience, [this] { return progress_->ended; });
}

} // namespace fedhub
