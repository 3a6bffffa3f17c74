// What the hub has found out about the forms of internationalised names.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>

#include "actors/resolver.hpp"
#include "actors/stanza.hpp"
#include "protocol/domain_name.hpp"

namespace fedhub {

/// Whose the two forms of a name are that IDNA2003 and IDNA2008 map differently
/// (`domain_name::transitional`).
enum class form_verdict : uint8_t {
  unknown,      ///< DNS was not asked, or not lately.
  transitional, ///< one domain's, which goes by the form of IDNA2003.
  own,          ///< one domain's, which goes by the name itself.
  apart,        ///< two domains', as far as DNS tells.
};

/// The verdict by what DNS, or the configuration, says of a name and of its transitional form: they
/// are one domain's if one of them has no service, or both have the same. The servers that are
/// known map by IDNA2003, so that form comes first. `unknown` if one search has failed.
form_verdict compare_forms(const resolution& own, const resolution& transitional);

/// Remembers, for all actors of a hub, verdicts, and servers that know themselves by A-labels only.
/// Bounded: what is oldest is forgotten first, and asked for again.
///
/// Thread safety: all of it.
class name_forms {
public:
  /// How long a verdict of DNS holds.
  static constexpr std::chrono::seconds verdict_time{300};
  /// The same for one that is the best guess, after a search failed.
  static constexpr std::chrono::seconds guess_time{5};
  /// How long a server that knows itself by A-labels only is told those first.
  static constexpr std::chrono::seconds ascii_time{3600};
  /// How long it is remembered that a server answered `host-unknown` to a name.
  static constexpr std::chrono::seconds refusal_time{60};

  /// @param x a name that is not its own `transitional`.
  form_verdict verdict(const domain_name& x, time_point now) const;
  void note(const domain_name& x, form_verdict what, time_point until);

  bool in_ascii(const domain_name& x, time_point now) const;
  void note_in_ascii(const domain_name& x, time_point until);
  void forget_in_ascii(const domain_name& x);

  /// A server answered that it does not know itself by this name, in either form of its labels.
  bool refused(const domain_name& x, time_point now) const;
  void note_refused(const domain_name& x, time_point until);

private:
  static constexpr size_t most = 4096; ///< of each kind.

  struct remembered {
    form_verdict what = form_verdict::unknown;
    time_point until{};
  };
  using memory = std::map<domain_name, remembered>;

  form_verdict find(const memory& in, const domain_name& x, time_point now) const;
  static void put(memory& to, const domain_name& x, remembered what);

  mutable std::mutex mutex_;
  memory verdicts_;
  memory ascii_;
  memory refused_;
};

} // namespace fedhub
