#include "actors/admission.hpp"

#include <algorithm>

namespace fedhub {

admission_ticket::~admission_ticket() { owner_.leave(address_, counted_); }

void admission_ticket::authenticated() {
  if (!counted_)
    return;
  counted_ = false;
  owner_.authenticated(address_);
}

std::optional<connection_limit> admission::refuse(const std::string& ip, time_point now) {
  auto rate = static_cast<double>(limits_.accepts_per_second);
  if (!refilled_)
    allowance_ = rate;
  else
    allowance_ =
      std::min(rate, allowance_ + rate * std::chrono::duration<double>(now - *refilled_).count());
  refilled_ = now;
  if (allowance_ < 1)
    return connection_limit::rate;
  if (connections_ >= limits_.connections)
    return connection_limit::total;
  auto same = unauthenticated_.find(ip);
  if (same != unauthenticated_.end() && same->second >= limits_.connections_per_address)
    return connection_limit::address;
  allowance_ -= 1;
  return {};
}

admission_ticket_ptr admission::enter(const std::string& ip, listener_kind listener,
                                      time_point now) {
  std::lock_guard guard{mutex_};
  if (auto limit = refuse(ip, now)) {
    metrics_.connections_refused.at(listener, *limit).Increment();
    return nullptr;
  }
  metrics_.connections_accepted.at(listener).Increment();
  connections_ += 1;
  unauthenticated_[ip] += 1;
  return std::make_unique<admission_ticket>(*this, ip);
}

void admission::limits(admission_limits x) {
  std::lock_guard guard{mutex_};
  limits_ = x;
}

void admission::authenticated(const std::string& address) {
  std::lock_guard guard{mutex_};
  auto same = unauthenticated_.find(address);
  if (--same->second == 0)
    unauthenticated_.erase(same);
}

void admission::leave(const std::string& address, bool counted) {
  if (counted)
    authenticated(address);
  std::lock_guard guard{mutex_};
  connections_ -= 1;
}

} // namespace fedhub
