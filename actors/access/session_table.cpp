#include "actors/access/session_table.hpp"

#include <algorithm>
#include <utility>

#include "protocol/access/access_token.hpp"

namespace fedhub {

std::string access_owner::name() const { return uid ? "uid " + std::to_string(*uid) : user; }

std::string session_table::open(access_owner owner, session_carrier carrier, time_point now) {
  make_room(owner);
  auto token = new_token(token_octets);
  sessions_.insert_or_assign(digest_of(token), session{.owner = std::move(owner),
                                                       .carrier = carrier,
                                                       .csrf = new_token(token_octets),
                                                       .begun = now,
                                                       .used = now});
  return token;
}

void session_table::make_room(const access_owner& owner) {
  const auto end_oldest_of = [this](const auto& among, size_t limit) {
    auto oldest = sessions_.end();
    size_t count = 0;
    for (auto at = sessions_.begin(); at != sessions_.end(); ++at) {
      if (!among(at->second.owner))
        continue;
      ++count;
      if (oldest == sessions_.end() || at->second.used < oldest->second.used)
        oldest = at;
    }
    if (count >= limit)
      erase(oldest);
  };
  end_oldest_of([&](const access_owner& other) { return other.name() == owner.name(); },
                most_of_one);
  end_oldest_of([](const access_owner&) { return true; }, most);
}

const session_table::session* session_table::use(const sha256_digest& token,
                                                 session_carrier carrier, time_point now) {
  const auto at = sessions_.find(token);
  if (at == sessions_.end() || at->second.carrier != carrier)
    return nullptr;
  if (at->second.end() <= now) {
    erase(at);
    return nullptr;
  }
  at->second.used = now;
  return &at->second;
}

const session_table::session* session_table::find(const sha256_digest& token) const {
  const auto at = sessions_.find(token);
  return at == sessions_.end() ? nullptr : &at->second;
}

void session_table::close(const sha256_digest& token) {
  if (const auto at = sessions_.find(token); at != sessions_.end())
    erase(at);
}

session_table::sessions::iterator session_table::erase(sessions::iterator at) {
  std::erase_if(streams_, [&](const watched_stream& watched) {
    if (watched.token != at->first)
      return false;
    watched.stream.end();
    return true;
  });
  return sessions_.erase(at);
}

void session_table::watch(const std::optional<sha256_digest>& token, const access_owner& owner,
                          http_stream_watch stream) {
  // The session may have ended while the stream began.
  if (token && find(*token) == nullptr)
    return stream.end();
  std::erase_if(streams_, [](const watched_stream& other) { return !other.stream.open(); });
  const auto same = [&](const watched_stream& other) {
    return other.token == token && other.owner.name() == owner.name();
  };
  if (std::ranges::count_if(streams_, same) >= static_cast<ptrdiff_t>(most_streams)) {
    const auto oldest = std::ranges::find_if(streams_, same);
    oldest->stream.end();
    streams_.erase(oldest);
  }
  streams_.push_back({token, owner, std::move(stream)});
}

void session_table::expire(time_point now) {
  for (auto at = sessions_.begin(); at != sessions_.end();)
    at = at->second.end() <= now ? erase(at) : std::next(at);
  std::erase_if(streams_, [](const watched_stream& other) { return !other.stream.open(); });
}

void session_table::retain(const std::function<bool(const access_owner&)>& still_has) {
  for (auto at = sessions_.begin(); at != sessions_.end();)
    at = still_has(at->second.owner) ? std::next(at) : erase(at);
  std::erase_if(streams_, [&](const watched_stream& watched) {
    if (still_has(watched.owner))
      return false;
    watched.stream.end();
    return true;
  });
}

} // namespace fedhub
