// Peers' certificates that outlive their TLS sessions' copies, each once however many streams have
// shown it.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fedhub {

/// Holds no certificate by itself: one is here as long as a stream has it, so that there are never
/// more than authenticated streams.
///
/// Thread safety: all members may be called from any thread. Outlives what it gives out.
class kept_certificates {
public:
  using certificate = std::shared_ptr<const std::string>; ///< in DER.

  /// The certificate as all others have it that keep the same one.
  certificate keep(std::string_view der) {
    const std::lock_guard lock{mutex_};
    auto known = live_.find(der);
    if (known != live_.end())
      if (auto kept = known->second.lock())
        return kept;
    if (known != live_.end())
      live_.erase(known); // its last stream is about to let it go
    auto text = std::make_unique<const std::string>(der);
    auto* raw = text.get();
    certificate kept{text.release(), [this](const std::string* x) { forget(x); }};
    live_.emplace(std::string_view{*raw}, kept);
    return kept;
  }

  size_t size() const {
    const std::lock_guard lock{mutex_};
    return live_.size();
  }

private:
  void forget(const std::string* x) {
    {
      const std::lock_guard lock{mutex_};
      // Unless another one has taken its place meanwhile.
      if (auto known = live_.find(*x); known != live_.end() && known->first.data() == x->data())
        live_.erase(known);
    }
    delete x;
  }

  mutable std::mutex mutex_;
  std::unordered_map<std::string_view, std::weak_ptr<const std::string>> live_;
};

} // namespace fedhub
