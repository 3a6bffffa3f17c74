// The facts of a log line. JSON lines have them as members beside the text.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <spdlog/fmt/fmt.h>

#include "protocol/errors/failure.hpp"
#include "protocol/text/domain_pair.hpp"

namespace fedhub {

template <class T>
struct is_duration : std::false_type {};
template <class Rep, class Period>
struct is_duration<std::chrono::duration<Rep, Period>> : std::true_type {};

/// Returns `x` as the text of a line shows it: a number, or a value convertible to
/// `std::string_view`.
template <class T>
auto shown(const T& x) {
  if constexpr (std::is_same_v<T, domain_pair>) {
    return x.from.str() + " -> " + x.to.str();
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    std::string all;
    for (auto& one : x)
      all.append(all.empty() ? "" : " ").append(one);
    return all;
  } else if constexpr (is_duration<T>::value) {
    return x.count();
  } else if constexpr (std::is_enum_v<T>) {
    return std::string{to_string(x)};
  } else if constexpr (std::is_arithmetic_v<T>) {
    return x;
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return x.string();
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return std::string_view{x};
  } else {
    return std::string{x.str()};
  }
}

/// The facts of a line, as members of a JSON object, in the order added. Texts are made printable
/// on one line (`printable`). An empty text is left out.
///
/// A text or list has at most `value_octets`; a count of the omitted part follows it. After
/// `line_octets` in all, further facts are left out and counted in `facts_left_out`.
class log_facts {
public:
  static constexpr size_t value_octets = 1024;
  static constexpr size_t line_octets = 8192;

  /// Adds one fact. A duration becomes seconds, an enum its name, a domain pair an object with
  /// `from` and `to`. A failure also adds its stage; `failure::none` adds nothing.
  template <class T>
  void add(std::string_view name, const T& x) {
    if constexpr (std::is_same_v<T, failure>)
      add_failure(name, x);
    else if constexpr (std::is_same_v<T, domain_pair>)
      add_pair(name, x);
    else if constexpr (std::is_same_v<T, std::vector<std::string>>)
      add_list(name, x);
    else if constexpr (std::is_same_v<T, bool>)
      add_raw(name, x ? "true" : "false");
    else if constexpr (is_duration<T>::value)
      add_seconds(name, std::chrono::duration<double>(x).count());
    else if constexpr (std::is_integral_v<T>)
      add_raw(name, std::to_string(x));
    else
      add_text(name, shown(x));
  }

  /// Returns the size of the facts so far.
  size_t octets() const { return members_.size(); }
  /// Returns `,"name":value` for each fact, and the number of facts left out.
  std::string take();

private:
  void add_failure(std::string_view name, failure why);
  void add_pair(std::string_view name, const domain_pair& pair);
  void add_list(std::string_view name, const std::vector<std::string>& texts);
  void add_seconds(std::string_view name, double seconds);
  void add_text(std::string_view name, std::string_view text);
  void add_raw(std::string_view name, std::string_view value);

  std::string members_;
  size_t left_out_ = 0;
};

/// A fact as an argument of a log line. The line's text shows it at its `{}`. An argument after the
/// last `{}` is in JSON only. Keeps a reference to the value.
template <class T>
struct fact_argument {
  std::string_view name;
  const T& value;

  void add_to(log_facts& to) const { to.add(name, value); }
};

/// A field of JSON lines. docs/operations.md explains each one.
struct log_field {
  std::string_view name;

  template <class T>
  constexpr fact_argument<T> operator()(const T& x) const {
    return {name, x};
  }
  template <size_t N>
  constexpr fact_argument<char[N]> operator()(const char (&x)[N]) const {
    return {name, x};
  }
};

/// All fields except those that every line has: time, level, hub, module, message.
namespace fact {
inline constexpr log_field kind{"kind"};
inline constexpr log_field origin{"origin"};
inline constexpr log_field repeated{"repeated"};
inline constexpr log_field lost_lines{"lost_lines"};

inline constexpr log_field stream{"stream"};
inline constexpr log_field leg{"leg"};
inline constexpr log_field peer{"peer"};
inline constexpr log_field stream_id{"stream_id"};
inline constexpr log_field address{"address"};
inline constexpr log_field addresses{"addresses"};
inline constexpr log_field pair{"pair"};
inline constexpr log_field domain{"domain"};
inline constexpr log_field node{"node"};
inline constexpr log_field host{"host"};
inline constexpr log_field port{"port"};
inline constexpr log_field redirect{"redirect"};
inline constexpr log_field other_form{"other_form"};
inline constexpr log_field form_verdict{"form_verdict"};

inline constexpr log_field failure{"failure"};
inline constexpr log_field detail{"detail"};
inline constexpr log_field stream_error{"stream_error"};
inline constexpr log_field reason{"reason"};
inline constexpr log_field condition{"condition"};

inline constexpr log_field state{"state"};
inline constexpr log_field former_state{"former_state"};
inline constexpr log_field direction{"direction"};
inline constexpr log_field step{"step"};
inline constexpr log_field outcome{"outcome"};
inline constexpr log_field mechanism{"mechanism"};
inline constexpr log_field proof{"proof"};
inline constexpr log_field key{"key"};
inline constexpr log_field question_id{"question_id"};
inline constexpr log_field header_id{"header_id"};
inline constexpr log_field tls{"tls"};
inline constexpr log_field cipher{"cipher"};
inline constexpr log_field direct_tls{"direct_tls"};
inline constexpr log_field certificate{"certificate"};
inline constexpr log_field from{"from"};
inline constexpr log_field to{"to"};
inline constexpr log_field version{"version"};
inline constexpr log_field xml{"xml"};
inline constexpr log_field stanzas{"stanzas"};
inline constexpr log_field max_bytes{"max_bytes"};
inline constexpr log_field resumable{"resumable"};

inline constexpr log_field method{"method"};
inline constexpr log_field question{"question"};
inline constexpr log_field limit{"limit"};
inline constexpr log_field targets{"targets"};
inline constexpr log_field priority{"priority"};
inline constexpr log_field weight{"weight"};
inline constexpr log_field dnssec{"dnssec"};

inline constexpr log_field duration_s{"duration_s"};
inline constexpr log_field timeout_s{"timeout_s"};
inline constexpr log_field idle_s{"idle_s"};
inline constexpr log_field srv_s{"srv_s"};
inline constexpr log_field address_s{"address_s"};

inline constexpr log_field file{"file"};
inline constexpr log_field line{"line"};
inline constexpr log_field setting{"setting"};
inline constexpr log_field found{"found"};
inline constexpr log_field allowed{"allowed"};
inline constexpr log_field listeners{"listeners"};
} // namespace fact

/// An argument of a log line that carries several facts. Its text is made only when a line is
/// written.
template <class T>
concept fact_carrier = requires(const T& x, log_facts& to) {
  { x.str() } -> std::convertible_to<std::string>;
  x.add_to(to);
};

} // namespace fedhub

template <class T>
struct fmt::formatter<fedhub::fact_argument<T>>
  : fmt::formatter<decltype(fedhub::shown(std::declval<const T&>()))> {
  template <class Context>
  auto format(const fedhub::fact_argument<T>& fact_argument, Context& context) const {
    return fmt::formatter<decltype(fedhub::shown(fact_argument.value))>::format(
      fedhub::shown(fact_argument.value), context);
  }
};

template <fedhub::fact_carrier T>
struct fmt::formatter<T, char> : fmt::formatter<std::string_view> {
  template <class Context>
  auto format(const T& x, Context& context) const {
    return fmt::formatter<std::string_view>::format(x.str(), context);
  }
};
