// The results of SASL EXTERNAL with a domain's servers.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace fedhub {

/// Decides whether the next stream to a server asks for EXTERNAL. A server that can't verify the
/// hub's certificate may refuse EXTERNAL, or just end the stream. The next stream to that server
/// then goes without EXTERNAL. An end without a refusal may be chance, so it counts only the second
/// time in a row. Neither holds for ever: the server may come to trust the certificate, and a
/// stream without EXTERNAL offers less (with some servers no XEP-0198). Servers are distinguished
/// by address and port. Belongs to one actor.
class external_trials {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The time for which a refusal holds.
  static constexpr std::chrono::minutes refusal_time{10};
  static constexpr unsigned most_unanswered = 2;
  /// The most servers that are remembered. Beyond this, the first one noted is forgotten.
  static constexpr size_t most_servers = 8;

  bool asks(const std::string& server, time_point now) const {
    const auto found = std::ranges::find(trials_, server, &trial::server);
    return found == trials_.end() || now >= found->again_at;
  }

  void refused(const std::string& server, time_point now) {
    auto& trials = of(server);
    trials.unanswered = 0;
    trials.again_at = now + refusal_time;
  }
  /// Notes that a stream ended in place of an answer.
  /// @returns whether that counts as a refusal.
  bool unanswered(const std::string& server, time_point now) {
    if (++of(server).unanswered < most_unanswered)
      return false;
    refused(server, now);
    return true;
  }
  /// Notes that a stream to the server became ready.
  void passed(const std::string& server) {
    if (const auto x = std::ranges::find(trials_, server, &trial::server); x != trials_.end())
      x->unanswered = 0;
  }
  /// Forgets the server: EXTERNAL is the only way to authenticate there.
  void forget(const std::string& server) {
    std::erase_if(trials_, [&](auto& x) { return x.server == server; });
  }
  /// Forgets all servers, since the hub may have another certificate.
  void forget() { trials_.clear(); }

private:
  struct trial {
    std::string server;
    time_point again_at{};
    unsigned unanswered = 0; ///< in a row.
  };

  trial& of(const std::string& server) {
    if (const auto x = std::ranges::find(trials_, server, &trial::server); x != trials_.end())
      return *x;
    if (trials_.size() == most_servers)
      trials_.erase(trials_.begin());
    return trials_.emplace_back(trial{.server = server});
  }

  std::vector<trial> trials_;
};

} // namespace fedhub
