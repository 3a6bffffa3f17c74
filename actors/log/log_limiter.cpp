#include "actors/log/log_limiter.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "protocol/text/clip.hpp"

namespace fedhub {

namespace {

constexpr std::chrono::seconds one_second{1};

void add(log_limiter::report& to, const log_limiter::report& more) {
  to.count += more.count;
  to.level = std::max(to.level, more.level);
  to.kinds += 1;
}

} // namespace

void log_limiter::budget(const log_budget& budget) {
  std::lock_guard guard{mutex_};
  budget_ = budget;
}

/// Returns how many kinds and peers are remembered in one second. It exceeds the lines that can be
/// written, so that some more are counted by name.
size_t log_limiter::max_entries() const { return std::max<size_t>(256, 2 * budget_.lines); }

void log_limiter::forget_quiet() {
  std::erase_if(entries_, [this](const auto& x) {
    return x.second.left_out.count == 0 && x.second.second != second_;
  });
}

void log_limiter::begin_second(time_point now) {
  if (second_ != 0 && now - begun_ < one_second)
    return;
  const auto passed = second_ == 0 ? 1 : static_cast<uint64_t>((now - begun_) / one_second);
  const auto paid = budget_.octets * std::min<uint64_t>(passed, 3600);
  octets_ = octets_ > paid ? octets_ - paid : 0;
  lines_ = 0;
  begun_ = now;
  ++second_;
  forget_quiet();
}

log_limiter::entry* log_limiter::entry_of(const log_kind& kind, std::string_view peer) {
  peer = clip(peer, max_peer);
  std::string key{static_cast<char>(kind.module)};
  key.append(kind.text).append(1, '\0').append(peer);
  if (auto known = entries_.find(key); known != entries_.end())
    return &known->second;
  if (entries_.size() >= max_entries())
    return nullptr;
  auto& fresh = entries_[std::move(key)];
  fresh.left_out.kind = kind;
  fresh.left_out.peer = peer;
  return &fresh;
}

log_limiter::verdict log_limiter::admit(const log_kind& kind, std::string_view peer,
                                        spdlog::level::level_enum level, time_point now) {
  std::lock_guard guard{mutex_};
  begin_second(now);
  auto* known = entry_of(kind, peer);
  if (known != nullptr && known->second != second_) {
    known->second = second_;
    known->written = 0;
  }
  if (known != nullptr && known->written < budget_.lines_each && lines_ < budget_.lines
      && octets_ < budget_.octets) {
    ++known->written;
    ++lines_;
    return verdict::write;
  }
  auto& left_out = known != nullptr ? known->left_out : others_;
  left_out.count += 1;
  left_out.level = std::max(left_out.level, level);
  if (known == nullptr)
    others_.kinds += 1; // an upper bound, since a kind and peer may repeat
  const bool first = !waiting_;
  waiting_ = true;
  return first ? verdict::leave_out_first : verdict::leave_out;
}

void log_limiter::charge(size_t octets) {
  std::lock_guard guard{mutex_};
  octets_ += octets;
}

std::vector<log_limiter::report> log_limiter::take_reports() {
  std::lock_guard guard{mutex_};
  std::vector<report> all;
  for (auto& [key, x] : entries_)
    if (x.left_out.count != 0) {
      all.push_back(x.left_out);
      x.left_out.count = 0;
      x.left_out.level = spdlog::level::trace;
    }
  std::ranges::sort(all, std::ranges::greater{}, &report::count);
  auto rest = std::exchange(others_, {{}, {}, spdlog::level::trace, 0, 0});
  for (size_t i = max_rows; i < all.size(); ++i)
    add(rest, all[i]);
  all.resize(std::min(all.size(), max_rows));
  if (rest.count != 0)
    all.push_back(rest);
  waiting_ = false;
  forget_quiet();
  return all;
}

size_t log_limiter::remembered() const {
  std::lock_guard guard{mutex_};
  return entries_.size();
}

} // namespace fedhub
