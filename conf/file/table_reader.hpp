// Reads typed values from a TOML table and reports invalid ones.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "conf/file/problem_list.hpp"
#include "conf/file/toml_document.hpp"

namespace fedhub::conf {

/// Reads one table. Each member function with a key makes that key known. If the key is absent or
/// its value is refused, the target keeps its value, which is the default. A refused value is
/// reported.
class table_reader {
public:
  /// @param table null: the table is absent, and so is every key in it.
  /// @param path of the table; empty for the root.
  table_reader(problem_list& problems, const toml_table* table, std::string path)
    : problems_(&problems), table_(table), path_(std::move(path)) {}

  /// Reports every unknown key. Call it last.
  void finish() const;

  /// Returns whether the table is there.
  bool present() const { return table_ != nullptr; }
  /// Returns whether the key is there, with any value.
  bool has(std::string_view key);
  /// Returns the number of the file that the key's value comes from; 0 if the key is absent.
  uint32_t layer_of(std::string_view key);
  void report(std::string_view key, std::string found, std::string allowed) const;
  /// Reports on one element of the array under `key`.
  void report_element(std::string_view key, size_t index, std::string found,
                      std::string allowed) const;

  /// Makes the keys known without reading their values.
  void know(std::initializer_list<std::string_view> keys);

  /// Reports the key if it is absent from a table that is there.
  void require(std::string_view key, std::string_view allowed);

  void boolean(std::string_view key, bool& out);

  /// Reads an integer. @param min,max the least and the greatest value allowed.
  template <std::integral T>
  void integer(std::string_view key, T& out, int64_t min, int64_t max) {
    if (const auto value = take_integer(key, min, max, false))
      out = static_cast<T>(*value);
  }

  /// Reads an integer like `integer`, but allows 0 too.
  template <std::integral T>
  void integer_or_zero(std::string_view key, T& out, int64_t min, int64_t max) {
    if (const auto value = take_integer(key, min, max, true))
      out = static_cast<T>(*value);
  }

  /// Reads a number of seconds like `integer`.
  void seconds(std::string_view key, std::chrono::seconds& out, int64_t min, int64_t max) {
    if (const auto value = take_integer(key, min, max, false))
      out = std::chrono::seconds{*value};
  }

  /// Reads a string of at least one octet. No problem shows its value.
  std::optional<std::string> secret_text(std::string_view key);
  /// Reads an array of at most `max_count` such strings.
  std::vector<std::string> secret_texts(std::string_view key, size_t max_count);

  /// Returns whether the key is there with the value "".
  bool is_empty_string(std::string_view key);

  /// Reads a string that `parse` converts: `std::string_view -> std::optional<T>`.
  /// @returns false if the value was refused.
  template <class T, class Parse>
  bool parsed(std::string_view key, T& out, Parse parse, std::string_view allowed) {
    const auto* value = take(key);
    if (!value)
      return true;
    auto result = parse_string<T>(path(key), *value, parse, allowed);
    if (result)
      out = std::move(*result);
    return result.has_value();
  }

  /// Reads an array of strings, each parsed. A refused element leaves a default-constructed one in
  /// its place, so that indices are those of the file.
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

  /// Reads an array like `list`, but refuses an empty one.
  template <class T, class Parse>
  void nonempty_list(std::string_view key, std::vector<T>& out, Parse parse,
                     std::string_view allowed) {
    list(key, out, parse, allowed);
    if (const auto* array = array_in(key); array && array->empty())
      report(key, "an empty array", "one or more: " + std::string{allowed});
  }

  /// Reads a string that is the `to_string` of one of `all`.
  /// @returns false if the value was refused.
  template <class E>
  bool choice(std::string_view key, E& out, std::initializer_list<E> all) {
    return parsed(
      key, out, [&](std::string_view text) { return one_of(all, text); }, words(all));
  }

  /// Reads a non-empty array of strings. Each is the `to_string` of one of `all`, and none occurs
  /// twice.
  /// @returns false if the value was refused.
  template <class E>
  bool distinct_choices(std::string_view key, std::vector<E>& out, std::initializer_list<E> all) {
    if (!has(key))
      return true;
    // A refused element stays in its place as nothing, so that indices are those of the file.
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
        report_element(key, i, in_quotes(to_string(*chosen[i])) + " twice", "each once");
    }
    const bool good = !chosen.empty() && result.size() == chosen.size();
    if (good)
      out = std::move(result);
    return good;
  }

  /// Returns a table within this one. It is absent if the key is absent or has another type.
  table_reader table(std::string_view key);

  /// Returns an array of tables ([[key]]); empty if the key is absent or has another type. An
  /// element of another type is reported and becomes an absent table, so that indices are those of
  /// the file.
  std::vector<table_reader> tables(std::string_view key);

  /// Returns the keys of this table, for tables with keys that the operator chooses.
  std::vector<std::string> keys() const;

private:
  std::string path(std::string_view key) const { return path_of(path_, key); }

  /// Returns the choices as problems show them: "a" | "b".
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

  /// Makes the key known and returns its value; null if it is absent.
  const toml_value* take(std::string_view key);
  const toml_array* array_in(std::string_view key);
  const toml_array* take_array(std::string_view key, std::string_view element);
  std::optional<int64_t> take_integer(std::string_view key, int64_t min, int64_t max, bool or_zero);

  /// Returns the string in `value`; reports a value of another type and returns nothing.
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
  std::vector<std::string> known_;               ///< in the order of the first use.
  std::set<std::string, std::less<>> known_set_; ///< the same; an operator may choose many keys.
};

/// Returns the one of `candidates` of which `text` looks like a misspelling; empty if none is
/// similar.
std::string_view nearest(std::string_view text, const std::vector<std::string>& candidates);

} // namespace fedhub::conf
