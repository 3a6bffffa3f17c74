// The jobs of one worker of the scheduler.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

namespace fedhub {

/// Orders the jobs of one worker so that no job waits for ever.
///
/// A job that the running job has just created runs next, while its data is in the cache
/// (`push_next`). After `most_in_a_row` such jobs, the worker takes the job that has waited
/// longest, and the jobs that were to run next go to the end of the queue. So two jobs that create
/// each other again and again delay other jobs only by a bounded number of jobs.
///
/// Thread safety: all calls. Only the worker itself calls `take`; other workers call `steal`.
template <class T>
class job_queue {
public:
  /// The most jobs of `push_next` in a row before the oldest waiting job.
  static constexpr size_t most_in_a_row = 16;

  /// Appends a job, which runs after all jobs that wait now.
  void push_last(T* job) {
    std::lock_guard guard{mutex_};
    waiting_.push_back(job);
    size_.store(size_.load(std::memory_order_relaxed) + 1);
  }

  /// Adds a job that runs before the waiting ones, unless `most_in_a_row` is reached.
  void push_next(T* job) {
    std::lock_guard guard{mutex_};
    next_.push_back(job);
    size_.store(size_.load(std::memory_order_relaxed) + 1);
  }

  /// Takes the next job. @returns null if there is none.
  T* take() {
    if (empty())
      return nullptr;
    std::lock_guard guard{mutex_};
    if (in_a_row_ >= most_in_a_row) {
      waiting_.insert(waiting_.end(), next_.begin(), next_.end());
      next_.clear();
      in_a_row_ = 0;
    }
    if (next_.empty()) {
      in_a_row_ = 0;
      return take_oldest();
    }
    ++in_a_row_;
    auto* next = next_.back();
    next_.pop_back();
    size_.store(size_.load(std::memory_order_relaxed) - 1);
    return next;
  }

  /// Takes the job that has waited longest. @returns null if there is none.
  T* steal() {
    if (empty())
      return nullptr;
    std::lock_guard guard{mutex_};
    return take_oldest();
  }

  bool empty() const { return size_.load() == 0; }

private:
  T* take_oldest() {
    T* job = nullptr;
    if (!waiting_.empty()) {
      job = waiting_.front();
      waiting_.pop_front();
    } else if (!next_.empty()) {
      job = next_.front();
      next_.erase(next_.begin());
    } else {
      return nullptr;
    }
    size_.store(size_.load(std::memory_order_relaxed) - 1);
    return job;
  }

  std::mutex mutex_;
  std::atomic<size_t> size_{0}; ///< of both queues; changed under the lock.
  std::deque<T*> waiting_;      ///< oldest first.
  std::vector<T*> next_;        ///< taken from the end; usually few.
  size_t in_a_row_ = 0;         ///< jobs taken from `next_` since one of `waiting_` was taken.
};

} // namespace fedhub
