// What the hub has found out about the forms of internationalised names.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "actors/dns/resolver.hpp"
#include "actors/runtime/lru_map.hpp"
#include "actors/stanzas/stanza.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Whose the two forms of a name are that IDNA2003 and IDNA2008 map differently
/// (`domain_name::transitional`).
enum class form_verdict : uint8_t {
  unknown,      ///< DNS was not asked, or not lately.
  transitional, ///< only the form of IDNA2003 has a server.
  own,          ///< only the name itself has.
  same,         ///< both have the same servers, or none.
  apart,        ///< both have servers, and not the same.
  unclear,      ///< a search has failed.
};

/// The verdict by what DNS, or the configuration, says of a name and of its transitional form.
/// Never `unknown`.
///
/// `same` is a weak one: whoever owns one form can have it lead to the other's servers, and
/// elsewhere in the next moment. So it never leads a stanza to another server, and what it lets in
/// goes on under the name that was proved.
form_verdict compare_forms(const resolution& own, const resolution& transitional);

/// Remembers, for all actors of a hub, verdicts, and by which form servers know themselves.
/// Bounded: what was noted first is forgotten first, and asked for again.
///
/// Thread safety: all of it.
class name_forms {
public:
  /// How long a verdict of DNS holds.
  static constexpr std::chrono::seconds verdict_time{60};
  /// The same for `unclear`.
  static constexpr std::chrono::seconds unclear_time{5};
  /// How long a server that knows itself by another form only is told that first.
  static constexpr std::chrono::seconds told_time{3600};

  /// @param x a name that is not its own `transitional`.
  form_verdict verdict(const domain_name& x, time_point now) const;
  void note(const domain_name& x, form_verdict what, time_point until);

  /// By what its server knows a domain, once it has answered `host-unknown` to the other forms.
  enum class told : uint8_t {
    as_usual,     ///< by U-labels, as far as is known.
    in_ascii,     ///< by A-labels.
    transitional, ///< by the form of IDNA2003.
  };
  told form_told(const domain_name& x, time_point now) const;
  void note_told(const domain_name& x, told form, time_point until);

private:
  static constexpr size_t most = 4096; ///< of each kind.

  template <class T>
  struct remembered {
    T what;
    time_point until;
  };
  template <class T>
  using memory = lru_map<domain_name, remembered<T>>; ///< by when they were noted.

  template <class T>
  T find(const memory<T>& in, const domain_name& x, time_point now) const;
  template <class T>
  void put(memory<T>& to, const domain_name& x, T what, time_point until);

  mutable std::mutex mutex_;
  memory<form_verdict> verdicts_{most};
  memory<told> told_{most};
};

} // namespace fedhub
