// Takes typed values out of a TOML table and reports what doesn't fit.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/file/problem_list.hpp"
#include "conf/file/toml_document.hpp"

namespace fedhub::conf {

/// Reads one table. Each member function that takes a key makes that key known; it leaves its
/// target as it is, which is the default, where the key is absent or its value is refused. A
/// refused value is reported.
class table_reader {
public:
  /// @param table null: an absent table, in which every key is absent.
  /// @param path of the table; empty for the root.
  table_reader(problem_list& problems, const toml_table* table, std::string path)
    : problems_(&problems), table_(table), path_(std::move(path)) {}

  /// Reports every key that nobody asked for. To be called last.
  void finish() const;

  /// Whether the table is there.
  bool present() const { return table_ != nullptr; }
  /// Whether the key is there, of whatever value.
  bool has(std::string_view key);
  void report(std::string_view key, std::string found, std::string allowed) const;
  /// Reports on one element of the array under `key`.
  void report_element(std::string_view key, size_t index, std::string found,
                      std::string allowed) const;

  /// Makes the keys known and leaves their values alone.
  void know(std::initializer_list<std::string_view> keys);

  /// Reports the key if it is absent; not in an absent table.
  void require(std::string_view key, std::string_view allowed);

  void boolean(std::string_view key, bool& out);

  /// @param min,max the least and the greatest value allowed.
  template <std::integral T>
  void integer(std::string_view key, T& out, int64_t min, int64_t max) {
    if (const auto x = take_integer(key, min, max, false))
      out = static_cast<T>(*x);
  }

  /// As `integer`, and 0 is allowed too.
  template <std::integral T>
  void integer_or_zero(std::string_view key, T& out, int64_t min, int64_t max) {
    if (const auto x = take_integer(key, min, max, true))
      out = static_cast<T>(*x);
  }

  /// As `integer`, counting seconds.
  void seconds(std::string_view key, std::chrono::seconds& out, int64_t min, int64_t max) {
    if (const auto x = take_integer(key, min, max, false))
      out = std::chrono::seconds{*x};
  }

  /// A string of at least one octet, which no problem shows.
  std::optional<std::string> secret_text(std::string_view key);
  /// An array of at most `max_count` such strings.
  std::vector<std::string> secret_texts(std::string_view key, size_t max_count);

  /// Whether the key is there and its value is "".
  bool is_empty_string(std::string_view key);

  /// A string that `parse` makes a value of: `std::string_view -> std::optional<T>`.
  /// @returns false if the value was refused.
  template <class T, class Parse>
  bool parsed(std::string_view key, T& out, Parse parse, std::string_view allowed) {
    const auto* value = take(key);
    if (!value)
      return true;
    auto x = parse_string<T>(path(key), *value, parse, allowed);
    if (x)
      out = std::move(*x);
    return x.has_value();
  }

  /// An array of strings, each parsed. A refused element leaves a default-constructed one, so that
  /// indices stay those of the file.
  template <class T, class Parse>
  void list(std::string_view key, std::vector<T>& out, Parse parse, std::string_view allowed) {
    const auto* array = take_array(key, allowed);
    if (!array)
      return;
    out.clear();
    for (size_t i = 0; i < array->size(); ++i)
      out.push_back(
        parse_string<T>(path_of(path(key), i), (*array)[i], parse, allowed).value_or(T{}));
  }

  /// As `list`, and an empty array is refused.
  template <class T, class Parse>
  void nonempty_list(std::string_view key, std::vector<T>& out, Parse parse,
                     std::string_view allowed) {
    list(key, out, parse, allowed);
    if (const auto* array = array_in(key); array && array->empty())
      report(key, "an empty array", "one or more: " + std::string{allowed});
  }

  /// A string that is the `to_string` of one of `all`.
  /// @returns false if the value was refused.
  template <class E>
  bool choice(std::string_view key, E& out, std::initializer_list<E> all) {
    return parsed(
      key, out, [&](std::string_view text) { return one_of(all, text); }, words(all));
  }

  /// An array of at least one string, each of which is the `to_string` of one of `all`, none twice.
  /// @returns false if the value was refused.
  template <class E>
  bool distinct_choices(std::string_view key, std::vector<E>& out, std::initializer_list<E> all) {
    if (!has(key))
      return true;
    // Refused elements stay in place as nothing: indices are those of the file.
    std::vector<std::optional<E>> chosen;
    nonempty_list(
      key, chosen,
      [&](std::string_view text) -> std::optional<std::optional<E>> {
        if (const auto x = one_of(all, text))
          return x;
        return {};
      },
      words(all));
    std::vector<E> result;
    for (size_t i = 0; i < chosen.size(); ++i) {
      if (!chosen[i])
        continue;
      if (std::ranges::find(result, *chosen[i]) == result.end())
        result.push_back(*chosen[i]);
      else
        report_element(key, i, in_quotes(to_string(*chosen[i])) + " for the second time",
                       "each once");
    }
    const bool good = !chosen.empty() && result.size() == chosen.size();
    if (good)
      out = std::move(result);
    return good;
  }

  /// A table within this one; absent if the key is, or has another type.
  table_reader table(std::string_view key);

  /// An array of tables ([[key]]); empty if the key is absent or has another type. An element of
  /// another type is reported, and stands as an absent table, so that indices stay those of the
  /// file.
  std::vector<table_reader> tables(std::string_view key);

  /// The keys of this table, for tables whose keys are names that the operator chose.
  std::vector<std::string> keys() const;

private:
  std::string path(std::string_view key) const { return path_of(path_, key); }

  /// The choices as problems show them: "a" | "b".
  template <class E>
  static std::string words(std::initializer_list<E> all) {
    std::string result;
    for (const auto x : all)
      (result += result.empty() ? "" : " | ") += in_quotes(to_string(x));
    return result;
  }

  template <class E>
  static std::optional<E> one_of(std::initializer_list<E> all, std::string_view text) {
    const auto* const i = std::ranges::find(all, text, [](E x) { return to_string(x); });
    return i == all.end() ? std::nullopt : std::optional{*i};
  }

  /// Makes the key known. Null if it is absent.
  const toml_value* take(std::string_view key);
  const toml_array* array_in(std::string_view key);
  const toml_array* take_array(std::string_view key, std::string_view element);
  std::optional<int64_t> take_integer(std::string_view key, int64_t min, int64_t max, bool or_zero);

  /// The string in `value`; nothing and a problem if it is of another type.
  const std::string* string_in(const std::string& path, const toml_value& value,
                               std::string_view allowed) const;

  template <class T, class Parse>
  std::optional<T> parse_string(const std::string& path, const toml_value& value, Parse& parse,
                                std::string_view allowed) const {
    const auto* text = string_in(path, value, allowed);
    if (!text)
      return {};
    std::optional<T> result = parse(*text);
    if (!result)
      problems_->add(path, in_quotes(*text), std::string{allowed});
    return result;
  }

  problem_list* problems_;
  const toml_table* table_;
  std::string path_;
  std::vector<std::string> known_; ///< in the order first asked for.
};

/// The one of `candidates` that `text` looks like a mistyped form of; empty if none is near.
std::string_view nearest(std::string_view text, const std::vector<std::string>& candidates);

} // namespace fedhub::conf
