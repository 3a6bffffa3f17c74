#include "actors/tls/session_cache.hpp"

namespace fedhub {

secret_octets encoded(const SSL_SESSION& session) {
  const int size = i2d_SSL_SESSION(&session, nullptr);
  secret_octets result{size > 0 ? static_cast<size_t>(size) : 0};
  if (auto* out = result.data(); size > 0 && i2d_SSL_SESSION(&session, &out) != size)
    return {};
  return result;
}

void session_cache::put(const domain_pair& pair, SSL_SESSION& session) {
  const std::chrono::seconds end{SSL_SESSION_get_time(&session)
                                 + SSL_SESSION_get_timeout(&session)};
  kept made{nullptr, {}, std::chrono::sys_seconds{end}};
  if (SSL_SESSION_get_protocol_version(&session) >= TLS1_3_VERSION) {
    made.ticket = encoded(session);
  } else {
    SSL_SESSION_up_ref(&session);
    made.shared.reset(&session);
  }
  const std::lock_guard lock{mutex_};
  sessions_.put(pair, std::move(made));
}

ssl_session_ptr session_cache::take(const domain_pair& pair, std::chrono::sys_seconds now) {
  const std::lock_guard lock{mutex_};
  const auto* known = sessions_.find(pair);
  if (known == nullptr)
    return nullptr;
  if (known->shared && now < known->end) {
    SSL_SESSION_up_ref(known->shared.get());
    return ssl_session_ptr{known->shared.get()};
  }
  ssl_session_ptr result;
  if (const unsigned char* at = known->ticket.data(); now < known->end)
    result.reset(d2i_SSL_SESSION(nullptr, &at, static_cast<long>(known->ticket.size())));
  sessions_.erase(pair);
  return result;
}

void session_cache::expire(std::chrono::sys_seconds now) {
  const std::lock_guard lock{mutex_};
  sessions_.erase_if([now](auto& session) { return now >= session.value.end; });
}

size_t session_cache::size() const {
  const std::lock_guard lock{mutex_};
  return sessions_.size();
}

} // namespace fedhub
