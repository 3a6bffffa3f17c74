#include "actors/ticket_keys.hpp"

#include <cstdlib>
#include <span>

#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace fedhub {

namespace {

void fill(std::span<unsigned char> octets) {
  // A key that can be guessed opens every ticket.
  if (RAND_priv_bytes(octets.data(), static_cast<int>(octets.size())) != 1)
    std::abort();
}

ticket_keys::key make_key() {
  ticket_keys::key result;
  fill(result.name);
  fill(result.cipher);
  fill(result.mac);
  return result;
}

} // namespace

ticket_keys::~ticket_keys() {
  for (auto* x : {&current_, &previous_})
    if (*x)
      OPENSSL_cleanse(&(*x)->its, sizeof(key));
}

ticket_keys::key ticket_keys::current(time_point now) {
  const std::lock_guard lock{mutex_};
  rotate(now);
  if (!current_)
    current_ = entry{make_key(), now};
  return current_->its;
}

std::optional<ticket_keys::key> ticket_keys::find(const std::array<unsigned char, 16>& name,
                                                  time_point now) {
  const std::lock_guard lock{mutex_};
  rotate(now);
  for (const auto* x : {&current_, &previous_})
    if (*x && (*x)->its.name == name)
      return (*x)->its;
  return {};
}

void ticket_keys::rotate(time_point now) {
  if (current_ && now - current_->made >= ticket_life) {
    previous_ = current_;
    current_.reset();
  }
  if (previous_ && now - previous_->made >= 2 * ticket_life) {
    OPENSSL_cleanse(&previous_->its, sizeof(key));
    previous_.reset();
  }
}

} // namespace fedhub
