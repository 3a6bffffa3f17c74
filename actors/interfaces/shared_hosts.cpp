#include "actors/interfaces/shared_hosts.hpp"

#include <utility>

namespace fedhub {

std::string host_key(const socket_address& address, bool direct_tls, stream_security security) {
  auto out = address.str();
  out += direct_tls ? " direct " : " ";
  out += static_cast<char>('0' + static_cast<int>(security));
  return out;
}

const domain_name* shared_hosts::speaker(const std::string& host, const domain_name& who) const {
  const auto known = hosts_.find(host);
  if (known == hosts_.end() || known->second.speaker.empty() || known->second.speaker == who)
    return nullptr;
  return &known->second.speaker;
}

host_use shared_hosts::take(const std::string& host, const domain_name& who) {
  const auto [known, added] = hosts_.try_emplace(host);
  auto& x = known->second;
  if (x.refuses)
    return host_use::alone;
  if (!added && x.speaker.empty())
    --remembered_;
  x.speaker = who;
  const auto last = std::exchange(x.last, who);
  return last.empty() || last == who ? host_use::own : host_use::lasting;
}

void shared_hosts::offer(const std::string& host, const domain_name& who) {
  const auto [known, added] = hosts_.try_emplace(host);
  auto& x = known->second;
  x.refuses = false;
  if (!x.speaker.empty())
    return;
  if (!added)
    --remembered_;
  x.speaker = who;
  x.last = who;
}

void shared_hosts::leave(const std::string& host, const domain_name& who, bool refuses) {
  const auto known = hosts_.find(host);
  if (known == hosts_.end() || known->second.speaker != who)
    return;
  known->second.speaker = {};
  known->second.refuses = refuses;
  if (++remembered_ <= max_remembered)
    return;
  std::erase_if(hosts_, [](const auto& x) { return x.second.speaker.empty(); });
  remembered_ = 0;
}

} // namespace fedhub
