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
  auto& use = known->second;
  if (use.refuses)
    return host_use::alone;
  if (!added && use.speaker.empty())
    --remembered_;
  use.speaker = who;
  const auto last = std::exchange(use.last, who);
  return last.empty() || last == who ? host_use::own : host_use::lasting;
}

void shared_hosts::offer(const std::string& host, const domain_name& who) {
  const auto [known, added] = hosts_.try_emplace(host);
  auto& use = known->second;
  use.refuses = false;
  if (!use.speaker.empty())
    return;
  if (!added)
    --remembered_;
  use.speaker = who;
  use.last = who;
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
