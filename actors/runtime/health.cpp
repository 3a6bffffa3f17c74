#include "actors/runtime/health.hpp"

#include <utility>

namespace fedhub {

namespace {

std::string seconds(health::time_point::duration x) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(x).count()) + " s";
}

} // namespace

bool health::complete() const {
  const auto round = round_.load(std::memory_order_relaxed);
  for (auto& seen : seen_)
    if (seen.load(std::memory_order_relaxed) != round)
      return false;
  return missing_ == 0;
}

uint64_t health::begin(time_point now, size_t actors) {
  std::lock_guard guard{mutex_};
  turn_at_ = now;
  if (!complete())
    return 0;
  asked_at_ = now;
  missing_ = actors;
  const auto round = round_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (wake_)
    wake_();
  return round;
}

void health::on_round(std::function<void()> wake) {
  std::lock_guard guard{mutex_};
  wake_ = std::move(wake);
}

void health::answered(uint64_t round) {
  std::lock_guard guard{mutex_};
  if (round == round_.load(std::memory_order_relaxed) && missing_ > 0)
    --missing_;
}

std::string health::ailment(time_point now) const {
  std::lock_guard guard{mutex_};
  const auto round = round_.load(std::memory_order_relaxed);
  if (round == 0)
    return {};
  if (const auto waited = now - asked_at_; waited > longest) {
    for (size_t i = 0; i < seen_.size(); ++i)
      if (seen_[i].load(std::memory_order_relaxed) != round)
        return "worker " + std::to_string(i) + " has not finished its job for " + seconds(waited);
    if (missing_ > 0)
      return std::to_string(missing_) + " actors have not answered for " + seconds(waited);
  }
  if (const auto silent = now - turn_at_; silent > period + longest)
    return "the supervisor has not run for " + seconds(silent);
  return {};
}

} // namespace fedhub
