#include "actors/access/one_time_tokens.hpp"

#include <algorithm>
#include <utility>

#include "protocol/access/access_token.hpp"

namespace fedhub {

std::string one_time_tokens::make(access_owner owner, time_point now) {
  std::erase_if(tokens_, [now](const auto& token) { return token.second.end <= now; });
  if (tokens_.size() >= most)
    tokens_.erase(
      std::ranges::min_element(tokens_, {}, [](const auto& token) { return token.second.end; }));
  auto text = new_token(token_octets);
  tokens_.insert_or_assign(digest_of(text), row{std::move(owner), now + life_time});
  return text;
}

std::optional<access_owner> one_time_tokens::take(std::string_view token, time_point now) {
  const auto at = tokens_.find(digest_of(token));
  if (at == tokens_.end())
    return {};
  const auto taken = std::move(at->second);
  tokens_.erase(at);
  if (taken.end <= now)
    return {};
  return taken.owner;
}

} // namespace fedhub
