#include "actors/session_cache.hpp"

namespace fedhub {

namespace {

bool expired(const SSL_SESSION* x, std::chrono::sys_seconds now) {
  return now.time_since_epoch().count() >= SSL_SESSION_get_time(x) + SSL_SESSION_get_timeout(x);
}

} // namespace

void session_cache::put(const domain_pair& pair, ssl_session_ptr session) {
  const std::lock_guard lock{mutex_};
  if (const auto known = places_.find(pair); known != places_.end()) {
    known->second->session = std::move(session);
    entries_.splice(entries_.begin(), entries_, known->second);
    return;
  }
  entries_.push_front({pair, std::move(session)});
  places_.emplace(pair, entries_.begin());
  if (entries_.size() > capacity_) {
    places_.erase(entries_.back().pair);
    entries_.pop_back();
  }
}

ssl_session_ptr session_cache::take(const domain_pair& pair, std::chrono::sys_seconds now) {
  const std::lock_guard lock{mutex_};
  const auto known = places_.find(pair);
  if (known == places_.end())
    return nullptr;
  const auto place = known->second;
  ssl_session_ptr result;
  const bool good = !expired(place->session.get(), now);
  if (good && SSL_SESSION_get_protocol_version(place->session.get()) < TLS1_3_VERSION) {
    SSL_SESSION_up_ref(place->session.get());
    return ssl_session_ptr{place->session.get()};
  }
  if (good)
    result = std::move(place->session);
  places_.erase(known);
  entries_.erase(place);
  return result;
}

size_t session_cache::size() const {
  const std::lock_guard lock{mutex_};
  return entries_.size();
}

} // namespace fedhub
