#include "actors/tls/session_cache.hpp"

namespace fedhub {

secret_octets encoded(const SSL_SESSION& x) {
  const int size = i2d_SSL_SESSION(&x, nullptr);
  secret_octets result{size > 0 ? static_cast<size_t>(size) : 0};
  if (auto* out = result.data(); size > 0 && i2d_SSL_SESSION(&x, &out) != size)
    return {};
  return result;
}

void session_cache::put(const domain_pair& pair, SSL_SESSION& session) {
  const std::chrono::seconds end{SSL_SESSION_get_time(&session)
                                 + SSL_SESSION_get_timeout(&session)};
  entry made{pair, nullptr, {}, std::chrono::sys_seconds{end}};
  if (SSL_SESSION_get_protocol_version(&session) >= TLS1_3_VERSION) {
    made.ticket = encoded(session);
  } else {
    SSL_SESSION_up_ref(&session);
    made.shared.reset(&session);
  }
  const std::lock_guard lock{mutex_};
  if (const auto known = places_.find(pair); known != places_.end()) {
    *known->second = std::move(made);
    entries_.splice(entries_.begin(), entries_, known->second);
    return;
  }
  entries_.push_front(std::move(made));
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
  if (place->shared && now < place->end) {
    SSL_SESSION_up_ref(place->shared.get());
    return ssl_session_ptr{place->shared.get()};
  }
  ssl_session_ptr result;
  if (const unsigned char* at = place->ticket.data(); now < place->end)
    result.reset(d2i_SSL_SESSION(nullptr, &at, static_cast<long>(place->ticket.size())));
  places_.erase(known);
  entries_.erase(place);
  return result;
}

void session_cache::expire(std::chrono::sys_seconds now) {
  const std::lock_guard lock{mutex_};
  for (auto i = entries_.begin(); i != entries_.end();) {
    if (now < i->end) {
      ++i;
      continue;
    }
    places_.erase(i->pair);
    i = entries_.erase(i);
  }
}

size_t session_cache::size() const {
  const std::lock_guard lock{mutex_};
  return entries_.size();
}

} // namespace fedhub
