#include "actors/tls/ticket_keys.hpp"

#include <cstdlib>
#include <span>

#include <openssl/rand.h>

namespace fedhub {

namespace {

void fill(std::span<unsigned char> octets) {
  // Whoever guesses a key can open every ticket made with it.
  if (RAND_priv_bytes(octets.data(), static_cast<int>(octets.size())) != 1)
    std::abort();
}

} // namespace

ticket_keys::key ticket_keys::current(time_point now) {
  const std::lock_guard lock{mutex_};
  drop_old(now);
  if (entries_.empty() || now - entries_.front().made >= key_life) {
    auto& made = entries_.emplace_front(entry{{}, now}).its;
    fill(made.name);
    fill(made.cipher);
    fill(made.mac);
  }
  return entries_.front().its;
}

std::optional<ticket_keys::key> ticket_keys::find(const std::array<unsigned char, 16>& name,
                                                  time_point now) {
  const std::lock_guard lock{mutex_};
  drop_old(now);
  for (const auto& entry : entries_)
    if (entry.its.name == name)
      return entry.its;
  return {};
}

void ticket_keys::expire(time_point now) {
  const std::lock_guard lock{mutex_};
  drop_old(now);
}

size_t ticket_keys::size() const {
  const std::lock_guard lock{mutex_};
  return entries_.size();
}

void ticket_keys::drop_old(time_point now) {
  while (!entries_.empty() && now - entries_.back().made >= key_life + ticket_life)
    entries_.pop_back();
}

} // namespace fedhub
