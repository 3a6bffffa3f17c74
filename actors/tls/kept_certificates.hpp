// Peers' certificates that are needed longer than the TLS session keeps them. Each is stored once,
// however many streams have shown it.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace fedhub {

/// Owns no certificate itself. A certificate exists as long as a stream has it, so there are never
/// more certificates than authenticated streams.
///
/// Thread safety: any thread may call all members. This object has to outlive the certificates that
/// it returned.
class kept_certificates {
public:
  using certificate = std::shared_ptr<const std::string>; ///< in DER.

  /// Returns the certificate, shared with all other holders of an equal one.
  certificate keep(std::string_view der) {
    const std::lock_guard lock{mutex_};
    auto known = live_.find(der);
    if (known != live_.end())
      if (auto kept = known->second.lock())
        return kept;
    if (known != live_.end())
      live_.erase(known); // its last stream is about to release it
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
  void forget(const std::string* text) {
    {
      const std::lock_guard lock{mutex_};
      // Unless an equal certificate has replaced it meanwhile.
      if (auto known = live_.find(*text);
          known != live_.end() && known->first.data() == text->data())
        live_.erase(known);
    }
    delete text;
  }

  mutable std::mutex mutex_;
  std::unordered_map<std::string_view, std::weak_ptr<const std::string>> live_;
};

} // namespace fedhub
